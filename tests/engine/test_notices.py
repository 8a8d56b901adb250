"""Signals in SQLite: how those that wait learn of them."""

from pathlib import Path

import sqlalchemy as sa

from softwright.engine import Kind, Kinds, Queue, Start, Work
from softwright.engine.durable import DurableEngine, EngineDatabase
from softwright.engine.durable.notices import signalled


async def nothing(work: Work, args: None) -> None:
    """Never run here: nobody carries these runs."""


def test_one_question_for_many_that_wait(tmp_path: Path) -> None:
    """Who has a signal is found with one statement for hundreds, by run and topic."""
    database = EngineDatabase(f"sqlite:///{tmp_path}/engine.db")
    database.prepare()
    engine = DurableEngine(database, Kinds([Queue("q", per_worker=1)], [Kind("k", "q", nothing)]))
    names = [f"waits/{number}" for number in range(400)]
    engine.start_many([Start("k", name) for name in names])
    engine.signal(names[7], "go")
    engine.signal(names[7], "stop")
    engine.signal(names[9], "go")
    asked: list[str] = []
    sa.event.listen(
        database.engine, "before_cursor_execute", lambda c, u, statement, *rest: asked.append(statement)
    )
    assert signalled(database.engine, names) == {(names[7], "go"), (names[7], "stop"), (names[9], "go")}
    assert len(asked) == 1
    assert signalled(database.engine, names[:7]) == set()
    engine.close()
    database.close()
