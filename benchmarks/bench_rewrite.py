"""Wrong-place edits on thousands of real files, and speed against the ast-grep command line.

Every shipped rule, and rules that match all over, are applied to every Python file of the installed
packages (and of the demo's, when present). Counted are edits that do not give the content, results that
no longer compile, files changed again by a second run, and edits away from their sites. The ast-grep CLI
rewrites the same files by the same simple rules in the same run.
"""

import argparse
import ast
import json
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from softwright.core import apply_edits
from softwright.rewrite import FileFacts, Rule, all_rules, parse_rule, rewrite

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from tests.rewrite.stress import stress_rules  # noqa: E402 - needs the path above

LARGEST = 300_000  # bytes; larger files are data in disguise
SPEED = {"selective": ("$L.getLogger($N)", "$L.get_logger($N)"), "broad": ("len($A)", "$A.__len__()")}


def sources(limit: int) -> list[tuple[str, bytes]]:
    """Distinct Python files, at most `limit` (0: all)."""
    folders = [Path(sysconfig.get_paths()["purelib"]), HERE.parent / "demo-work"]
    found: dict[bytes, str] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            if path.is_file() and path.stat().st_size <= LARGEST:
                found.setdefault(path.read_bytes(), path.as_posix())
    listed = [(path, source) for source, path in found.items()]
    return listed[:: max(1, len(listed) // limit)] if limit else listed


def compiles(source: bytes) -> bool:
    """Whether Python's own parser takes the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            return False
    return True


def faults(rule: Rule, path: str, source: bytes, count: Counter[str]) -> Iterator[str]:
    """What is wrong with what the rule does to one file."""
    facts = FileFacts(path, "python", (3, 13))
    outcome = rewrite([rule], source, facts)
    count["applied"] += 1
    count["refused"] += bool(outcome.refused)
    if outcome.content == source:
        return
    count["changed"] += 1
    count["edits"] += len(outcome.edits)
    if apply_edits(source, outcome.edits) != outcome.content:
        yield "edits do not give the content"
    if not compiles(outcome.content) and compiles(source):
        yield "result does not compile"
    if rewrite([rule], outcome.content, facts).content != outcome.content:
        yield "second run changes again"
    spans = [site.span for site in outcome.sites]
    for edit in outcome.edits:
        near = any(span.start <= edit.span.start and edit.span.end <= span.end for span in spans)
        if not near and edit.new.strip() not in (b"", b"pass") and not about_imports(source, edit):
            yield "edit away from its site"


def about_imports(source: bytes, edit: object) -> bool:
    """Whether an edit adds to, or stands inside of, an import statement."""
    start: int = edit.span.start  # type: ignore[attr-defined]
    new: bytes = edit.new  # type: ignore[attr-defined]
    if b"import" in new:
        return True
    before = source[:start]
    at = max(before.rfind(b"import "), before.rfind(b"import("))
    return at >= 0 and (b"\n" not in before[at:] or b")" not in before[at:])


def properties(files: list[tuple[str, bytes]]) -> list[dict[str, object]]:
    """The rows of the property."""
    count: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for rule in [*all_rules([]), *stress_rules()]:
        for path, source in files:
            if rule.language == "python" and rule.may_match(source):
                for fault in faults(rule, path, source, count):
                    wrong[fault] += 1
                    sys.stderr.write(f"{rule.id}: {path}: {fault}\n")
    rows = [row("files", len(files), "files"), row("rule applications", count["applied"], "")]
    rows += [row("files changed", count["changed"], ""), row("edits", count["edits"], "")]
    rows.append(row("files refused with a reason", count["refused"], ""))
    for name in (
        "edits do not give the content",
        "result does not compile",
        "second run changes again",
        "edit away from its site",
    ):
        rows.append(row(name, wrong[name], "", bar="0", met=wrong[name] == 0))
    return rows


def speed(files: list[tuple[str, bytes]]) -> list[dict[str, object]]:
    """Files per CPU-second of this rewriter and of the ast-grep CLI, writing the same tree."""
    rows: list[dict[str, object]] = []
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
        bar = "1.0" if name == "selective" else ""
        rows.append(row(f"{name} rule: ratio", round(ratio, 2), "x", bar=bar, met=not bar or ratio >= 1))
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
    program = Path(sys.executable).parent / "ast-grep"
    with tempfile.TemporaryDirectory() as folder:
        spread(Path(folder), files)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
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
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def spread(folder: Path, files: list[tuple[str, bytes]]) -> list[Path]:
    """The files in a folder of their own."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    paths: list[Path] = []
    for at, (_, source) in enumerate(files):
        paths.append(folder / f"f{at}.py")
        paths[-1].write_bytes(source)
    return paths


def row(name: str, value: float, unit: str, *, bar: str = "", met: bool = True) -> dict[str, object]:
    """One row of the result."""
    return {"name": name, "value": value, "unit": unit, "bar": bar, "met": met}


def main() -> int:
    """Measure, print the table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=0, help="at most so many files; 0: all")
    files = sources(parser.parse_args().files)
    rows = speed(files) + properties(files)
    table = Table("what", "value", "unit", "bar", "met", box=None)
    for each in rows:
        table.add_row(
            *(str(each[key]) for key in ("name", "value", "unit", "bar")), "yes" if each["met"] else "NO"
        )
    Console().print(table)
    results = HERE / "results" / "rewrite.json"
    results.parent.mkdir(exist_ok=True)
    results.write_text(json.dumps(rows, indent=2) + "\n")
    return 0 if all(each["met"] for each in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
