"""Texts as a formatter and import sorter would leave them, to compare files without their layout."""

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from softwright.checks.tool import find_program

_SORT = ("check", "--quiet", "--select", "I", "--fix", "--exit-zero")
_COMMON = ("--isolated", "--no-cache", ".")
_UNREADABLE = re.compile(r"\b(\d+)[/\\]file\.py:\d")


def formatted(language: str, texts: Sequence[str]) -> list[str | None]:
    """Python texts with imports sorted and formatted by ruff; None for a text that it cannot parse.

    All texts of other languages give None. Raises PrerequisiteMissing without ruff.
    """
    if language != "python" or not texts:
        return [None] * len(texts)
    program = find_program("ruff", install="pip install ruff")
    with tempfile.TemporaryDirectory(prefix="softwright-format-") as folder:
        # One folder per text, so that no file is taken for a module that another one imports.
        paths = [Path(folder, str(at), "file.py") for at in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.parent.mkdir()
            path.write_bytes(text.encode("utf-8", "surrogatepass"))
        _run(program, folder, *_SORT)
        unreadable = set(_UNREADABLE.findall(_run(program, folder, "format")))
        return [
            None if path.parent.name in unreadable else path.read_bytes().decode("utf-8", "surrogatepass")
            for path in paths
        ]


def _run(program: str, folder: str, *options: str) -> str:
    """What ruff says of a folder's files."""
    argv = [program, *options, *_COMMON]
    done = subprocess.run(argv, cwd=folder, check=False, capture_output=True, text=True, errors="replace")
    return done.stdout + done.stderr
