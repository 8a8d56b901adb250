"""The scoped type verdict against whole-project runs of the usual checkers, with breaking edits planted.

Two large real packages are unpacked. In each, edits are planted with a fixed seed: module-level functions
renamed that other files import, required parameters added, methods and constants removed, and harmless
edits as controls. The truth of each edit is what a whole-project run of the same checker says. The scoped
verdict (changed file and its importers, compared with the unchanged tree) must agree on every edit.

    make bench-checks                    # or: python benchmarks/bench_checks.py --edits 8 --no-pyright
"""

import argparse
import ast
import json
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from softwright.checks import Subject, TypesCheck, importers_of
from softwright.checks.checkers import Setting, Ty
from softwright.checks.diagnostics import Diagnostic, split_new
from softwright.core import Patch, Verdict, Write, digest
from softwright.workspaces import Base, Bases, Isolation, Limits, open_fork

HERE = Path(__file__).parent
PACKAGES = {"django": "django==5.2.7", "sqlalchemy": "sqlalchemy==2.0.44"}
LIMITS = Limits(wall_s=600)


@dataclass(frozen=True)
class Plant:
    """One planted edit: its kind, the file, the whole new content, what was touched."""

    kind: str
    path: str
    content: bytes
    target: str

    @property
    def harmless(self) -> bool:
        """True for a control: nothing may be reported."""
        return self.kind.startswith("control")


@dataclass
class Timing:
    """Wall and CPU seconds of something."""

    wall: float
    cpu: float


class Kept:
    """Baselines in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, Verdict] = {}

    def get(self, key: str) -> Verdict | None:
        """The kept baseline."""
        return self.rows.get(key)

    def put(self, key: str, verdict: Verdict) -> None:
        """Keep one."""
        self.rows[key] = verdict


def unpack(name: str) -> Path:
    """The package's files, downloaded with pip once."""
    work = HERE / "work" / "checks"
    tree = work / name
    if tree.is_dir():
        return tree
    work.mkdir(parents=True, exist_ok=True)
    wheels = work / "wheels"
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "-d", str(wheels), PACKAGES[name]], check=True)
    wheel = next(wheels.glob(f"{name}-*.whl"))
    fresh = work / f".{name}"
    shutil.rmtree(fresh, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(fresh)
    for extra in fresh.glob("*.dist-info"):
        shutil.rmtree(extra)
    fresh.rename(tree)
    return tree


class Package:
    """Sources, who imports which name from where, and the edits planted."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tree = unpack(name)
        self.sources = {
            str(path.relative_to(self.tree)): path.read_bytes() for path in sorted(self.tree.rglob("*.py"))
        }
        self.parsed = {path: ast.parse(source) for path, source in self.sources.items() if parses(source)}
        self.users = self._users()

    def _users(self) -> dict[tuple[str, str], set[str]]:
        users = defaultdict(set)
        for path, tree in self.parsed.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom):
                    target = self.resolve(path, node)
                    for alias in node.names:
                        users[target, alias.name].add(path)
        return users

    def resolve(self, path: str, node: ast.ImportFrom) -> str:
        """File of the module that a `from` statement names, "" when it is not in the package."""
        parts = path.split("/")[: -node.level] if node.level else []
        parts += node.module.split(".") if node.module else []
        for candidate in ("/".join(parts) + ".py", "/".join([*parts, "__init__.py"])):
            if candidate in self.sources:
                return candidate
        return ""

    def plants(self, each: int, seed: int) -> Iterator[Plant]:
        """`each` renames, as many signature changes, half as many removals and controls."""
        dice = random.Random(seed)
        makers = {
            "rename": (each, self.renames),
            "parameter": (each, self.parameters),
            "method": (each // 2, self.methods),
            "control comment": (each // 3 or 1, lambda: self.controls("comment")),
            "control optional parameter": (each // 3 or 1, lambda: self.controls("optional parameter")),
        }
        for many, maker in makers.values():
            found = list(maker())
            dice.shuffle(found)
            files: set[str] = set()
            for plant in found:
                if len(files) < many and plant.path not in files and parses(plant.content):
                    files.add(plant.path)
                    yield plant

    def functions(self) -> Iterator[tuple[str, ast.FunctionDef, set[str]]]:
        """Module-level functions that 1 to 10 other files import by name."""
        for path, tree in self.parsed.items():
            for node in tree.body:
                if isinstance(node, ast.FunctionDef):
                    users = self.users[path, node.name] - {path}
                    if 1 <= len(users) <= 10:
                        yield path, node, users

    def renames(self) -> Iterator[Plant]:
        """The function gets another name in its own file only."""
        for path, node, _ in self.functions():
            word = re.compile(rb"\b%s\b" % node.name.encode())
            content = word.sub(node.name.encode() + b"_renamed", self.sources[path])
            yield Plant("rename", path, content, node.name)

    def parameters(self) -> Iterator[Plant]:
        """The function asks for one more argument."""
        for path, node, users in self.functions():
            called = any(re.search(rb"(?<!def )\b%s\(" % node.name.encode(), self.sources[u]) for u in users)
            plain = not (node.decorator_list or node.args.vararg or node.args.kwarg)
            if called and plain:
                content = self.with_parameter(path, node, b"brand_new")
                yield Plant("parameter", path, content, node.name)

    def with_parameter(
        self, path: str, node: ast.FunctionDef, parameter: bytes, *, last: bool = False
    ) -> bytes:
        """The file with one more parameter, at the beginning or at the end."""
        lines = self.sources[path].splitlines(keepends=True)
        head = lines[node.lineno - 1]
        if last:
            lines[node.lineno - 1] = re.sub(rb"\)(\s*(->.*)?:)", rb", %s)\1" % parameter, head, count=1)
        else:
            lines[node.lineno - 1] = head.replace(b"(", b"(" + parameter + b", ", 1).replace(b", )", b")")
        return b"".join(lines)

    def methods(self) -> Iterator[Plant]:
        """Methods of classes that other files import, renamed at their definition only."""
        for path, tree in self.parsed.items():
            for owner in tree.body:
                if not isinstance(owner, ast.ClassDef) or not self.users[path, owner.name] - {path}:
                    continue
                for node in owner.body:
                    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                        lines = self.sources[path].splitlines(keepends=True)
                        old = b"def %s(" % node.name.encode()
                        new = b"def %s_gone(" % node.name.encode()
                        lines[node.lineno - 1] = lines[node.lineno - 1].replace(old, new)
                        yield Plant("method", path, b"".join(lines), f"{owner.name}.{node.name}")

    def controls(self, kind: str) -> Iterator[Plant]:
        """Edits that break nothing."""
        for path, node, _ in self.functions():
            if kind == "comment":
                yield Plant("control comment", path, b"# a remark\n" + self.sources[path], node.name)
            elif node.args.args and not (node.args.vararg or node.args.kwarg or node.args.kwonlyargs):
                content = self.with_parameter(path, node, b"extra=None", last=True)
                if content != self.sources[path]:
                    yield Plant("control optional parameter", path, content, node.name)


def parses(source: bytes) -> bool:
    """True when this Python reads it."""
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True


class Bench:
    """One package: the truth, the scoped verdicts, the usual checkers."""

    def __init__(self, package: Package, root: Path) -> None:
        self.package = package
        self.isolation = Isolation.choose(allow_unsandboxed=True)
        self.tree = digest({path: digest(source) for path, source in package.sources.items()})
        self.base: Base = Bases(root).get(
            self.tree, lambda to: shutil.copytree(package.tree, to, dirs_exist_ok=True)
        )
        self.files = sorted(package.sources)

    def whole(self, patch: Patch | None) -> tuple[list[Diagnostic], Timing]:
        """A whole-project run of ty in the same configuration."""
        began = time.monotonic()
        with open_fork(self.base, isolation=self.isolation) as fork:
            if patch:
                fork.apply(patch)
            found, cost = Ty().diagnose(fork, self.files, Setting(limits=LIMITS))
        return found, Timing(time.monotonic() - began, cost.cpu_s)

    def scoped(self, patch: Patch, kept: Kept) -> tuple[Verdict, Timing, int, float]:
        """The verdict as a campaign gets it, the scan for importers included."""
        began, cpu = time.monotonic(), time.process_time()
        others = ((path, source) for path, source in self.package.sources.items() if path not in patch.files)
        importers = importers_of(patch, others, base=self.package.sources.get)
        scan = time.process_time() - cpu
        subject = Subject(
            repo=self.package.name,
            base_tree=self.tree,
            patch=patch,
            read=self.package.sources.get,
            base=lambda: self.base,
            importers=importers,
            limits=LIMITS,
            isolation=self.isolation,
            cache=kept,
        )
        verdict = TypesCheck().run(subject)
        timing = Timing(time.monotonic() - began, time.process_time() - cpu + verdict.cost.cpu_s)
        return verdict, timing, len(importers), scan


def outside(argv: list[str], cwd: Path) -> Timing:
    """A run of another program from nothing."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(argv, cwd=cwd, capture_output=True, check=False)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timing(wall, cpu)


def measure(name: str, root: Path, options: argparse.Namespace) -> list[dict]:
    """All rows of one package."""
    package = Package(name)
    bench = Bench(package, root)
    base, whole_ty = bench.whole(None)
    firsts, nexts, scans, widths, wrong = [], [], [], [], []
    breaking = missed = false_alarms = total = controls = 0
    for plant in package.plants(options.edits, options.seed):
        patch = Patch({plant.path: Write(plant.content)})
        found, _ = bench.whole(patch)
        truth = [d for d in split_new(base, found)[0] if d.severity == "error"]
        kept = Kept()
        verdict, timing, width, scan = bench.scoped(patch, kept)
        # Another candidate over the same files: the unchanged tree has been looked at.
        other = Patch({plant.path: replace(patch.files[plant.path], content=plant.content + b"\n# other\n")})
        _, later, _, _ = bench.scoped(other, kept)
        firsts.append(timing)
        nexts.append(later)
        scans.append(scan)
        widths.append(width)
        total += 1
        controls += plant.harmless
        breaking += bool(truth)
        failed = str(verdict.outcome) == "fail"
        missed += bool(truth) and not failed
        false_alarms += failed and not truth
        mark = "MISSED" if truth and not failed else "ALARM" if failed and not truth else ""
        if mark:
            wrong.append(plant)
        print(
            f"  {plant.kind:27} {plant.path}:{plant.target:28} truth {len(truth):3}"
            f"  scoped {verdict.outcome!s:5}"
            f"  {width:3} importers  {timing.wall:.2f}/{later.wall:.2f} s  {mark}",
            flush=True,
        )
        for d in truth[:3] if mark == "MISSED" else ():
            print(f"      {d.path}:{d.line} {d.rule} {d.message}")
    cold = outside([sys.executable, "-m", "mypy", "--cache-dir=/dev/null", name], package.tree)
    median_first = Timing(*(statistics.median(getattr(t, f) for t in firsts) for f in ("wall", "cpu")))
    median_next = Timing(*(statistics.median(getattr(t, f) for t in nexts) for f in ("wall", "cpu")))

    def row(what: str, value: float, unit: str, bar: str = "", met: bool | None = None) -> dict:
        return {"name": f"{name}: {what}", "value": round(value, 3), "unit": unit, "bar": bar, "met": met}

    rows = [
        row("files", len(bench.files), "files"),
        row("planted edits", total, "edits", ">= 10", total >= 10),
        row("of them harmless controls", controls, "edits"),
        row("breaking by the whole-project run", breaking, "edits"),
        row("breaking edits missed by the scoped verdict", missed, "edits", "0", missed == 0),
        row("false alarms of the scoped verdict", false_alarms, "edits", "0", false_alarms == 0),
        row("importers checked, median", statistics.median(widths), "files"),
        row("scan for importers, CPU", statistics.median(scans), "s"),
        row("scoped verdict, unchanged tree included, wall", median_first.wall, "s"),
        row("scoped verdict, unchanged tree included, CPU", median_first.cpu, "s"),
        row("scoped verdict, unchanged tree known, wall", median_next.wall, "s"),
        row("scoped verdict, unchanged tree known, CPU", median_next.cpu, "s"),
        row("whole project, ty, wall", whole_ty.wall, "s"),
        row("whole project, ty, CPU", whole_ty.cpu, "s"),
        row("whole project, mypy cold, wall", cold.wall, "s"),
        row("whole project, mypy cold, CPU", cold.cpu, "s"),
        ratio(row, "mypy cold", "wall", cold.wall, median_next.wall, bar=20),
        ratio(row, "mypy cold", "CPU", cold.cpu, median_next.cpu),
        ratio(row, "mypy cold", "wall, unchanged tree included", cold.wall, median_first.wall),
        ratio(row, "whole ty", "wall", whole_ty.wall, median_next.wall),
    ]
    if options.pyright:
        program = Path(sys.executable).parent / "basedpyright"
        right = outside([str(program), name], package.tree)
        rows += [
            row("whole project, basedpyright cold, wall", right.wall, "s"),
            row("whole project, basedpyright cold, CPU", right.cpu, "s"),
            ratio(row, "basedpyright cold", "wall", right.wall, median_next.wall, bar=20),
            ratio(row, "basedpyright cold", "CPU", right.cpu, median_next.cpu),
        ]
    return rows


def ratio(
    row: Callable[..., dict], what: str, unit: str, slow: float, fast: float, *, bar: float = 0
) -> dict:
    """How many times sooner the scoped verdict is."""
    value = slow / fast
    return row(
        f"sooner than {what}, {unit}", value, "x", f">= {bar:g}" if bar else "", value >= bar if bar else None
    )


def main() -> int:
    """Measure, print the table, write it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--edits", type=int, default=4, help="renames and signature changes each, a package")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=PACKAGES, help="one package")
    parser.add_argument("--no-pyright", dest="pyright", action="store_false")
    options = parser.parse_args()
    rows: list[dict] = []
    with tempfile.TemporaryDirectory(prefix="softwright-bench-") as folder:
        for name in [options.only] if options.only else PACKAGES:
            print(f"{name}:", flush=True)
            rows += measure(name, Path(folder), options)
    width = max(len(r["name"]) for r in rows)
    for r in rows:
        met = {True: "met", False: "NOT MET", None: ""}[r["met"]]
        print(f"{r['name']:{width}}  {r['value']:>10} {r['unit']:6} {r['bar']:6} {met}")
    if not options.only:
        results = HERE / "results" / "checks.json"
        results.parent.mkdir(exist_ok=True)
        results.write_text(json.dumps(rows, indent=2) + "\n")
    return 0 if all(r["met"] is not False for r in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
