"""The care of one mirror: made, swept, checked, and replaced when it is damaged."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from softwright.core import OutsideFault, SoftwrightError
from softwright.hosts.git import Git
from softwright.hosts.record import BASE_REF, pack_sizes

_MANY_PACKS = 20


def init_mirror(folder: Path, *, sha256: bool = False) -> None:
    """Make an empty bare repository. Written by hand: `git init` would cost a process and copy templates."""
    for part in ("objects/pack", "objects/info", "refs/heads", "refs/tags"):
        (folder / part).mkdir(parents=True)
    (folder / "HEAD").write_text(f"ref: {BASE_REF}\n")
    extra = "[extensions]\n\tobjectformat = sha256\n" if sha256 else ""
    (folder / "config").write_text(
        f"[core]\n\trepositoryformatversion = {int(sha256)}\n\tfilemode = true\n\tbare = true\n{extra}"
    )


@contextmanager
def writer_lock(git_dir: Path) -> Iterator[int]:
    """Whoever writes objects or branches of a mirror outside of a sync takes turns, over all processes.

    Gives the descriptor of the lock: a `git` that gets it holds the lock until its own end, also when the
    process that started it is killed. What a killed writer left is removed by the next. Raises OutsideFault
    when the mirror cannot be written.
    """
    try:
        lock = os.open(git_dir / "softwright.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise OutsideFault(
            f"the repository cannot be written: {error.strerror}", where=str(git_dir)
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fstat(lock).st_size:  # the last writer did not come to its end
            _clear(git_dir)
        os.ftruncate(lock, 1)  # needs no room on the disk
        yield lock
        os.ftruncate(lock, 0)
    finally:
        os.close(lock)


def _clear(git_dir: Path) -> None:
    """Remove what a `git fast-import` leaves that is killed. Only for the holder of the writer's lock."""
    left = [*git_dir.glob("fast_import_crash_*"), *(git_dir / "refs" / "heads").rglob("*.lock")]
    with fetching(git_dir, wait=False) as ours:
        if ours:  # else a fetch, whose packs are not ours, is under way
            packs = git_dir / "objects" / "pack"
            left += packs.glob("tmp_*")
            left += [keep for keep in packs.glob("*.keep") if keep.read_bytes().startswith(b"fast-import")]
            left += [pack for pack in packs.glob("*.pack") if not pack.with_suffix(".idx").exists()]
    for path in left:
        path.unlink(missing_ok=True)


@contextmanager
def fetching(git_dir: Path, *, wait: bool = True) -> Iterator[bool]:
    """Held while packs come into the mirror; with `wait` False it may be somebody else's: then False."""
    lock = os.open(git_dir / "objects" / "pack", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)


def sweep(folder: Path) -> None:
    """Remove what a killed or failed fetch left. Only for the sync that holds this mirror."""
    for lock in (folder / f"{BASE_REF}.lock", folder / "shallow.lock", folder / "packed-refs.lock"):
        lock.unlink(missing_ok=True)
    with writer_lock(folder):  # so that no temporary pack is somebody else's
        for pack in (folder / "objects" / "pack").glob("tmp_*"):
            pack.unlink(missing_ok=True)


def consolidate(folder: Path, *, timeout_s: float) -> bool:
    """Join small packs when there are many, as every fetch and every prepared commit adds one; True if so.

    Nothing is dropped, reachable or not. Raises OutsideFault, LimitHit; the packs are then as they were.
    """
    if len(pack_sizes(folder)) <= _MANY_PACKS:
        return False
    with writer_lock(folder):
        Git(folder, timeout_s=timeout_s).run("repack", "-d", "-q", "--geometric=2")
    return True


def is_sound(folder: Path, *, timeout_s: float) -> bool:
    """True when every pack is intact and every object of the followed branch is there. Reads all of it."""
    git = Git(folder, timeout_s=timeout_s)
    packs = sorted(str(pack) for pack in (folder / "objects" / "pack").glob("*.idx"))
    if packs and git.attempt("verify-pack", *packs)[0]:
        return False
    return git.attempt("rev-list", "--objects", "--quiet", BASE_REF, "--")[0] == 0


def take_over_branches(damaged: Path, mirror: Path) -> None:
    """Bring the branches we wrote in a damaged mirror into its successor, as far as they can be read."""
    for ref in sorted(place for place in (damaged / "refs" / "heads").rglob("*") if place.is_file()):
        name = ref.relative_to(damaged)
        try:
            Git(mirror).run(
                "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", str(damaged), f"{name}:{name}"
            )
        except SoftwrightError:
            continue  # it stays in the damaged mirror, which is kept


def replaced_note(aside: Path, mirror: Path) -> str:
    """What a person should know of a mirror that was made anew."""
    old = _branches(aside)
    lost = sorted(old - _branches(mirror))
    told = f"the mirror was damaged and made anew; the old one is kept at {aside}"
    return f"{told}; not taken over: {', '.join(lost)}" if lost else told


def _branches(mirror: Path) -> set[str]:
    heads = mirror / "refs" / "heads"
    return {str(place.relative_to(heads)) for place in heads.rglob("*") if place.is_file()}
