"""A first look inside a fetched commit: its tree, and what Softwright will leave alone in it."""

import os
from dataclasses import dataclass
from pathlib import Path

from softwright.core import OutsideFault
from softwright.hosts.git import Git
from softwright.hosts.objects import ObjectReader
from softwright.hosts.record import pack_sizes

_LARGE_BYTES = 1 << 30
_LARGE_FILES = 100_000
_MAX_ATTRIBUTES = 200


@dataclass(frozen=True, slots=True)
class Inside:
    """What a commit holds: its `tree`, the number of its `submodules`, `notes` for people."""

    tree: str
    submodules: int
    notes: tuple[str, ...]


def look_inside(git_dir: Path, commit: str) -> Inside:
    """The commit's tree and what is unusual in it: submodules, LFS, shallow, large, odd file names.

    Walks every tree, so a mirror that lacks some is found here. Raises OutsideFault.
    """
    listed = Git(git_dir).run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]
    submodules = sum(line.startswith(b"160000") for line in listed)
    odd = sum(not _is_utf8(line) for line in listed)
    attributes = [
        line.split(b"\t", 1)[0].split()[2].decode() for line in listed if line.endswith(b".gitattributes")
    ]
    with ObjectReader(git_dir) as reader:
        tree = tree_of(reader.blob(commit), commit)
        lfs = any(b"filter=lfs" in text for _, text in reader.read(attributes[:_MAX_ATTRIBUTES]))
    size = sum(pack_sizes(git_dir).values())
    notes = (
        f"{submodules} submodule{'s' * (submodules != 1)}: left alone" if submodules else "",
        "git LFS: its pointer files are left alone" if lfs else "",
        "shallow: the remote has only a part of the history" if (git_dir / "shallow").exists() else "",
        f"large: {len(listed):,} files" if len(listed) > _LARGE_FILES else "",
        f"large: {size / _LARGE_BYTES:.1f} GiB of objects" if size > _LARGE_BYTES else "",
        f"{odd} file name{'s' * (odd != 1)} not in UTF-8" if odd else "",
    )
    return Inside(tree, submodules, tuple(note for note in notes if note))


def tree_of(commit: bytes, name: str) -> str:
    """The tree that a raw commit object names. Raises OutsideFault when it is no commit."""
    head = commit.split(b"\n", 1)[0]
    if not head.startswith(b"tree "):
        raise OutsideFault(f"{name} is not a commit")
    return os.fsdecode(head[5:])


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
