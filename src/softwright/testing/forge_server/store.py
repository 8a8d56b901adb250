"""What a forge keeps: repositories, change requests, comments, labels, statuses."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class Wrong(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, said: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(said)
        self.status = status
        self.said = said
        self.headers = dict(headers or {})


@dataclass(slots=True)
class KeptComment:
    """One comment; `system` for what the forge itself noted."""

    id: int
    body: str
    system: bool = False


@dataclass(slots=True)
class KeptRequest:
    """One change request; `state` is open, merged or closed, `ended_at` the commit at which it ended."""

    number: int
    head: str
    base: str
    title: str
    body: str
    draft: bool = False
    state: str = "open"
    labels: list[str] = field(default_factory=list)
    comments: list[KeptComment] = field(default_factory=list)
    ended_at: str = ""


@dataclass(slots=True)
class KeptRepository:
    """One repository; without `git_dir` every branch counts as being there, at the commit `f…f`,
    but for the `missing`. `ci` is what continuous integration says of a commit: pending, passed or failed.
    """

    name: str
    git_dir: Path | None = None
    requests: list[KeptRequest] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)
    ci: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def tip(self, branch: str) -> str:
        """The commit of a branch, "" when there is none."""
        if self.git_dir is None:
            return "" if branch in self.missing else "f" * 40
        asked = ["git", "--git-dir", str(self.git_dir), "rev-parse", "--verify", "--quiet"]
        done = subprocess.run([*asked, f"refs/heads/{branch}"], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def request(self, number: int) -> KeptRequest:
        """One change request; raises Wrong(404)."""
        for request in self.requests:
            if request.number == number:
                return request
        raise Wrong(404, "Not Found")

    def head(self, request: KeptRequest) -> str:
        """The commit of a change request: that of its branch, until it ends."""
        return request.ended_at or self.tip(request.head)

    def end(self, number: int, state: str) -> None:
        """A person merges (`merged`) or closes (`closed`) it."""
        request = self.request(number)
        request.ended_at, request.state = self.tip(request.head), state

    def open(self, new: KeptRequest) -> KeptRequest:
        """Keep a new change request; the caller has looked whether there is one already."""
        self.requests.append(new)
        return new

    def twin(self, head: str, base: str) -> KeptRequest | None:
        """The open change request between two branches."""
        for request in self.requests:
            if (request.state, request.head, request.base) == ("open", head, base):
                return request
        return None

    def comment(self, number: int, body: str, *, system: bool = False) -> KeptComment:
        """Keep a new comment."""
        request = self.request(number)
        made = KeptComment(100 * number + len(request.comments) + 1, body, system)
        request.comments.append(made)
        return made

    def label_id(self, name: str) -> int:
        """The number of a label, which is made when it is not there."""
        return self.labels.setdefault(name, len(self.labels) + 1)
