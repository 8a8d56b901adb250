"""The running server of ty: says what a run from nothing says, and steps aside where it cannot tell."""

import contextlib
import gc
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from softwright.checks import TypesCheck
from softwright.checks.check import LimitReached
from softwright.checks.checkers import PatchedTree, Setting, Ty
from softwright.checks.checkers.language_server import LanguageServer
from softwright.checks.checkers.ty_server import SERVERS, ServerFailed, has_links, rewritten
from softwright.core import Delete, Outcome, Patch, Write
from softwright.workspaces import Bases, Isolation, Limits

LEFT_OUT_BY_DEFAULT = ("node_modules", "venv", ".venv", "dist", "_build", ".tox", ".hidden", "ignored")
USER = 'from pkg.b import foo\n\nfoo("s")\n'
FILES = {
    "pkg/__init__.py": "",
    "pkg/a.py": "from pkg.b import foo\n\nfoo(1)\nreveal: int = foo(2)\n",
    "pkg/b.py": "def foo(a: int) -> int:\n    return a\n",
    "ümlaut dir/q%20.py": 'from pkg.b import foo\r\n\r\nfoo("ä", 1)\r\n',
    "README.md": "# read me\n",
    ".gitignore": "ignored/\n",
    **{f"{folder}/u.py": USER for folder in LEFT_OUT_BY_DEFAULT},
}
PYTHON = [path for path in FILES if path.endswith(".py")]


@pytest.fixture
def tree(tmp_path):
    """`tree({path: content or None})` gives the files above with a patch on top; one base for all."""
    base = make_base(tmp_path)
    return lambda change: PatchedTree(base, Isolation.choose(allow_unsandboxed=True), patch_of(change))


def make_base(tmp_path, more=lambda folder: None):
    """A frozen base of the files above."""

    def export(folder: Path) -> None:
        for path, content in FILES.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content.encode())
        more(folder)

    return Bases(tmp_path / "bases").get("abc", export)


def patch_of(change):
    """A patch from a plain dictionary."""
    return Patch({p: Delete() if c is None else Write(c.encode()) for p, c in change.items()})


def running(tree):
    """The process id of the server of a tree, 0 for none."""
    server = SERVERS._of.get(tree({}).base)
    return server._server._process.pid if server else 0


def same(tree, change, setting):
    """True when the server (and it alone) says what a run from nothing says; the findings."""
    answer = Ty().diagnose(tree(change), PYTHON, setting).found
    assert running(tree)
    return Counter(answer) == Counter(Ty().run(tree(change), PYTHON, setting).found), answer


@pytest.mark.parametrize(
    "setting",
    [
        Setting(),
        Setting(python=(3, 8)),
        Setting(options={"rules": {"invalid-argument-type": "warn"}}),
        Setting(options={"overrides": [{"include": ["pkg"], "rules": {"invalid-argument-type": "ignore"}}]}),
        Setting(options={"environment": {"extra-paths": ["venv"], "root": ["."]}}),
    ],
    ids=["plain", "old python", "rules", "overrides", "paths"],
)
def test_says_what_a_run_from_nothing_says(tree, setting):
    """After any order of edits, in any folder, with any settings of the repository."""
    renamed = {"pkg/b.py": "def bar(a: int) -> int:\n    return a\n"}
    newer = {"pkg/b.py": "import datetime\n\ndef foo(a: str) -> str:\n    return str(datetime.UTC) + a\n"}
    broken = {"pkg/a.py": "def foo(:\n", "pkg/b.py": "x = 1\n"}
    for change in ({}, renamed, newer, {}, broken, newer, {"pkg/a.py": "x: int = ''\n"}, {}):
        equal, _ = same(tree, change, setting)
        assert equal, change


def test_checks_folders_that_ty_leaves_out(tree):
    """A file is never passed over for where it lies."""
    _, found = same(tree, {}, Setting())
    assert {f"{folder}/u.py" for folder in LEFT_OUT_BY_DEFAULT} <= {d.path for d in found}


def test_one_server_for_many_questions(tree):
    """The same process answers until the setting changes."""
    Ty().diagnose(tree({}), PYTHON, Setting())
    first = running(tree)
    Ty().diagnose(tree({"pkg/b.py": "y = 1\n"}), PYTHON, Setting())
    assert running(tree) == first
    Ty().diagnose(tree({}), PYTHON, Setting(python=(3, 8)))
    assert running(tree) != first


def test_ends_with_its_base(tmp_path):
    """Nothing is left running once nobody holds the base."""
    base = make_base(tmp_path)
    Ty().diagnose(PatchedTree(base, Isolation.choose(allow_unsandboxed=True)), ["pkg/a.py"], Setting())
    server = SERVERS._of[base]
    folder = Path(server._folder.name)
    assert server._server._process.poll() is None
    del base
    gc.collect()
    assert server._server._process.poll() is not None
    assert not folder.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"pkg/c.py": "x = 1\n"},
        {"pkg/b.py": None},
        {"docs/new.md": "a folder is a package\n"},
        {".gitignore": "pkg/\n"},
    ],
    ids=["new", "gone", "new folder", "steering"],
)
def test_steps_aside_for_what_only_the_disk_can_tell(tree, change):
    """A patch that adds, removes, or may steer ty is not for the server; the answer comes all the same."""
    with pytest.raises(ServerFailed):
        rewritten(tree(change))
    found = Ty().diagnose(tree(change), ["pkg/a.py"], Setting()).found
    assert not running(tree)
    assert [d.path for d in found] == (["pkg/a.py"] if change.get("pkg/b.py", "") is None else [])


def test_a_file_that_becomes_a_link_is_not_for_the_server(tree):
    """The content of a link is where it leads, not what an import reads."""
    linked = PatchedTree(
        tree({}).base,
        Isolation.choose(allow_unsandboxed=True),
        Patch({"pkg/b.py": Write(b"a.py", "120000")}),
    )
    with pytest.raises(ServerFailed):
        rewritten(linked)


def test_rewriting_other_files_is_no_hindrance(tree):
    """A changed text file beside changed Python does not matter to ty."""
    assert list(rewritten(tree({"README.md": "new\n", "pkg/b.py": "x = 1\n"}))) == ["pkg/b.py"]


def test_steps_aside_for_links(tmp_path):
    """A file that is there under two names would be told under one only."""
    base = make_base(tmp_path, lambda folder: (folder / "alias").symlink_to("pkg"))
    assert has_links(base.path)
    tree = PatchedTree(base, Isolation.choose(allow_unsandboxed=True), patch_of({"pkg/b.py": "x = 1\n"}))
    assert [d.path for d in Ty().diagnose(tree, ["pkg/a.py"], Setting()).found] == ["pkg/a.py"]
    assert base not in SERVERS._of


def test_a_server_that_died_is_replaced(tree):
    """The answer comes from a run from nothing, the next one from a new server."""
    Ty().diagnose(tree({}), PYTHON, Setting())
    first = SERVERS._of[tree({}).base]._server._process
    first.kill()
    first.wait()
    change = {"pkg/b.py": "def bar() -> None: ...\n"}
    assert "pkg/a.py" in {d.path for d in Ty().diagnose(tree(change), PYTHON, Setting()).found}
    assert same(tree, change, Setting())[0]


def test_a_link_to_a_text_file_does_not_matter(tmp_path):
    """Only links that an import could go through are in the way."""
    base = make_base(tmp_path, lambda folder: (folder / "LIES").symlink_to("README.md"))
    assert not has_links(base.path)


def test_ends_when_its_owner_is_killed(tmp_path):
    """A worker that is killed leaves no server behind."""
    program = Ty().program()
    script = (
        "import os, time, sys\nfrom pathlib import Path\n"
        "from softwright.checks.checkers.language_server import LanguageServer\n"
        f"s = LanguageServer([{program!r}, 'server'], Path({str(tmp_path)!r}),"
        f" settings={{}}, home=Path({str(tmp_path)!r}))\n"
        "s.initialize(deadline=time.monotonic() + 60)\n"
        "print(s._process.pid, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    owner = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    place = Path("/proc", owner.stdout.strip(), "cmdline")
    for _ in range(600):
        with contextlib.suppress(OSError):
            if b"server" in place.read_bytes():  # an ended process that nobody waited for has no words left
                time.sleep(0.1)
                continue
        return
    pytest.fail("the server is still there")


def test_files_that_are_not_utf8_are_not_told(tmp_path):
    """A rewritten file in another encoding goes to a run from nothing."""
    base = make_base(tmp_path)
    patch = Patch({"pkg/b.py": Write(b"# coding: latin-1\nname = '\xe9'\n")})
    tree = PatchedTree(base, Isolation.choose(allow_unsandboxed=True), patch)
    assert [d.path for d in Ty().diagnose(tree, ["pkg/a.py"], Setting()).found] == ["pkg/a.py"]


def test_no_time_left_is_a_limit(tree):
    """A server that does not answer in time is ended, and the check told."""
    with pytest.raises(LimitReached):
        Ty().diagnose(tree({}), PYTHON, Setting(limits=Limits(wall_s=0.0001)))
    assert not running(tree)


SCRIPTS = {
    "ends": "import sys; sys.exit(3)",
    "nonsense": "print('hello\\r\\n\\r\\n', flush=True); input()",
    "huge": "print('Content-Length: 99999999999\\r\\n\\r\\n', end='', flush=True); input()",
}


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_server_that_misbehaves_has_failed(tmp_path, script):
    """It ends, speaks nonsense or threatens to fill the memory: never an answer."""
    server = LanguageServer([sys.executable, "-c", script], tmp_path, settings={}, home=tmp_path)
    try:
        with pytest.raises(ServerFailed):
            server.initialize(deadline=time.monotonic() + 20)
    finally:
        server.close()
        server.close()


def test_breaking_edit_after_a_harmless_one(candidate):
    """The verdict over a running server: first harmless, then breaking, then mended."""
    make = {"pkg/__init__.py": "", "pkg/a.py": FILES["pkg/a.py"], "pkg/b.py": FILES["pkg/b.py"]}
    outcomes = []
    for content in ("def foo(a: int) -> int:\n    return a + 1\n", "x = 1\n", FILES["pkg/b.py"] + "x = 1\n"):
        subject = candidate(make, {"pkg/b.py": content}, importers=("pkg/a.py",))
        outcomes.append(TypesCheck().run(subject).outcome)
    assert outcomes == [Outcome.PASS, Outcome.FAIL, Outcome.PASS]
