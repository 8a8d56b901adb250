"""The thread that writes outcomes: what the ledger does not take, it keeps, tells, or hands back."""

import logging
import time

import pytest

from softwright.campaigns.outcome import RepoTask, failed
from softwright.campaigns.runs import recorder as room
from softwright.campaigns.runs.recorder import Recorder
from softwright.campaigns.spec_file import parse_campaign
from softwright.core import OutsideFault, Repo, Snapshot
from softwright.ledger import Ledger, ProgressRow

SPEC = parse_campaign("name: rename\ndescription: x\nchange: [rule: old-to-new]\n", "rename.yaml")


@pytest.fixture
def ledger(tmp_path):
    """A ledger with a campaign of two repositories under way."""
    ledger = Ledger.open(tmp_path / "ledger.db")
    ledger.campaigns.put(
        "rename", description="x", spec_path="rename.yaml", spec=SPEC.model_dump(mode="json")
    )
    ledger.progress.begin("rename", "rename/1-0", [ProgressRow("a"), ProgressRow("b")])
    yield ledger
    ledger.close()


@pytest.fixture
def lost():
    """How often the recorder said that it is lost."""
    return []


@pytest.fixture
def recorder(ledger, lost):
    """A recorder on that ledger."""
    recorder = Recorder(ledger, worker="w", lost=lambda: lost.append(1))
    yield recorder
    recorder.close()


def task(name):
    """A repository to work on."""
    return RepoTask(Repo(name, f"file:///{name}"), Snapshot(name, "0" * 40, "1" * 40, "main"))


def record(recorder, name):
    """The repository's outcome on its way into the record."""
    return recorder.record("rename/1-0", SPEC, task(name), failed(task(name), "it broke"))


def stages(ledger):
    """Where the repositories are."""
    return {row.repo: row.stage for row in ledger.progress.rows("rename")}


def wait_until(true):
    """Wait for something to come true."""
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until, "it did not come true in time"
        time.sleep(0.02)


def test_stages_that_could_not_be_written_are_written_later(recorder, ledger, monkeypatch, caplog):
    """The newest of each repository, without anybody noting it again; an outage is told once."""
    asked, reach = [], ledger.progress.reach

    def away(campaign, reached, *, worker):
        asked.append(dict(reached))
        raise OutsideFault("the database is away")

    monkeypatch.setattr(ledger.progress, "reach", away)
    with caplog.at_level(logging.WARNING):
        recorder.reach("rename", "a", "propose")
        recorder.reach("rename", "b", "propose")
        wait_until(lambda: len(asked) > 2)
        recorder.reach("rename", "a", "check")
        wait_until(lambda: asked[-1] == {"a": "check", "b": "propose"})
        assert len([r for r in caplog.records if "stages" in r.message]) == 1
        monkeypatch.setattr(ledger.progress, "reach", reach)
        wait_until(lambda: stages(ledger) == {"a": "check", "b": "propose"})


def test_a_repository_that_was_not_written_is_told_and_costs_no_other(recorder, ledger, monkeypatch):
    """The one that the record knows nothing of fails alone; the next is written."""
    write = room.record_outcomes

    def forgetful(ledger, spec, done, *, before):
        return write(ledger, spec, [pair for pair in done if pair[0].repo.name != "a"], before=before)

    monkeypatch.setattr(room, "record_outcomes", forgetful)
    first, second = record(recorder, "a"), record(recorder, "b")
    assert isinstance(first.exception(timeout=20), KeyError)
    assert second.result(timeout=20) == "failed"
    assert record(recorder, "b").result(timeout=20) == "failed"


def test_what_cannot_be_written_of_one_costs_no_other(recorder, ledger, monkeypatch):
    """They are written together, and one by one when that fails."""
    write, together = room.record_outcomes, []

    def picky(ledger, spec, done, *, before):
        together.append(len(done))
        if any(task.repo.name == "a" for task, _ in done):
            raise OutsideFault("the database takes no such text")
        return write(ledger, spec, done, before=before)

    monkeypatch.setattr(room, "record_outcomes", picky)
    with ledger.write():  # so that all three wait for one transaction
        waiting = [record(recorder, name) for name in ("b", "a", "c")]
        time.sleep(0.2)
    assert isinstance(waiting[1].exception(timeout=20), OutsideFault)
    assert [waiting[n].result(timeout=20) for n in (0, 2)] == ["failed", "failed"]
    assert max(together) > 1


def test_who_does_not_wait_any_more_disturbs_nobody(recorder, ledger, lost):
    """Given up before or while it is written: the outcome is written, and so is what comes after."""
    for _ in range(20):
        record(recorder, "a").cancel()
    assert record(recorder, "b").result(timeout=20) == "failed"
    assert stages(ledger) == {"a": "done", "b": "done"}
    assert lost == []


def test_a_fault_of_its_own_is_told_and_nobody_waits_for_ever(recorder, ledger, lost, monkeypatch):
    """Who waits for an outcome gets the error, now and later; the process is told that it is lost."""

    def broken(campaign, reached, *, worker):
        raise ZeroDivisionError

    monkeypatch.setattr(ledger.progress, "reach", broken)
    recorder.reach("rename", "a", "check")
    wait_until(lambda: lost == [1])
    with pytest.raises(OutsideFault, match="nothing is recorded any more"):
        record(recorder, "a").result(timeout=20)
