"""Reading refs of our own bare mirrors from their files: no process needed."""

import re
from pathlib import Path

from softwright.core import InvalidInput, OutsideFault

NO_COMMIT = ""
"""What a ref holds that does not exist."""

_FAULTS = (
    (re.compile(r"^$"), "it is empty"),
    (re.compile(r"[\x00-\x1f\x7f]"), "it holds a control character"),
    (re.compile(r"[ ~^:?*\[\\]"), "it holds a space or one of `~ ^ : ? * [ \\`"),
    (re.compile(r"\.\."), "it holds `..`"),
    (re.compile(r"@\{"), "it holds `@{`"),
    (re.compile(r"(^|/)\."), "a part of it begins with a dot"),
    (re.compile(r"\.lock(/|$)"), "a part of it ends with `.lock`"),
    (re.compile(r"\.$"), "it ends with a dot"),
    (re.compile(r"^/|//|/$"), "it has an empty part between slashes"),
    (re.compile(r"^-"), "it begins with `-`"),
    (re.compile(r"^(@|HEAD)$"), "it stands for the present commit"),
    (re.compile(r"^refs/"), "it is a ref's full name; leave out `refs/heads/`"),
)


def branch_fault(branch: str) -> str:
    """Why a name cannot be a branch, "" when it can: the rules of `git check-ref-format` and `git branch`.

    `@`, which means the present commit, and names that begin with `refs/`, of which git would make
    `refs/heads/refs/…`, are refused as well.
    """
    return next((why for pattern, why in _FAULTS if pattern.search(branch)), "")


def branch_ref(branch: str) -> str:
    """The full name of a branch's ref. Raises InvalidInput for a name git does not allow."""
    fault = branch_fault(branch)
    if fault:
        raise InvalidInput(
            f"{branch!r} is not a branch name git allows: {fault}",
            hint="use letters, digits, `-`, `_`, `.` and `/`, as in softwright/my-change",
        )
    return f"refs/heads/{branch}"


def read_ref(git_dir: Path | str, ref: str) -> str:
    """The commit a ref holds, or "" when there is none: the loose file first, then `packed-refs`.

    Only for mirrors made by `Mirrors`, which use git's files format for refs. Raises OutsideFault
    when the ref is damaged.
    """
    folder = Path(git_dir)
    try:
        loose = (folder / ref).read_text("ascii").strip()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return _packed(folder).get(ref, NO_COMMIT)
    except (OSError, UnicodeDecodeError) as error:
        raise OutsideFault(f"`{ref}` cannot be read: {error}", where=str(folder)) from error
    if loose.startswith("ref: "):
        return read_ref(folder, loose[5:])
    if len(loose) not in (40, 64) or set(loose) - set("0123456789abcdef"):
        raise OutsideFault(f"`{ref}` is damaged: it holds {loose[:60]!r}", where=str(folder))
    return loose


def _packed(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / "packed-refs").read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.split(b" ", 1) for line in lines if line[:1] not in (b"#", b"^", b""))
    return {name.decode("utf-8", "surrogateescape"): sha.decode("ascii", "replace") for sha, name in pairs}
