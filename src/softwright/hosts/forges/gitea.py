"""Gitea and Forgejo (Codeberg): the REST API, version 1."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from softwright.hosts.forges.forge import ChangeRequest, CiState, Comment, NewRequest, RequestState
from softwright.hosts.json_api import JsonApi

_PAGE = 50  # what servers allow unless told otherwise
_PAGES_CLOSED = 10
_STATUS = {"success": CiState.PASSED, "warning": CiState.PASSED, "pending": CiState.PENDING}
_COLOUR = "#ededed"


class GiteaForge:
    """One repository at Gitea; `project` is `owner/name`."""

    def __init__(self, api: str, project: str, token: str) -> None:
        self._api = JsonApi(api, headers={"Authorization": f"token {token}"}, secret=token)
        self._project = project
        self._repo = f"repos/{project}"

    def requests(self, head: str) -> Iterator[ChangeRequest]:
        """The change requests for a branch, open ones first; of the closed ones among the last 500.

        The API cannot be asked by branch, so all open ones are listed.
        """
        listed = chain(self._listed("open"), self._listed("closed", most=_PAGES_CLOSED))
        for raw in listed:
            origin = raw["head"].get("repo") or {}
            # When the branch is gone, only the label still says what it was called.
            if (
                head in (raw["head"]["ref"], raw["head"].get("label"))
                and origin.get("full_name", self._project) == self._project
            ):
                yield _request(raw)

    def _listed(self, state: str, **most: int) -> Iterator[Any]:
        return self._api.pages(f"{self._repo}/pulls", state=state, limit=_PAGE, **most)

    def request(self, number: int) -> ChangeRequest:
        """One change request."""
        return _request(self._api.get(f"{self._repo}/pulls/{number}"))

    def open(self, new: NewRequest) -> ChangeRequest:
        """A new change request; a draft says so in its title."""
        title = f"WIP: {new.title}" if new.draft else new.title
        body = {"head": new.head, "base": new.base, "title": title, "body": new.body}
        return _request(self._api.post(f"{self._repo}/pulls", body))

    def update(self, number: int, *, title: str, body: str) -> ChangeRequest:
        """The change request with another title and text; a draft stays one."""
        if self.request(number).title.startswith("WIP: "):
            title = f"WIP: {title.removeprefix('WIP: ')}"
        return _request(self._api.patch(f"{self._repo}/pulls/{number}", {"title": title, "body": body}))

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Give it labels of the repository; those it has not are made."""
        known = {raw["name"]: raw["id"] for raw in self._api.pages(f"{self._repo}/labels", limit=_PAGE)}
        for name in labels:
            if name not in known:
                new = self._api.post(f"{self._repo}/labels", {"name": name, "color": _COLOUR})
                known[name] = new["id"]
        ids = [known[name] for name in labels]
        self._api.post(f"{self._repo}/issues/{number}/labels", {"labels": ids})

    def comments(self, number: int) -> Iterator[Comment]:
        """Its comments, oldest first."""
        for raw in self._api.pages(f"{self._repo}/issues/{number}/comments"):
            yield Comment(raw["html_url"], raw["body"] or "")

    def add_comment(self, number: int, body: str) -> Comment:
        """A new comment."""
        raw = self._api.post(f"{self._repo}/issues/{number}/comments", {"body": body})
        return Comment(raw["html_url"], raw["body"] or "")

    def ci(self, commit: str, number: int) -> CiState:
        """What all statuses of the commit say together."""
        del number
        status = self._api.get(f"{self._repo}/commits/{commit}/status") or {}
        if not status.get("total_count"):
            return CiState.NONE
        return _STATUS.get(status["state"], CiState.FAILED)


def _request(raw: Mapping[str, Any]) -> ChangeRequest:
    return ChangeRequest(
        raw["number"],
        raw["html_url"],
        RequestState.MERGED if raw.get("merged") else RequestState(raw["state"]),
        raw["title"],
        raw["body"] or "",
        raw["head"]["sha"],
        tuple(label["name"] for label in raw.get("labels") or ()),
        raw["base"]["ref"],
    )
