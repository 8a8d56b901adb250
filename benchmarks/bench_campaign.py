"""A codified change over 1,000 repositories, against the shell loop a user would write today.

The fleet is made from real packages: each repository is one of them with a line of its own in every
Python file, so that no two repositories share a Python blob. Both sides start from bare repositories on
the local disk. The loop clones, rewrites with the ast-grep program and commits, two at a time. Ours is
the whole `softwright campaign run` process with a fresh ledger and the parse check on. Afterwards the
trees of all repositories are compared.

    python benchmarks/bench_campaign.py [--quick] [--repos N] [--sdists FOLDER]
"""

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from table import Row, Used, all_met, row, show, timed, write

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = HERE / "work" / "campaign"
SDISTS = (ROOT / "demo-work" / "archives", ROOT / "demo-work" / "downloads", ROOT / "demo-work" / "sdists")
BIGGEST = 3_000_000  # bytes of an archive: keeps the fleet within a few GB of disk
RUN = [sys.executable, "-m", "softwright", "campaign", "run", "aware-clock.yaml", "--json"]
WHEN = "1704164645 +0000"
MESSAGE = "Use timezone-aware clocks"

RULE = """\
---
id: aware-clock
language: python
message: utcnow() gives a naive datetime
safety: review
---
# Aware clock

`datetime.datetime.utcnow()` is deprecated.

## Rule

```yaml
rule:
  pattern: datetime.datetime.utcnow()
fix: datetime.datetime.now(datetime.timezone.utc)
```

## Changes

### a call

```python
t = datetime.datetime.utcnow()
```

```python
t = datetime.datetime.now(datetime.timezone.utc)
```

## Leaves alone

### a name

```python
t = datetime.utcnow
```
"""

CAMPAIGN = f"""\
name: aware-clock
description: {MESSAGE}
change:
  - rule: aware-clock
check: [parse]
"""

AST_GREP_RULE = """\
id: aware-clock
language: python
rule:
  pattern: datetime.datetime.utcnow()
fix: datetime.datetime.now(datetime.timezone.utc)
"""

LOOP = """\
set -e
cd "$WORK/clones"
git clone --quiet "$1" "$2"
cd "$2"
ast-grep scan --rule "$WORK/rule.yml" --update-all \\
  --no-ignore hidden --no-ignore vcs --no-ignore dot . >/dev/null 2>&1 || true
if ! git diff --quiet; then
  git -c user.name=bench -c user.email=bench@localhost commit --quiet --all --message "$MESSAGE"
fi
"""


def sources(folder: Path | None) -> list[Path]:
    """The archives the fleet is made from."""
    for place in [folder] if folder else SDISTS:
        found = sorted(path for path in place.glob("*.tar.gz") if path.stat().st_size < BIGGEST)
        if found:
            return found
    sys.exit("no source distributions: run `make demo` first, or name a folder with --sdists")


def files_of(archive: Path) -> list[tuple[str, bytes, bool]]:
    """Path, content and executable bit of every regular file, without the archive's top folder."""
    found = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            path = member.name.partition("/")[2]
            if (
                member.isfile()
                and path
                and not any(part in ("", ".", "..", ".git") for part in path.split("/"))
            ):
                content = tar.extractfile(member)
                assert content is not None
                found[path] = (content.read(), bool(member.mode & 0o100))
    return [(path, *found[path]) for path in sorted(found)]


def make_remote(number: int, files: list[tuple[str, bytes, bool]], remote: Path) -> None:
    """A bare repository of the files, each Python file with a line of its own."""
    out = io.BytesIO()
    out.write(b"commit refs/heads/main\ncommitter bench <bench@localhost> %s\n" % WHEN.encode())
    out.write(b"data 5\nfirst\n")
    for path, content, executable in files:
        if path.endswith((".py", ".pyi")):
            content += b"" if content.endswith(b"\n") or not content else b"\n"
            content += b"# repository %d\n" % number
        quoted = path.replace("\\", "\\\\").replace('"', '\\"')
        out.write(b'M %s inline "%s"\n' % (b"100755" if executable else b"100644", quoted.encode()))
        out.write(b"data %d\n%b\n" % (len(content), content))
    fresh = remote.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(fresh)], check=True)
    subprocess.run(
        ["git", "--git-dir", str(fresh), "fast-import", "--quiet"], input=out.getvalue(), check=True
    )
    fresh.rename(remote)  # last, so that an interrupted run leaves no half-made remote


def make_fleet(archives: list[Path], count: int) -> list[Path]:
    """The remotes; made once, then kept."""
    remotes = WORK / "remotes"
    listed = [remotes / f"r{number:04d}.git" for number in range(count)]
    mark = WORK / f"made-from-{len(archives)}"
    if not mark.exists():
        shutil.rmtree(WORK, ignore_errors=True)
        remotes.mkdir(parents=True)
        mark.touch()
    missing = [number for number, remote in enumerate(listed) if not remote.exists()]
    if missing:
        contents = [files_of(archive) for archive in archives]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda n: make_remote(n, contents[n % len(contents)], listed[n]), missing))
    entries = "".join(f'[[repos]]\nname = "{r.stem}"\nurl = "file://{r}"\n\n' for r in listed)
    (WORK / "fleet.toml").write_text(entries)
    return listed


def run_ours(env: dict[str, str]) -> Used:
    """The whole `campaign run` process, nothing known from before."""
    home = Path(env["SOFTWRIGHT_HOME"])
    for left in (*home.glob("ledger.db*"), *home.glob("engine.db*")):
        left.unlink()
    for folder in ("artefacts", "packs"):
        shutil.rmtree(home / folder, ignore_errors=True)
    return timed(RUN, env=env, cwd=WORK)


def run_loop(remotes: list[Path], env: dict[str, str]) -> Used:
    """The shell loop, two repositories at a time."""
    shutil.rmtree(WORK / "clones", ignore_errors=True)
    (WORK / "clones").mkdir()
    pairs = "".join(f"{remote} {remote.stem}\n" for remote in remotes).encode()
    command = ["xargs", "-P", "2", "-L", "1", "bash", str(WORK / "loop.sh")]
    everything = {**env, "WORK": str(WORK), "MESSAGE": MESSAGE}
    return timed(command, env=everything, cwd=WORK, stdin=pairs)


def tree(git_dir: Path, ref: str) -> str:
    """The tree at a ref, "" when there is none."""
    command = ["git", "--git-dir", str(git_dir), "rev-parse", "--quiet", "--verify", f"{ref}^{{tree}}"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def compare(remotes: list[Path], home: Path) -> tuple[int, list[str]]:
    """How many repositories were changed, and those whose trees differ."""
    changed, differing = 0, []
    for remote in remotes:
        mirror = home / "mirrors" / f"{remote.stem}.git"
        before = tree(remote, "refs/heads/main")
        ours = tree(mirror, "refs/heads/softwright/aware-clock") or before
        theirs = tree(WORK / "clones" / remote.stem / ".git", "HEAD")
        changed += theirs != before
        if ours != theirs:
            differing.append(remote.stem)
    return changed, differing


def prepare(home: Path) -> dict[str, str]:
    """Write what both sides need, mirror the fleet afresh; gives the environment of our side."""
    env = {
        **os.environ,
        "SOFTWRIGHT_HOME": str(home),
        "SOFTWRIGHT_FLEET": str(WORK / "fleet.toml"),
        "SOFTWRIGHT_RULES": json.dumps([str(WORK / "rules")]),
        "SOFTWRIGHT_WORKERS": "2",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    (WORK / "rules").mkdir(exist_ok=True)
    (WORK / "rules" / "aware-clock.md").write_text(RULE)
    (WORK / "aware-clock.yaml").write_text(CAMPAIGN)
    (WORK / "rule.yml").write_text(AST_GREP_RULE)
    (WORK / "loop.sh").write_text(LOOP)
    shutil.rmtree(home, ignore_errors=True)  # earlier runs leave commits, each in a pack of its own
    timed([sys.executable, "-m", "softwright", "fleet", "sync"], env=env, cwd=WORK)
    return env


def main() -> int:
    """Build the fleet, run both sides, print the table, write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100 repositories")
    parser.add_argument("--repos", type=int, default=0)
    parser.add_argument("--sdists", type=Path)
    parser.add_argument("--ours-only", action="store_true", help="leave the loop out (to profile)")
    given = parser.parse_args()
    count = given.repos or (100 if given.quick else 1000)
    archives = sources(given.sdists)
    print(f"making {count} repositories from {len(archives)} packages…", flush=True)
    remotes = make_fleet(archives, count)
    home = WORK / "home"
    env = prepare(home)
    ours = run_ours(env)
    again = timed(RUN, env=env, cwd=WORK)
    print(f"ours {ours.wall_s:.2f} s ({ours.cpu_s:.2f} CPU), again {again.wall_s:.2f} s", flush=True)
    if given.ours_only:
        return 0
    loop = run_loop(remotes, env)
    changed, differing = compare(remotes, home)
    rows = [
        row("repositories", count, "repositories"),
        row("repositories changed", changed, "repositories"),
        row("trees that differ", len(differing), "repositories", bar=0, met=not differing),
        *timings(count, ours, again, loop),
    ]
    show(rows)
    if differing:
        print("differing:", ", ".join(differing[:10]))
    write("campaign", rows)
    return 0 if all_met(rows) else 1


def timings(count: int, ours: Used, again: Used, loop: Used) -> list[Row]:
    """The rows about time and memory."""
    times = round(loop.wall_s / ours.wall_s, 1)
    return [
        row("shell loop, wall", round(loop.wall_s, 2), "s"),
        row("shell loop, CPU", round(loop.cpu_s, 2), "s"),
        row("campaign run, wall", round(ours.wall_s, 2), "s"),
        row("campaign run, CPU", round(ours.cpu_s, 2), "s"),
        row("campaign run, wall per repository", round(1000 * ours.wall_s / count, 2), "ms"),
        row("run again, nothing changed", round(again.wall_s, 2), "s"),
        row("times less wall time", times, "x", bar=10, met=times >= 10),
        row("peak memory, all processes", round(ours.peak / 1e6), "MB", bar=1000, met=ours.peak < 1e9),
    ]


if __name__ == "__main__":
    sys.exit(main())
