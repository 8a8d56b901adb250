"""Imports that mean files of the same repository."""

import pytest

from softwright.facts.resolve import Resolver

PATHS = [
    "setup.py", "src/app/__init__.py", "src/app/util.py", "src/app/sub/__init__.py", "src/app/sub/deep.py",
    "src/app/types.pyi", "flat/__init__.py", "flat/one.py", "script.py", "mono/a/pkg/__init__.py",
    "mono/a/pkg/x.py",
    "mono/b/pkg/__init__.py", "mono/b/pkg/x.py", "mono/b/use.py", "space/part/mod.py",
    "web/a.ts", "web/b.tsx", "web/lib/index.js", "web/data.json",
    "go.mod", "cmd/main.go", "internal/x/x.go",
    "core/src/main/java/com/ex/A.java", "core/src/main/java/com/ex/B.java",
    "crate/src/lib.rs", "crate/src/a.rs", "crate/src/a/b.rs", "crate/src/c/mod.rs",
]  # fmt: skip


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    """One repository with every layout."""
    return Resolver(PATHS, {"": "example.com/m"})


@pytest.mark.parametrize(
    ("language", "path", "module", "name", "level", "found"),
    [
        ("python", "script.py", "app", "", 0, "src/app/__init__.py"),
        ("python", "script.py", "app", "util", 0, "src/app/util.py"),
        ("python", "script.py", "app.util", "go", 0, "src/app/util.py"),
        ("python", "script.py", "app.sub", "*", 0, "src/app/sub/__init__.py"),
        ("python", "script.py", "src.app.util", "", 0, "src/app/util.py"),
        ("python", "script.py", "flat.one", "", 0, "flat/one.py"),
        ("python", "script.py", "space.part.mod", "", 0, "space/part/mod.py"),
        ("python", "script.py", "os", "path", 0, None),
        ("python", "mono/b/use.py", "pkg.x", "", 0, "mono/b/pkg/x.py"),
        ("python", "src/app/sub/deep.py", "", "other", 1, "src/app/sub/__init__.py"),
        ("python", "src/app/sub/deep.py", "util", "go", 2, "src/app/util.py"),
        ("python", "src/app/sub/__init__.py", "", "deep", 1, "src/app/sub/deep.py"),
        ("python", "src/app/util.py", "types", "T", 1, "src/app/types.pyi"),
        ("python", "script.py", "", "x", 3, None),
        ("typescript", "web/a.ts", "./b", "B", 0, "web/b.tsx"),
        ("typescript", "web/a.ts", "./lib", "x", 0, "web/lib/index.js"),
        ("typescript", "web/a.ts", "./b.js", "x", 0, "web/b.tsx"),
        ("tsx", "web/b.tsx", "./data.json", "", 0, "web/data.json"),
        ("javascript", "web/lib/index.js", "../a", "", 0, "web/a.ts"),
        ("javascript", "web/lib/index.js", "react", "", 0, None),
        ("go", "cmd/main.go", "example.com/m/internal/x", "", 0, "internal/x"),
        ("go", "cmd/main.go", "example.com/mother/x", "", 0, None),
        ("java", "core/src/main/java/com/ex/A.java", "com.ex", "B", 0, "core/src/main/java/com/ex/B.java"),
        (
            "java",
            "core/src/main/java/com/ex/A.java",
            "com.ex.B",
            "run",
            0,
            "core/src/main/java/com/ex/B.java",
        ),
        ("java", "core/src/main/java/com/ex/A.java", "java.util", "List", 0, None),
        ("rust", "crate/src/lib.rs", "self", "a", 0, "crate/src/a.rs"),
        ("rust", "crate/src/a.rs", "crate::c", "f", 0, "crate/src/c/mod.rs"),
        ("rust", "crate/src/a.rs", "self", "b", 0, "crate/src/a/b.rs"),
        ("rust", "crate/src/a/b.rs", "super", "f", 0, "crate/src/a.rs"),
        ("rust", "crate/src/a.rs", "std::io", "Read", 0, None),
    ],
)
def test_imports(
    resolver: Resolver, language: str, path: str, module: str, name: str, level: int, found: str | None
) -> None:
    """Source layouts, packages, relative imports, monorepos, and names that lie outside."""
    assert resolver.path_of(language, path, module, name, level) == found


@pytest.mark.parametrize(
    ("path", "packages"),
    [
        ("src/app/sub/deep.py", ["app.sub.deep.", "app.sub.", "app."]),
        ("src/app/sub/__init__.py", ["app.sub.", "app.sub.", "app."]),
        ("script.py", ["script."]),
        ("space/part/mod.py", ["space.part.mod.", "space.part.", "space."]),
    ],
)
def test_packages(resolver: Resolver, path: str, packages: list[str]) -> None:
    """The module itself first, then its package and upwards, each with a final dot."""
    assert resolver.packages_of("python", path) == packages
