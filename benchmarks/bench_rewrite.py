"""Wrong-place edits on thousands of real files, and speed against the ast-grep command line.

Every shipped rule, rules that match all over, and all shipped rules together are applied to every Python
file of the installed packages (and of the demo's, when `make demo` has fetched them). Counted are the broken
promises: edits that do not give the content, results that no longer compile, files changed again by a second
run, edits away from their sites, imports of what is not there. The ast-grep CLI rewrites the same files by
the same simple rules in the same run.
"""

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress
from table import Row, all_met, row, show, used, write

from softwright.rewrite import FileFacts, Rule, all_rules, may_match, parse_rule, rewrite

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from tests.rewrite.promises import PROMISES, broken_promises  # noqa: E402 - needs the path above
from tests.rewrite.stress import stress_rules  # noqa: E402

LARGEST = 300_000  # bytes; larger files are data in disguise
SPEED = {"selective": ("$L.getLogger($N)", "$L.get_logger($N)"), "broad": ("len($A)", "$A.__len__()")}

SHIPPED = [rule for rule in all_rules([]) if rule.language == "python"]
RULES = {rule.id: [rule] for rule in [*SHIPPED, *stress_rules()]} | {"all shipped rules": SHIPPED}


class Examined(NamedTuple):
    """What the rules did to one file: counts, faults as lines, the slowest rule with its CPU seconds."""

    count: Counter[str]
    faults: list[str]
    slowest: tuple[float, str]


def sources(limit: int) -> list[tuple[str, bytes]]:
    """Distinct Python files, at most `limit` (0: all)."""
    folders = [Path(sysconfig.get_paths()["purelib"]), HERE.parent / "demo-work"]
    found: dict[bytes, str] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            if path.is_file() and path.stat().st_size <= LARGEST:
                found.setdefault(path.read_bytes(), path.as_posix())
    listed = [(path, source) for source, path in found.items()]
    count = min(limit or len(listed), len(listed))
    return [listed[at * len(listed) // count] for at in range(count)]


def examined(path: str) -> Examined:
    """One file under every rule alone, and under all shipped rules together."""
    source = Path(path).read_bytes()
    count: Counter[str] = Counter()
    faults: list[str] = []
    slowest = (0.0, "")
    for name, rules in RULES.items():
        if not may_match(rules, source):
            continue
        start = time.process_time()
        outcome, broken = broken_promises(rules, path, source)
        slowest = max(slowest, (time.process_time() - start, f"{name}: {path}"))
        count["applied"] += 1
        count["refused"] += bool(outcome.refused)
        count["changed"] += outcome.content != source
        count["edits"] += len(outcome.edits)
        count.update(broken)
        faults += [f"{name}: {path}: {fault}" for fault in broken]
    return Examined(count, faults, slowest)


def properties(files: list[tuple[str, bytes]], workers: int) -> list[Row]:
    """The rows of the property, from all cores; the files that take longest first."""
    count: Counter[str] = Counter()
    slowest: list[tuple[float, str]] = []
    paths = [path for path, _ in sorted(files, key=lambda file: -len(file[1]))]
    show = Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=Console(stderr=True))
    with ProcessPoolExecutor(workers) as pool, show:
        running = show.add_task("real files", total=len(paths))
        for each in pool.map(examined, paths, chunksize=4):
            count += each.count
            slowest = sorted([*slowest, each.slowest], reverse=True)[:5]
            for fault in each.faults:
                show.console.print(fault, soft_wrap=True, markup=False)
            show.advance(running)
            if not show.console.is_terminal and (show.tasks[0].completed % 500) == 0:
                show.console.print(f"{show.tasks[0].completed:.0f} of {len(paths)} files")
    for seconds, what in slowest:
        show.console.print(f"slowest: {seconds:.2f} s {what}", soft_wrap=True, markup=False)
    rows = [row("files", len(files), "files"), row("rule applications", count["applied"], "")]
    rows += [row("files changed", count["changed"], ""), row("edits", count["edits"], "")]
    rows.append(row("files refused with a reason", count["refused"], ""))
    rows.append(row("slowest application of a rule, checks included", round(slowest[0][0], 2), "CPU s"))
    return rows + [row(name, count[name], "", bar=0, met=not count[name]) for name in PROMISES]


def speed(files: list[tuple[str, bytes]]) -> list[Row]:
    """Files per CPU-second of this rewriter and of the ast-grep CLI, writing the same tree."""
    rows: list[Row] = []
    for name, (pattern, fix) in SPEED.items():
        rule = parse_rule(
            f"---\nid: x\nlanguage: python\nmessage: m\n---\n# X\n## Rule\n```yaml\n"
            f"rule: {{pattern: '{pattern}'}}\nfix: '{fix}'\n```\n",
            "x.md",
        )
        ours = written_by_us(rule, files)
        theirs = written_by_ast_grep(pattern, fix, files)
        rows.append(row(f"{name} rule: files per CPU-second", round(len(files) / ours), "files/s"))
        rows.append(row(f"{name} rule: ast-grep CLI", round(len(files) / theirs), "files/s"))
        ratio = theirs / ours
        bar = 1.0 if name == "selective" else None
        rows.append(row(f"{name} rule: ratio", round(ratio, 2), "x", bar=bar, met=ratio >= 1))
    return rows


def written_by_us(rule: Rule, files: list[tuple[str, bytes]]) -> float:
    """CPU seconds to read, rewrite and write all files."""
    with tempfile.TemporaryDirectory() as folder:
        paths = spread(Path(folder), files)
        start = time.process_time()
        for path in paths:
            source = path.read_bytes()
            outcome = rewrite([rule], source, FileFacts(path.name, "python", (3, 13)))
            if outcome.content != source:
                path.write_bytes(outcome.content)
        return time.process_time() - start


def written_by_ast_grep(pattern: str, fix: str, files: list[tuple[str, bytes]]) -> float:
    """CPU seconds of `ast-grep run --update-all` on the same files."""
    program = str(Path(sys.executable).parent / "ast-grep")
    with tempfile.TemporaryDirectory() as folder:
        spread(Path(folder), files)
        argv = [
            program,
            "run",
            "-p",
            pattern,
            "-r",
            fix,
            "-l",
            "python",
            "-U",
            "--no-ignore",
            "hidden",
            folder,
        ]
        with used() as figures:
            subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return figures.cpu_s


def spread(folder: Path, files: list[tuple[str, bytes]]) -> list[Path]:
    """The files in a folder of their own."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    paths: list[Path] = []
    for at, (_, source) in enumerate(files):
        paths.append(folder / f"f{at}.py")
        paths[-1].write_bytes(source)
    return paths


def main() -> int:
    """Measure, print the table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=0, help="at most so many files; 0: all")
    parser.add_argument(
        "--workers", type=int, default=os.cpu_count(), help="processes; default: one per core"
    )
    given = parser.parse_args()
    files = sources(given.files)
    rows = speed(files) + properties(files, given.workers)
    show(rows)
    write("rewrite", rows)
    return 0 if all_met(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
