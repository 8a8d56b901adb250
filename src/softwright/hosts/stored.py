"""Reading objects without a process: for small reads git's start is most of the price.

By libgit2. Whatever it has no answer for (a missing or damaged object, another hash than SHA-1) is left to
git, which also finds the words for it.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygit2 import Odb

_SHA1 = 40  # characters of a full name


class Objects:
    """The objects of one repository; `get` answers None for what git must be asked."""

    def __init__(self, git_dir: Path | str) -> None:
        self._store = _opened(Path(git_dir) / "objects")

    def get(self, sha: str) -> bytes | None:
        """The content of an object by its full SHA-1 name; any other name gives None."""
        if self._store is None or len(sha) != _SHA1:
            return None
        try:
            content: bytes = self._store.read(sha)[1]
        except (KeyError, ValueError, _git_error()):
            return None
        return content


def _opened(folder: Path) -> "Odb | None":
    import pygit2  # here, because most commands read no object

    _git_error()
    if not folder.is_dir():
        return None
    try:
        return pygit2.Odb(str(folder))
    except (OSError, ValueError, pygit2.GitError):
        return None


@cache
def _git_error() -> type[Exception]:
    """The error of libgit2; asked for the first time, its settings are made."""
    import pygit2
    from pygit2.enums import Option

    # As git itself does: the checksums of packs are verified when they are fetched, not at every read.
    pygit2.option(Option.ENABLE_STRICT_HASH_VERIFICATION, 0)
    error: type[Exception] = pygit2.GitError
    return error
