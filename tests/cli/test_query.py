"""`softwright query` and `softwright facts`, as a user types them; the questions of the guide."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from softwright.facts.waiting import open_when_free
from softwright.testing import GitRepo

DOCS = Path(__file__).parents[2] / "docs"

SERVICE = '''from datetime import datetime
import logging
import requests


def fetch(url):
    try:
        return requests.get(url)
    except Exception:
        pass


def now():
    """When."""
    return datetime.utcnow()
'''
MODERN = "from datetime import datetime, timezone\n\nSTART = datetime.now(timezone.utc)\n"
SHARED = "def shared(value):\n    return value + 1  # the same everywhere\n"
PROJECT = '[project]\nname = "{0}"\nversion = "1"\ndependencies = ["requests>={1}", "attrs"]\n'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a fleet of two repositories, synced once."""
    root = tmp_path_factory.mktemp("query")
    GitRepo(
        root / "shop",
        {
            "shop/service.py": SERVICE,
            "shop/shared.py": SHARED,
            "tests/test_service.py": "def test_nothing():\n    try: pass\n    except Exception: pass\n",
            "CODEOWNERS": "* @shop/team\n",
            "pyproject.toml": PROJECT.format("shop", 2),
        },
    )
    GitRepo(
        root / "mail",
        {
            "mail/modern.py": MODERN,
            "mail/shared.py": SHARED,
            "mail/log.py": "import logging\n\nlog = logging.getLogger(__name__)\n",
            "pyproject.toml": PROJECT.format("mail", 1),
        },
    )
    return root


@pytest.fixture
def cli(program, house: Path, monkeypatch: pytest.MonkeyPatch):
    """The command line in the folder of the fleet."""
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(house / "home"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(house)
    run = program
    if not (house / "home").exists():
        assert run("fleet", "init", "--name", "test") == 0
        assert run("fleet", "add", str(house / "shop"), str(house / "mail")) == 0
        assert run("fleet", "sync") == 0, run.err
    return run


def questions() -> list[tuple[str, str]]:
    """(heading, SQL) of each question of the guide."""
    text = (DOCS / "query.md").read_text().partition("## Ten questions")[2]
    return re.findall(r"^### (.+?)\n\n```sql\n(.+?)```", text, re.MULTILINE | re.DOTALL)


ANSWERS: dict[str, list[list[object]]] = {
    "Which repositories still ask": [["requests", ">=1", ["mail"]], ["requests", ">=2", ["shop"]]],
    "What is declared": [["mail", "attrs"], ["mail", "requests"], ["shop", "attrs"]],
    "Which HTTP calls": [["shop", "shop/service.py", 8, "requests.get"]],
    "Where is an exception": [["shop", "shop/service.py", 7]],
    "Who owns": [["@shop/team", 1, 1]],
    "Which modules log": [["shop", "shop/service.py"]],
    "Which public functions": [["shop", 3, 4], ["mail", 1, 1]],
    "Which files are copied": [["shop/shared.py", 2, ["mail", "shop"]]],
    "Which repositories have code": [["mail", 3]],
    "How far": [["mail", 0, 1], ["shop", 1, 0]],
}


def test_the_guide_has_ten_questions() -> None:
    """Each with an answer below."""
    assert len(questions()) == len(ANSWERS) == 10


@pytest.mark.parametrize(("heading", "sql"), questions(), ids=lambda text: text[:30])
def test_questions_of_the_guide_are_answered(cli, heading: str, sql: str) -> None:
    """What the guide shows works, and says what is true of the fleet."""
    rows = [list(row.values()) for row in cli.json("query", sql)]
    wanted = next(rows for start, rows in ANSWERS.items() if heading.startswith(start))
    if heading.startswith("Which files"):
        rows = [["shop/shared.py", *row[1:]] for row in rows]
    assert rows == wanted


def test_table_json_and_csv_hold_the_same(cli) -> None:
    """Three forms of one answer; repeated names are told apart in JSON."""
    sql = "SELECT repo, path, repo, is_test, list_value(repo, 'x') AS l FROM files WHERE is_test"
    assert cli("query", sql) == 0
    assert [line.split() for line in cli.out.splitlines()] == [
        ["repo", "path", "repo", "is_test", "l"],
        ["shop", "tests/test_service.py", "shop", "true", "shop,", "x"],
    ]
    assert cli.json("query", sql) == [
        {
            "repo": "shop",
            "path": "tests/test_service.py",
            "repo_2": "shop",
            "is_test": True,
            "l": ["shop", "x"],
        }
    ]
    assert cli("query", sql, "--csv") == 0
    assert list(csv.reader(io.StringIO(cli.out)))[1] == [
        "shop",
        "tests/test_service.py",
        "shop",
        "true",
        "shop, x",
    ]


def test_limit_cuts_off_and_says_so(cli) -> None:
    """The note goes to stderr, so that output can be piped."""
    assert len(cli.json("query", "SELECT path FROM files", "--limit", "2")) == 2
    assert "only the first 2 rows" in cli.err
    assert len(cli.json("query", "SELECT i FROM range(1500) t(i)")) == 1500
    assert cli("query", "SELECT i FROM range(1500) t(i)") == 0
    assert "only the first 1000 rows" in cli.err
    assert cli("query", "SELECT i FROM range(1500) t(i)", "--limit", "0") == 0
    assert cli.err == ""


def test_query_from_file_and_stdin(cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-f FILE`, and `-` for stdin."""
    (tmp_path / "q.sql").write_text("SELECT 7 AS n -- from a file\n")
    assert cli.json("query", "-f", str(tmp_path / "q.sql")) == [{"n": 7}]
    monkeypatch.setattr("sys.stdin", io.StringIO("SELECT 8 AS n"))
    assert cli.json("query", "-") == [{"n": 8}]
    assert cli("query", "-f", str(tmp_path / "none.sql")) == 2
    assert "cannot be read" in cli.err
    assert cli("query") == 2
    assert "no query was given" in cli.err
    assert cli("query", "SELECT 1", "-f", str(tmp_path / "q.sql")) == 2


def test_files_that_are_not_text_are_told(program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many were passed over, the first with its path and why; the second time too, and in --explain."""
    latin = "eval('\xe4')\n".encode("latin-1")
    files = {
        "binary.py": b"eval(1)\0",
        "latin.py": latin,
        "plain.py": "eval(2)\n",
        "other.py": b"# caf\xe9, without the word\n",
    }
    GitRepo(tmp_path / "shop", files)
    monkeypatch.setenv("SOFTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.chdir(tmp_path)
    cli = program
    for words in (("init",), ("add", str(tmp_path / "shop")), ("sync",)):
        assert cli("fleet", *words) == 0, cli.err
    sql = "SELECT path FROM matches('eval($X)', 'python')"
    for _ in range(2):
        assert cli.json("query", sql) == [{"path": "plain.py"}]
        assert "passed over 2 files that might hold matches" in cli.err
        assert "the first is shop: binary.py: the file is binary" in cli.err
    assert cli("query", sql, "--explain") == 0
    assert "passed over: 2 files, the first is shop: binary.py: the file is binary" in cli.out
    assert [stage["unreadable"] for stage in cli.json("query", sql, "--explain")] == [None, 2, None]
    assert cli.json("query", f"{sql} WHERE path = 'plain.py'") != []
    assert cli.err == ""


def test_explain_shows_stages_and_matches_nothing(cli) -> None:
    """Stages, counts, the SQL that chooses files, an estimate."""
    sql = "SELECT line FROM matches('shared[$X]', 'python') WHERE repo = 'mail'"
    assert cli("query", sql, "--explain") == 0
    assert "candidates" in cli.out
    assert "3 files" in cli.out
    assert "only files that hold shared are parsed" in cli.out
    assert "nothing was matched" in cli.out
    stages = cli.json("query", sql, "--explain")
    assert [stage["kind"] for stage in stages] == ["candidates", "match", "select"]
    assert stages[1]["files_to_read"] == 1  # the store knows which files hold the word


def test_wrong_and_forbidden_queries_exit_with_two(cli) -> None:
    """The place is marked, the near word named, what is allowed said."""
    assert cli("query", "SELECT pth FROM files") == 2
    assert "did you mean `path`?" in cli.err
    assert "SELECT pth FROM files\n           ^^^" in cli.err
    assert cli("query", "SELECT * FROM read_text('/etc/passwd')") == 2
    assert "can reach no file" in cli.err
    assert cli("query", "SELECT * FROM matches('no-such-rule')") == 2
    assert "there is no rule `no-such-rule`" in cli.err
    assert cli("query", "SELECT * FROM matches('f($X)')") == 2
    assert "needs a language" in cli.err
    assert cli("query", "SELECT * FROM matches('datetime-utcnow', 'go')") == 2
    assert "is for python, not go" in cli.err
    assert cli("query", "SELECT 1", "--json", "--csv") == 2


def test_time_limit_has_its_own_exit_code(cli) -> None:
    """A query that is stopped is not a failure of another kind."""
    assert cli("query", "SELECT count(*) FROM range(100000000000) a, range(1000) b", "--timeout", "0.3") == 5
    assert "ran longer than 0.3 s" in cli.err


def test_a_repository_that_was_not_synced_is_named(cli, house: Path) -> None:
    """The others answer; the note says which is missing and why."""
    before = (house / "fleet.toml").read_text()
    GitRepo(house / "late", {"late.py": "x = 1\n"})
    try:
        assert cli("fleet", "add", str(house / "late")) == 0
        assert len(cli.json("query", "SELECT repo FROM repos")) == 2
        assert "late: this repository has not been synced yet" in cli.err
    finally:
        (house / "fleet.toml").write_text(before)


def test_new_commits_are_seen_by_the_next_query(cli, house: Path) -> None:
    """After a sync the facts follow by themselves; `--as-is` leaves them as they are."""
    repo = GitRepo(house / "mail")
    head = repo.head
    repo.commit({"mail/new.py": "print('new')\n"})
    sql = "SELECT path FROM matches('print($X)', 'python') WHERE repo = 'mail'"
    assert cli.json("query", sql) == []
    assert cli("fleet", "sync") == 0
    assert cli.json("query", sql, "--as-is") == []
    assert cli.json("query", sql) == [{"path": "mail/new.py"}]
    repo.git("reset", "--quiet", "--hard", head)
    assert cli("fleet", "sync") == 0


def test_facts_index_and_status(cli) -> None:
    """Indexing twice reads nothing twice; the status counts rows and repositories."""
    assert cli("facts", "index") == 0
    again = json.loads(cli.out) if cli("facts", "index", "--json") == 0 else {}
    assert (again["unchanged"], again["files"], again["broken"]) == (2, 0, {})
    assert cli("facts", "index", "--table", "nothing") == 2
    assert cli("facts", "status") == 0
    assert "repositories: 2 indexed" in cli.out


def test_facts_schema_in_three_forms(cli) -> None:
    """One table or all, for people, as JSON and as Markdown."""
    assert cli("facts", "schema", "matches") == 0
    assert "bindings" in cli.out
    names = [table["name"] for table in cli.json("facts", "schema")]
    assert names == ["repos", "files", "symbols", "imports", "calls", "dependencies", "owners", "matches"]
    assert cli("facts", "schema", "owners", "--markdown") == 0
    assert "| `owner` | VARCHAR |" in cli.out
    assert cli("facts", "schema", "ownrs") == 2
    assert "did you mean `owners`" in cli.err


def test_documentation_of_the_tables_is_current(cli) -> None:
    """docs/facts.md holds exactly what the code says of its tables."""
    assert cli("facts", "schema", "--markdown") == 0
    assert cli.out in (DOCS / "facts.md").read_text()


def holder(house: Path, seconds: float) -> subprocess.Popen[str]:
    """Another process that holds the facts for some seconds; it has them when this returns."""
    code = (
        "import time; from pathlib import Path; from softwright.facts.store import FactStore\n"
        f"with FactStore.open(Path({str(house / 'home/facts/facts.duckdb')!r})):\n"
        f"    print('held', flush=True); time.sleep({seconds})"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_query_waits_for_the_first(cli, house: Path) -> None:
    """While another process holds the facts the query waits and says for whom; then it answers."""
    with holder(house, 0.5) as other:
        assert cli("query", "SELECT 7 AS n", "--csv") == 0
    assert cli.out == "n\n7\n"
    assert f"in use by process {other.pid}" in cli.err
    assert "waiting" in cli.err


def test_a_query_does_not_wait_for_ever(cli, house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the facts do not come free, the refusal names the process that holds them."""
    monkeypatch.setattr(open_when_free, "__kwdefaults__", {**open_when_free.__kwdefaults__, "wait_s": 0.2})
    with holder(house, 60) as other:
        assert cli("query", "SELECT 7 AS n") == 4
        other.kill()
    assert f"error: {house / 'home'}" in cli.err
    assert f"in use by process {other.pid}" in cli.err.splitlines()[-2]
