"""The fleet file: which repositories there are. Read here, never guessed; edited with its comments kept."""

import glob as globbing
import os
import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from softwright.campaigns.addresses import check_address, check_name, is_url, name_of, place_of
from softwright.core import Fleet, InvalidInput, Repo, nearest
from softwright.hosts import scrub

_TOP = {"name": str, "defaults": dict, "repos": list}
_DEFAULTS = {"branch": str, "tags": list, "owners": list}
_REPO = {"url": str, "path": str, "glob": str, "name": str, "prefix": str, "exclude": list, **_DEFAULTS}
_KIND: dict[Any, str] = {str: "a text in quotes", list: "a list of texts", dict: "a table"}
_PLACES = ("url", "path", "glob")
_HEADER = re.compile(r"^\s*\[\[\s*repos\s*\]\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FleetFile:
    """A fleet file as read: the fleet, and `notes` on entries that give no repository just now."""

    path: Path
    fleet: Fleet
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """Which repositories of a fleet are meant: all of them when nothing is given.

    A repository is in when it has all of the `tags` and its name matches one of the `repos`
    globs (if any), and none of the `exclude` globs.
    """

    tags: tuple[str, ...] = ()
    repos: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A repository, the number of its entry, and the line that named it."""

    repo: Repo
    nth: int
    line: int


@dataclass(slots=True)
class _Reading:
    """One reading of a fleet file, with what is needed to name a line."""

    path: Path
    text: str
    names: dict[str, "_Found"] = field(default_factory=dict)
    places: dict[tuple[str, str], "_Found"] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    headers: list[int] = field(init=False)
    lines: list[int] = field(init=False)

    def __post_init__(self) -> None:
        # Looked up for every entry: found once, or a fleet of thousands takes seconds to read.
        self.headers = [match.end() for match in _HEADER.finditer(self.text)]
        self.lines = [match.end() for match in re.finditer("\n", self.text)]

    def where(self, line: int = 0) -> str:
        return f"{self.path}:{line}" if line else str(self.path)

    def line_of(self, nth: int, key: str = "") -> int:
        """Line (from 1) of the nth `[[repos]]` header, or of a key below it; 0 when written otherwise."""
        starts = self.headers
        if nth >= len(starts):
            return 0
        end = starts[nth + 1] if nth + 1 < len(starts) else len(self.text)
        found = (
            re.search(rf"^\s*{re.escape(key)}\s*=", self.text[starts[nth] : end], re.MULTILINE)
            if key
            else None
        )
        at = starts[nth] + found.end() if found else starts[nth]
        return bisect_right(self.lines, at) + 1


def read_fleet(path: Path) -> FleetFile:
    """The fleet file with its notes. Raises InvalidInput naming the line and what is allowed."""
    return parse_fleet(_text(path), path)


def parse_fleet(text: str, path: Path) -> FleetFile:
    """A fleet from text; local paths are relative to the folder of `path`. Raises InvalidInput."""
    reading = _Reading(path, text)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad_toml(error, path, text) from error
    _check_keys(raw, _TOP, reading, "at the top of the file", line_of=lambda key: _line(text, _at(key)))
    defaults = raw.get("defaults", {})
    start = r"^\s*\[\s*defaults\s*\]"
    _check_keys(
        defaults, _DEFAULTS, reading, "in `[defaults]`",
        line_of=lambda key: _line(text, rf"{start}[^\[]*?{_at(key)}") or _line(text, start),
    )  # fmt: skip
    entries = raw.get("repos", [])
    for only_globs in (
        False,
        True,
    ):  # a repository that is named on its own wins over a glob that finds it too
        for nth, entry in enumerate(entries):
            line = reading.line_of(nth)
            if not isinstance(entry, Mapping):
                raise InvalidInput("`repos` must be tables: `[[repos]]`", where=reading.where(line))
            if ("glob" in entry) is only_globs:
                _read_entry(entry, defaults, reading, nth)
    repos = tuple(found.repo for found in sorted(reading.names.values(), key=lambda found: found.nth))
    return FleetFile(path, Fleet(raw.get("name", path.stem), repos), tuple(reading.notes))


def select(fleet: Fleet, selection: Selection) -> Fleet:
    """The fleet cut down to the selection.

    Raises InvalidInput when a tag or glob fits no repository at all: a slip of the pen must not look
    like "all done".
    """
    known = {tag for repo in fleet.repos for tag in repo.tags}
    for tag in selection.tags:
        if tag not in known:
            raise InvalidInput(f"no repository of the fleet has the tag `{tag}`; {nearest(tag, known)}")
    for pattern in selection.repos:
        if not any(fnmatchcase(repo.name, pattern) for repo in fleet.repos):
            raise InvalidInput(
                f"no repository of the fleet matches `{pattern}`",
                hint="`softwright fleet list` shows the names; `*` and `?` are wildcards",
            )
    chosen = tuple(repo for repo in fleet.repos if _selected(repo, selection))
    return Fleet(fleet.name, chosen)


def _selected(repo: Repo, by: Selection) -> bool:
    if not set(by.tags) <= repo.tags:
        return False
    if by.repos and not any(fnmatchcase(repo.name, pattern) for pattern in by.repos):
        return False
    return not any(fnmatchcase(repo.name, pattern) for pattern in by.exclude)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise InvalidInput(
            "there is no such fleet file", where=str(path), hint="make one: softwright fleet init"
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"the fleet file is not UTF-8 (byte {error.start})", where=str(path), hint="save it as UTF-8"
        ) from error
    except OSError as error:
        raise InvalidInput(
            f"the fleet file cannot be read: {error.strerror}",
            where=str(path),
            hint="name a file that you may read",
        ) from error


def _bad_toml(error: tomllib.TOMLDecodeError, path: Path, text: str) -> InvalidInput:
    found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    where = f"{path}:{found[1]}:{found[2]}" if found else f"{path}:{text.rstrip().count(chr(10)) + 1}"
    reason = re.sub(r" \(at .*\)$", "", str(error))
    return InvalidInput(f"not valid TOML: {reason}", where=where, hint="see docs/fleet.md for an example")


def _check_keys(
    raw: Any, allowed: Mapping[str, type], reading: _Reading, place: str, *, line_of: Callable[[str], int]
) -> None:
    """Raise InvalidInput, with its line, for a key that is not allowed or has a value of another kind."""
    if not isinstance(raw, Mapping):
        raise InvalidInput(f"expected a table {place}", where=reading.where(line_of("")))
    for key, value in raw.items():
        where = reading.where(line_of(key))
        if key not in allowed:
            raise InvalidInput(f"unknown key `{key}` {place}; {nearest(key, allowed)}", where=where)
        kind = allowed[key]
        fits = isinstance(value, kind)
        if kind is list and fits and key != "repos":
            fits = all(isinstance(word, str) for word in value)
        if not fits:
            shown = "another kind" if key == "url" else repr(value)
            raise InvalidInput(f"`{key}` must be {_KIND[kind]}, not {shown}", where=where)


def _at(key: str) -> str:
    return rf"^\s*\[*\s*[\"']?{re.escape(key)}\b"


def _line(text: str, pattern: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 0


def _read_entry(entry: Mapping[str, Any], defaults: Mapping[str, Any], reading: _Reading, nth: int) -> None:
    line = reading.line_of(nth)
    _check_keys(entry, _REPO, reading, "in `[[repos]]`", line_of=lambda key: reading.line_of(nth, key))
    given = [key for key in _PLACES if key in entry]
    if len(given) != 1:
        raise InvalidInput(
            "a `[[repos]]` entry needs exactly one of `url`, `path`, `glob`; "
            f"it has {' and '.join(given) or 'none'}",
            where=reading.where(line),
        )
    common: dict[str, Any] = {
        "branch": entry.get("branch", defaults.get("branch", "")),
        "tags": frozenset((*defaults.get("tags", ()), *entry.get("tags", ()))),
        "owners": tuple(entry.get("owners", defaults.get("owners", ()))),
    }
    if "glob" in entry:
        _read_glob(entry, common, reading, nth)
        return
    at = reading.line_of(nth, given[0])
    if "path" in entry:
        address = os.path.normpath(reading.path.parent.absolute() / Path(entry["path"]).expanduser())
    else:
        address = entry["url"]
        if not is_url(address) and not address.startswith(("/", "-")) and address:
            raise InvalidInput(
                f"`url` is the relative path {scrub(address)!r}",
                where=reading.where(at),
                hint="write a local repository as `path`",
            )
    name = entry.get("name") or entry.get("prefix", "") + name_of(address)
    _add(reading, _Found(Repo(name, address, **common), nth, at))


def found_by_glob(glob: str, folder: Path) -> list[str]:
    """The git repositories that a glob finds, which may be relative to `folder`."""
    pattern = str(folder.absolute() / Path(glob).expanduser())
    found = sorted(globbing.glob(pattern, recursive=True))  # noqa: PTH207 - `pattern` may be absolute
    return [place for place in map(os.path.normpath, found) if is_repository(Path(place))]


def _read_glob(entry: Mapping[str, Any], common: dict[str, Any], reading: _Reading, nth: int) -> None:
    line = reading.line_of(nth, "glob")
    if "name" in entry:
        raise InvalidInput(
            "`name` is for one repository; with `glob` use `prefix`", where=reading.where(line)
        )
    known = {known.repo.url for known in reading.names.values()}
    found = found_by_glob(entry["glob"], reading.path.parent)
    kept = [place for place in found if not _excluded(place, entry.get("exclude", ()))]
    if not kept:
        reading.notes.append(f"{reading.where(line)}: `{entry['glob']}` finds no git repository")
    for place in kept:
        if place not in known:
            repo = Repo(entry.get("prefix", "") + name_of(place), place, **common)
            _add(reading, _Found(repo, nth, line))


def _add(reading: _Reading, new: _Found) -> None:
    try:
        check_address(new.repo.url)
        check_name(new.repo.name)
    except InvalidInput as error:
        raise InvalidInput(error.message, where=reading.where(new.line), hint=error.hint) from None
    name, url = new.repo.name, new.repo.url
    place = (place_of(url), new.repo.branch)
    if old := reading.places.get(place):
        raise InvalidInput(
            f"{url} is named twice: as `{old.repo.name}` (line {old.line}) and as `{name}`",
            where=reading.where(new.line),
            hint="remove one of the entries",
        )
    if old := reading.names.get(name):
        raise InvalidInput(
            f"two repositories are called `{name}`: {old.repo.url} (line {old.line}) and {url}",
            where=reading.where(new.line),
            hint="give one of them another `name`, or the glob a `prefix`",
        )
    reading.names[name] = reading.places[place] = new


def _excluded(place: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(Path(place).name, pattern) or fnmatchcase(place, pattern) for pattern in patterns)


def is_repository(folder: Path) -> bool:
    """True for a folder that looks like a git repository, bare or with a working tree."""
    return (folder / ".git").exists() or ((folder / "objects").is_dir() and (folder / "HEAD").exists())
