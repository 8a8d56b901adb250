"""The `git` program, run so that it can neither ask, nor run hooks, nor hang for ever."""

import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from time import monotonic, sleep

from softwright.core import LimitHit, OutsideFault, PrerequisiteMissing
from softwright.hosts.urls import scrub

HARDENED = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "protocol.ext.allow=never",
    "gc.auto=0",
    "maintenance.auto=false",
    "core.quotePath=false",
    "color.ui=false",
    "fetch.recurseSubmodules=false",
    "push.recurseSubmodules=no",
    "push.followTags=false",
)
"""Settings that every command gets; the user's own settings (credentials, proxies, ssh) stay in force."""

# Variables that would point git at another repository, or make it talk to a person.
_DROPPED = frozenset(
    {
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
        "GIT_PREFIX",
        "GIT_CONFIG_PARAMETERS",
        "GIT_EXTERNAL_DIFF",
        "GIT_CURL_VERBOSE",
        "GIT_SHALLOW_FILE",
        "GIT_GRAFT_FILE",
        "GIT_REPLACE_REF_BASE",
        "SSH_ASKPASS",
    }
)
_GRACE_S = 2.0
_LOOK_S = 0.02
_running: set["subprocess.Popen[bytes]"] = set()


def git_environment() -> dict[str, str]:
    """The environment for git: no prompts, plain English messages, no repository named from outside."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in _DROPPED and not name.startswith("GIT_TRACE")
    }
    env |= {
        "GIT_TERMINAL_PROMPT": "0",
        "SSH_ASKPASS_REQUIRE": "never",
        "GCM_INTERACTIVE": "never",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
        "LANGUAGE": "C",
    }
    allowed = env.get("GIT_ALLOW_PROTOCOL")
    if allowed:
        env["GIT_ALLOW_PROTOCOL"] = ":".join(p for p in allowed.split(":") if p != "ext")
    return env


@lru_cache(maxsize=1)
def _settings() -> tuple[str, ...]:
    return tuple(word for setting in HARDENED for word in ("-c", setting))


def git_argv(git_dir: str | Path | None, *args: str) -> list[str]:
    """The full command line for one git command in a bare repository (or in none)."""
    place = [] if git_dir is None else [f"--git-dir={git_dir}"]
    return ["git", *place, *_settings(), *args]


class Git:
    """Git commands in one repository: `folder` is a bare repository or a working tree.

    A command that takes longer than `timeout_s` seconds is ended with its whole process group.
    """

    def __init__(self, folder: Path, *, timeout_s: float = 600) -> None:
        self.folder = folder
        self.timeout_s = timeout_s

    def run(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, check: bool = True
    ) -> bytes:
        """What the command printed.

        Raises OutsideFault with git's own last words when it fails (unless `check` is False), LimitHit
        when it takes too long, PrerequisiteMissing when there is no git.
        """
        code, printed, said = self.attempt(*args, stdin=stdin, env=env)
        if code and check:
            raise OutsideFault(last_words(said) or f"git {args[0]} ended with {code}", where=str(self.folder))
        return printed

    def attempt(
        self, *args: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, hold: int | None = None
    ) -> tuple[int, bytes, str]:
        """Exit code, standard output and (scrubbed) standard error of the command.

        `hold` is the descriptor of a lock that the command holds too, should this process be killed.
        """
        bare = (self.folder / "objects").is_dir() and (self.folder / "HEAD").is_file()
        argv = git_argv(self.folder if bare else None, *args)
        process = start(argv, cwd=self.folder, env=env, hold=hold)
        _running.add(process)
        try:
            printed, said = process.communicate(stdin, timeout=self.timeout_s)
        except subprocess.TimeoutExpired:
            end_group(process)
            raise LimitHit(
                f"git {args[0]} did not finish within {self.timeout_s:g} s and was ended",
                hint="try again, or allow more with SOFTWRIGHT_GIT_TIMEOUT_S",
            ) from None
        except BaseException:
            end_group(process)
            raise
        finally:
            _running.discard(process)
        return process.returncode, printed, scrub(said.decode("utf-8", "replace"))


def start(
    argv: list[str], *, cwd: Path | str, env: Mapping[str, str] | None = None, hold: int | None = None
) -> "subprocess.Popen[bytes]":
    """The command as a process of its own group, with pipes. Raises PrerequisiteMissing, OutsideFault."""
    try:
        return subprocess.Popen(
            argv,
            cwd=cwd,
            env={**git_environment(), **(env or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=() if hold is None else (hold,),
        )
    except FileNotFoundError as error:
        if not Path(cwd).is_dir():
            raise OutsideFault("there is no such folder", where=str(cwd)) from error
        raise PrerequisiteMissing(
            "the program `git` was not found", hint="install it: apt-get install git"
        ) from error


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """End the process and all its children: asked first, so that git removes its temporary files."""
    for sign, patience in ((signal.SIGTERM, _GRACE_S), (signal.SIGKILL, _GRACE_S)):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
    close_pipes(process)


def close_pipes(process: "subprocess.Popen[bytes]") -> None:
    """Close our ends of the pipes to an ended process."""
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


def end_running() -> None:
    """End every command that `Git` is running in any thread of this process (Ctrl-C does not reach them)."""
    for process in list(_running):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)


def end_all() -> None:
    """End every command that `Git` is running, by force those that do not end when asked; waits for that."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        until = monotonic() + _GRACE_S
        for process in list(_running):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
        while _running and monotonic() < until:
            sleep(_LOOK_S)


def last_words(said: str) -> str:
    """The line of git's standard error that tells the fault: the first `fatal:` or `error:`."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    faults = [line for line in lines if line.startswith(("fatal:", "error:", "remote: error:"))]
    telling = [line for line in faults if not line.endswith("early EOF")]
    chosen = telling[0] if telling else (faults or lines or [""])[-1]
    return scrub(chosen.removeprefix("fatal: ").removeprefix("error: "))
