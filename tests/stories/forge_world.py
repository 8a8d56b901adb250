"""A world whose remotes are at a forge on loopback, which git and the API both speak to."""

import json
from collections.abc import Mapping
from pathlib import Path

from tests.stories.world import SPEC, World

from softwright.app import House, Settings
from softwright.app import campaigns as use
from softwright.app.outside_settings import ForgeSetting
from softwright.testing import FakeForge
from softwright.testing.forge_server import KeptRepository, KeptRequest

WANTED = """\
deliver:
  approval: none
  change_request:
    title: "{description} in {repo}"
    body: "{sites} place in {files} file, for {base}."
    labels: [mechanical]
"""


class ForgeWorld(World):
    """Repositories `team/<name>` at a forge of a kind."""

    def __init__(
        self,
        root: Path,
        forge: FakeForge,
        repos: Mapping[str, Mapping[str, str | bytes]],
        *,
        kind: str = "github",
        deliver: str = WANTED,
        database_url: str = "",
        smtp_url: str = "",
    ) -> None:
        self.database_url = database_url
        self.smtp_url = smtp_url
        self.forge = forge
        self.kind = kind
        super().__init__(root, repos, spec=SPEC + deliver)

    def fresh_house(self) -> House:
        """The same home, with the forge in its settings."""
        entries = ""
        for name in self.works:
            if f"team/{name}" not in self.forge.repositories:
                self.forge.add(f"team/{name}", self.remote(name))
            entries += f'[[repos]]\nname = "{name}"\nurl = "{self.forge.web}/team/{name}.git"\n\n'
        (self.root / "fleet.toml").write_text(entries)
        chosen = ForgeSetting(kind=self.kind, token_env="FORGE_TOKEN", api=self.forge.api(self.kind))
        settings = Settings(
            home=self.root / "home",
            fleet=self.root / "fleet.toml",
            rules=(self.root / "rules",),
            workers=2,
            forges={self.forge.host: chosen},
            database_url=self.database_url,
            smtp_url=self.smtp_url,
            mail_from="softwright@example.org",
        )
        return House(settings)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of processes: the forge and its token with the rest."""
        chosen = {"kind": self.kind, "token_env": "FORGE_TOKEN", "api": self.forge.api(self.kind)}
        return {
            **super().environment,
            "SOFTWRIGHT_FORGES": json.dumps({self.forge.host: chosen}),
            "FORGE_TOKEN": self.forge.token,
            "SOFTWRIGHT_DATABASE_URL": self.database_url,
            "SOFTWRIGHT_SMTP_URL": self.smtp_url,
            "SOFTWRIGHT_MAIL_FROM": "softwright@example.org",
            "SOFTWRIGHT_LEASE_S": "3",
            "SOFTWRIGHT_ARTEFACTS": str(self.root / "home" / "artefacts"),
        }

    def at_forge(self, name: str) -> KeptRepository:
        """What the forge keeps of a repository."""
        return self.forge.repository(f"team/{name}")

    def request(self, name: str) -> KeptRequest:
        """The one change request of a repository."""
        (found,) = self.at_forge(name).requests
        return found

    def deliver(self, **options: object) -> use.Deliveries:
        """Deliver in this process."""
        return use.deliver(self.house, "rename", **options)
