"""The suite every `checks.VerdictCache` must pass."""

from collections.abc import Callable

from softwright.checks import VerdictCache
from softwright.core import Cost, Evidence, Outcome, Verdict

FULL = Verdict(
    "types",
    Outcome.FAIL,
    "1 new type error in 1 file (ty)",
    evidence=(Evidence("`naïve` is not ‘that’\n", "pkg/ä b.py", 7, "invalid-type", "…\x1b[0m\u2028"),),
    known=(Evidence("old trouble", "pkg/a.py", 1, "note"), Evidence("and 3 more")),
    cost=Cost(wall_s=0.25, cpu_s=0.125),
)


class VerdictCacheContract:
    """What every `VerdictCache` that keeps anything must do. Subclass it and give `open_cache` as a fixture.

    `open_cache()` gives the cache under test; called again, another door to the same cache, as a later
    run of the program would open it.
    """

    def test_nothing_is_kept_at_first(self, open_cache: Callable[[], VerdictCache]) -> None:
        """An unknown key gives None, never an error or somebody else's verdict."""
        cache = open_cache()
        cache.put("a" * 64, FULL)
        assert cache.get("b" * 64) is None
        assert cache.get("") is None

    def test_gives_back_what_was_put(self, open_cache: Callable[[], VerdictCache]) -> None:
        """Every field of it, findings in order, whatever their characters."""
        cache = open_cache()
        cache.put("full", FULL)
        cache.put("bare", Verdict("lint", Outcome.SKIP, ""))
        assert cache.get("full") == FULL
        assert cache.get("bare") == Verdict("lint", Outcome.SKIP, "")

    def test_keeps_every_outcome(self, open_cache: Callable[[], VerdictCache]) -> None:
        """The cache does not choose: what is put is kept, whatever the outcome."""
        cache = open_cache()
        for outcome in Outcome:
            cache.put(outcome.value, Verdict("any", outcome, "words"))
        assert [getattr(cache.get(outcome.value), "outcome", None) for outcome in Outcome] == list(Outcome)

    def test_is_there_for_the_next_run(self, open_cache: Callable[[], VerdictCache]) -> None:
        """A cache opened later knows what was put before."""
        open_cache().put("key", FULL)
        assert open_cache().get("key") == FULL

    def test_the_same_answer_may_be_put_again(self, open_cache: Callable[[], VerdictCache]) -> None:
        """Two workers may have asked the same question: that is no error, and one answer stays."""
        cache = open_cache()
        cache.put("key", FULL)
        open_cache().put("key", FULL)
        assert cache.get("key") == FULL
