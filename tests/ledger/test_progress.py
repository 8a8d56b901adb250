"""How far the repositories of a run are."""

from softwright.ledger import Ledger, ProgressRow


def test_progress_of_a_run(database_url):
    """Rows begin queued, reach stages, and end; those done or paused are not put back by a late word."""
    with Ledger.open(database_url) as ledger:
        table = ledger.progress
        table.begin("c", "c/1", [ProgressRow(name) for name in ("a", "b", "d")])
        table.reach("c", {"a": "propose", "b": "check"}, worker="w")
        assert table.sums("c").stages == {"propose": 1, "check": 1, "queued": 1}
        table.finish("c", "c/1", [ProgressRow("a", state="prepared", sites=3)])
        table.mark("c", "check", "paused")
        table.reach("c", {"a": "check", "b": "prepare", "d": "check"}, worker="w")
        sums = table.sums("c")
        assert sums.stages == {"done": 1, "paused": 1, "check": 1}
        assert (sums.states, sums.sites, sums.total) == ({"prepared": 1}, 3, 3)
        assert [row.repo for row in table.rows("c", states=["prepared"])] == ["a"]
        assert table.run_of("c") == "c/1"
        table.begin("c", "c/2", [])
        assert table.sums("c").total == 0


def test_a_reason_may_hold_what_a_database_refuses(database_url):
    """Output of commands does: NUL stands as its symbol, bytes that are no text as `?`."""
    with Ledger.open(database_url) as ledger:
        ledger.progress.begin("c", "c/1", [ProgressRow("a", "done", "failed", "bad\0byte \udce9")])
        assert ledger.progress.rows("c")[0].reason == "bad\N{SYMBOL FOR NULL}byte ?"
