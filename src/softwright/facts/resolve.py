"""Which file of the same repository an import means, and the dotted names that files go by."""

import posixpath
from collections import defaultdict
from collections.abc import Iterable

_PYTHON_ROOTS = ("src", "lib", "python")
_JS_ENDINGS = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".json")


class Resolver:
    """Answers for one repository at one snapshot; `go_modules` maps the folder of a go.mod to its module."""

    def __init__(self, paths: Iterable[str], go_modules: dict[str, str] | None = None) -> None:
        self._paths = frozenset(paths)
        self._go_modules = go_modules or {}
        self._folders = _folders(self._paths)
        self._packages = frozenset(
            folder
            for folder, _, file in (path.rpartition("/") for path in self._paths)
            if file in ("__init__.py", "__init__.pyi")
        )
        self._modules: dict[str, list[str]] = defaultdict(list)
        self._java: dict[str, list[str]] = defaultdict(list)
        self._known: dict[tuple[str, str, str, str, int], str | None] = {}
        self._prefixes: dict[str, list[str]] = {}
        self._upwards: dict[str, list[str]] = {"": []}
        for path in sorted(self._paths):
            if path.endswith(".py"):
                for name in self._names(path):
                    self._modules[name].append(path)
            elif path.endswith(".java"):
                self._java[path.rpartition("/")[2][:-5]].append(path)
        self._heads = frozenset(name.partition(".")[0] for name in self._modules)

    def path_of(self, language: str, path: str, module: str, name: str, level: int) -> str | None:
        """The file (in Go: the folder) that the import in `path` means, or None when it lies outside."""
        if language == "python" and level == 0 and module.partition(".")[0] not in self._heads:
            return None
        key = (language, path.rpartition("/")[0], module, name, level)
        if key not in self._known:
            self._known[key] = self._look_up(language, path, module, name, level)
        return self._known[key]

    def _look_up(self, language: str, path: str, module: str, name: str, level: int) -> str | None:
        match language:
            case "python":
                return (
                    self._python_relative(path, module, name, level)
                    if level
                    else self._python(path, module, name)
                )
            case "javascript" | "typescript" | "tsx":
                return self._javascript(path, module)
            case "go":
                return self._go(module)
            case "java":
                return self._java_class(path, module, name)
            case "rust":
                return self._rust(path, module, name)
        return None

    def packages_of(self, language: str, path: str) -> list[str]:
        """Prefixes that make names relative to a file full ones: its own module, its package, and upwards.

        Only Python has them; each ends with a dot.
        """
        if language != "python":
            return []
        module = self.module_of(path)
        is_package = path.endswith(("/__init__.py", "/__init__.pyi"))
        package = module if is_package else module.rpartition(".")[0]
        return [f"{module}." if module else "", *self._and_upwards(package)]

    def _and_upwards(self, package: str) -> list[str]:
        """The package and those above it, each with a dot at its end."""
        if package not in self._upwards:
            above = self._and_upwards(package.rpartition(".")[0])
            self._upwards[package] = [f"{package}.", *above]
        return self._upwards[package]

    def module_of(self, path: str) -> str:
        """The dotted name under which Python code of the repository most likely imports the file."""
        names = self._names(path)
        return names[0] if names else ""

    def _names(self, path: str) -> list[str]:
        """Dotted names of a Python file, the likeliest first."""
        folder, _, file = path.rpartition("/")
        stem = file.rpartition(".")[0].replace("/", ".")
        if folder not in self._prefixes:
            self._prefixes[folder] = self._work_out_prefixes(folder)
        if stem == "__init__":
            return [prefix for prefix in self._prefixes[folder] if prefix]
        return [f"{prefix}.{stem}" if prefix else stem for prefix in self._prefixes[folder]]

    def _work_out_prefixes(self, folder: str) -> list[str]:
        """Dotted names that a folder may go by."""
        parts = folder.split("/") if folder else []
        root = len(parts)
        while root and "/".join(parts[:root]) in self._packages:
            root -= 1
        starts = [root] if root < len(parts) else []
        starts += [at + 1 for at, part in enumerate(parts) if part in _PYTHON_ROOTS]
        starts.append(0)
        return [".".join(parts[at:]) for at in dict.fromkeys(starts)]

    def _python(self, path: str, module: str, name: str) -> str | None:
        wanted = [f"{module}.{name}", module] if name and name != "*" else [module]
        for each in wanted:
            found = self._modules.get(each)
            if found:
                return found[0] if len(found) == 1 else _nearest(path, found)
        return None

    def _python_relative(self, path: str, module: str, name: str, level: int) -> str | None:
        folder = posixpath.dirname(path)
        for _ in range(level - 1):
            if not folder:
                return None
            folder = posixpath.dirname(folder)
        place = posixpath.join(folder, module.replace(".", "/")) if module else folder
        inner = [posixpath.join(place, name)] if name and name != "*" else []
        for each in [*inner, place]:
            for ending in (".py", "/__init__.py", ".pyi", "/__init__.pyi"):
                if (candidate := (each + ending).lstrip("/")) in self._paths:
                    return candidate
        return None

    def _javascript(self, path: str, module: str) -> str | None:
        if not module.startswith("."):
            return None
        place = posixpath.normpath(posixpath.join(posixpath.dirname(path), module))
        if place in self._paths:
            return place
        stems = [place]
        if place.endswith((".js", ".jsx", ".mjs", ".cjs")):  # TypeScript names the file it will become
            stems.append(place.rpartition(".")[0])
        for stem in stems:
            for middle in ("", "/index"):
                for ending in _JS_ENDINGS:
                    if (candidate := stem + middle + ending) in self._paths:
                        return candidate
        return None

    def _go(self, module: str) -> str | None:
        for folder, prefix in self._go_modules.items():
            if module == prefix or module.startswith(prefix + "/"):
                place = posixpath.join(folder, module[len(prefix) :].lstrip("/")).rstrip("/")
                return place if place in self._folders else None
        return None

    def _java_class(self, path: str, module: str, name: str) -> str | None:
        full = f"{module}.{name}" if name else module
        parts = full.split(".")
        for length in range(
            len(parts), 1, -1
        ):  # a static import or an inner class names its file further left
            ending = "/".join(parts[:length]) + ".java"
            found = [
                p for p in self._java.get(parts[length - 1], ()) if p == ending or p.endswith("/" + ending)
            ]
            if found:
                return _nearest(path, found)
        return None

    def _rust(self, path: str, module: str, name: str) -> str | None:
        parts = [part for part in f"{module}::{name}".split("::") if part and part != "*"]
        folder, stem = posixpath.split(path)
        own = folder if stem in ("mod.rs", "lib.rs", "main.rs") else path[:-3]
        match parts[:1]:
            case ["crate"]:
                base, parts = self._crate_root(folder), parts[1:]
            case ["self"]:
                base, parts = own, parts[1:]
            case ["super"]:
                base = own
                while parts[:1] == ["super"]:
                    base, parts = posixpath.dirname(base), parts[1:]
            case _:
                return None
        for length in range(len(parts), 0, -1):
            place = posixpath.join(base, *parts[:length])
            for candidate in (place + ".rs", place + "/mod.rs"):
                if candidate in self._paths:
                    return candidate
        return next(
            (
                c
                for c in (f"{base}/lib.rs", f"{base}/main.rs", f"{base}/mod.rs", f"{base}.rs")
                if c in self._paths
            ),
            None,
        )

    def _crate_root(self, folder: str) -> str:
        at = folder
        while at:
            if f"{at}/lib.rs" in self._paths or f"{at}/main.rs" in self._paths:
                return at
            at = posixpath.dirname(at)
        return folder


def _nearest(path: str, found: list[str]) -> str:
    """The one that shares most of its path."""
    return max(found, key=lambda other: (len(posixpath.commonprefix([path, other])), other))


def _folders(paths: Iterable[str]) -> frozenset[str]:
    """Every folder that holds a file, the root included."""
    out: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder not in out:
            out.add(folder)
            folder = folder.rpartition("/")[0]
    return frozenset(out)
