"""Verdicts of checks, kept so that the same question is not asked twice."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from softwright.core import Cost, Evidence, Outcome, Verdict
from softwright.ledger.connected import Connected
from softwright.ledger.schema import verdict_cache
from softwright.ledger.upsert import keeping


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as a JSON document."""
    return {
        "check": verdict.check,
        "outcome": str(verdict.outcome),
        "summary": verdict.summary,
        "evidence": [asdict(e) for e in verdict.evidence],
        "known": [asdict(e) for e in verdict.known],
        "cost": asdict(verdict.cost),
        "cached": verdict.cached,
    }


def verdict_from_json(document: Mapping[str, Any]) -> Verdict:
    """The verdict that `verdict_to_json` wrote."""
    return Verdict(
        check=document["check"],
        outcome=Outcome(document["outcome"]),
        summary=document["summary"],
        evidence=tuple(Evidence(**e) for e in document["evidence"]),
        known=tuple(Evidence(**e) for e in document["known"]),
        cost=Cost(**document["cost"]),
        cached=document["cached"],
    )


class Verdicts:
    """Verdicts by key; the key names the tree, the patch, the check's version and its environment."""

    def __init__(self, ledger: Connected) -> None:
        self._ledger = ledger

    def get(self, key: str) -> Verdict | None:
        """The verdict under `key`, None when there is none."""
        query = select(verdict_cache.c.verdict).where(verdict_cache.c.key == key)
        with self._ledger.read() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else verdict_from_json(found)

    def put(self, key: str, verdict: Verdict) -> None:
        """Keep a verdict."""
        self.put_many([(key, verdict)])

    def put_many(self, pairs: Iterable[tuple[str, Verdict]]) -> None:
        """Keep several verdicts; one already there stays."""
        now = self._ledger.clock.now()
        rows = [{"key": key, "verdict": verdict_to_json(verdict), "at": now} for key, verdict in pairs]
        if not rows:
            return
        with self._ledger.write() as connection:
            connection.execute(keeping(connection, verdict_cache, ["key"]), rows)
