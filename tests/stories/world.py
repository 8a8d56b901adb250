"""A small world for the stories: remotes, a fleet, a rule, a home. Everything is real."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from softwright.app import House, Settings
from softwright.app import campaign_review as review
from softwright.app import campaigns as use
from softwright.campaigns.fleet import read_fleet
from softwright.testing import GitRepo

RULE = """\
---
id: old-to-new
language: python
message: old() is gone
safety: safe
---
# old to new

`old` was renamed.

## Rule

```yaml
rule:
  pattern: old($A)
fix: new($A)
```

## Changes

### a call

```python
x = old(1)
```

```python
x = new(1)
```

## Leaves alone

### another name

```python
x = older(1)
```
"""

SPEC = """\
name: rename
description: Use new instead of old
change:
  - rule: old-to-new
check: [parse]
"""


class World:
    """Repositories by name, each with a working copy and a bare remote that the fleet points to."""

    def __init__(
        self, root: Path, repos: Mapping[str, Mapping[str, str | bytes]], *, spec: str = SPEC
    ) -> None:
        self.root = root
        self.works: dict[str, GitRepo] = {}
        (root / "rules").mkdir(parents=True)
        (root / "rules" / "old-to-new.md").write_text(RULE)
        for name, files in repos.items():
            work = GitRepo(root / "works" / name, files)
            work.bare(self.remote(name))
            work.git("remote", "add", "origin", str(self.remote(name)))
            self.works[name] = work
        entries = "".join(
            f'[[repos]]\nname = "{name}"\nurl = "file://{self.remote(name)}"\n\n' for name in repos
        )
        (root / "fleet.toml").write_text(entries)
        self.spec = root / "rename.yaml"
        self.spec.write_text(spec)
        self.house = self.fresh_house()
        self.sync()

    def remote(self, name: str) -> Path:
        """The bare remote of a repository."""
        return self.root / "remotes" / f"{name}.git"

    def fresh_house(self) -> House:
        """The same home, opened anew as another process would."""
        settings = Settings(
            home=self.root / "home", fleet=self.root / "fleet.toml", rules=(self.root / "rules",), workers=2
        )
        return House(settings)

    def sync(self) -> None:
        """Fetch every remote."""
        self.house.mirrors.sync_all(read_fleet(self.root / "fleet.toml").fleet.repos)

    def run(self, **options: object):
        """Run the campaign in this process."""
        return use.run_campaign(self.house, self.spec, **options)

    def states(self) -> dict[str, str]:
        """Repository -> state."""
        return {repo.name: str(repo.state) for repo in review.view(self.house, "rename").repos}

    def reason(self, name: str) -> str:
        """Why a repository is in its state."""
        return review.view(self.house, "rename").repo(name).reason

    def push(self, name: str, files: Mapping[str, str | bytes | None], message: str = "change") -> str:
        """Somebody commits to the default branch of a remote."""
        sha = self.works[name].commit(files, message)
        self.works[name].git("push", "--quiet", "origin", "main")
        return sha

    def at_remote(self, name: str, what: str) -> str:
        """Ask git about a remote; "" when it does not know."""
        done = subprocess.run(
            ["git", "--git-dir", str(self.remote(name)), *what.split()],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    def file_at(self, name: str, branch: str, path: str) -> str:
        """Content of a file on a branch of a remote."""
        return self.at_remote(name, f"show {branch}:{path}")

    def command(self, *args: str) -> list[str]:
        """The command line of the real program, for a process of its own."""
        return [sys.executable, "-m", "softwright", *args]

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which the real program works on this world."""
        return {
            **os.environ,
            "SOFTWRIGHT_HOME": str(self.root / "home"),
            "SOFTWRIGHT_FLEET": str(self.root / "fleet.toml"),
            "SOFTWRIGHT_RULES": f'["{self.root / "rules"}"]',
        }
