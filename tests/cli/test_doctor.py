"""`softwright doctor`, as a user types it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def doctor(home: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "softwright", "doctor", *args],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "LANG": "C.UTF-8",
            "SOFTWRIGHT_HOME": str(home),
            "COLUMNS": "160",
            **env,
        },
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def path_without(program: str, folder: Path) -> str:
    """A search path that has everything but one program."""
    folder.mkdir()
    for place in reversed(os.environ["PATH"].split(":")):
        for path in Path(place).glob("*"):
            if path.name != program:
                link = folder / path.name
                link.unlink(missing_ok=True)
                link.symlink_to(path)
    return str(folder)


def test_all_is_told(tmp_path: Path) -> None:
    """Every probe has a name and a finding; exit code 0 exactly when all that is required works."""
    ran = doctor(tmp_path / "home", "--json")
    probes = {each["name"]: each for each in json.loads(ran.stdout)}
    assert {"git", "home", "sandbox", "overlay forks", "control groups", "ty", "ruff", "duckdb"} <= set(
        probes
    )
    assert all(each["found"] for each in probes.values())
    assert all(each["improve"] for each in probes.values() if each["required"] and not each["ok"])
    assert (ran.returncode == 0) == all(each["ok"] for each in probes.values() if each["required"])
    assert not [path for path in (tmp_path / "home").rglob("*") if path.is_file()]


def test_table_for_people(tmp_path: Path) -> None:
    """Without --json the same is a table with one closing line."""
    ran = doctor(tmp_path / "home")
    assert "git version" in ran.stdout
    told = ran.stderr if ran.returncode else ran.stdout.rstrip().splitlines()[-1]
    assert told.startswith(("all that is required", "error: required, but"))


@pytest.mark.parametrize(
    ("program", "name", "cure"),
    [("bwrap", "sandbox", "apt-get install bubblewrap"), ("git", "git", "apt-get install git")],
)
def test_missing_program_is_told_with_its_cure(tmp_path: Path, program: str, name: str, cure: str) -> None:
    """Without a required program the exit code is 3 and the command that installs it is printed."""
    ran = doctor(tmp_path / "home", PATH=path_without(program, tmp_path / "bin"))
    assert ran.returncode == 3
    assert f"{name}: {cure}" in ran.stdout
    assert f"required, but does not work: {name}" in ran.stderr


def test_optional_program_is_no_fault(tmp_path: Path) -> None:
    """Without ripgrep the answer is the fallback, not a fault."""
    if shutil.which("bwrap") is None:
        pytest.skip("needs bubblewrap for the rest to be fine")
    ran = doctor(tmp_path / "home", "--json", PATH=path_without("rg", tmp_path / "bin"))
    found = next(each for each in json.loads(ran.stdout) if each["name"] == "ripgrep")
    assert (found["ok"], found["improve"]) == (False, "apt-get install ripgrep")
    assert found["fallback"]
    assert ran.returncode == 0


def test_home_that_cannot_be_written(tmp_path: Path) -> None:
    """A home below a file cannot be made; it is told, and the other probes still run."""
    (tmp_path / "file").write_text("")
    ran = doctor(tmp_path / "file", "--json")
    probes = {each["name"]: each for each in json.loads(ran.stdout)}
    assert ran.returncode == 3
    assert probes["home"]["ok"] is False
    assert "SOFTWRIGHT_HOME" in probes["home"]["improve"]
    assert probes["git"]["ok"] is True
