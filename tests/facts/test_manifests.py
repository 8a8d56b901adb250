"""Dependencies and owners out of manifests, and what paths alone tell."""

import pytest

from softwright.facts.extract.batch import Batch
from softwright.facts.extract.codeowners import owner_of
from softwright.facts.extract.readers import read_unit
from softwright.facts.flags import is_generated, is_test, is_vendored, manifest_of


def read(reader: str, text: str) -> list[tuple[str, str, str]]:
    """(name, specifier, scope) of each dependency; the manifest must be readable."""
    batch = Batch()
    read_unit(reader, text.encode(), 0, batch)
    assert batch.units[0].parse_error is None
    return [(each.name, each.specifier, each.scope) for each in batch.dependencies]


class TestPython:
    """Every form in which Python projects declare what they need."""

    def test_requirements(self) -> None:
        """Extras, markers, links, hashes, continuations, options, comments; includes are kept apart."""
        batch = Batch()
        read_unit(
            "requirements:dev",
            b"# head\nDjango>=4,<5  # why\nfoo[bar]==1; python_version<'3' \\\n  --hash=sha256:aa\n"
            b"-r other/base.txt\n"
            b"--requirement=more.txt\n-c constraints.txt\n--index-url https://x/y\n"
            b"-e git+https://h/r.git#egg=Zope.Interface\n"
            b"pip @ https://h/pip.whl\nhttps://h/a.whl\n./local\ngit+ssh://git@h/r#egg=q\n\xef\xbb\xbf\n",
            0,
            batch,
        )
        assert [(each.name, each.specifier) for each in batch.dependencies] == [
            ("django", ">=4,<5"),
            ("foo", "==1; python_version<'3'"),
            ("zope-interface", "git+https://h/r.git#egg=Zope.Interface"),
            ("pip", "@ https://h/pip.whl"),
            ("q", "git+ssh://git@h/r#egg=q"),
        ]
        assert {each.scope for each in batch.dependencies} == {"dev"}
        assert batch.includes == [(0, "other/base.txt"), (0, "more.txt")]

    def test_pyproject(self) -> None:
        """Build system, PEP 621, extras, dependency groups, Poetry with its groups."""
        text = """
[build-system]
requires = ["hatchling>=1"]
[project]
dependencies = ["Rich>=13", "typer"]
optional-dependencies = {web = ["starlette"]}
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
lint = ["ruff==1"]
[tool.poetry.dependencies]
python = "^3.11"
httpx = "^0.27"
attrs = {version = "*", optional = true}
own = {git = "https://h/own.git"}
[tool.poetry.group.docs.dependencies]
mkdocs = {version = "1.0"}
"""
        assert read("pyproject", text) == [
            ("hatchling", ">=1", "build"),
            ("rich", ">=13", "runtime"),
            ("typer", "", "runtime"),
            ("starlette", "", "web"),
            ("pytest", "", "dev"),
            ("ruff", "==1", "lint"),
            ("httpx", "^0.27", "runtime"),
            ("attrs", "*", "optional"),
            ("own", "@ https://h/own.git", "runtime"),
            ("mkdocs", "1.0", "docs"),
        ]

    def test_setup_cfg(self) -> None:
        """Requirements, extras, what `setup.py` needs itself."""
        text = (
            "[options]\ninstall_requires =\n    a>=1; python_version < '3.9'\n    # no\n    b\n"
            "setup_requires = c\n"
            "[options.extras_require]\ndev = d; e\n"
        )
        assert read("setup-cfg", text) == [
            ("a", ">=1; python_version < '3.9'", "runtime"),
            ("b", "", "runtime"),
            ("c", "", "build"),
            ("d", "", "dev"),
            ("e", "", "dev"),
        ]

    def test_setup_py_is_read_and_never_run(self, tmp_path) -> None:
        """Literals, names of literals and sums of lists; code in it has no effect."""
        trap = tmp_path / "trap"
        text = (
            f"open({str(trap)!r}, 'w')\nfrom setuptools import setup\nBASE = ['a>=1']\n"
            f"EXTRA = {{'x': ['c'], ':m': 'd'}}\n"
            "setup(install_requires=BASE + ['b'] + read(), extras_require=EXTRA, tests_require='e', **more)\n"
        )
        assert read("setup-py", text) == [
            ("a", ">=1", "runtime"),
            ("b", "", "runtime"),
            ("c", "", "x"),
            ("d", "", "runtime"),
            ("e", "", "test"),
        ]
        assert not trap.exists()


class TestOthers:
    """npm, Go, Maven, Cargo."""

    def test_package_json(self) -> None:
        """The four sections."""
        text = """{"dependencies": {"@a/b": "^1", "c": "*"}, "devDependencies": {"d": "2"},
            "peerDependencies": {"e": ">1"}}"""
        assert read("package-json", text) == [
            ("@a/b", "^1", "runtime"),
            ("c", "", "runtime"),
            ("d", "2", "dev"),
            ("e", ">1", "peer"),
        ]

    def test_go_mod(self) -> None:
        """Single and grouped requires, indirect ones; replace and exclude are not requirements."""
        text = (
            "module example.com/m // x\n\ngo 1.22\n\nrequire github.com/a/b v1.2.3\nrequire (\n"
            "\tc.d/e v0.1.0 // indirect\n"
            "\tf.g/h/v2 v2.0.0\n)\nreplace c.d/e => ../e\nexclude (\n\tx.y/z v1.0.0\n)\n"
        )
        assert read("go-mod", text) == [
            ("github.com/a/b", "v1.2.3", "runtime"),
            ("c.d/e", "v0.1.0", "indirect"),
            ("f.g/h/v2", "v2.0.0", "runtime"),
        ]

    def test_pom(self) -> None:
        """Properties are filled in; managed versions are told apart."""
        text = """<?xml version="1.0"?><project xmlns="http://maven.apache.org/POM/4.0.0"><version>3</version>
<properties><v>1.5</v></properties><dependencies>
<dependency><groupId>a</groupId><artifactId>b</artifactId><version>${v}</version></dependency>
<dependency><groupId>c</groupId><artifactId>d</artifactId><version>${project.version}</version><scope>test</scope></dependency>
</dependencies><dependencyManagement><dependencies><dependency><groupId>e</groupId><artifactId>f</artifactId>
<version>${unknown}</version></dependency></dependencies></dependencyManagement></project>"""
        assert read("pom", text) == [
            ("a:b", "1.5", "runtime"),
            ("c:d", "3", "test"),
            ("e:f", "${unknown}", "managed"),
        ]

    def test_cargo(self) -> None:
        """Plain, detailed, renamed, optional, dev, build, of a target, of the workspace."""
        text = """
[dependencies]
a = "1"
b = {version = "2", optional = true}
c = {package = "real", version = "*"}
[dev-dependencies]
d = "3"
[build-dependencies]
e = {path = "../e"}
[target.'cfg(unix)'.dependencies]
f = "4"
[workspace.dependencies]
g = "5"
"""
        assert read("cargo", text) == [
            ("a", "1", "runtime"),
            ("b", "2", "optional"),
            ("real", "", "runtime"),
            ("d", "3", "dev"),
            ("e", "", "build"),
            ("f", "4", "runtime"),
            ("g", "5", "runtime"),
        ]


RULES = [
    ("*", ["@all"]),
    ("*.js", ["@js"]),
    ("/build/logs/", ["@ops"]),
    ("docs/*", ["docs@example.org"]),
    ("apps/", ["@apps"]),
    ("/scripts", ["@a", "@b"]),
    ("**/logs", ["@logs"]),
    ("/apps/github", []),
    ("a/**/z.txt", ["@deep"]),
    ("my file.txt", ["@blank"]),
]


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README.md", ["@all"]),
        ("src/a.js", ["@js"]),
        ("build/logs/x/y.log", ["@logs"]),
        ("x/build/logs/y.log", ["@logs"]),
        ("docs/a.md", ["docs@example.org"]),
        ("docs/sub/a.md", ["@all"]),
        ("x/docs/a.md", ["@all"]),
        ("x/apps/a.py", ["@apps"]),
        ("scripts/x/y.sh", ["@a", "@b"]),
        ("x/scripts/y.sh", ["@all"]),
        ("apps/github/a.py", []),
        ("a/z.txt", ["@deep"]),
        ("a/b/c/z.txt", ["@deep"]),
        ("q/my file.txt", ["@blank"]),
    ],
)
def test_the_last_pattern_that_matches_owns(path: str, owners: list[str]) -> None:
    """Anchors, folders, stars, double stars, and a pattern that takes ownership away."""
    found = owner_of(path, RULES)
    assert found is not None
    assert found[1] == owners


def test_lines_of_codeowners() -> None:
    """Comments, section heads and blank lines are no rules; escaped blanks belong to the pattern."""
    batch = Batch()
    text = b"# head\n\n[Section][2] @x\n*.py @a  b@c.de # why\nmy\\ file.txt @d\n/none\n"
    read_unit("codeowners", text, 0, batch)
    assert [rule[2:] for rule in batch.owner_rules] == [
        ("*.py", ["@a", "b@c.de"]), ("my file.txt", ["@d"]), ("/none", []),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "yes", "no"),
    [
        (
            is_test,
            [
                "tests/a.py",
                "x/test_a.py",
                "a_test.go",
                "src/a.spec.ts",
                "src/test/java/A.java",
                "x/FooTest.java",
                "conftest.py",
            ],
            [
                "src/testing_tools.py",
                "src/latest.py",
                "attest.go",
                "src/Contest.java",
                "contests/a.py",
                "protest.ts",
            ],
        ),
        (
            is_vendored,
            [
                "node_modules/a/b.js",
                "pkg/_vendor/x.py",
                "vendor/a.go",
                "static/jquery-3.js",
                "x/third_party/y.c",
                "a.min.js",
            ],
            ["vendors.py", "src/vendoring.py", "lib/a.py", "admin.js"],
        ),
        (
            is_generated,
            [
                "a_pb2.py",
                "a_pb2_grpc.py",
                "x.pb.go",
                "a.generated.ts",
                "package-lock.json",
                "src/generated/a.py",
                "pkg/_version.py",
            ],
            ["pb2.py", "generated.py", "version.py", "regenerate/a.py", "stringer.go"],
        ),
    ],
    ids=["test", "vendored", "generated"],
)
def test_flags_by_path(check, yes: list[str], no: list[str]) -> None:
    """As many that are as that only look so."""
    assert [path for path in yes if not check(path)] == []
    assert [path for path in no if check(path)] == []


@pytest.mark.parametrize(
    ("path", "reader"),
    [
        ("requirements.txt", "requirements:runtime"),
        ("requirements-dev.txt", "requirements:dev"),
        ("dev-requirements.txt", "requirements:dev"),
        ("requirements/test.txt", "requirements:test"),
        ("x/requirements/base.in", "requirements:runtime"),
        ("requirements_gpu.txt", "requirements:gpu"),
        ("sub/pyproject.toml", "pyproject"),
        ("CODEOWNERS", "codeowners"),
        ("sub/CODEOWNERS", ""),
        ("node_modules/x/package.json", ""),
        ("a.txt", ""),
        ("requirements.md", ""),
    ],
)
def test_manifests_by_path(path: str, reader: str) -> None:
    """Names and folders that manifests have, with what requirements files are for."""
    assert manifest_of(path) == reader
