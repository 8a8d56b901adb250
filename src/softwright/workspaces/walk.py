"""What the system says of a path, and of everything below a folder. Links are not followed."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def walk(root: Path, *, forgiving: bool = False) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    """Each file, folder and link, folders before what is in them.

    `forgiving` passes over what cannot be read, or vanishes meanwhile; otherwise OSError is raised.
    """
    passed_over = (OSError,) if forgiving else ()
    todo = [os.fspath(root)]
    while todo:
        with contextlib.suppress(*passed_over), os.scandir(todo.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(*passed_over):
                    found = entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                    yield entry, found


def lstat(path: Path) -> os.stat_result | None:
    """What is at a path, None when there is nothing. Raises OSError for all else that goes wrong."""
    try:
        return path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
