"""Writing a commit from objects with one `git fast-import`: no working tree, no index."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from softwright.core import Delete, InvalidInput, OutsideFault, Patch, Snapshot, Write
from softwright.hosts.care import writer_lock
from softwright.hosts.git import Git, last_words
from softwright.hosts.record import read_record
from softwright.hosts.refs import branch_ref, read_ref

MODES = frozenset({"100644", "100755", "120000"})
"""Modes a commit may write: file, executable file, symbolic link."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who made a commit."""

    name: str
    email: str

    def __post_init__(self) -> None:
        for word in (self.name, self.email):
            if re.search(r"[<>\n\r\0]", word) or word != word.strip():
                raise InvalidInput(
                    f"`{word}` cannot be part of a commit's author or committer",
                    hint="leave out `<`, `>`, line ends and surrounding blanks",
                )
        if not self.email:
            raise InvalidInput("a commit's author and committer need an email address")


@dataclass(frozen=True, slots=True)
class CommitSpec:
    """One commit to write: `patch` on top of `parent`, at `ref` ("refs/heads/…").

    `when` is a timezone-aware time for author and committer; `trailers` are appended to the message.
    `expected` guards the ref: the commit it must hold now, "" for "must not exist", None for anything.
    """

    parent: Snapshot
    patch: Patch
    ref: str
    message: str
    author: Identity
    committer: Identity
    when: datetime
    trailers: tuple[tuple[str, str], ...] = ()
    expected: str | None = None


def write_commit(git_dir: Path | str, spec: CommitSpec, *, timeout_s: float = 600) -> str:
    """The commit's sha, with `spec.ref` set to it. Equal specs give equal shas.

    Raises InvalidInput for a path, mode, ref or time that git cannot hold, OutsideFault when the ref is
    not what `spec.expected` says or git fails; the ref is then as it was before.
    """
    stream = commit_stream(spec)
    git = Git(Path(git_dir), timeout_s=timeout_s)
    with writer_lock(git.folder) as lock:
        found = read_ref(git.folder, spec.ref)
        if spec.expected is not None and found != spec.expected:
            raise OutsideFault(
                f"`{spec.ref}` is at {found or 'nothing'}, not at {spec.expected or 'nothing'} as expected",
                where=str(git_dir),
                hint="another run has changed it: look at its state and run again",
            )
        _keep_off_submodules(git, spec)
        code, printed, said = git.attempt(
            "-c", "fastimport.unpackLimit=0", "fast-import", "--force", "--quiet", stdin=stream, hold=lock
        )
        if code:
            _tidy(git.folder, said)
            raise OutsideFault(last_words(said) or "git fast-import failed", where=str(git_dir))
    return printed.decode().strip()


def commit_stream(spec: CommitSpec) -> bytes:
    """The commit in the language of `git fast-import`. Raises InvalidInput."""
    if spec.ref != branch_ref(spec.ref.removeprefix("refs/heads/")):
        raise InvalidInput(f"`{spec.ref}` is not the ref of a branch", hint="give refs/heads/<branch>")
    if not spec.patch:
        raise InvalidInput("the patch is empty: there is nothing to commit")
    if spec.when.tzinfo is None:
        raise InvalidInput(f"the commit's time {spec.when} has no time zone", hint="give an aware datetime")
    when = f"{int(spec.when.timestamp())} {spec.when.strftime('%z')[:5]}"
    message = full_message(spec.message, spec.trailers)
    out = [
        f"commit {spec.ref}\nmark :1\n".encode(),
        _person("author", spec.author, when),
        _person("committer", spec.committer, when),
        b"data %d\n%b\n" % (len(message), message),
        f"from {spec.parent.commit}\n".encode(),
        *_operations(spec.patch),
        b"get-mark :1\ndone\n",
    ]
    return b"feature done\n" + b"".join(out)


def full_message(message: str, trailers: tuple[tuple[str, str], ...]) -> bytes:
    """The message as it is stored: one final line end, the trailers as a paragraph of their own.

    Raises InvalidInput for a trailer that git would not see as one.
    """
    text = message.strip("\n").replace("\0", "")
    for key, _ in trailers:
        if not re.fullmatch(r"[A-Za-z0-9-]+", key):
            raise InvalidInput(
                f"{key!r} cannot be the name of a trailer",
                hint="use letters, digits and `-`, as in Signed-off-by",
            )
    if trailers:
        text += "\n\n" + "\n".join(f"{key}: {' '.join(value.split())}" for key, value in trailers)
    return (text + "\n").encode("utf-8", "surrogateescape")


def _keep_off_submodules(git: Git, spec: CommitSpec) -> None:
    """Raise InvalidInput when the patch would replace a submodule, or write into one."""
    record = read_record(git.folder)
    if record is not None and record.commit == spec.parent.commit and not record.submodules:
        return
    listed = git.run("ls-tree", "-r", "-z", "--full-tree", spec.parent.commit).split(b"\0")
    submodules = {os.fsdecode(row.split(b"\t", 1)[1]) for row in listed if row.startswith(b"160000")}
    for path in spec.patch.files:
        steps = path.split("/")
        if any("/".join(steps[:n]) in submodules for n in range(1, len(steps) + 1)):
            raise InvalidInput(
                f"{path!r} belongs to a submodule", hint="change the submodule's own repository instead"
            )


def _person(role: str, who: Identity, when: str) -> bytes:
    name = f"{who.name} " if who.name else ""
    return f"{role} {name}<{who.email}> {when}\n".encode("utf-8", "surrogateescape")


def _operations(patch: Patch) -> Iterator[bytes]:
    # Removals first: a file may give way to a folder of the same name.
    for path in sorted(path for path, op in patch.files.items() if isinstance(op, Delete)):
        yield b"D %b\n" % _quoted(path)
    for path, op in sorted(patch.files.items()):
        if isinstance(op, Write):
            if op.mode not in MODES:
                raise InvalidInput(f"{path!r} has mode {op.mode}; allowed: {', '.join(sorted(MODES))}")
            yield b"M %b inline %b\ndata %d\n" % (op.mode.encode(), _quoted(path), len(op.content))
            yield op.content
            yield b"\n"


def _quoted(path: str) -> bytes:
    parts = path.split("/")
    if "\0" in path or any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise InvalidInput(
            f"{path!r} cannot be a file of a repository",
            hint="give a path relative to the root, with `/`, without `.`, `..` or `.git`",
        )
    raw = os.fsencode(path)
    return (
        b'"'
        + b"".join(bytes((b,)) if 0x20 <= b < 0x7F and b not in b'"\\' else b"\\%03o" % b for b in raw)
        + b'"'
    )


def _tidy(git_dir: Path, said: str) -> None:
    """Remove what a failed fast-import leaves: its crash report, and the half pack that its message names."""
    for report in git_dir.glob("fast_import_crash_*"):
        report.unlink(missing_ok=True)
    for name in re.findall(r"/(tmp_[a-z]+_\w+)'", said):
        (git_dir / "objects" / "pack" / name).unlink(missing_ok=True)
