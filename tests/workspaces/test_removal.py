"""Removing folders whatever is in them."""

import os
from pathlib import Path

from softwright.workspaces.removal import remove_tree


def test_links_are_not_followed(tmp_path: Path) -> None:
    """What links point to stays; so does what only shares an inode."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "link").symlink_to(outside)
    os.link(outside / "kept", victim / "hard")
    remove_tree(victim)
    assert not victim.exists()
    assert (outside / "kept").read_text() == "x"


def test_closed_odd_and_deep_folders_go(tmp_path: Path) -> None:
    """Folders without permissions, names that are not UTF-8, pipes, and trees deeper than a path may be."""
    victim = tmp_path / "victim"
    (victim / "a" / "b").mkdir(parents=True)
    Path(os.fsdecode(os.fsencode(victim) + b"/\xff\n")).write_text("x")
    os.mkfifo(victim / "a/b/pipe")
    (victim / "a/b").chmod(0)
    (victim / "a").chmod(0)
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(victim)
        for _ in range(600):
            Path("a-long-name").mkdir()
            os.chdir("a-long-name")
    finally:
        os.fchdir(here)
        os.close(here)
    remove_tree(victim)
    assert not victim.exists()


def test_absent_folder_is_fine(tmp_path: Path) -> None:
    """Removing what is not there does nothing."""
    remove_tree(tmp_path / "nothing")
