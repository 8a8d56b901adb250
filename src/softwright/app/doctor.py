"""Look at the machine: what works, what falls back, what would make it better."""

from collections.abc import Iterator
from contextlib import closing

from softwright.app.wiring import House
from softwright.core import SoftwrightError, counted
from softwright.workspaces import Probe, probe


def examine(house: House) -> list[Probe]:
    """Everything that matters on this machine, tried once on the disk of the home, and its durable runs."""
    return [*probe(house.settings.home / "workspaces"), *_engine(house)]


def _engine(house: House) -> Iterator[Probe]:
    url = house.settings.database_url
    if not url and not (house.settings.home / "engine.db").is_file():
        yield Probe("durable runs", True, "none yet: kept in the home once there are")
        return
    try:
        yield from _runs(house)
    except SoftwrightError as error:
        cure = error.hint or "see that the database is up and may be used"
        yield Probe("durable runs", False, error.message, bool(url), improve=cure)


def _runs(house: House) -> Iterator[Probe]:
    from softwright.app import runs as use  # what runs runs is slow to import, and most homes have none
    from softwright.app.workers import list_workers

    place = "on PostgreSQL" if house.settings.database_url else "in the home"
    with use.engine_if_any(house) as engine:
        if engine is None:
            yield Probe("durable runs", True, f"none yet, {place}: the database answers")
            return
        waiting = sum(engine.versions().values())
        yield Probe("durable runs", True, f"{waiting} active, {place}")
        if house.settings.database_url:
            yield _store(house)
        alive = [row for row in list_workers(house) if row.state in ("live", "draining")]
        missing = bool(waiting) and not alive
        yield Probe(
            "workers",
            not missing,
            f"{len(alive)} alive",
            fallback="runs wait" if missing else "",
            improve="softwright worker" if missing else "",
        )
        for one in use.stranded(house, engine):
            yield Probe(
                f"version {one.version}",
                False,
                f"no worker runs the code of {counted(one.runs, 'run')}",
                fallback="they wait",
                improve=one.command,
            )


def _store(house: House) -> Probe:
    from softwright.engine.durable import EngineDatabase, StoreOfRuns

    with closing(EngineDatabase(house.engine_url)) as database:
        wrong = StoreOfRuns(database).fault(house.artefacts)
    if wrong:
        cure = "name that one in SOFTWRIGHT_ARTEFACTS, or: softwright migrate --artefacts"
        return Probe("artefact store", False, wrong, fallback="no worker starts here", improve=cure)
    if house.settings.artefacts:
        return Probe("artefact store", True, house.artefacts.where)
    return Probe(
        "artefact store",
        True,
        f"{house.artefacts.where}, which no other machine has",
        improve="SOFTWRIGHT_ARTEFACTS names one that all machines share",
    )
