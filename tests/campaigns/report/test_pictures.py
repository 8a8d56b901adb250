"""The pictures of a report: bars as long as shapes are large, lines up to their own maximum."""

from softwright.campaigns.report.pictures import cost_part
from softwright.campaigns.shapes.cost import CampaignCost, Point, ProposerCost, Saved

ROWS = (ProposerCost("fix", "python", 4, 2, 8.0), ProposerCost("idle", "rule", 0, 0, 0.5))
CURVE = (Point("a", 1, 1, 1, 2.0), Point("b", 4, 1, 4, 8.0), Point("c", 4, 1, 4, 8.0))


def test_lines_grow_from_left_to_right_up_to_their_own_maximum() -> None:
    """Zero is at the bottom, the largest value at the top, repositories are equally far apart."""
    part = cost_part(CampaignCost("c", ROWS, (), (), CURVE))
    drawn = {line.name: line.points for line in part.curves}
    assert drawn["sites"] == "0.00,75.00 50.00,0.00 100.00,0.00"
    assert drawn["shapes"] == "0.00,0.00 50.00,0.00 100.00,0.00"
    assert [line.end for line in part.curves] == ["4", "1", "4 sites by commands and functions", "8.00"]


def test_one_repository_is_no_curve() -> None:
    """The table stays; what nobody did has no price."""
    part = cost_part(CampaignCost("c", ROWS, (), (), CURVE[:1]))
    assert part.curves == ()
    assert [row[-1] for row in part.rows] == ["2.0000", ""]


def test_what_shapes_saved_is_said_as_at_the_terminal() -> None:
    """A sentence for each costly step, and one for each shape that became a rule or did not."""
    saved = Saved("fix", 6, 3, 1, 12.0)
    part = cost_part(CampaignCost("c", ROWS, (saved,), (), CURVE))
    (said,) = part.remarks
    assert said.startswith("shapes did 6 sites in 3 repositories before fix, which was not begun in 1 ")
    assert said.endswith("about 12.0 s saved")
