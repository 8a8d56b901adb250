"""GitHub's words for what a forge keeps."""

from typing import Any

from softwright.testing.forge_server.asked import Asked, Page
from softwright.testing.forge_server.store import KeptComment, KeptRequest, Wrong

PREFIX = "/api/v3/repos/"
DEPTH = 2
"""Parts of a repository's name."""

_CI = {"pending": "pending", "passed": "success", "failed": "failure"}


def authorized(headers: dict[str, str], token: str) -> bool:
    """Whether the request carries the token."""
    return headers.get("authorization") == f"Bearer {token}"


def answer(asked: Asked) -> Any:
    """What GitHub answers. Raises Wrong."""
    match (asked.method, *asked.path):
        case ("GET", "pulls"):
            return Page([_request(asked, each) for each in _chosen(asked)], "per_page")
        case ("POST", "pulls"):
            return _open(asked)
        case ("GET", "pulls", number):
            return _request(asked, asked.repo.request(int(number)))
        case ("PATCH", "pulls", number):
            request = asked.repo.request(int(number))
            request.title, request.body = asked.body["title"], asked.body["body"]
            return _request(asked, request)
        case ("GET", "issues", number, "comments"):
            found = asked.repo.request(int(number)).comments
            return Page([_comment(asked, number, each) for each in found], "per_page")
        case ("POST", "issues", number, "comments"):
            return _comment(asked, number, asked.repo.comment(int(number), asked.body["body"]))
        case ("POST", "issues", number, "labels"):
            labels = asked.repo.request(int(number)).labels
            labels += [name for name in asked.body["labels"] if name not in labels]
            return [{"name": name} for name in labels]
        case ("GET", "commits", sha, "status"):
            said = asked.repo.ci.get(sha)
            return {"state": _CI.get(said or "", "pending"), "total_count": int(said is not None)}
        case ("GET", "commits", _, "check-runs"):
            return {"total_count": 0, "check_runs": []}
    raise Wrong(404, "Not Found")


def _chosen(asked: Asked) -> list[KeptRequest]:
    """Newest first, of a branch where the query names one as `owner:branch`."""
    owner, _, branch = asked.query.get("head", "").partition(":")
    if branch and owner != asked.repo.name.partition("/")[0]:
        return []
    state = asked.query.get("state", "open")
    return [
        each
        for each in reversed(asked.repo.requests)
        if branch in ("", each.head) and (state == "all" or (each.state == "open") == (state == "open"))
    ]


def _open(asked: Asked) -> Any:
    body = asked.body
    if not asked.repo.tip(body["head"]):
        raise Wrong(422, "Validation Failed: head invalid")
    if asked.repo.twin(body["head"], body["base"]):
        raise Wrong(422, f"A pull request already exists for {body['head']}.")
    number = len(asked.repo.requests) + 1
    new = KeptRequest(number, body["head"], body["base"], body["title"], body["body"], body["draft"])
    return _request(asked, asked.repo.open(new))


def _request(asked: Asked, request: KeptRequest) -> dict[str, Any]:
    return {
        "number": request.number,
        "html_url": f"{asked.web}/{asked.repo.name}/pull/{request.number}",
        "state": "open" if request.state == "open" else "closed",
        "merged_at": "2026-01-01T00:00:00Z" if request.state == "merged" else None,
        "draft": request.draft,
        "title": request.title,
        "body": request.body.replace("\n", "\r\n"),  # as GitHub keeps what was written in its pages
        "head": {"ref": request.head, "sha": asked.repo.head(request)},
        "base": {"ref": request.base},
        "labels": [{"name": name} for name in request.labels],
    }


def _comment(asked: Asked, number: str, comment: KeptComment) -> dict[str, Any]:
    place = f"{asked.web}/{asked.repo.name}/pull/{number}#issuecomment-{comment.id}"
    return {"id": comment.id, "html_url": place, "body": comment.body}
