"""The lowest Python a project says it supports, from the manifests around its code."""

import configparser
import re
import tomllib
from collections.abc import Callable, Mapping

MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py")
"""Names of the files that may say so, in the order in which they are believed."""

_CLAUSE = re.compile(r"(>=|>|~=|===?|\^|~)?\s*v?(\d+)(?:\.(\d+))?")
Read = Callable[[str], bytes | None]
"""Gives the content of a file by its path, None when there is none."""

_CLASSIFIER = re.compile(rb"Programming Language :: Python :: (\d)(?:\.(\d+))?\b")
_UNIVERSAL = re.compile(rb"^universal\s*=\s*(?:1|true|yes|on)\s*$", re.MULTILINE | re.IGNORECASE)
_KEYWORD = re.compile(r"""python_requires\s*=\s*(["'])([^"']+)\1""")


class PythonFloors:
    """The lowest Python of every file of one repository; each manifest is read once, when it is needed."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._known: dict[str, tuple[int, int] | None] = {}

    def of(self, path: str = "") -> tuple[int, int] | None:
        """The floor of the project that a file belongs to, as `(3, 9)`; None when it does not say.

        The nearest manifest above the file that declares one is believed; where none does, the oldest
        version that the repository's own manifests name in classifiers.
        """
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if folder:
                floor = self._declared(f"{folder}/")
                if floor is not None:
                    return floor
        return self._declared("")

    def _declared(self, folder: str) -> tuple[int, int] | None:
        if folder not in self._known:
            found = [(name, self._read(folder + name)) for name in MANIFESTS]
            manifests = [(name, content) for name, content in found if content is not None]
            floors = (declared_floor(name, content) for name, content in manifests)
            floor = next((floor for floor in floors if floor is not None), None)
            if floor is None and not folder:
                floor = _classified(b"\n".join(content for _, content in manifests))
            self._known[folder] = floor
        return self._known[folder]


def _classified(manifests: bytes) -> tuple[int, int] | None:
    """The oldest version named by classifiers; Python 2 is 2.7, and a universal wheel is for it too."""
    named = [(int(major), minor) for major, minor in _CLASSIFIER.findall(manifests)]
    if any(major == 2 for major, _ in named) or _UNIVERSAL.search(manifests):
        return (2, 7)
    return min(((major, int(minor)) for major, minor in named if minor), default=None)


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
