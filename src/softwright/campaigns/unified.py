"""Both sides of a changed file, as a unified diff in git's form."""

import difflib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileContent:
    """Both sides of a changed file; None where it does not exist."""

    old: bytes | None
    new: bytes | None


def unified_diff(path: str, content: FileContent, *, context: int = 3) -> str:
    """Both sides of a file as a unified diff, in git's form of headers."""
    sides = [b"" if side is None else side for side in (content.old, content.new)]
    old_name = "/dev/null" if content.old is None else _git_name(f"a/{path}")
    new_name = "/dev/null" if content.new is None else _git_name(f"b/{path}")
    head = f"--- {old_name}\n+++ {new_name}\n"
    if any(b"\0" in side for side in sides):
        return f"{head}binary file: {len(sides[0])} -> {len(sides[1])} bytes\n"
    # Split at LF alone: a form feed or a lone CR inside a line is content, not an end of line.
    old, new = (side.decode("utf-8", "replace").split("\n") for side in sides)
    lines = difflib.unified_diff(_lines(old), _lines(new), fromfile=old_name, tofile=new_name, n=context)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def mode_lines(path: str, old_mode: str, new_mode: str) -> str:
    """The change of a file's mode in git's own lines; `old_mode` "" for a new file."""
    head = f"diff --git {_git_name(f'a/{path}')} {_git_name(f'b/{path}')}\n"
    if not old_mode:
        return f"{head}new file mode {new_mode}\n"
    return f"{head}old mode {old_mode}\nnew mode {new_mode}\n"


def _git_name(name: str) -> str:
    """A path in the header of a diff, quoted as git does where it holds signs that a text cannot show."""
    if name.isprintable() and not set(name) & {'"', "\\"}:
        return name
    signs = (
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}"
        for byte in name.encode("utf-8", "surrogateescape")
    )
    return f'"{"".join(signs)}"'


def _lines(parts: list[str]) -> list[str]:
    ended = [f"{part}\n" for part in parts[:-1]]
    return [*ended, parts[-1]] if parts[-1] else ended
