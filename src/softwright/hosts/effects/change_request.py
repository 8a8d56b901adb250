"""A change request that is to be open for a branch."""

from dataclasses import dataclass, replace
from typing import ClassVar

from softwright.core import digest
from softwright.hosts.effects.effect import Receipt
from softwright.hosts.far_side import Refused
from softwright.hosts.forges.forge import ChangeRequest, Forge, NewRequest, RequestState
from softwright.hosts.forges.marker import mark, marked, text_digest
from softwright.hosts.urls import scrub

_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class ChangeRequestEffect:
    """A change request for branch `head` into `base` of the repository at `url`; `commit` is what it is for.

    One that a person closed stays closed. Title and text follow this value as long as nobody but us wrote
    them; labels are only added. One that somebody else opened is left as it is.
    """

    kind: ClassVar[str] = "change-request"

    key: str
    url: str
    head: str
    base: str
    commit: str
    title: str
    body: str
    draft: bool = False
    labels: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The repository and the branch."""
        return f"{scrub(self.url)} {self.head}"

    @property
    def digest(self) -> str:
        """Names everything that it says."""
        said = [self.url, self.head, self.base, self.commit, self.title, self.body, self.draft]
        return digest([*said, list(self.labels)])

    def look(self, far: Forge) -> Receipt | None:
        """The change request with this key, or else an open one for the branch, whoever opened it."""
        found = self._found(far)
        if found is None:
            return None
        if found.state is not RequestState.OPEN or marked(found.body).key != self.key:
            return self._receipt(found)
        newest = self._brought_up_to_date(far, found)
        return self._receipt(newest, lacks=self._label(far, newest))

    def act(self, far: Forge) -> Receipt:
        """Open it. That there is one already, as somebody was sooner, counts as found."""
        text = self._marked(self.body, text_digest(self.title, self.body))
        new = NewRequest(self.head, self.base, self.title, text, self.draft)
        try:
            made = far.open(new)
        except Refused as refused:
            found = self._found(far) if refused.status == _CONFLICT else None
            if found is None:
                raise
            made = found
        receipt = self._receipt(made, lacks=self._label(far, made))
        return replace(receipt, seen={**receipt.seen, "opened": [made.number, self.commit]})

    def _found(self, far: Forge) -> ChangeRequest | None:
        """An open one of ours, else any open one, else ours that a person closed or that merged this commit.

        One that was merged with an earlier commit is done with: what was pushed since asks for another. Those
        into other branches are another matter.
        """
        into = (request for request in far.requests(self.head) if request.base == self.base)
        there = [(request, marked(request.body)) for request in into]
        ours = [(request, mark) for request, mark in there if mark.key == self.key]
        open_ones = [request for request, _ in [*ours, *there] if request.state is RequestState.OPEN]
        settled = [
            request
            for request, mark in ours
            if request.state is RequestState.CLOSED or mark.at == self.commit
        ]
        return next(iter([*open_ones, *settled]), None)

    def _brought_up_to_date(self, far: Forge, found: ChangeRequest) -> ChangeRequest:
        """The request with the words of this value, unless a person changed them, and with its commit."""
        now, written = marked(found.body), text_digest(self.title, self.body)
        title = found.title.removeprefix("Draft: ").removeprefix("WIP: ") if self.draft else found.title
        if now.at == self.commit and now.digest == written:
            return found
        if now.digest != text_digest(title, now.text):
            if now.at == self.commit:
                return found
            return far.update(found.number, title=title, body=self._marked(now.text, now.digest))
        return far.update(found.number, title=self.title, body=self._marked(self.body, written))

    def _marked(self, body: str, digest: str) -> str:
        return mark(body, self.key, at=self.commit, digest=digest)

    def _label(self, far: Forge, request: ChangeRequest) -> str:
        """Give it the labels that it lacks; why that is refused: it is open all the same."""
        missing = [label for label in self.labels if label not in request.labels]
        try:
            if missing:
                far.add_labels(request.number, missing)
        except Refused as refused:
            return f"it has no labels: {refused.message}"
        return ""

    def _receipt(self, request: ChangeRequest, *, lacks: str = "") -> Receipt:
        seen = {"number": request.number, "state": request.state.value, "commit": self.commit}
        return Receipt(request.url, seen, lacks)
