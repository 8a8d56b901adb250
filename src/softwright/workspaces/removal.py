"""Removing a folder whatever a hostile command left in it."""

# Plain strings throughout: they are quicker, and many forks are removed.
# ruff: noqa: PTH101, PTH104, PTH106, PTH108

import contextlib
import os
import secrets
from pathlib import Path


def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it; one that is not there is fine.

    Folders without permissions are opened first, links are never followed, and folders nested deeper
    than a path may be long are lifted to the top before they are emptied.
    """
    top = os.fspath(folder)
    lifted, token = 0, secrets.token_hex(8)
    try:
        os.chmod(top, 0o700)
    except FileNotFoundError:
        return
    while True:
        inner = _unlink_files(top)
        if not inner:
            break
        for each in inner:
            for deeper in _unlink_files(each):
                lifted += 1
                os.rename(deeper, f"{top}/{token}{lifted}")
            os.rmdir(each)
    with contextlib.suppress(FileNotFoundError):
        os.rmdir(top)


def _unlink_files(folder: str) -> list[str]:
    """Remove everything but folders from one folder; give the folders, made accessible."""
    folders = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)
                folders.append(entry.path)
            else:
                os.unlink(entry.path)
    return folders
