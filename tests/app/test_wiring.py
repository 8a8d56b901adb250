"""The house and its home."""

from pathlib import Path

import pytest

from softwright.app import House, Settings
from softwright.core import OutsideFault


def test_a_home_that_cannot_be_made_is_told_with_the_cure(tmp_path: Path) -> None:
    """A file in the way: the message names the folder, the reason and the setting."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideFault, match="Not a directory") as caught:
        House(Settings(home=tmp_path / "file" / "home")).mirrors  # noqa: B018 - building is the act
    assert "SOFTWRIGHT_HOME" in caught.value.hint
