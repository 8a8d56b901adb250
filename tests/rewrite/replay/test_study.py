"""A migration replayed under every order, and many of them together."""

from tests.rewrite.replay.conftest import MakeMigration, Replacing

from softwright.rewrite.replay import Plan, Study, faulted, informative, pooled
from softwright.rewrite.replay.score import Cause

FILES = {
    "a.py": ("x = aa\n", "x = AA\n"),
    "b.py": ("x = bb\ny = aa\n", "x = BB\ny = AA\n"),
    "c.py": ("x = bb\ny = bb\ny = aa\n", "x = BB\ny = BB\ny = AA\n"),
    "d.py": ("x = once\ny = aa\n", "x = twice\ny = AA\n"),
}
WORDS = {"aa": "AA", "bb": "BB"}


def test_path_order_shows_the_first_files(make_migration: MakeMigration):
    """What is shown is not predicted; what no shown file teaches is missed."""
    data = make_migration(FILES, {"e.py": "z = aa\n", "f.py": "z = bb\n"})
    score = Study(data, Replacing(WORDS)).run(Plan("path", 1)).score
    assert score.shown == ("a.py",)
    assert (score.files, score.untouched, score.example_edits) == (3, 2, 1)
    assert (score.strict.human, score.strict.made, score.strict.right) == (7, 3, 3)
    assert (score.strict.human_repeated, score.strict.right_repeated) == (6, 3)
    assert score.false_untouched == 1
    assert score.causes[Cause.MISSED_REPEATED] == 3


def test_informative_order_covers_the_repeated_edits(make_migration: MakeMigration):
    """The file with both repeated replacements comes first; then files with nothing new, most edits first."""
    data = make_migration(FILES)
    assert informative(data, 2) == ("c.py", "b.py")
    score = Study(data, Replacing(WORDS)).run(Plan("informative", 1)).score
    assert score.strict.recall_repeated == 1
    assert score.exact == 2


def test_loop_shows_what_is_asked_for_and_stops_when_nothing_is(make_migration: MakeMigration):
    """First the first file, then the files asked for, untouched ones too; fewer than k when all is clear."""
    data = make_migration(FILES, {"e.py": "z = aa\n"})
    method = Replacing(WORDS, asked=["e.py", "b.py"])
    score = Study(data, method).run(Plan("loop", 5)).score
    assert score.shown == ("a.py", "e.py", "b.py")
    assert method.shown == [("a.py",), ("a.py", "e.py"), ("a.py", "e.py", "b.py")]
    assert (score.files, score.untouched) == (2, 0)


def test_all_shows_and_predicts_everything(make_migration: MakeMigration):
    """Units to read: the rules that fired and the edits that none of them made."""
    score = Study(make_migration(FILES), Replacing(WORDS)).run(Plan("all", 0)).score
    assert (score.files, score.strict.human, score.rules, score.units) == (4, 8, 2, 3)
    assert score.compression == 8 / 3


def test_control_predicts_identical_files(make_migration: MakeMigration):
    """Files that any of the plans shows are left out for all of them."""
    method = Replacing(WORDS, asked=["c.py"])
    study = Study(make_migration(FILES), method)
    one, other = (each.score for each in study.control([Plan("path", 2), Plan("loop", 2)]))
    assert (one.files, other.files) == (1, 1)
    assert (one.shown, other.shown) == (("a.py", "b.py"), ("a.py", "c.py"))


def test_formatter_decides_what_is_exact(make_migration: MakeMigration):
    """Both sides are formatted; each text is formatted once for all plans."""
    files = {**FILES, "g.py": ("x = aa\ny = bb\n", "x  =  AA\ny = BB\n")}
    asked: list[str] = []

    def squeeze(language: str, texts: list[str]) -> list[str | None]:
        asked.extend(texts)
        return [" ".join(text.split()) for text in texts]

    study = Study(make_migration(files), Replacing(WORDS), squeeze)  # type: ignore[arg-type]
    score = study.run(Plan("path", 2)).score
    assert (score.exact, score.formatted, score.equal) == (1, 2, 2)
    study.run(Plan("path", 3))
    assert len(asked) == len(set(asked))


def test_silent_migrations_count_in_recall(make_migration: MakeMigration):
    """A migration with nothing made has recall 0 in the median and lowers every share."""
    study = Study(make_migration(FILES), Replacing(WORDS))
    silent = Study(make_migration(FILES), Replacing({})).run(Plan("path", 1)).score
    assert silent.silent
    assert silent.causes == {Cause.SILENT: 6, Cause.MISSED_ONE_OFF: 1}
    together = pooled([study.run(Plan("path", 2)).score, silent], "path", 2)
    assert len(together.scores) == 1
    right = study.run(Plan("path", 1)).score
    both = pooled([right, silent], "path", 1)
    assert both.median(lambda score: score.strict.recall_repeated) == 0.25
    assert both.median(lambda score: score.strict.precision) == 1
    assert both.precise(1.0) == 0.5
    assert both.strict.recall == 3 / 14


def test_a_migration_without_result_counts_as_silent(make_migration: MakeMigration):
    """An error or the time limit is shown as such and has missed everything."""
    score = faulted(make_migration(FILES), ("path", 1), "no result within 9 s")
    together = pooled([score], "path", 1)
    assert (together.faults, together.silent) == (1, 1)
    assert together.strict.recall == 0


def test_files_that_cannot_be_compared_are_left_out(make_migration: MakeMigration):
    """Other languages, empty sides and equal sides are no part of a migration."""
    data = make_migration({**FILES, "a.md": ("a", "b"), "e.py": ("", "x"), "f.py": ("x", "x")})
    assert [pair.path for pair in data.changed] == ["a.py", "b.py", "c.py", "d.py"]
