"""Rules that were made of accepted edits, and why some could not be made."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import select

from softwright.ledger.connected import Connected
from softwright.ledger.schema import shape_rules
from softwright.ledger.upsert import replacing


@dataclass(frozen=True, slots=True)
class ShapeRule:
    """The rule of one shape of one step: the text of its file, "" with a `reason` when there is none.

    `edits` accepted edits it was made from, `held_back` more that it was checked on; `inputs` names them all.
    """

    campaign: str
    step: str
    shape: str
    rule: str
    reason: str
    edits: int
    held_back: int
    inputs: str
    at: datetime | None = None


_NAMES = tuple(field.name for field in fields(ShapeRule) if field.name != "at")
_KEY = ("campaign", "step", "shape")


class ShapeRules:
    """The present rule of each shape."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def put(self, rules: Iterable[ShapeRule]) -> None:
        """Record rules; the new one of a shape replaces the old."""
        now = self._ledger.clock.now()
        rows = [{name: getattr(each, name) for name in _NAMES} | {"at": now} for each in rules]
        if rows:
            with self._ledger.write() as connection:
                connection.execute(replacing(connection, shape_rules, _KEY), rows)

    def of(self, campaign: str) -> list[ShapeRule]:
        """The rules of a campaign, by step and shape."""
        query = select(shape_rules).where(shape_rules.c.campaign == campaign)
        with self._ledger.read() as connection:
            found = [ShapeRule(**row._asdict()) for row in connection.execute(query)]
        return sorted(found, key=lambda rule: (rule.step, rule.shape))
