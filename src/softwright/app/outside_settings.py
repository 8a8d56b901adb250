"""Settings about what is outside: forges, and the server that sends mail."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from softwright.core import InvalidInput


class ForgeSetting(BaseModel):
    """How one forge is spoken to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["github", "gitlab", "gitea", "forgejo"]
    token_env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    api: str = ""

    @field_validator("api")
    @classmethod
    def _web_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.username):
            raise ValueError(
                "it must be an address without a user, for example https://git.example.org/api/v4"
            )
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("a token would go over an open line: it must begin with https://")
        return value


def checked_smtp(given: object) -> str:
    """The address of a mail server. Raises InvalidInput, which does not show what may be a password."""
    way = "write smtp://user@host:587 or smtps://user@host"
    if not isinstance(given, str):
        raise InvalidInput("setting `smtp_url` is no text", hint=way)
    try:
        parts = urlsplit(given)
        _ = parts.port
    except ValueError:
        raise InvalidInput("setting `smtp_url` has a host or port that is none", hint=way) from None
    if parts.password is not None:
        raise InvalidInput(
            "setting `smtp_url` holds a password",
            hint="put it into an environment variable and name that in `smtp_password_env`",
        )
    if given and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
        raise InvalidInput("setting `smtp_url` is no address of a mail server", hint=way)
    return given
