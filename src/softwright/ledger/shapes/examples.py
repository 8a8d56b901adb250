"""What reviews taught: files as people do not want them changed, and as they do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from softwright.ledger.connected import Connected
from softwright.ledger.schema import shape_examples

NEGATIVE, POSITIVE = "negative", "positive"


@dataclass(frozen=True, slots=True)
class ShapeExample:
    """A whole file before and after: `negative` where an edit was rejected, `positive` where one was
    corrected.

    `after` is the file as people want it: without what was rejected, with what was corrected.
    """

    campaign: str
    repo: str
    path: str
    kind: str
    shape: str
    edit: str
    before: str
    after: str
    at: datetime | None = None


_NAMES = ("campaign", "repo", "path", "kind", "shape", "edit", "before", "after")


class ShapeExamples:
    """Every example, the newest last."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def add(self, examples: Iterable[ShapeExample]) -> None:
        """Record examples."""
        now = self._ledger.clock.now()
        rows = [{name: getattr(each, name) for name in _NAMES} | {"at": now} for each in examples]
        if rows:
            with self._ledger.write() as connection:
                connection.execute(insert(shape_examples), rows)

    def of(self, campaign: str) -> list[ShapeExample]:
        """The examples of a campaign, the newest of each file alone, in the order they were given."""
        query = select(shape_examples).where(shape_examples.c.campaign == campaign)
        found: dict[tuple[str, str], ShapeExample] = {}
        with self._ledger.read() as connection:
            for row in connection.execute(query.order_by(shape_examples.c.id)):
                example = ShapeExample(**{name: getattr(row, name) for name in (*_NAMES, "at")})
                found.pop((example.repo, example.path), None)
                found[example.repo, example.path] = example
        return list(found.values())
