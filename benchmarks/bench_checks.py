"""The scoped type verdict against whole-project runs of the usual checkers, with breaking edits planted.

Two large real packages are unpacked. In each, edits are planted with a fixed seed: module-level functions
renamed that other files import, required parameters added, methods and constants removed, and harmless
edits as controls. The truth of each edit is what a whole-project run of the same checker says. The scoped
verdict (changed file and its importers, compared with the unchanged tree) must agree on every edit, and
what a running server of ty says must be what a run from nothing says.

    make bench-checks                    # or: python benchmarks/bench_checks.py --edits 8 --no-pyright
"""

import argparse
import ast
import gc
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from table import Row, all_met, row, show, used, write

from softwright.checks import Subject, TypesCheck, importers_of
from softwright.checks.checkers import PatchedTree, Setting, Ty
from softwright.checks.diagnostics import Diagnostic, split_new
from softwright.core import Patch, Verdict, Write, digest
from softwright.workspaces import Base, Bases, Isolation, Limits

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


@dataclass(frozen=True)
class Scoped:
    """One scoped verdict, what it took, the files that import the edited one, CPU seconds to find them."""

    verdict: Verdict
    timing: Timing
    importers: tuple[str, ...]
    scan: float


class Bench:
    """One package: the truth, the scoped verdicts, the usual checkers."""

    def __init__(self, package: Package, root: Path) -> None:
        self.package = package
        self.isolation = Isolation.choose(allow_unsandboxed=True)
        self.tree = digest({path: digest(source) for path, source in package.sources.items()})
        self.bases = Bases(root)
        self.files = sorted(package.sources)

    def base(self) -> Base:
        """The unchanged tree on disk, as an object of its own: no server of ty runs for it yet."""
        tree = self.package.tree
        return self.bases.get(self.tree, lambda to: shutil.copytree(tree, to, dirs_exist_ok=True))

    def cold(self, patch: Patch, files: Sequence[str]) -> tuple[list[Diagnostic], Timing]:
        """A run of `ty check` from nothing, in the same configuration."""
        began = time.monotonic()
        tree = PatchedTree(self.base(), self.isolation, patch)
        found, cost = Ty().run(tree, files, Setting(limits=LIMITS))
        return found, Timing(time.monotonic() - began, cost.cpu_s)

    def warm(self, patch: Patch, files: Sequence[str], base: Base) -> list[Diagnostic]:
        """What the server of a base says."""
        return Ty().diagnose(PatchedTree(base, self.isolation, patch), files, Setting(limits=LIMITS)).found

    def importers(self, patch: Patch) -> tuple[str, ...]:
        """The files that may see the change."""
        others = ((path, source) for path, source in self.package.sources.items() if path not in patch.files)
        return importers_of(patch, others, base=self.package.sources.get)

    def scoped(self, patch: Patch, kept: Kept, base: Base) -> Scoped:
        """The verdict as a campaign gets it, the scan for importers included."""
        began, cpu = time.monotonic(), time.process_time()
        importers = self.importers(patch)
        scan = time.process_time() - cpu
        subject = Subject(
            repo=self.package.name,
            base_tree=self.tree,
            patch=patch,
            read=self.package.sources.get,
            base=lambda: base,
            importers=importers,
            limits=LIMITS,
            isolation=self.isolation,
            cache=kept,
        )
        verdict = TypesCheck().run(subject)
        timing = Timing(time.monotonic() - began, time.process_time() - cpu + verdict.cost.cpu_s)
        return Scoped(verdict, timing, importers, scan)


@dataclass(frozen=True)
class Trial:
    """What came of one planted edit: the truth, and the verdict's time in three situations."""

    plant: Plant
    truth: list[Diagnostic]
    first: Scoped
    known: Scoped
    running: Scoped
    differ: int

    @property
    def mark(self) -> str:
        """What is wrong with the verdict, "" for nothing."""
        failed = str(self.first.verdict.outcome) == "fail"
        if bool(self.truth) == failed:
            return ""
        return "ALARM" if failed else "MISSED"

    def show(self) -> None:
        """One line, and the errors that were missed."""
        walls = "/".join(f"{s.timing.wall:.2f}" for s in (self.first, self.known, self.running))
        print(
            f"  {self.plant.kind:27} {self.plant.path}:{self.plant.target:28} truth {len(self.truth):3}"
            f"  scoped {self.first.verdict.outcome!s:5}"
            f"  {len(self.first.importers):3} importers  {walls} s  {self.mark}",
            flush=True,
        )
        for d in self.truth[:3] if self.mark == "MISSED" else ():
            print(f"      {d.path}:{d.line} {d.rule} {d.message}")


def try_plant(bench: Bench, plant: Plant, whole: list[Diagnostic]) -> Trial:
    """One planted edit: the truth by a whole-project run, then three scoped verdicts.

    From nothing; another candidate over the same files with the unchanged tree's answer kept and nothing
    running; and a third one, asked of the server that is then running.
    """

    def candidate(remark: bytes) -> Patch:
        return Patch({plant.path: Write(plant.content + remark)})

    patch = candidate(b"")
    found, _ = bench.cold(patch, bench.files)
    kept, base = Kept(), bench.base()
    first = bench.scoped(patch, kept, base)
    files = [plant.path, *first.importers]
    differ = sum(
        Counter(bench.warm(p, files, base)) != Counter(bench.cold(p, files)[0]) for p in (patch, Patch({}))
    )
    base = bench.base()
    known = bench.scoped(candidate(b"\n# second\n"), kept, base)
    running = bench.scoped(candidate(b"\n# third\n"), kept, base)
    truth = [d for d in split_new(whole, found)[0] if d.severity == "error"]
    return Trial(plant, truth, first, known, running, differ)


def outside(argv: list[str], cwd: Path) -> Timing:
    """A run of another program from nothing."""
    with used() as figures:
        subprocess.run(argv, cwd=cwd, capture_output=True, check=False)
    return Timing(figures.wall_s, figures.cpu_s)


def measure(name: str, root: Path, options: argparse.Namespace) -> list[Row]:
    """All rows of one package."""
    package = Package(name)
    bench = Bench(package, root)
    gc.collect()
    gc.freeze()  # what this benchmark itself holds is not the check's to walk through
    whole, whole_ty = bench.cold(Patch({}), bench.files)
    trials = []
    for plant in package.plants(options.edits, options.seed):
        trials.append(try_plant(bench, plant, whole))
        trials[-1].show()
    row = partial(row_of, name)
    rows = [row("files", len(bench.files), "files"), *agreement(row, trials)]
    walls: dict[str, Timing] = {}
    for what, key in SITUATIONS.items():
        timings = [getattr(trial, key).timing for trial in trials]
        walls[key] = Timing(*(statistics.median(getattr(t, f) for t in timings) for f in ("wall", "cpu")))
        rows += both(row, f"scoped verdict, {what}", walls[key])
    rows += both(row, "whole project, ty", whole_ty)
    usual = {"mypy cold": [sys.executable, "-m", "mypy", "--cache-dir=/dev/null", name]}
    if options.pyright:
        usual["basedpyright cold"] = [str(Path(sys.executable).parent / "basedpyright"), name]
    for what, argv in usual.items():
        cold = outside(argv, package.tree)
        rows += both(row, f"whole project, {what}", cold)
        rows.append(ratio(row, what, "wall", cold.wall / walls["known"].wall, bar=20))
        rows.append(ratio(row, what, "CPU", cold.cpu / walls["known"].cpu))
        for situation in ("first", "running"):
            words = next(w for w, key in SITUATIONS.items() if key == situation)
            rows.append(ratio(row, what, f"wall, {words}", cold.wall / walls[situation].wall))
    rows.append(ratio(row, "whole ty", "wall", whole_ty.wall / walls["known"].wall))
    return rows


SITUATIONS = {
    "unchanged tree included": "first",
    "unchanged tree known": "known",
    "unchanged tree known and server running": "running",
}


def agreement(row: Callable[..., Row], trials: Sequence[Trial]) -> list[Row]:
    """What was planted, and whether the scoped verdicts agree with the whole-project runs."""
    missed = sum(trial.mark == "MISSED" for trial in trials)
    alarms = sum(trial.mark == "ALARM" for trial in trials)
    differ = sum(trial.differ for trial in trials)
    return [
        row("planted edits", len(trials), "edits", ">= 10", len(trials) >= 10),
        row("of them harmless controls", sum(t.plant.harmless for t in trials), "edits"),
        row("breaking by the whole-project run", sum(bool(t.truth) for t in trials), "edits"),
        row("breaking edits missed by the scoped verdict", missed, "edits", "0", missed == 0),
        row("false alarms of the scoped verdict", alarms, "edits", "0", alarms == 0),
        row("answers of the server compared with a run from nothing", 2 * len(trials), "answers"),
        row("of them different", differ, "answers", "0", differ == 0),
        row("importers checked, median", statistics.median(len(t.first.importers) for t in trials), "files"),
        row("scan for importers, CPU", statistics.median(t.first.scan for t in trials), "s"),
    ]


def row_of(package: str, what: str, value: float, unit: str, bar: str = "", met: bool | None = None) -> Row:
    """One row about a package."""
    return row(f"{package}: {what}", value, unit, bar=bar, met=met)


def both(row: Callable[..., Row], what: str, timing: Timing) -> list[Row]:
    """Wall and CPU of something."""
    return [row(f"{what}, wall", timing.wall, "s"), row(f"{what}, CPU", timing.cpu, "s")]


def ratio(row: Callable[..., Row], what: str, unit: str, value: float, *, bar: float = 0) -> Row:
    """How many times sooner the scoped verdict is."""
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
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="softwright-bench-") as folder:
        for name in [options.only] if options.only else PACKAGES:
            print(f"{name}:", flush=True)
            rows += measure(name, Path(folder), options)
    show(rows)
    if not options.only:
        write("checks", rows)
    return 0 if all_met(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
