"""A comment that is to be at a change request."""

from dataclasses import dataclass
from typing import ClassVar

from softwright.core import digest
from softwright.hosts.effects.effect import Receipt
from softwright.hosts.forges.forge import Forge
from softwright.hosts.forges.marker import mark, marked
from softwright.hosts.urls import scrub


@dataclass(frozen=True, slots=True)
class CommentEffect:
    """A comment at change request `number` of the repository at `url`."""

    kind: ClassVar[str] = "comment"

    key: str
    url: str
    number: int
    body: str

    @property
    def target(self) -> str:
        """The change request."""
        return f"{scrub(self.url)} change request {self.number}"

    @property
    def digest(self) -> str:
        """The key says it all: what was said once is not said again in other words."""
        return digest(self.key)

    def look(self, far: Forge) -> Receipt | None:
        """The comment with this key."""
        for comment in far.comments(self.number):
            if marked(comment.body).key == self.key:
                return Receipt(comment.url)
        return None

    def act(self, far: Forge) -> Receipt:
        """Write it."""
        return Receipt(far.add_comment(self.number, mark(self.body, self.key)).url)
