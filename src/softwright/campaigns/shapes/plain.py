"""A review and its cost as plain data, for programs."""

import json
from dataclasses import asdict
from typing import Any

from softwright.campaigns.shapes.cost import CampaignCost
from softwright.campaigns.shapes.review import Review, ReviewedEdit, ReviewedShape


def review_json(review: Review) -> dict[str, Any]:
    """The whole review."""
    edits = review.edits
    return {
        "campaign": review.view.name,
        "edits": len(edits),
        "open": sum(edit.standing == "open" for edit in edits),
        "units": review.units,
        "shapes": [shape_json(shape) for shape in review.shapes],
        "exceptions": [edit_json(edit) for edit in review.exceptions],
        "left_out": [
            {
                "site": each.edit,
                "repo": each.repo,
                "path": each.path,
                "decision": each.decision,
                "reason": each.reason,
                "who": each.who,
            }
            for each in review.left_out
        ],
    }


def shape_json(shape: ReviewedShape) -> dict[str, Any]:
    """A shape with every site; `shown` names the open ones, for `--accept KEY@SHOWN`."""
    return {
        "shape": shape.key,
        "shown": shape.shown,
        "kind": str(shape.form.kind),
        "language": shape.form.language,
        "before": shape.form.before,
        "after": shape.form.after,
        "edits": len(shape.edits),
        "files": shape.files,
        "repos": list(shape.repos),
        "held": list(shape.held),
        "by": list(shape.by),
        "checks": [asdict(check) for check in shape.checks],
        "standings": shape.standings,
        "samples": [edit.id for edit in shape.samples],
        "sites": [edit_json(edit) for edit in shape.edits],
    }


def edit_json(edit: ReviewedEdit) -> dict[str, Any]:
    """One edit; `site` is its digest."""
    one = edit.placed
    return {
        "site": edit.id,
        "shape": one.edit.shape,
        "repo": one.repo,
        "path": one.path,
        "line": one.edit.line,
        "before": one.edit.was,
        "after": one.edit.now,
        "lines": list(one.edit.lines),
        "standing": str(edit.standing),
        "state": str(edit.repo.state),
    }


def cost_json(cost: CampaignCost) -> dict[str, Any]:
    """What a campaign cost; the rules of shapes as they were learned."""
    document = asdict(cost)
    for rule in document["rules"]:
        rule["rule"] = json.loads(rule["rule"]) if rule["rule"] else []
    return document
