"""Real git repositories for tests: made in a line, always with the same hashes."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_WHO = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (
        ("NAME", "Test"),
        ("EMAIL", "test@example.org"),
        ("DATE", "2026-01-01T00:00:00+00:00"),
    )
}


class GitRepo:
    """A repository with a working tree, driven by the `git` program; equal steps give equal hashes."""

    def __init__(
        self, path: Path, files: Mapping[str, str | bytes] | None = None, *, branch: str = "main"
    ) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", f"--initial-branch={branch}")
        if files is not None:
            self.commit(files)

    @property
    def url(self) -> str:
        """Something `git fetch` understands."""
        return f"file://{self.path}"

    def git(self, *args: str) -> str:
        """Run git here, give its output stripped; raises CalledProcessError with git's words in `stderr`."""
        env = {**os.environ, **_WHO, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(["git", *args], cwd=self.path, env=env, check=True, capture_output=True)
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Put files into the working tree; None removes one."""
        for name, content in files.items():
            target = self.path / name
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "change") -> str:
        """Write the files and commit everything; gives the commit's hash."""
        self.write(files)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", f"--message={message}")
        return self.head

    @property
    def head(self) -> str:
        """Hash of the commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    def bare(self, path: Path) -> Path:
        """A bare clone at `path`, to be pushed to; the way a forge keeps it."""
        self.git("clone", "--quiet", "--bare", ".", str(path))
        return path
