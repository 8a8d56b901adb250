"""GitHub and GitHub Enterprise: the REST API, version 2022-11-28."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from softwright.hosts.far_side import Refused
from softwright.hosts.forges.forge import ChangeRequest, CiState, Comment, NewRequest, RequestState, worst
from softwright.hosts.json_api import JsonApi, seconds_until

_PAGE = 100
_SECONDARY_S = 60.0
_STATUS = {"success": CiState.PASSED, "pending": CiState.PENDING}  # failure, error
_CONCLUSION = {
    "success": CiState.PASSED,
    "neutral": CiState.PASSED,
    "skipped": CiState.PASSED,
}  # failure, cancelled, timed_out, action_required, stale, startup_failure


class GitHubForge:
    """One repository at GitHub; `project` is `owner/name`."""

    def __init__(self, api: str, project: str, token: str) -> None:
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        self._api = JsonApi(
            api, headers={**headers, "Authorization": f"Bearer {token}"}, secret=token, reset=_reset
        )
        self._owner = project.partition("/")[0]
        self._repo = f"repos/{project}"

    def requests(self, head: str) -> Iterator[ChangeRequest]:
        """The change requests for a branch, open ones first."""
        found = self._api.pages(
            f"{self._repo}/pulls", head=f"{self._owner}:{head}", state="all", sort="created",
            direction="desc", per_page=_PAGE,
        )  # fmt: skip
        listed = [_request(raw) for raw in found if raw["head"]["ref"] == head]
        yield from sorted(listed, key=lambda request: request.state is not RequestState.OPEN)

    def request(self, number: int) -> ChangeRequest:
        """One change request."""
        return _request(self._api.get(f"{self._repo}/pulls/{number}"))

    def open(self, new: NewRequest) -> ChangeRequest:
        """A new change request."""
        body = {"head": new.head, "base": new.base, "title": new.title, "body": new.body, "draft": new.draft}
        try:
            return _request(self._api.post(f"{self._repo}/pulls", body))
        except Refused as refused:
            if refused.status == 422 and "already exists" in refused.message:
                raise Refused(refused.message, status=409, where=refused.where) from refused
            raise

    def update(self, number: int, *, title: str, body: str) -> ChangeRequest:
        """The change request with another title and text."""
        return _request(self._api.patch(f"{self._repo}/pulls/{number}", {"title": title, "body": body}))

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Give it labels; GitHub makes those that are not there."""
        self._api.post(f"{self._repo}/issues/{number}/labels", {"labels": list(labels)})

    def comments(self, number: int) -> Iterator[Comment]:
        """Its comments, oldest first."""
        for raw in self._api.pages(f"{self._repo}/issues/{number}/comments", per_page=_PAGE):
            yield Comment(raw["html_url"], raw["body"] or "")

    def add_comment(self, number: int, body: str) -> Comment:
        """A new comment."""
        raw = self._api.post(f"{self._repo}/issues/{number}/comments", {"body": body})
        return Comment(raw["html_url"], raw["body"] or "")

    def ci(self, commit: str, number: int) -> CiState:
        """What statuses and check runs say together."""
        del number
        status = self._api.get(f"{self._repo}/commits/{commit}/status")
        states = [_STATUS.get(status["state"], CiState.FAILED)] if status["total_count"] else []
        runs = self._api.get(f"{self._repo}/commits/{commit}/check-runs", per_page=_PAGE)
        for run in runs["check_runs"]:
            done = run["status"] == "completed"
            states.append(_CONCLUSION.get(run["conclusion"], CiState.FAILED) if done else CiState.PENDING)
        return worst(states)


def _request(raw: Mapping[str, Any]) -> ChangeRequest:
    state = RequestState.MERGED if raw.get("merged_at") else RequestState(raw["state"])
    return ChangeRequest(
        raw["number"],
        raw["html_url"],
        state,
        raw["title"],
        raw["body"] or "",
        raw["head"]["sha"],
        tuple(label["name"] for label in raw.get("labels", ())),
        raw["base"]["ref"],
    )


def _reset(headers: Mapping[str, str], said: str) -> float | None:
    """Seconds until a rate limit is lifted; None when none is reached.

    The primary one has headers; the secondary ones may be told in words alone, and want a minute at least.
    """
    if headers.get("x-ratelimit-remaining") != "0":
        return _SECONDARY_S if "secondary rate limit" in said else None
    return seconds_until(headers.get("x-ratelimit-reset", "0"))
