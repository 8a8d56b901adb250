"""The repository's own commands: what became worse, what was bad already, and what is only a limit."""

import contextlib
import socket
import threading
import venv
from pathlib import Path

import pytest

from softwright.checks import CommandCheck, ParseCheck, run_ladder
from softwright.core import Outcome
from softwright.workspaces import Limits

CODE = {"pkg/__init__.py": "", "pkg/b.py": "def f():\n    return 1\n"}
TESTS = {"tests/test_b.py": "from pkg.b import f\n\n\ndef test_f():\n    assert f() == 1\n"}
BROKEN = {"pkg/b.py": "def f():\n    return 2\n"}
HARMLESS = {"pkg/b.py": "def f():\n    return 2 - 1\n"}
PYTEST = "python -m pytest -q"


def check(command=PYTEST, **limits):
    """A command check with tight limits."""
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the plugins of this environment only take time here
    return CommandCheck("tests", command, limits=Limits(**{"wall_s": 60, **limits}), env=env)


class TestPytest:
    """Per-test outcomes."""

    def test_harmless_change_passes(self, candidate):
        """Tests that pass before and after pass."""
        verdict = check().run(candidate({**CODE, **TESTS}, HARMLESS, sandboxed=True))
        assert verdict.outcome is Outcome.PASS, verdict
        assert "1 passed" in verdict.summary

    def test_broken_test_fails_with_its_name_and_text(self, candidate):
        """A test that the change breaks is evidence with its traceback."""
        verdict = check().run(candidate({**CODE, **TESTS}, BROKEN, sandboxed=True))
        assert verdict.outcome is Outcome.FAIL
        assert verdict.evidence[0].message.startswith("tests/test_b.py::test_f")
        assert "assert 2 == 1" in verdict.evidence[0].detail

    def test_old_failure_never_blocks_and_is_named(self, candidate):
        """A test that fails on the unchanged tree is known trouble."""
        more = {"tests/test_old.py": "def test_old():\n    assert False\n"}
        verdict = check().run(candidate({**CODE, **TESTS, **more}, HARMLESS, sandboxed=True))
        assert verdict.outcome is Outcome.PASS
        assert [e.message.split(": ")[0] for e in verdict.known] == ["tests/test_old.py::test_old"]

    def test_flaky_test_never_blocks_and_is_named(self, candidate):
        """A test that fails now and then on the unchanged tree is found by running it there again."""
        # Fails when it runs alone, passes in the company of another: different in the run again.
        flaky = (
            "import pkg.b, sys\n\n\ndef test_first():\n    sys.seen = True\n\n\n"
            "def test_flaky():\n    assert hasattr(sys, 'seen') and pkg.b.f() == 1\n"
        )
        verdict = check().run(candidate({**CODE, "tests/test_b.py": flaky}, BROKEN, sandboxed=True))
        assert verdict.outcome is Outcome.PASS, verdict
        assert "now and then" in verdict.known[0].message

    def test_module_that_cannot_be_imported_any_more(self, candidate):
        """A collection error is a broken test."""
        verdict = check().run(candidate({**CODE, **TESTS}, {"pkg/b.py": "def g(): ...\n"}, sandboxed=True))
        assert verdict.outcome is Outcome.FAIL
        assert "ImportError" in verdict.evidence[0].detail

    def test_the_changed_tree_is_what_is_imported(self, candidate):
        """With a `src` layout the tree comes before anything that is installed."""
        base = {f"src/{path}": content for path, content in CODE.items()} | TESTS
        change = {f"src/{path}": content for path, content in BROKEN.items()}
        assert check().run(candidate(base, change, sandboxed=True)).outcome is Outcome.FAIL

    def test_tests_that_no_longer_run(self, candidate):
        """Silencing all tests is not passing them."""
        change = {"pytest.ini": "[pytest]\npython_files = nothing_*.py\n"}
        verdict = check().run(candidate({**CODE, **TESTS}, change, sandboxed=True))
        assert verdict.outcome is Outcome.FAIL

    def test_suite_that_never_worked_tells_nothing(self, candidate):
        """When nothing passes on the unchanged tree the check is skipped, with the reason."""
        base = {**CODE, "tests/test_b.py": "import not_installed_here\n\n\ndef test_x(): ...\n"}
        verdict = check().run(candidate(base, BROKEN, sandboxed=True))
        assert verdict.outcome is Outcome.SKIP
        assert "not_installed_here" in verdict.known[0].detail

    def test_the_unchanged_tree_is_run_once(self, candidate, cache):
        """The second candidate over one tree uses the kept baseline, known failures included."""
        marker = "import os\nprint('runs')\n"
        more = {"tests/test_old.py": marker + "def test_old():\n    assert False\n"}
        base = {**CODE, **TESTS, **more}
        first = run_ladder([check()], candidate(base, HARMLESS, sandboxed=True), cache=cache)
        second = run_ladder([check()], candidate(base, BROKEN, sandboxed=True), cache=cache)
        assert [v.check for v in cache.kept.values()] == ["tests.baseline", "tests", "tests"]
        assert (first[0].outcome, second[0].outcome) == (Outcome.PASS, Outcome.FAIL)
        assert len(second[0].known) == 1


class TestOtherCommands:
    """Programs of which only the exit code is known."""

    def test_pass_and_fail(self, candidate):
        """What succeeds before must succeed after."""
        command = "grep -q 1 pkg/b.py"
        assert check(command).run(candidate(CODE, HARMLESS, sandboxed=True)).outcome is Outcome.PASS
        verdict = check(command).run(candidate(CODE, BROKEN, sandboxed=True))
        assert verdict.outcome is Outcome.FAIL
        assert "exit code 1" in verdict.evidence[0].message

    def test_the_reason_comes_first(self, candidate):
        """The summary begins with the error the program named last, so a list of reasons can be read."""
        command = """PYTHONPATH=. python3 -c "from pkg.b import value; assert value == 1, 'wrong'\""""
        code = {**CODE, "pkg/b.py": "value = 1\n"}
        verdict = check(command).run(candidate(code, {"pkg/b.py": "value = 2\n"}, sandboxed=True))
        assert verdict.outcome is Outcome.FAIL
        assert verdict.summary.startswith("AssertionError: wrong (`PYTHONPATH=. python3 -c")

    def test_failing_before_too(self, candidate):
        """A command that fails on the unchanged tree tells nothing, and its last words are kept."""
        verdict = check("echo sorry; exit 3").run(candidate(CODE, BROKEN, sandboxed=True))
        assert verdict.outcome is Outcome.SKIP
        assert verdict.known[0].detail == "sorry"

    def test_not_found(self, candidate):
        """A program that is not there is an error with advice."""
        verdict = check("no-such-program --now").run(candidate(CODE, BROKEN, sandboxed=True))
        assert verdict.outcome is Outcome.ERROR
        assert "`no-such-program` was not found" in verdict.summary
        assert "environment:" in verdict.evidence[0].detail

    def test_programs_of_a_virtual_environment(self, candidate, tmp_path):
        """With an environment its programs come first, and its Python runs inside of the sandbox."""
        place = tmp_path / "venv"
        venv.create(place, with_pip=False)
        program = place / "bin" / "special"
        program.write_text(f"#!{place}/bin/python\nimport sys\nsys.exit(sys.prefix != {str(place)!r})\n")
        program.chmod(0o755)
        tests = CommandCheck("tests", "special", environment=place)
        assert tests.run(candidate(CODE, HARMLESS, sandboxed=True)).outcome is Outcome.PASS


FORK_BOMB = "import os\nwhile True:\n    os.fork()\n"
EAT = "x = []\nwhile True:\n    x.append(bytearray(1 << 26))\n"


class TestHostileRepositories:
    """Tests that hang, multiply, devour: a limit each, told as one, and the others go on."""

    @pytest.mark.parametrize(
        ("program", "limits", "which"),
        [
            ("import time\ntime.sleep(600)\n", {"wall_s": 1}, "wall"),
            ("while True: pass\n", {"cpu_s": 1, "wall_s": 20}, "cpu"),
            (FORK_BOMB, {"processes": 32, "wall_s": 20}, "processes"),
            (EAT, {"memory_mb": 256, "wall_s": 20}, "memory"),
            ("open('big', 'wb').write(b'x' * (64 << 20))\n", {"file_mb": 8}, "file"),
            ("while True: print('x' * 1000)\n", {"output_kb": 64}, "output"),
        ],
    )
    def test_each_is_a_limit(self, candidate, program, limits, which):
        """The verdict names the limit that was reached, and is not a failure."""
        subject = candidate({"hostile.py": "x = 1\n"}, {"hostile.py": program}, sandboxed=True)
        verdict = check("python hostile.py", **limits).run(subject)
        assert verdict.outcome is Outcome.LIMIT, verdict
        assert verdict.evidence[0].code == f"limit:{which}"
        assert "changed tree" in verdict.summary

    def test_a_hang_of_the_unchanged_tree_is_a_limit_too(self, candidate):
        """When the unchanged tree hangs the change is not tried, and nobody is blamed."""
        subject = candidate({"a.py": "import time\ntime.sleep(60)\n"}, {"a.py": "x = 1\n"}, sandboxed=True)
        verdict = check("python a.py", wall_s=0.5).run(subject)
        assert verdict.outcome is Outcome.LIMIT
        assert "unchanged tree" in verdict.summary

    def test_writing_outside_is_refused(self, candidate, tmp_path):
        """The file system outside of the work tree cannot be written."""
        target = tmp_path / "outside.txt"
        program = f"open({str(target)!r}, 'w').write('here')\n"
        subject = candidate({"a.py": "x = 1\n"}, {"a.py": program}, sandboxed=True)
        assert check("python a.py").run(subject).outcome is Outcome.FAIL
        assert not target.exists()
        assert not Path("/etc/softwright-was-here").exists()

    def test_opening_a_socket_is_refused(self, candidate):
        """Nobody outside of the sandbox can be reached, not even on this machine."""
        reached = []
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            server.settimeout(3)

            def listen():
                with contextlib.suppress(TimeoutError):
                    reached.append(server.accept())

            waiter = threading.Thread(target=listen)
            waiter.start()
            program = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=2)\n"
            subject = candidate({"a.py": "x = 1\n"}, {"a.py": program}, sandboxed=True)
            assert check("python a.py").run(subject).outcome is Outcome.FAIL
            waiter.join()
        assert reached == []

    def test_the_next_repository_goes_on(self, candidate):
        """A limit in one repository leaves the ladder of the next as it was."""
        hostile = candidate({"a.py": "x = 1\n"}, {"a.py": FORK_BOMB}, sandboxed=True)
        good = candidate({"a.py": "x = 1\n"}, {"a.py": "x = 2\n"}, sandboxed=True)
        ladder = [ParseCheck(), check("python a.py", processes=32, wall_s=10)]
        assert run_ladder(ladder, hostile)[-1].outcome is Outcome.LIMIT
        assert [v.outcome for v in run_ladder(ladder, good)] == [Outcome.PASS, Outcome.PASS]
