"""The lowest Python of a project."""

import pytest

from softwright.facts.requires_python import PythonFloors, declared_floor, lowest_python


@pytest.mark.parametrize(
    ("specifier", "floor"),
    [
        (">=3.8", (3, 8)),
        (">=3.8,<4", (3, 8)),
        ("<4, >=3.10", (3, 10)),
        ("~=3.9", (3, 9)),
        ("~=3.9.2", (3, 9)),
        ("==3.11.*", (3, 11)),
        ("^3.7", (3, 7)),
        (">3.7", (3, 8)),
        (">=2.7, !=3.0.*, !=3.1.*", (2, 7)),
        (">=3", (3, 0)),
        ("<4", None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_specifiers(specifier, floor):
    """The floor is what the lower bounds leave."""
    assert lowest_python(specifier) == floor


@pytest.mark.parametrize(
    ("name", "content", "floor"),
    [
        ("pyproject.toml", b'[project]\nrequires-python = ">=3.9"\n', (3, 9)),
        ("pyproject.toml", b'[tool.poetry.dependencies]\npython = "^3.10"\n', (3, 10)),
        ("pyproject.toml", b"[project\n", None),
        ("setup.cfg", b"[options]\npython_requires = >=3.6\n", (3, 6)),
        ("setup.cfg", b"no section", None),
        ("setup.py", b"setup(name='x', python_requires='>=3.7')", (3, 7)),
        ("setup.py", b"\xff\xfe", None),
    ],
)
def test_manifests(name, content, floor):
    """Each kind of manifest is read; one that cannot be read says nothing."""
    assert declared_floor(name, content) == floor


def test_the_nearest_manifest_counts():
    """In a repository of several projects each file has the floor of its own."""
    files = {
        "pyproject.toml": b'[project]\nrequires-python = ">=3.8"\n',
        "setup.py": b"setup(python_requires='>=2.7')",
        "libs/new/pyproject.toml": b'[project]\nrequires-python = ">=3.12"\n',
    }
    floors = PythonFloors(files.get)
    assert floors.of("a/b.py") == (3, 8)
    assert floors.of() == (3, 8)
    assert floors.of("libs/new/x/y.py") == (3, 12)
    assert PythonFloors({}.get).of("a.py") is None


@pytest.mark.parametrize(
    ("content", "floor"),
    [
        ("'Programming Language :: Python :: 3.9', 'Programming Language :: Python :: 3.10'", (3, 9)),
        ("'Programming Language :: Python :: 3'", None),
        ("'Programming Language :: Python :: 2', 'Programming Language :: Python :: 3.9'", (2, 7)),
        ("[bdist_wheel]\nuniversal = 1\n", (2, 7)),
        ("[broken", None),
    ],
)
def test_classifiers(content, floor):
    """Where nothing is declared, the oldest version among the classifiers counts; Python 2 is one."""
    assert PythonFloors({"setup.cfg": content.encode()}.get).of("src/a.py") == floor


def test_manifests_are_read_once():
    """Many files of a project cost one reading."""
    asked: list[str] = []
    floors = PythonFloors(asked.append)
    assert {floors.of(f"a/{number}.py") for number in range(9)} == {None}
    assert len(asked) == len(set(asked))
