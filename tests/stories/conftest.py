"""The world of the stories."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Four repositories: two with sites, one without, one with a site in a file that does not parse."""
    return World(
        tmp_path,
        {
            "api": {"api.py": "x = old(1)\ny = 2\n", "README": "hello\n"},
            "pay/core": {"src/core.py": "def f():\r\n    return old(\r\n        1)\r\n"},
            "docs": {"index.md": "old(1)\n"},
            "odd": {"odd.py": "x = old(1)\ndef broken(:\n"},
        },
    )
