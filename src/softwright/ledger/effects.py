"""What is to happen outside once: recorded as intended before it is done, and settled after it.

A transactional outbox. Its key names an effect here and at the far side, so that whoever comes after a
crash between the two looks there for the key first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from softwright.ledger.connected import Connected
from softwright.ledger.schema import effects

INTENDED, DONE, FAILED = "intended", "done", "failed"

HELD_S = 300.0
"""Seconds for which an effect belongs to the run that began it: longer than one attempt takes."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to happen: `digest` names what is to be there, `target` says where, in words."""

    key: str
    kind: str
    target: str
    digest: str
    campaign: str = ""
    repo: str = ""


@dataclass(frozen=True, slots=True)
class EffectRow:
    """An effect as recorded.

    `receipt` is its address or id at the far side, `reason` why it failed, `seen` what the far side showed
    of it last; `holder` is the run that is at it.
    """

    key: str
    kind: str
    target: str
    digest: str
    state: str
    receipt: str = ""
    reason: str = ""
    seen: Mapping[str, Any] = field(default_factory=dict)
    holder: str = ""
    campaign: str = ""
    repo: str = ""
    intended_at: datetime | None = None
    settled_at: datetime | None = None


class Effects:
    """Every effect by its key."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def begin(self, intent: Intent, *, holder: str) -> EffectRow:
        """The effect, which `holder` may now bring about, unless it is done or another holder is at it.

        What is done is not begun again while its digest is the same. A holder that says nothing for
        `HELD_S` seconds counts as gone.
        """
        now = self._ledger.clock.now()
        with self._ledger.write() as connection:
            known = self._get(connection, intent.key)
            if known is not None and not _open_to(known, intent, holder, now):
                return known
            fields = {
                name: getattr(intent, name) for name in ("kind", "target", "digest", "campaign", "repo")
            }
            fields |= {"state": INTENDED, "reason": "", "holder": holder, "intended_at": now}
            if known is None:
                fields |= {"key": intent.key, "receipt": "", "seen": {}, "settled_at": None}
                connection.execute(insert(effects).values(**fields))
            else:
                connection.execute(update(effects).where(effects.c.key == intent.key).values(**fields))
            begun = self._get(connection, intent.key)
        assert begun is not None
        return begun

    def release(self, key: str, *, holder: str) -> None:
        """Take an effect from a holder that is known to be gone; nothing happens when another has it."""
        mine = (effects.c.key == key, effects.c.holder == holder, effects.c.state == INTENDED)
        with self._ledger.write() as connection:
            connection.execute(update(effects).where(*mine).values(holder=""))

    def renew(self, row: EffectRow) -> EffectRow | None:
        """The effect held from now on anew; None when it was taken up by somebody else since `row` was begun.

        To be asked right before acting: a process that was frozen meanwhile finds that it lost the effect.
        """
        now = self._ledger.clock.now()
        with self._ledger.write() as connection:
            changed = connection.execute(update(effects).where(*_still(row)).values(intended_at=now))
            return self._get(connection, row.key) if changed.rowcount else None

    def settle(
        self,
        row: EffectRow,
        state: str,
        *,
        receipt: str = "",
        reason: str = "",
        seen: Mapping[str, Any] | None = None,
    ) -> EffectRow:
        """Record how it ended; what was known (`receipt`, single things `seen`) stays when not given.

        Nothing is recorded when somebody else took it up since `row` was begun; what is known comes back.
        """
        with self._ledger.write() as connection:
            known = self._get(connection, row.key)
            assert known is not None, f"effect {row.key} was never intended"
            values = {
                "state": state,
                "receipt": receipt or known.receipt,
                "reason": reason,
                "seen": {**known.seen, **(seen or {})},
                "holder": "",
                "settled_at": self._ledger.clock.now(),
            }
            connection.execute(update(effects).where(*_still(row)).values(**values))
            settled = self._get(connection, row.key)
        assert settled is not None
        return settled

    def note(self, key: str, seen: Mapping[str, Any]) -> None:
        """Record what the far side shows of it now."""
        with self._ledger.write() as connection:
            known = self._get(connection, key)
            if known is not None and known.seen != (newer := {**known.seen, **seen}):
                connection.execute(update(effects).where(effects.c.key == key).values(seen=newer))

    def get(self, key: str) -> EffectRow | None:
        """The effect of that key."""
        with self._ledger.read() as connection:
            return self._get(connection, key)

    def of(self, campaign: str, *, kind: str = "", repo: str = "") -> list[EffectRow]:
        """The effects of a campaign (of a kind, of a repository), in the order of their intents."""
        query = select(effects).where(effects.c.campaign == campaign)
        query = query.where(effects.c.kind == kind) if kind else query
        query = query.where(effects.c.repo == repo) if repo else query
        with self._ledger.read() as connection:
            rows = connection.execute(query.order_by(effects.c.intended_at, effects.c.key))
            return [EffectRow(**row._asdict()) for row in rows]

    @staticmethod
    def _get(connection: Connection, key: str) -> EffectRow | None:
        row = connection.execute(select(effects).where(effects.c.key == key)).one_or_none()
        return None if row is None else EffectRow(**row._asdict())


def _still(row: EffectRow) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a row is still as it was begun."""
    return (
        effects.c.key == row.key,
        effects.c.state == INTENDED,
        effects.c.holder == row.holder,
        effects.c.intended_at == row.intended_at,
    )


def _open_to(known: EffectRow, intent: Intent, holder: str, now: datetime) -> bool:
    """True when the holder may begin an effect that is known already."""
    if known.state == DONE:
        return known.digest != intent.digest
    if known.state == FAILED or known.holder in ("", holder) or known.intended_at is None:
        return True
    return now - known.intended_at > timedelta(seconds=HELD_S)
