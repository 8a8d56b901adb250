"""The setting `database_url`: one check for all. No message shows the value: it holds a password."""

import re
from urllib.parse import urlsplit

from softwright.core import InvalidInput

_EXAMPLE = "for example postgresql://user:password@host/database; without it the home is used"
_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
_SIGNS = "write signs in user or password by their numbers: @ as %40, / as %2F, : as %3A, # as %23, ? as %3F"


def checked_url(given: object) -> str:
    """The URL of a PostgreSQL database, "" for files in the home. Raises InvalidInput for anything else."""
    if not isinstance(given, str):
        raise InvalidInput("setting `database_url` is no text", hint=_EXAMPLE)
    if not given:
        return ""
    scheme, found, rest = given.partition("://")
    if not found:
        raise InvalidInput("setting `database_url` is no URL", hint=_EXAMPLE)
    if scheme not in _SCHEMES:
        raise _unknown(scheme)
    _check_parts(given)
    return f"postgresql://{rest}" if scheme == "postgres" else given


def _unknown(scheme: str) -> InvalidInput:
    if scheme.startswith("sqlite"):
        return InvalidInput(
            "setting `database_url` names a file",
            hint="files are kept in the home: leave this setting out, and name the home in SOFTWRIGHT_HOME",
        )
    shown = f"`{scheme}`" if re.fullmatch(r"[A-Za-z0-9+.-]{1,30}", scheme) else "no kind of database"
    return InvalidInput(f"setting `database_url` names {shown}; allowed: `postgresql`", hint=_EXAMPLE)


def _check_parts(url: str) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise InvalidInput("setting `database_url` has a host or port that is none", hint=_SIGNS) from None
    if parts.netloc.count("@") > 1 or "@" in parts.path + parts.fragment:
        raise InvalidInput("setting `database_url` has an `@` too many", hint=_SIGNS)
    if parts.fragment:
        raise InvalidInput("setting `database_url` has a `#`", hint=_SIGNS)
    if any(sign.isspace() or not sign.isprintable() for sign in url):
        raise InvalidInput("setting `database_url` has a blank or a control character", hint=_SIGNS)
