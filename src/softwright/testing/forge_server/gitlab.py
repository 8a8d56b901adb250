"""GitLab's words for what a forge keeps."""

from typing import Any

from softwright.testing.forge_server.asked import Asked, Page
from softwright.testing.forge_server.store import KeptComment, KeptRequest, Wrong

PREFIX = "/api/v4/projects/"
DEPTH = 1
"""Parts of a repository's name: its slashes are written `%2F`."""

_CI = {"pending": "running", "passed": "success", "failed": "failed"}


def authorized(headers: dict[str, str], token: str) -> bool:
    """Whether the request carries the token."""
    return headers.get("private-token") == token


def answer(asked: Asked) -> Any:
    """What GitLab answers. Raises Wrong."""
    match (asked.method, *asked.path):
        case ("GET", "merge_requests"):
            branch = asked.query.get("source_branch", "")
            chosen = [each for each in reversed(asked.repo.requests) if branch in ("", each.head)]
            return Page([_request(asked, each) for each in chosen], "per_page", 20)
        case ("POST", "merge_requests"):
            return _open(asked)
        case ("GET", "merge_requests", number):
            return _whole(asked, asked.repo.request(int(number)))
        case ("PUT", "merge_requests", number):
            return _whole(asked, _changed(asked, asked.repo.request(int(number))))
        case ("GET", "merge_requests", number, "notes"):
            found = asked.repo.request(int(number)).comments
            return Page([_comment(each) for each in found], "per_page", 20)
        case ("POST", "merge_requests", number, "notes"):
            return _comment(asked.repo.comment(int(number), asked.body["body"]))
    raise Wrong(404, "404 Not Found")


def _open(asked: Asked) -> Any:
    body = asked.body
    head, base = body["source_branch"], body["target_branch"]
    if not asked.repo.tip(head):
        raise Wrong(400, f"source_branch {head} does not exist")
    if twin := asked.repo.twin(head, base):
        raise Wrong(409, f"Another open merge request already exists for this source branch: !{twin.number}")
    number = len(asked.repo.requests) + 1
    draft = body["title"].startswith("Draft: ")
    new = asked.repo.open(KeptRequest(number, head, base, body["title"], body["description"], draft))
    asked.repo.comment(number, "added 1 commit", system=True)
    return _whole(asked, new)


def _changed(asked: Asked, request: KeptRequest) -> KeptRequest:
    request.title = asked.body.get("title", request.title)
    request.body = asked.body.get("description", request.body)
    added = asked.body.get("add_labels", "").split(",")
    request.labels += [name for name in added if name and name not in request.labels]
    return request


def _request(asked: Asked, request: KeptRequest) -> dict[str, Any]:
    return {
        "iid": request.number,
        "web_url": f"{asked.web}/{asked.repo.name}/-/merge_requests/{request.number}",
        "state": "opened" if request.state == "open" else request.state,
        "title": request.title,
        "description": request.body,
        "sha": asked.repo.head(request) or None,
        "source_branch": request.head,
        "target_branch": request.base,
        "source_project_id": 1,
        "target_project_id": 1,
        "labels": list(request.labels),
    }


def _whole(asked: Asked, request: KeptRequest) -> dict[str, Any]:
    tip = asked.repo.head(request)
    said = asked.repo.ci.get(tip)
    pipeline = {"sha": tip, "status": _CI[said]} if said else None
    return {**_request(asked, request), "head_pipeline": pipeline}


def _comment(comment: KeptComment) -> dict[str, Any]:
    return {"id": comment.id, "body": comment.body, "system": comment.system}
