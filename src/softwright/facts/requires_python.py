"""The lowest Python a project says it supports, from the manifests next to its code."""

import configparser
import re
import tomllib
from collections.abc import Mapping
from pathlib import PurePosixPath

MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py")
"""Names of the files that may say so, in the order in which they are believed."""

_CLAUSE = re.compile(r"(>=|>|~=|===?|\^|~)?\s*v?(\d+)(?:\.(\d+))?")
_KEYWORD = re.compile(r"""python_requires\s*=\s*(["'])([^"']+)\1""")


class PythonFloors:
    """Lowest Python by folder; `manifests` maps the path of each manifest to its content."""

    def __init__(self, manifests: Mapping[str, bytes]) -> None:
        self._by_folder: dict[str, tuple[int, int]] = {}
        for name in reversed(MANIFESTS):
            for path, content in manifests.items():
                pure = PurePosixPath(path)
                floor = declared_floor(name, content) if pure.name == name else None
                if floor is not None:
                    self._by_folder[str(pure.parent)] = floor

    def of(self, path: str) -> tuple[int, int] | None:
        """The floor of the project that a file belongs to: the nearest manifest above it that says one."""
        for folder in PurePosixPath(path).parents:
            if str(folder) in self._by_folder:
                return self._by_folder[str(folder)]
        return None


def declared_floor(name: str, content: bytes) -> tuple[int, int] | None:
    """The floor one manifest declares, None when it declares none or cannot be read."""
    text = content.decode("utf-8", "replace")
    try:
        if name == "pyproject.toml":
            return lowest_python(_from_pyproject(tomllib.loads(text)))
        if name == "setup.cfg":
            parser = configparser.ConfigParser(interpolation=None)
            parser.read_string(text)
            return lowest_python(parser.get("options", "python_requires", fallback=""))
    except (tomllib.TOMLDecodeError, configparser.Error):
        return None
    found = _KEYWORD.search(text)
    return lowest_python(found[2]) if found else None


def lowest_python(specifier: str) -> tuple[int, int] | None:
    """The lowest version a specifier allows: `>=3.8,<4` gives (3, 8); None when it is open below."""
    floors = []
    for clause in re.split(r"[,\s]+(?=[<>=!~^])|,|\|\|", specifier):
        found = _CLAUSE.match(clause.strip())
        if found is None:
            continue
        major, minor = int(found[2]), int(found[3] or 0)
        if found[1] == ">" and clause.count(".") < 2:  # `>3.7` leaves 3.7.1 out of doubt, 3.7 not
            minor += found[3] is not None
        floors.append((major, minor))
    return min(floors) if floors and "||" in specifier else max(floors, default=None)


def _from_pyproject(document: Mapping[str, object]) -> str:
    project = document.get("project")
    if isinstance(project, Mapping) and isinstance(project.get("requires-python"), str):
        return str(project["requires-python"])
    found: object = document
    for key in ("tool", "poetry", "dependencies", "python"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""
