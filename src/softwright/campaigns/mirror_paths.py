"""Where mirrors lie, for whoever only reads them."""

from pathlib import Path
from typing import Protocol


class MirrorPaths(Protocol):
    """Where the bare mirrors lie."""

    def path(self, repo_name: str) -> Path:
        """The git folder of a repository's mirror."""
        ...
