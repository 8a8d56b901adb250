"""`softwright gc`: what goes, and what must stay."""

import os
import time
from datetime import timedelta

import pytest
from durable import RUN

from softwright.app.gc import age
from softwright.campaigns.detail import Detail, FileRow
from softwright.campaigns.runs.kinds import CAMPAIGN
from softwright.campaigns.shapes.reading import needed_shapes
from softwright.core import InvalidInput
from softwright.engine import RunState, Start
from softwright.engine.durable import EngineDatabase, Leases
from softwright.ledger import RepoRecord

OLD_S = 40 * 86_400


def put(durable, content: bytes, *, old: bool = True) -> str:
    """An artefact, put long ago or just now."""
    digest = durable.house.artefacts.put(content)
    if old:
        name = digest.partition(":")[2]
        path = durable.folder / "artefacts" / name[:2] / name
        os.utime(path, (time.time() - OLD_S,) * 2)
    return digest


def pack(durable, digest: str):
    """The folder that a campaign was unpacked into long ago."""
    folder = durable.folder / "packs" / digest.partition(":")[2][:32]
    folder.mkdir(parents=True)
    (folder / "campaign.yaml").write_text("name: rename\n")
    os.utime(folder, (time.time() - OLD_S,) * 2)
    return folder


def test_runs_that_ended_are_forgotten_and_others_stay(durable, program):
    """Runs go by the age of their end, with their children; active ones stay; a dry run removes nothing."""
    durable.start("good", "fine")
    durable.work()
    durable.start("good", run="other/1-x")
    assert program.json("gc")["runs"] == 0
    assert program.json("gc", "--older-than", "0s", "--dry-run")["runs"] == 3
    assert program.json("runs", "list", "--all")["counts"] == {"queued": 1, "done": 3}
    assert program.json("gc", "--older-than", "0s")["runs"] == 3
    assert program.json("runs", "list", "--all")["counts"] == {"queued": 1}
    assert durable.state("other/1-x") is RunState.QUEUED
    assert program("gc") == 0
    assert "0 runs, 0 artefacts" in program.out


def test_children_of_an_active_run_stay(durable, program):
    """A run that waits may ask for those under it at any time, though they ended long ago."""
    durable.start("good")
    durable.work_on_parents()
    with durable.engine() as engine:
        engine.cancel(f"{RUN}/0000/good")
    assert program.json("gc", "--older-than", "0s")["runs"] == 0
    assert durable.state(f"{RUN}/0000/good") is RunState.CANCELLED


def test_artefacts_that_something_needs_stay(durable, program):
    """What active runs name, what an open campaign may push from, and what is new stays; the rest goes."""
    needed, for_commit = put(durable, b"named by an active run"), put(durable, b"an open campaign's change")
    of_closed, useless = put(durable, b"a closed campaign's change"), put(durable, b"nobody's")
    new = put(durable, b"just put", old=False)
    durable.start(needed, run="other/1-x")
    ledger = durable.house.ledger
    for name, digest in (("open", for_commit), ("shut", of_closed)):
        ledger.campaigns.put(name, description="", spec_path="", spec={})
        detail = {"pack": "", "proposal": digest}
        ledger.states.put([RepoRecord(name, "api", "prepared", commit_sha="c" * 40, detail=detail)])
    ledger.campaigns.close("shut")
    kept, gone = pack(durable, needed), pack(durable, useless)
    would = program.json("gc", "--dry-run")
    assert (would["artefacts"], would["packs"]) == (2, 1)
    freed = program.json("gc")
    assert (freed["artefacts"], freed["packs"]) == (2, 1)
    assert freed["bytes"] > 0
    store = durable.house.artefacts
    assert [store.has(d) for d in (needed, for_commit, new)] == [True] * 3
    assert [store.has(d) for d in (of_closed, useless)] == [False] * 2
    assert kept.is_dir()
    assert not gone.exists()


def test_shapes_that_an_open_campaign_shows_stay(durable, program):
    """Edits that were read for review go with their age, once no open campaign has their files."""
    ledger = durable.house.ledger
    for name in ("open", "shut"):
        row = FileRow(f"{name}.py", "modified", "a" * 40, "b" * 40, 1, 1, sites=1)
        ledger.campaigns.put(name, description="", spec_path="", spec={})
        ledger.states.put([RepoRecord(name, "api", "prepared", detail=Detail(files=(row,)).to_json())])
    (shown,), (closed,) = (needed_shapes(r.detail for r in ledger.states.all(n)) for n in ("open", "shut"))
    ledger.file_shapes.put_many({shown: [], closed: [], "nobody's": []})
    ledger.campaigns.close("shut")
    assert program.json("gc")["shapes"] == 0
    assert program.json("gc", "--older-than", "0s", "--dry-run")["shapes"] == 2
    assert program.json("gc", "--older-than", "0s")["shapes"] == 2
    assert [*ledger.file_shapes.get_many([shown, closed, "nobody's"])] == [shown]
    assert program("gc") == 0
    assert "the shapes of 0 files" in program.out


def test_what_a_killed_writer_left_is_removed(durable, program):
    """Half-written artefact files go when they are old."""
    folder = durable.folder / "artefacts" / "ab"
    folder.mkdir(parents=True)
    for name, seconds in ((".part-old", OLD_S), (".part-new", 0)):
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - seconds,) * 2)
    assert program.json("gc")["half_written"] == 1
    assert [path.name for path in folder.iterdir()] == [".part-new"]


def test_dead_workers_are_forgotten(durable, program):
    """A lease whose runs were taken over goes; that of a live worker stays."""
    database = EngineDatabase(durable.house.engine_url)
    if database.is_sqlite:
        database.close()
        return
    database.prepare()
    leases = Leases(database)
    leases.prepare()
    for name in ("dead", "alive"):
        leases.take(name, version="1", queues=["campaigns"], ttl_s=60)
    leases.release("dead")
    leases.adopt(lambda identity: None)
    assert program.json("gc", "--older-than", "0s")["leases"] == 1
    assert [row["id"] for row in program.json("worker", "list", "--all")] == ["alive"]
    database.close()


def test_the_file_of_runs_becomes_smaller(durable, program):
    """In a home of files the space of forgotten runs goes back to the disk, unless somebody is at work."""
    if durable.house.settings.database_url:
        return
    with durable.engine() as engine:
        for n in range(10):
            engine.start(Start(CAMPAIGN, f"{RUN}-{n}", ["x" * 90_000]))
            engine.cancel(f"{RUN}-{n}")
    before = (durable.folder / "engine.db").stat().st_size
    freed = program.json("gc", "--older-than", "0s")
    assert freed["runs"] == 10
    assert freed["bytes"] > 100_000
    assert (durable.folder / "engine.db").stat().st_size < before


def test_ages_are_words(program, tmp_path, monkeypatch):
    """An age is a number and a unit; anything else is told with examples."""
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path))
    assert age("30d") == timedelta(days=30)
    assert age(" 12H ") == timedelta(hours=12)
    assert age("2w") == timedelta(weeks=2)
    with pytest.raises(InvalidInput, match="no length of time"):
        age("soon")
    for long in ("99999999999d", "9999999d", "36501d"):
        assert program("gc", "--older-than", long) == 2
        assert "at most 36500d" in program.err
    assert program("gc", "--older-than", "36500d") == 0
    assert program("gc", "--older-than", "soon") == 2
