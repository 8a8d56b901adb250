"""Gitea's and Forgejo's words for what a forge keeps."""

from typing import Any

from softwright.testing.forge_server.asked import Asked, Page
from softwright.testing.forge_server.store import KeptComment, KeptRequest, Wrong

PREFIX = "/api/v1/repos/"
DEPTH = 2
"""Parts of a repository's name."""

_CI = {"pending": "pending", "passed": "success", "failed": "failure"}


def authorized(headers: dict[str, str], token: str) -> bool:
    """Whether the request carries the token."""
    return headers.get("authorization") == f"token {token}"


def answer(asked: Asked) -> Any:
    """What Gitea answers. Raises Wrong."""
    match (asked.method, *asked.path):
        case ("GET", "pulls"):
            wanted = asked.query.get("state", "open")
            listed = [each for each in reversed(asked.repo.requests) if wanted == _open_or_closed(each)]
            return Page([_request(asked, each) for each in listed], "limit")
        case ("POST", "pulls"):
            return _open(asked)
        case ("GET", "pulls", number):
            return _request(asked, asked.repo.request(int(number)))
        case ("PATCH", "pulls", number):
            request = asked.repo.request(int(number))
            request.title, request.body = asked.body["title"], asked.body["body"]
            return _request(asked, request)
        case ("GET", "commits", sha, "status"):
            said = asked.repo.ci.get(sha)
            return {"state": _CI[said], "total_count": 1} if said else None
        case ("GET", "labels"):
            labels = [{"id": id_, "name": name} for name, id_ in asked.repo.labels.items()]
            return Page(labels, "limit")
        case ("POST", "labels"):
            return {"id": asked.repo.label_id(asked.body["name"]), "name": asked.body["name"]}
        case (_, "issues", number, part):
            return _of_issue(asked, number, part)
    raise Wrong(404, "The target couldn't be found.")


def _of_issue(asked: Asked, number: str, part: str) -> Any:
    request = asked.repo.request(int(number))
    match (asked.method, part):
        case ("GET", "comments"):
            return [_comment(asked, number, each) for each in request.comments]
        case ("POST", "comments"):
            return _comment(asked, number, asked.repo.comment(int(number), asked.body["body"]))
        case ("POST", "labels"):
            names = {id_: name for name, id_ in asked.repo.labels.items()}
            if unknown := [id_ for id_ in asked.body["labels"] if id_ not in names]:
                raise Wrong(422, f"label does not exist [label_id: {unknown[0]}]")
            added = [names[id_] for id_ in asked.body["labels"]]
            request.labels += [name for name in added if name not in request.labels]
            return [{"name": name} for name in request.labels]
    raise Wrong(404, "The target couldn't be found.")


def _open_or_closed(request: KeptRequest) -> str:
    return "open" if request.state == "open" else "closed"


def _open(asked: Asked) -> Any:
    body = asked.body
    if not asked.repo.tip(body["head"]):
        raise Wrong(404, "head branch does not exist")
    if asked.repo.twin(body["head"], body["base"]):
        raise Wrong(409, "pull request already exists for these targets")
    number = len(asked.repo.requests) + 1
    draft = body["title"].startswith("WIP: ")
    new = KeptRequest(number, body["head"], body["base"], body["title"], body["body"], draft)
    return _request(asked, asked.repo.open(new))


def _request(asked: Asked, request: KeptRequest) -> dict[str, Any]:
    return {
        "number": request.number,
        "html_url": f"{asked.web}/{asked.repo.name}/pulls/{request.number}",
        "state": _open_or_closed(request),
        "merged": request.state == "merged",
        "title": request.title,
        "body": request.body,
        "head": _head(asked, request),
        "base": {"ref": request.base},
        "labels": [{"name": name} for name in request.labels] or None,
    }


def _head(asked: Asked, request: KeptRequest) -> dict[str, Any]:
    """The branch while it is there, even of a request that has ended; else the ref that is kept of it."""
    tip = asked.repo.tip(request.head)
    return {
        "label": request.head,
        "ref": request.head if tip else f"refs/pull/{request.number}/head",
        "sha": tip or request.ended_at,
        "repo": {"full_name": asked.repo.name},
    }


def _comment(asked: Asked, number: str, comment: KeptComment) -> dict[str, Any]:
    place = f"{asked.web}/{asked.repo.name}/pulls/{number}#issuecomment-{comment.id}"
    return {"id": comment.id, "html_url": place, "body": comment.body}
