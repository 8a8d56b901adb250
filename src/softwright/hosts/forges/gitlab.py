"""GitLab: the REST API, version 4. A change request is a merge request there, a comment a note."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from softwright.hosts.forges.forge import ChangeRequest, CiState, Comment, NewRequest, RequestState
from softwright.hosts.json_api import JsonApi, seconds_until

_PAGE = 100
_STATES = {"merged": RequestState.MERGED, "closed": RequestState.CLOSED}  # opened, locked
_PIPELINE = {
    "success": CiState.PASSED,
    "skipped": CiState.PASSED,
    "failed": CiState.FAILED,
    "canceled": CiState.FAILED,
}  # created, waiting_for_resource, preparing, pending, running, manual, scheduled


class GitLabForge:
    """One project at GitLab; `project` is its whole path, groups included."""

    def __init__(self, api: str, project: str, token: str) -> None:
        self._api = JsonApi(api, headers={"PRIVATE-TOKEN": token}, secret=token, reset=_reset)
        self._requests = f"projects/{quote(project, safe='')}/merge_requests"

    def requests(self, head: str) -> Iterator[ChangeRequest]:
        """The change requests for a branch of this project, open ones first."""
        found = self._api.pages(
            self._requests, source_branch=head, state="all", order_by="created_at", sort="desc",
            per_page=_PAGE,
        )  # fmt: skip
        own = [raw for raw in found if raw["source_project_id"] == raw["target_project_id"]]
        yield from sorted(map(_request, own), key=lambda request: request.state is not RequestState.OPEN)

    def request(self, number: int) -> ChangeRequest:
        """One change request."""
        return _request(self._api.get(f"{self._requests}/{number}"))

    def open(self, new: NewRequest) -> ChangeRequest:
        """A new change request; a draft says so in its title."""
        title = f"Draft: {new.title}" if new.draft else new.title
        body = {
            "source_branch": new.head,
            "target_branch": new.base,
            "title": title,
            "description": new.body,
        }
        return _request(self._api.post(self._requests, body))

    def update(self, number: int, *, title: str, body: str) -> ChangeRequest:
        """The change request with another title and text; a draft stays one."""
        if self.request(number).title.startswith("Draft: "):
            title = f"Draft: {title.removeprefix('Draft: ')}"
        return _request(self._api.put(f"{self._requests}/{number}", {"title": title, "description": body}))

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Give it labels; GitLab makes those that are not there."""
        self._api.put(f"{self._requests}/{number}", {"add_labels": ",".join(labels)})

    def comments(self, number: int) -> Iterator[Comment]:
        """Its comments, oldest first, without what GitLab itself notes."""
        place = self.request(number).url
        path = f"{self._requests}/{number}/notes"
        for raw in self._api.pages(path, sort="asc", order_by="created_at", per_page=_PAGE):
            if not raw.get("system"):
                yield _comment(place, raw)

    def add_comment(self, number: int, body: str) -> Comment:
        """A new comment."""
        place = self.request(number).url
        return _comment(place, self._api.post(f"{self._requests}/{number}/notes", {"body": body}))

    def ci(self, commit: str, number: int) -> CiState:
        """What the last pipeline of the change request says, if that is at this commit.

        The pipeline itself may be of another one, made of merging it.
        """
        request = self._api.get(f"{self._requests}/{number}")
        pipeline = request.get("head_pipeline")
        if not pipeline or request["sha"] != commit:
            return CiState.NONE
        return _PIPELINE.get(pipeline["status"], CiState.PENDING)


def _request(raw: Mapping[str, Any]) -> ChangeRequest:
    return ChangeRequest(
        raw["iid"],
        raw["web_url"],
        _STATES.get(raw["state"], RequestState.OPEN),
        raw["title"],
        raw["description"] or "",
        raw["sha"] or "",
        tuple(raw.get("labels", ())),
        raw["target_branch"],
    )


def _comment(request: str, raw: Mapping[str, Any]) -> Comment:
    return Comment(f"{request}#note_{raw['id']}", raw["body"] or "")


def _reset(headers: Mapping[str, str], said: str) -> float | None:
    """Seconds until the rate limit is lifted; None when it is not reached."""
    del said
    if headers.get("ratelimit-remaining") != "0":
        return None
    return seconds_until(headers.get("ratelimit-reset", "0"))
