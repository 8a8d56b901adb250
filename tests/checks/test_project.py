"""What a repository says about its Python."""

import pytest

from softwright.checks.project import declares, minimum_python


@pytest.mark.parametrize(
    ("path", "content", "low"),
    [
        ("pyproject.toml", '[project]\nrequires-python = ">=3.9"\n', (3, 9)),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "^3.10"\n', (3, 10)),
        ("setup.cfg", "[options]\npython_requires = >=3.8\n", (3, 8)),
        ("setup.py", "setup(name='x', python_requires='>=3.7, <4')\n", (3, 7)),
        (
            "setup.py",
            "'Programming Language :: Python :: 3.9', 'Programming Language :: Python :: 3.10'",
            (3, 9),
        ),
        ("setup.py", "setup(name='x')", None),
        ("pyproject.toml", "[broken", None),
    ],
)
def test_minimum_python(path, content, low):
    """Each place where projects declare it."""
    assert minimum_python({path: content.encode()}.get) == low


def test_the_nearest_project_decides():
    """In a repository of several projects each file has its own floor."""
    files = {
        "pyproject.toml": b'[project]\nrequires-python = ">=3.8"\n',
        "services/api/pyproject.toml": b'[project]\nrequires-python = ">=3.12"\n',
    }
    assert minimum_python(files.get, "services/api/src/a.py") == (3, 12)
    assert minimum_python(files.get, "services/web/a.py") == (3, 8)
    assert minimum_python(files.get) == (3, 8)


def test_declares():
    """A dependency's name counts as such and not as part of another."""
    read = {"requirements.txt": b"My-Package[extra]>=1\nrequests_toolbelt\n"}.get
    assert declares(read, "my_package")
    assert not declares(read, "requests")
