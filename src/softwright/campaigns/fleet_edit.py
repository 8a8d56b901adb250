"""Changing a fleet file: entries are appended, everything a person wrote stays as it is."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import AoT

from softwright.campaigns.addresses import check_address, is_url, place_of, relative_to_file
from softwright.campaigns.fleet import found_by_glob, is_repository, parse_fleet, read_fleet
from softwright.core import InvalidInput, OutsideFault, Repo

_TEMPLATE = """\
# The repositories Softwright works on. Every key is described in docs/fleet.md.
# Add more with: softwright fleet add <url, path or glob> …

name = {name}

# [defaults]            # for every repository below that does not say otherwise
# branch = "main"       # left out: the remote's own default branch
# tags = ["python"]
# owners = ["@platform"]

# [[repos]]
# url = "https://git.example.org/payments/api.git"
# tags = ["service"]

# [[repos]]
# glob = "../checkouts/*"
"""


@dataclass(frozen=True, slots=True)
class NewEntries:
    """Repositories to add: `addresses` are git URLs, local paths or globs; the rest holds for all of them."""

    addresses: Sequence[str]
    name: str = ""
    branch: str = ""
    tags: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    prefix: str = ""


def new_fleet(path: Path, name: str) -> None:
    """Write a fleet file with no repositories yet. Raises InvalidInput when there is one, OutsideFault."""
    if path.exists():
        raise InvalidInput("this fleet file exists already", where=str(path), hint="softwright fleet add …")
    _write(path, _TEMPLATE.format(name=tomlkit.item(name).as_string()))


def add_repos(path: Path, new: NewEntries) -> list[Repo]:
    """Append entries to the file; gives the repositories that were not in the fleet before.

    Addresses the fleet has already are passed over. Raises InvalidInput (the file is then unchanged),
    OutsideFault.
    """
    if new.name and len(new.addresses) != 1:
        raise InvalidInput(f"`--name` is for one repository; {len(new.addresses)} addresses were given")
    before = read_fleet(path).fleet.repos
    places = {place_of(repo.url) for repo in before}
    text = path.read_text("utf-8")
    if not isinstance(tomlkit.parse(text).get("repos", tomlkit.aot()), AoT):
        raise InvalidInput(
            "`repos` is not written as `[[repos]]` tables", where=str(path), hint="rewrite it so, then add"
        )
    for address in new.addresses:
        entry = _entry(address, new, path)
        if "glob" in entry and not found_by_glob(str(entry["glob"]), path.parent):
            raise InvalidInput(
                f"the glob `{address}` finds no git repository",
                where=str(Path.cwd()),
                hint="it must match folders of repositories (with .git, or bare); quote it, so that the "
                "shell leaves it alone",
            )
        if place_of(_resolved(entry, path)) not in places:
            text = f"{text.rstrip()}\n\n[[repos]]\n{tomlkit.dumps(entry).rstrip()}\n"
    after = parse_fleet(text, path).fleet.repos
    if after != before:
        _write(path, text)
    known = {repo.name for repo in before}
    return [repo for repo in after if repo.name not in known]


def _entry(address: str, new: NewEntries, path: Path) -> TOMLDocument:
    entry = tomlkit.document()
    check_address(address)
    if is_url(address):
        entry["url"] = address
    elif any(sign in address for sign in "*?[") and not Path(address).expanduser().exists():
        entry["glob"] = relative_to_file(address, path)
    else:
        if not is_repository(Path(address).expanduser()):
            raise InvalidInput(
                f"{address!r} is neither a git URL nor a folder with a git repository",
                hint="give a URL (https://…, git@host:…), the path of a repository, or a glob of paths",
            )
        entry["path"] = relative_to_file(address, path)
    for key in ("name", "branch", "prefix"):
        if getattr(new, key):
            entry[key] = getattr(new, key)
    for key in ("tags", "owners"):
        if getattr(new, key):
            entry[key] = list(getattr(new, key))
    return entry


def _resolved(entry: TOMLDocument, path: Path) -> str:
    if "url" in entry:
        return str(entry["url"])
    return os.path.normpath(path.absolute().parent / str(entry.get("path", entry.get("glob"))))


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_text(text, "utf-8")
        if path.exists():
            draft.chmod(path.stat().st_mode)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise OutsideFault(
            f"the fleet file cannot be written: {error.strerror}",
            where=str(path),
            hint="name a file in a folder that is there and can be written",
        ) from error
