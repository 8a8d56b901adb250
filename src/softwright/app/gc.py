"""Housekeeping: what ended long ago is forgotten, and what only that needed is removed.

Events, verdicts and what was decided are the product's record, and stay.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from softwright.app.runs import engine_if_any
from softwright.app.wiring import House
from softwright.campaigns.shapes.reading import needed_shapes
from softwright.core import InvalidInput
from softwright.engine import ACTIVE, HomeInUse
from softwright.engine.artefacts import FRESH
from softwright.engine.durable import LOCK, DurableEngine, EngineDatabase, Leases, OnlyOne, StoreOfRuns
from softwright.ledger import RepoRecord

_BATCH = 500
_SAFE = 2 * FRESH  # what is newer may belong to a run that is about to begin
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_AGE = re.compile(r"(\d+)\s*([smhdw])")
_LONGEST = timedelta(days=36_500)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Freed:
    """What was removed, or would be: runs, artefacts, half-written files, unpacked campaigns, dead leases.

    `shapes` are files whose edits were kept as they were read for a review. `bytes` are those of artefacts,
    packs and, in a home of files, of the record of runs.
    """

    runs: int = 0
    artefacts: int = 0
    half_written: int = 0
    packs: int = 0
    leases: int = 0
    shapes: int = 0
    bytes: int = 0
    dry_run: bool = False


def age(text: str) -> timedelta:
    """A length of time such as `30d`, `12h`, `2w`. Raises InvalidInput."""
    found = _AGE.fullmatch(text.strip().lower())
    if found is None:
        raise InvalidInput(f"`{text}` is no length of time", hint="for example 30d, 12h or 2w")
    try:
        length = timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        length = timedelta.max
    if length > _LONGEST:
        raise InvalidInput(f"`{text}` is longer than anything was kept", hint="at most 36500d")
    return length


def collect(
    house: House,
    *,
    older_than: timedelta,
    dry_run: bool = False,
    on_progress: Callable[[str], None] = lambda what: None,
) -> Freed:
    """Remove what ended before `older_than` ago. Safe at any time, beside workers and other collectors.

    Artefacts go when they were not put since, no active run names them, and no open campaign needs them
    for a commit that it may yet push; none is removed before it is two hours old. Raises InvalidInput when
    the artefact store is that of another database: what is needed there is not known here.
    """
    _demand_own_store(house)
    now = house.ledger.clock.now()
    cut, safe = now - older_than, now - max(older_than, _SAFE)
    with engine_if_any(house) as engine:
        active = _active_roots(engine) if engine is not None else []
        on_progress("runs")
        runs = 0
        if engine is not None and dry_run:
            runs = engine.deletable(ended_before=cut, keep=active)
        elif engine is not None:
            while count := engine.delete(ended_before=cut, limit=_BATCH, keep=active):
                runs += count
        on_progress("artefacts")
        needed = _needed(house, engine)
        artefacts, size = house.artefacts.sweep(older_than=safe, keep=needed, dry_run=dry_run)
        half = 0 if dry_run else house.artefacts.tidy(older_than=safe)
        on_progress("packs")
        # Asked again: a campaign may have begun in the meantime.
        packs, packed = _sweep_packs(house, safe.timestamp(), _needed(house, engine), dry_run=dry_run)
    on_progress("shapes")
    shapes = house.ledger.file_shapes.forget(before=cut, keep=_needed_shapes(house), dry_run=dry_run)
    leases, given_back = _tidy_database(house, older_than, compact=bool(runs), dry_run=dry_run)
    return Freed(runs, artefacts, half, packs, leases, shapes, size + packed + given_back, dry_run)


def _demand_own_store(house: House) -> None:
    if house.settings.database_url:
        with closing(EngineDatabase(house.engine_url)) as database:
            wrong = StoreOfRuns(database).fault(house.artefacts)
        if wrong:
            raise InvalidInput(wrong, hint="name that one in SOFTWRIGHT_ARTEFACTS")


def _active_roots(engine: DurableEngine) -> list[str]:
    """What every active run belongs to: who waits for it may ask for anything there."""
    return sorted({"/".join(run.split("/")[:2]) for run in engine.ids(states=ACTIVE)})


def _needed(house: House, engine: DurableEngine | None) -> set[str]:
    """Digests that active runs name, and those from which a commit of an open campaign can be made again."""
    found: set[str] = set()
    for root in _active_roots(engine) if engine is not None else ():
        assert engine is not None
        found.update(_digests(engine.words(root)))
    details = (record.detail for record in _open_records(house) if record.commit_sha)
    found.update(_digests(json.dumps([d.get("pack"), d.get("proposal")]) for d in details))
    return found


def _needed_shapes(house: House) -> set[str]:
    """What a review of an open campaign would have to read again."""
    return needed_shapes(record.detail for record in _open_records(house))


def _open_records(house: House) -> Iterator[RepoRecord]:
    """The repositories of open campaigns."""
    for campaign in house.ledger.campaigns.all():
        if campaign.status == "open":
            yield from house.ledger.states.all(campaign.name)


def _digests(texts: Iterable[str]) -> set[str]:
    return {digest for text in texts for digest in _DIGEST.findall(text)}


def _sweep_packs(house: House, before: float, needed: set[str], *, dry_run: bool) -> tuple[int, int]:
    """Campaigns that were unpacked here and are needed no more, and what a killed process left of one."""
    kept = {digest.partition(":")[2][:32] for digest in needed}
    count = size = 0
    root = house.settings.home / "packs"
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if folder.name in kept or folder.stat().st_mtime >= before:
            continue
        count, size = count + 1, size + _size(folder)
        if not dry_run:
            shutil.rmtree(folder, ignore_errors=True)
    return count, size


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _tidy_database(house: House, older_than: timedelta, *, compact: bool, dry_run: bool) -> tuple[int, int]:
    """Forgets dead leases; makes the file of runs smaller when nobody is at work on it."""
    database = EngineDatabase(house.engine_url)
    try:
        if dry_run or not database.ready():
            return 0, 0
        if not database.is_sqlite:
            leases = Leases(database)
            gone = leases.forget(older_than_s=older_than.total_seconds()) if leases.ready() else 0
            return gone, 0
        if not compact:
            return 0, 0
        try:
            with OnlyOne(house.folder(".") / LOCK):
                return 0, database.compact()
        except HomeInUse:  # the space is used again by later runs
            return 0, 0
    finally:
        database.close()
