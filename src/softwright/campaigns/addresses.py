"""Addresses and names of repositories as people write them in a fleet file."""

import re
from pathlib import Path

from softwright.core import InvalidInput
from softwright.hosts import has_password, scrub

_SCHEME = re.compile(r"^(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<rest>.+)$", re.IGNORECASE)
_SCHEMES = ("https", "ssh", "git", "file", "http", "git+ssh", "ssh+git")
_SCP = re.compile(r"^(?:[^@/:\s]+@)?(?P<host>[^/:\s]{2,}):(?!:)(?P<rest>.+)$")
_HELPER = re.compile(r"^(?P<name>[A-Za-z0-9+.-]+)::")
_NAME_PART = re.compile(r"^[^.\s/\x00-\x1f\x7f\\:*?\[\]\"'<>|](?:[^\s/\x00-\x1f\x7f\\:*?\[\]\"'<>|]*)$")


def check_address(address: str) -> None:
    """Pass when git may be given the address. Raises InvalidInput, never repeating a password."""
    if has_password(address):
        raise InvalidInput(
            f"the address {scrub(address)} carries a password or token",
            hint="write it without, and let a git credential helper give it: "
            "`git config --global credential.helper …`, or use ssh",
        )
    if not address or address.startswith("-") or re.search(r"[\x00-\x1f\x7f]", address):
        raise InvalidInput(
            f"{address!r} is not an address of a repository",
            hint="give a git URL or the path of a local repository",
        )
    helper = _HELPER.match(address)
    if helper and helper["name"] in ("ext", "fd"):
        raise InvalidInput(
            f"`{helper['name']}::` addresses run commands and are not allowed",
            hint="use https, ssh or a path",
        )
    scheme = _SCHEME.match(address)
    if scheme and not helper and scheme["scheme"].lower() not in _SCHEMES:
        raise InvalidInput(
            f"`{scheme['scheme']}://` is not a scheme git can fetch from; allowed: {', '.join(_SCHEMES)}",
            hint="give a git URL or the path of a local repository",
        )


def is_url(address: str) -> bool:
    """True for an address with a host or scheme, False for a local path."""
    return bool(_SCHEME.match(address) or _HELPER.match(address) or _SCP.match(address))


def name_of(address: str) -> str:
    """A name for the repository: the last two steps on a server ("payments/api"), else the folder's."""
    scheme, scp = _SCHEME.match(address), _SCP.match(address)
    if scheme and scheme["scheme"].lower() != "file":
        steps = scheme["rest"].split("?")[0].split("/")[1:]
        kept = 2
    elif scp and not address.startswith(("/", ".", "file:")):
        steps, kept = scp["rest"].split("/"), 2
    else:
        steps, kept = re.sub(r"^file://", "", address).split("/"), 1
    steps = [step for step in steps if step and step not in (".", "~")]
    if steps and steps[-1] == ".git":  # the inside of a working tree's repository
        steps.pop()
    parts = [_tidied(step.removesuffix(".git")) for step in steps[-kept:]]
    return "/".join(part for part in parts if part) or "repository"


def check_name(name: str) -> None:
    """Pass when the name can be a repository's: it becomes a folder. Raises InvalidInput."""
    parts = name.split("/")
    if any(not _NAME_PART.match(part) or part.endswith(".git") for part in parts) or len(name) > 200:
        raise InvalidInput(
            f"{name!r} cannot be the name of a repository",
            hint="use letters, digits, `-`, `_`, `.`, and `/` to group; "
            "no part may start with `.` or end in `.git`",
        )


def place_of(address: str) -> str:
    """The address without what makes no difference: equal for two spellings of one repository."""
    return re.sub(r"^file://(?=/)", "", address).rstrip("/").removesuffix(".git").rstrip("/")


def _tidied(step: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f\\:*?\[\]\"'<>|]+", "-", step).lstrip(".~-") or ""


def relative_to_file(address: str, fleet_file: Path) -> str:
    """A local path as it is best written in the fleet file: relative when it lies below the file's folder."""
    place = Path(address).expanduser().absolute()
    folder = fleet_file.absolute().parent
    return str(place.relative_to(folder)) if place.is_relative_to(folder) else str(place)
