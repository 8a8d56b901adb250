"""The same suite as an ordinary user, when it is run as root: other kernel paths, other limits."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

USER = 58_123
"""A user id without an account, as containers have."""

_SITE = next(path for path in sys.path if path.endswith("site-packages"))
_SOURCE = Path(__file__).parents[2]


def interpreters() -> list[list[str]]:
    """Ways to start a Python with this environment's packages, best first."""
    plain = f"python{sys.version_info.major}.{sys.version_info.minor}"
    system = shutil.which(plain, path="/usr/local/bin:/usr/bin")
    return [[sys.executable], *([[system]] if system else [])]


def as_user(argv: list[str], home: Path) -> list[str]:
    """The command line that runs another as an ordinary user with an empty environment."""
    switch = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs"]
    path = f"PYTHONPATH={_SOURCE / 'src'}:{_SITE}"
    return [*switch, "env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin", f"HOME={home}", path, *argv]


def test_suite_passes_as_an_ordinary_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Forks, limits and hostile commands behave alike without root."""
    if os.geteuid() != 0:
        pytest.skip("already run as an ordinary user")
    home = Path("/var/tmp") / f"softwright-test-{os.getpid()}"  # pytest's own folders are closed to others
    home.mkdir(mode=0o755)
    os.chown(home, USER, USER)
    try:
        for python in interpreters():
            probe = subprocess.run(
                as_user([*python, "-c", "import softwright, pytest"], home), capture_output=True
            )
            if probe.returncode == 0:
                break
        else:
            pytest.skip("no Python that an ordinary user may start: " + probe.stderr.decode()[-200:])
        tests = [str(Path(__file__).with_name(f"test_{name}.py")) for name in ("fork", "hostile", "leaks")]
        options = ["-q", "-p", "no:cacheprovider", f"--basetemp={home}/t", "-rfs", f"--rootdir={_SOURCE}"]
        ran = subprocess.run(
            as_user([*python, "-B", "-m", "pytest", *options, *tests], home),
            capture_output=True,
            text=True,
            cwd=_SOURCE,
            timeout=170,
        )
        assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
    finally:
        shutil.rmtree(home, ignore_errors=True)
