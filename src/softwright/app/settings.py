"""Settings: file < environment < flags. Read here and nowhere else."""

import os
from pathlib import Path

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from softwright.app.database_url import checked_url
from softwright.app.outside_settings import ForgeSetting, checked_smtp
from softwright.core import InvalidInput, nearest


class Settings(BaseSettings):
    """Everything that can be set, from `softwright.toml` or `SOFTWRIGHT_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="SOFTWRIGHT_", toml_file="softwright.toml", extra="forbid")

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("softwright", appauthor=False))
    )
    """Folder that holds mirrors, facts, the ledger and caches."""
    database_url: str = Field(default="", repr=False)
    """Where record and runs are kept: `postgresql://user:password@host/database`; empty: files in `home`."""
    fleet: Path = Path("fleet.toml")
    """The fleet file used when a command names none."""
    artefacts: str = ""
    """Where runs keep proposals and evidence: a folder, or a URL such as `s3://bucket/prefix`, shared by all
    machines that share a database. Empty: a folder of the home."""
    rules: tuple[Path, ...] = (Path("rules"),)
    """Folders searched for rule files, before the rules that ship with Softwright."""
    workers: int = Field(default_factory=lambda: len(os.sched_getaffinity(0)), ge=1, le=256)
    """Processes used for CPU work."""
    lease_s: float = Field(default=30.0, ge=1)
    """Seconds without a sign of life after which a worker's runs are taken over by others (PostgreSQL only).
    A worker that cannot reach the database for most of that time ends itself."""
    git_parallel: int = Field(default=8, ge=1, le=64)
    """Fetches and pushes that may run at the same time."""
    git_timeout_s: float = Field(default=600.0, gt=0)
    """Seconds after which one git command is given up."""
    outage_s: float = Field(default=1800.0, ge=0)
    """Seconds for which a forge or a mail server that fails is tried again, after waits that grow, until what
    was wanted of it counts as failed."""
    forges: dict[str, ForgeSetting] = Field(default_factory=dict)
    """How forges are spoken to, by host: `kind` (github, gitlab, gitea, forgejo), `token_env` (the variable
    of the environment that holds the token), `api` (where it is not the usual one). github.com, gitlab.com
    and codeberg.org are known: their tokens are in `GITHUB_TOKEN`, `GITLAB_TOKEN`, `CODEBERG_TOKEN`."""
    smtp_url: str = ""
    """The server that sends mail: `smtp://user@host:587` or `smtps://user@host`; empty: no mail."""
    smtp_password_env: str = "SOFTWRIGHT_SMTP_PASSWORD"  # noqa: S105 - the name of a variable
    """The environment variable that holds the password of the user in `smtp_url`."""
    mail_from: str = ""
    """The address that mail is from."""

    _checked_smtp = field_validator("smtp_url", mode="before")(checked_smtp)
    _checked_url = field_validator("database_url", mode="before")(checked_url)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags win over the environment, which wins over the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**flags: object) -> Settings:
    """The settings in force; `flags` that are None count as not given.

    Raises InvalidInput naming the setting, what was given and what is allowed.
    """
    try:
        settings = Settings(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        raise _explained(error) from error
    except ValueError as error:  # tomllib: softwright.toml does not parse
        raise InvalidInput(
            str(error), where="softwright.toml", hint="mend the TOML, or remove the file"
        ) from error
    settings.home = settings.home.expanduser().absolute()
    return settings


_NEAR_SECRETS = frozenset({"database_url", "forges", "smtp_url"})
"""Settings whose values may hold a secret, be it in the wrong place: no message shows them."""


def _explained(error: ValidationError) -> InvalidInput:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return InvalidInput(f"unknown setting `{name}`; {nearest(name, Settings.model_fields)}")
    is_shown = first["loc"][0] not in _NEAR_SECRETS
    given = f" is {first['input']!r}" if is_shown else " cannot be used"
    return InvalidInput(
        f"setting `{name}`{given}: {first['msg']}",
        hint=f"set SOFTWRIGHT_{name.upper()} or `{name}` in softwright.toml",
    )
