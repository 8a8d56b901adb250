"""`softwright runs`: what it prints, how it exits, and what it does to runs in both kinds of databases."""

import json

from durable import RUN

from softwright.engine import RunState
from softwright.engine.durable import EngineDatabase, Leases
from softwright.ledger import ProgressRow


def test_an_empty_home_lists_nothing_and_stays_empty(durable, program):
    """Before anything was run there are no runs, no tables are made, and an id is told to be unknown."""
    nothing = {"runs": [], "counts": {}, "stranded": [], "unattended": 0, "gates": 0}
    assert program.json("runs", "list") == nothing
    assert program("runs", "list") == 0
    assert program.out == "no runs\n"
    assert program("runs", "show", RUN) == 2
    assert "nothing was ever run here" in program.err
    assert not EngineDatabase(durable.house.engine_url).ready()
    assert not list(durable.folder.glob("engine.db*"))


def test_where_nothing_can_be_meant_that_is_said(durable, program):
    """A database without runs has none to choose from."""
    with durable.engine():
        pass
    assert program("runs", "show", RUN) == 2
    assert "nothing was ever run here, or all is forgotten" in program.err
    assert program("runs", "move", "--from", "0") == 2
    assert "no run is active" in program.err


def test_runs_are_listed_by_state_kind_and_what_they_are_under(durable, program):
    """Without a filter only what was started by people is listed; counts are of all that match."""
    durable.start("good", "bad")
    durable.work()
    [row] = program.json("runs", "list")["runs"]
    assert (row["id"], row["kind"], row["state"]) == (RUN, "campaign", "done")
    found = program.json("runs", "list", "--under", RUN)
    assert found["counts"] == {"done": 2, "failed": 1}
    assert len(found["runs"]) == 3
    failed = program.json("runs", "list", "--state", "failed")["runs"]
    assert [row["id"] for row in failed] == [f"{RUN}/0000/bad"]
    assert failed[0]["error"] == "it is broken"
    found = program.json("runs", "list", "--kind", "campaign-repository", "--limit", "1")
    assert (len(found["runs"]), sum(found["counts"].values())) == (1, 2)
    assert len(program.json("runs", "list", "--all")["runs"]) == 3
    assert program("runs", "list") == 0
    assert RUN in program.out
    assert program("runs", "list", "--state", "cancelled") == 0
    assert program.out == "no runs in this state; there are 2 done, 1 failed\n"
    assert program("runs", "list", "--state", "runing") == 2
    assert "did you mean `running`?" in program.err
    assert program("runs", "list", "--kind", "campain") == 2
    assert "did you mean `campaign`?" in program.err


def test_a_run_is_shown_with_steps_children_and_repositories(durable, program):
    """Steps have their times and errors, failed children their reasons, repositories come from the ledger."""
    durable.start("good", "bad")
    durable.work()
    durable.house.ledger.progress.begin("rename", RUN, [ProgressRow("good"), ProgressRow("bad")])
    durable.house.ledger.progress.reach("rename", {"bad": "check"}, worker="w")
    durable.house.ledger.progress.finish("rename", RUN, [ProgressRow("good", state="prepared")])
    found = program.json("runs", "show", RUN)
    assert [step["name"] for step in found["steps"]] == ["start", "join"]
    assert all(step["seconds"] >= 0 for step in found["steps"])
    assert found["under"] == {"done": 1, "failed": 1}
    assert [row["error"] for row in found["failed"]] == ["it is broken"]
    assert found["repositories"]["states"] == {"prepared": 1}
    assert found["repositories"]["undone"] == [["bad", "check"]]
    assert (found["run"]["done"], found["run"]["total"]) == (1, 2)
    assert program("runs", "show", RUN) == 0
    assert "repositories: 1 prepared, 1 check" in program.out
    assert program("runs", "show", f"{RUN}/0000/bad") == 0
    assert "it is broken" in program.out
    assert "bad" in program.out.rpartition("repositories:")[2]


def test_an_unknown_run_gets_the_nearest(durable, program):
    """The nearest id is told: of what was started, or of what is under the part of the id that is right."""
    durable.start("good", "bad")
    durable.work()
    assert program("runs", "show", "rename/1-0123abce") == 2
    assert f"did you mean `{RUN}`?" in program.err
    assert program("runs", "cancel", f"{RUN}/0000/goood") == 2
    assert f"did you mean `{RUN}/0000/good`?" in program.err


def test_a_cancelled_run_is_stopped_and_can_be_taken_up_again(durable, program):
    """Everything under it stops; when it is retried, all of it goes on; what cannot be done says what can."""
    durable.start("good", "fine")
    with durable.engine() as engine:
        assert engine.counts() == {RunState.QUEUED: 1}
    assert program.json("runs", "cancel", RUN) == {"run": RUN, "stopped": 1}
    assert program("runs", "cancel", RUN) == 2
    assert "there is nothing to stop" in program.err
    assert f"softwright runs retry {RUN}" in program.err
    assert program.json("runs", "retry", RUN) == {"run": RUN, "retried": 1}
    assert program("runs", "retry", RUN) == 2
    assert f"softwright runs cancel {RUN}" in program.err
    durable.work()
    assert durable.state(RUN) is RunState.DONE
    assert program("runs", "retry", RUN) == 2
    assert "--failed" in program.err


def test_children_that_were_cancelled_go_on_with_their_parent(durable, program):
    """A tree that is stopped half-way is taken up from its leaves, so that the parent waits for them."""
    durable.start("good", "fine")
    durable.work_on_parents()
    assert program.json("runs", "cancel", RUN)["stopped"] == 3
    assert program.json("runs", "retry", RUN)["retried"] == 3
    durable.work()
    assert program.json("runs", "list", "--under", RUN)["counts"] == {"done": 3}


def test_only_what_failed_is_retried(durable, program, tmp_path):
    """With --failed the run itself may be done; recorded steps of what failed are not done again."""
    bad = tmp_path / "bad"
    durable.start("good", str(bad))
    durable.work()
    assert durable.state(f"{RUN}/0000/bad") is RunState.FAILED
    bad.write_text("mended")
    assert program.json("runs", "retry", RUN, "--failed") == {"run": RUN, "retried": 1}
    durable.work(f"{RUN}/0000/bad")
    assert durable.state(f"{RUN}/0000/bad") is RunState.DONE
    assert program("runs", "retry", RUN, "--failed") == 2
    assert "nothing failed" in program.err


def test_a_fork_is_a_run_of_its_own(durable, program, tmp_path):
    """The new run begins at the step; a taken id, a part of a run, and a step that is none are refused."""
    bad = tmp_path / "bad"
    durable.start(str(bad))
    durable.work()
    bad.write_text("mended")
    assert program("runs", "fork", RUN, "rename/again") == 0
    durable.work("rename/again")
    assert durable.state("rename/again") is RunState.DONE
    assert durable.state("rename/again/0000/bad") is RunState.DONE
    assert program("runs", "fork", RUN, "rename/again") == 2
    assert "there is a run `rename/again` already" in program.err
    assert program("runs", "fork", RUN, "rename/more", "--step", "9") == 2
    assert "fork at a step from 1 to 1" in program.err
    assert program("runs", "fork", f"{RUN}/0000/bad", "rename/more") == 2
    assert f"softwright runs fork {RUN} rename/again" in program.err


def test_runs_of_a_version_that_nobody_runs_are_told_and_moved(durable, program):
    """`runs list` and `doctor` name the command; after it the runs go on in a worker of this version."""
    durable.start("good", version="0")
    assert program("runs", "list") == 0
    command = "softwright runs move --from 0 --to 1"
    assert command in program.err
    assert program("runs", "move", "--from", "7") == 2
    assert "allowed: `0`" in program.err
    assert program("runs", "move", "--from", "0", "--to", "9") == 2
    assert "nobody runs version `9`" in program.err
    program("doctor", "--json")
    told = {probe["name"]: probe for probe in json.loads(program.out)}
    assert told["version 0"]["improve"] == command
    assert (told["workers"]["ok"], told["workers"]["improve"]) == (False, "softwright worker")
    assert "1 active" in told["durable runs"]["found"]
    assert program.json(*command.split()[1:]) == {"from": "0", "to": "1", "moved": 1}
    assert program.json("runs", "list")["unattended"] == 1
    assert program("runs", "list") == 0
    assert "1 run waiting, nobody at work; start one: softwright worker" in program.err
    durable.work()
    assert durable.state(RUN) is RunState.DONE


def test_runs_in_good_hands_are_not_moved(durable, program):
    """While a worker of that version lives, its runs stay with it."""
    database = EngineDatabase(durable.house.engine_url)
    if database.is_sqlite:
        return
    durable.start("good", version="0")
    Leases(database).prepare()
    Leases(database).take("old", version="0", queues=["campaigns"], ttl_s=30)
    assert program.json("runs", "list")["stranded"] == []
    assert program("runs", "move", "--from", "0") == 2
    assert "in good hands" in program.err
    database.close()


def test_doctor_tells_of_a_database_that_does_not_answer(durable, program, monkeypatch):
    """A server that is named and not there is a fault, without its password; a home without runs is none."""
    program("doctor", "--json")
    told = {probe["name"]: probe for probe in json.loads(program.out)}
    assert told["durable runs"]["ok"]
    monkeypatch.setenv("SOFTWRIGHT_DATABASE_URL", "postgresql://me:hidden@127.0.0.1:1/none")
    assert program("doctor", "--json") == 3
    told = {probe["name"]: probe for probe in json.loads(program.out)}
    assert not told["durable runs"]["ok"]
    assert "hidden" not in program.out
