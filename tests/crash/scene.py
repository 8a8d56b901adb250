"""A fleet and a campaign whose every stage can be seen from outside, so that kills can be aimed at it.

The change and a `git` of the scene's own leave a mark when they are at work; a check shows in the list of
processes. All that belongs to the scene carries its folder in environment, command line or current folder.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crash.processes import alive, children, family, words_of
from tests.stories.world import World

from softwright.app import House, Settings

REPOS = 6
STAGES = ("select", "propose", "check", "prepare", "push")
NAME = "rename"
PAUSE = "0.1517"
"""Seconds a check takes, written so that no other process has the word in its command line."""

SPEC = f"""\
name: {NAME}
description: Use new instead of old
change:
  - python: ./step.py:mark
  - rule: old-to-new
check: [parse, {{name: slow, command: "sleep {PAUSE}"}}]
deliver: {{approval: none, date: 2026-01-02T03:04:05Z, throttle: {{per_host: 2}}}}
"""

BOTH = "def old(n):\n    return n\n\n\ndef new(n):\n    return n\n\n\n"

TIDY = "tidy"

SECOND = f"""\
name: {TIDY}
description: Another campaign in the same home
change: [rule: old-to-new]
check: [parse, lint, types]
deliver: {{date: 2026-01-02T03:04:05Z}}
"""

STEP = """\
import os, time

def mark(path, source):
    with open(os.environ["CRASH_MARKS"] + "/propose", "a") as marks:
        marks.write(f"{os.getpid()}\\n")
    time.sleep(0.03)
"""

GIT = """\
#!/bin/sh
# Slow where a mirror or a remote is written, before and after, so that a kill can hit both.
case " $* " in
  *" fast-import "*) stage=prepare ;;
  *" push "*) stage=push ;;
  *) exec {git} "$@" ;;
esac
echo $PPID >> "$CRASH_MARKS/$stage"
sleep 0.1
{git} "$@"
code=$?
sleep 0.04
exit $code
"""

HOOK = """\
#!/bin/sh
cat >> {log}
sleep 0.04
"""


class Scene(World):
    """The fleet, one home, and the program at work in it as processes of its own.

    Each that is made is `told`. Moments are drawn by `seed`; CRASH_SEED in the environment gives others, to
    look for rarer ones.
    """

    told: Callable[["Scene"], object] = staticmethod(lambda scene: None)

    def __init__(
        self, root: Path, *, database_url: str = "", seed: int = 0, lease_s: float | None = None
    ) -> None:
        self.database_url = database_url
        self.lease_s = lease_s or LEASE_S
        files = {
            f"r{n}": {"a.py": f"{BOTH}x = old({n})\ny = 2\n", f"b{n}.py": f"{BOTH}z = old(old({n}))\n"}
            for n in range(REPOS)
        }
        super().__init__(root, files, spec=SPEC)
        self.random = random.Random(seed + int(os.environ.get("CRASH_SEED", "0")))
        self.kills: Counter[str] = Counter()
        type(self).told(self)
        self.seen: set[int] = set()
        self._marked: dict[str, int] = {}
        (root / "step.py").write_text(STEP)
        self.tidy = root / "tidy.yaml"
        self.tidy.write_text(SECOND)
        for folder in ("marks", "tmp", "bin", "pushed"):
            (root / folder).mkdir()
        _script(root / "bin" / "git", GIT.format(git=_real_git()))
        for name in self.works:
            _script(self.remote(name) / "hooks" / "post-receive", HOOK.format(log=root / "pushed" / name))

    def fresh_house(self) -> House:
        """The home, opened anew."""
        settings = Settings(
            home=self.root / "home",
            fleet=self.root / "fleet.toml",
            rules=(self.root / "rules",),
            workers=2,
            database_url=self.database_url,
        )
        return House(settings)

    @property
    def environment(self) -> dict[str, str]:
        """For every process of the scene."""
        found = {
            **super().environment,
            "CRASH_MARKS": str(self.root / "marks"),
            "TMPDIR": str(self.root / "tmp"),
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "SOFTWRIGHT_WORKERS": "2",
            "SOFTWRIGHT_LEASE_S": str(self.lease_s),
            "SOFTWRIGHT_ARTEFACTS": str(self.root / "home" / "artefacts"),
        }
        if self.database_url:
            found["SOFTWRIGHT_DATABASE_URL"] = self.database_url
        return found

    def begin(self, *args: str, home: str = "home") -> "subprocess.Popen[bytes]":
        """A process of the program."""
        environment = {**self.environment, "SOFTWRIGHT_HOME": str(self.root / home)}
        with (self.root / "said").open("ab") as said:
            return subprocess.Popen(
                self.command(*args), env=environment, stdout=said, stderr=said, stdin=subprocess.DEVNULL
            )

    def begin_run(self, spec: Path | None = None) -> "subprocess.Popen[bytes]":
        """`campaign run`, the coordinator."""
        return self.begin("campaign", "run", str(spec or self.spec), "--json")

    def begin_delivery(self) -> "subprocess.Popen[bytes]":
        """`campaign deliver`."""
        return self.begin("campaign", "deliver", NAME, "--json")

    def finish(self, *args: str) -> dict[str, object]:
        """The program, run to its end; what it printed."""
        done = subprocess.run(
            self.command(*args), env=self.environment, capture_output=True, timeout=90, check=False
        )
        assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    def finish_all(self) -> None:
        """The campaign run and delivered."""
        self.finish("campaign", "run", str(self.spec), "--json")
        self.finish("campaign", "deliver", NAME, "--json")

    # What can be seen

    def marks(self, stage: str) -> list[int]:
        """Processes that came to a stage so far, those of the crew, the oldest first."""
        place = self.root / "marks" / stage
        return [int(line) for line in place.read_text().split()] if place.exists() else []

    def at(self, stage: str, below: int) -> int:
        """A process of the crew, below another, that is at a stage now; 0 when there is none."""
        if stage == "check":
            sleeping = [
                pid for pid in family(below) if words_of(pid)[:1] == ["bwrap"] and PAUSE in words_of(pid)
            ]
            return _crew_above(sleeping[-1], below) if sleeping else 0
        there = family(below)
        return next((pid for pid in reversed(self.marks(stage)[self._before(stage) :]) if pid in there), 0)

    def _before(self, stage: str) -> int:
        return self._marked.get(stage, 0)

    def pushed(self) -> set[str]:
        """Repositories whose branch is on the remote."""
        branch = f"refs/heads/softwright/{NAME}"
        return {name for name in self.works if self.at_remote(name, f"rev-parse --verify --quiet {branch}")}

    # Kills

    def kill_now(self, process: "subprocess.Popen[bytes]") -> None:
        """Kill a process, whatever it is at."""
        self.seen |= set(family(process.pid))
        process.kill()
        process.wait()
        self.kills["anywhere coordinator"] += 1

    def kill_at(self, stage: str, victim: str, process: "subprocess.Popen[bytes]") -> bool:
        """Kill a process when the work is at a stage; False when the work was over before.

        `victim` is what dies: `coordinator` (the process given), `foreman`, `crew` (the one at the stage),
        `crews` (all of them), or `launcher` (the server that starts its sandboxes).
        """
        skip = self.ready_for(stage, self.random.randrange(2))
        if stage == "select":
            wait_until(lambda: self._selecting(process) or process.poll() is not None)
            time.sleep(self.random.uniform(0, 0.1))
            at = 0
        else:
            at = self._wait_at(stage, process, skip if stage == "check" else 0)
        return process.poll() is None and self._kill(stage, victim, process, at)

    def kill(self, stage: str, victim: str, process: "subprocess.Popen[bytes]") -> bool:
        """Kill a process that is at a stage, at some moment from now on; False when it has ended."""
        at = self.at(stage, process.pid)
        time.sleep(self.random.uniform(0, 0.03))
        return process.poll() is None and self._kill(stage, victim, process, at)

    def ready_for(self, stage: str, skip: int = 0) -> int:
        """Look for work at a stage from now on, when `skip` repositories were let go by; gives how many."""
        self._marked = {stage: len(self.marks(stage)) + skip}
        return skip

    def _kill(self, stage: str, victim: str, process: "subprocess.Popen[bytes]", at: int) -> bool:
        self.seen |= set(family(process.pid))
        pids = (
            children(foreman_of(process.pid))
            if victim == "crews"
            else [self._victim(victim, process.pid, at)]
        )
        if not all(pids):
            return False
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        if victim == "coordinator":
            process.wait()
        self.kills[f"{stage} {victim}"] += 1
        return True

    def as_if_killed_often(self) -> None:
        """What is under way was taken up as often as after thirty more kills."""
        with sqlite3.connect(self.root / "home" / "engine.db") as connection:
            change = "UPDATE workflow_status SET recovery_attempts = recovery_attempts + 30"
            connection.execute(f"{change} WHERE status IN ('PENDING', 'ENQUEUED')")

    def _wait_at(self, stage: str, process: "subprocess.Popen[bytes]", skip: int) -> int:
        found: list[int] = []

        def there() -> bool:
            pid = self.at(stage, process.pid)
            if pid and pid not in found[-1:]:
                found.append(pid)
            return len(found) > skip or process.poll() is not None

        wait_until(there)
        time.sleep(self.random.uniform(0, 0.05))
        return found[-1] if found else 0

    def _selecting(self, process: "subprocess.Popen[bytes]") -> bool:
        lock = self.root / "home" / "locks" / f"{NAME}.lock"
        return lock.exists() and lock.read_text().strip() == str(process.pid)

    def _victim(self, victim: str, top: int, at: int) -> int:
        if victim == "coordinator":
            return top
        if victim == "foreman":
            return foreman_of(top)
        if victim == "launcher":
            servers = [
                pid for pid in children(at) if any(word.endswith("launch.py") for word in words_of(pid))
            ]
            return servers[0] if servers else 0
        return at if alive(at) else 0


LEASE_S = 3.0


def foreman_of(top: int) -> int:
    """The process that forks a coordinator's or worker's crew."""
    own = words_of(top)
    return next((pid for pid in children(top) if words_of(pid) == own), 0)


def _crew_above(pid: int, top: int) -> int:
    """The process of the crew that another was started by."""
    crew = set(children(foreman_of(top)))
    for member in crew:
        if pid in family(member):
            return member
    return 0


def wait_until(true: Callable[[], object], *, within_s: float = 60.0) -> float:
    """Seconds until something is true."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < within_s, "it did not come true in time"
        time.sleep(0.02)
    return time.monotonic() - began


def _script(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def _real_git() -> str:
    return subprocess.run(
        ["/bin/sh", "-c", "command -v git"], capture_output=True, text=True, check=True
    ).stdout.strip()


@contextmanager
def ended_in_the_end(*processes: "subprocess.Popen[bytes]") -> Iterator[None]:
    """No process outlives the test, whatever it finds."""
    try:
        yield
    finally:
        for process in processes:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGCONT)
                process.kill()
            process.wait()


assert sys.platform == "linux"
