"""Many edits by their shapes."""

from softwright.rewrite.shapes import LARGE, PlacedEdit, cluster, diverse, shape_edits


def placed(repo: str, before: str, after: str, path: str = "m.py") -> list[PlacedEdit]:
    """The edits of one file."""
    return [PlacedEdit(repo, path, edit) for edit in shape_edits(path, before.encode(), after.encode())]


def test_small_shapes_are_exceptions():
    """A shape of fewer edits than the threshold is taken apart."""
    edits = [
        *(each for n in range(LARGE) for each in placed(f"r{n}", f"a({n})\n", f"b({n})\n")),
        *(each for n in range(LARGE - 1) for each in placed(f"r{n}", f"c({n})\n", f"d({n})\n")),
    ]
    found = cluster(edits)
    assert [(shape.form.before, shape.count) for shape in found.shapes] == [("a($$$A)", LARGE)]
    assert {each.edit.form.before for each in found.exceptions} == {"c($$$A)"}
    assert len(cluster(edits, large=2).shapes) == 2


def test_samples_are_from_different_repositories_with_different_contents():
    """Of many edits those are shown that differ most."""
    edits = [
        *(each for _ in range(20) for each in placed("r1", "a(1)\n", "b(1)\n")),
        *placed("r1", "a(x.y)\n", "b(x.y)\n"),
        *placed("r2", "a(1)\n", "b(1)\n"),
        *placed("r3", "a('s', k=2)\n", "b('s', k=2)\n"),
    ]
    (shape,) = cluster(edits).shapes
    assert {each.repo for each in shape.samples} == {"r1", "r2", "r3"}
    within = diverse([each for each in edits if each.repo == "r1"], 2)
    assert {each.edit.holes for each in within} == {("1",), ("x.y",)}
