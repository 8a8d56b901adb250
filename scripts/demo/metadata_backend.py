"""A build backend that builds nothing: it hands pip the metadata a source distribution already carries.

`pip download` asks a source distribution's build backend for its name and version, which for most packages
means running `setup.py`. The demo only wants the archive, so pip is given this module under the names of
the usual backends instead, and nobody else's code runs.
"""

import re
from email.parser import BytesParser
from pathlib import Path
from typing import Any


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Any = None) -> str:
    """Name of the `.dist-info` folder written, from the archive's own PKG-INFO (PEP 517)."""
    raw = Path("PKG-INFO").read_bytes()
    headers = BytesParser().parsebytes(raw, headersonly=True)
    name = re.sub(r"[-_.]+", "_", headers["Name"]).lower()
    folder = Path(metadata_directory) / f"{name}-{headers['Version']}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_bytes(raw)
    (folder / "WHEEL").write_text("Wheel-Version: 1.0\nGenerator: demo\n")
    return folder.name


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """Nothing is needed to build nothing (PEP 517)."""
    return []


class _Legacy:
    """What pip calls as `setuptools.build_meta:__legacy__` where a package has no pyproject.toml."""

    prepare_metadata_for_build_wheel = staticmethod(prepare_metadata_for_build_wheel)
    get_requires_for_build_wheel = staticmethod(get_requires_for_build_wheel)


__legacy__ = _Legacy()
