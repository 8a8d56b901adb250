"""Sites straight from git, without a database."""

from dataclasses import replace
from pathlib import Path

import pytest

from softwright.core import OutsideFault, Repo, Snapshot
from softwright.facts.sites import RepoSites, find_sites, search_each, sites_in
from softwright.facts.structure import Pattern
from softwright.hosts import GitSource
from softwright.testing import GitRepo

PRINT = Pattern.parse("print($$$A)", "python")
LOG = Pattern.parse("console.log($X)", "javascript")


def source(root: Path, name: str, files: dict[str, str | bytes]) -> GitSource:
    """A real repository as a source."""
    repo = GitRepo(root / name, files)
    snapshot = Snapshot(name, repo.head, repo.git("rev-parse", "HEAD^{tree}"), "main")
    return GitSource(Repo(name, repo.url), snapshot, str(repo.path / ".git"))


@pytest.fixture
def small(tmp_path: Path) -> GitSource:
    """Two languages, a copy, a link, a binary and an undecodable file."""
    return source(
        tmp_path,
        "small",
        {
            "b.py": "x = 1\nprint(x)\n",
            "a/copy.py": "x = 1\nprint(x)\n",
            "web.js": "console.log(1)\nprint(2)\n",
            "binary.py": b"print(1)\0",
            "broken.py": b"# coding: utf-8\nprint('\xff')\n",
            "notes.txt": "print(1)",
        },
    )


def test_sites_come_by_path_and_place_with_their_blob(small: GitSource) -> None:
    """Each copy of a file is a site of its own; undecodable, binary and other files have none."""
    sites = sites_in(small, [PRINT])
    assert [(site.path, site.line, site.span.start, site.text) for site in sites] == [
        ("a/copy.py", 2, 6, "print(x)"),
        ("b.py", 2, 6, "print(x)"),
    ]
    assert sites[0].blob == sites[1].blob
    assert sites[0].repo == "small"


def test_patterns_of_several_languages_at_once(small: GitSource) -> None:
    """Each pattern is sought in the files of its language only; equal places count once."""
    sites = sites_in(small, [PRINT, LOG, Pattern.parse("print($X)", "python")])
    assert [(site.path, site.text) for site in sites] == [
        ("a/copy.py", "print(x)"),
        ("b.py", "print(x)"),
        ("web.js", "console.log(1)"),
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_broken_repository_is_told_and_the_others_go_on(tmp_path: Path, workers: int) -> None:
    """Sites stream in the order of the repositories; one that is gone is reported with its reason."""
    sources = [source(tmp_path, f"r{n}", {"a.py": f"print({n})\n"}) for n in range(4)]
    sources[1] = replace(sources[1], git_dir=str(tmp_path / "gone"))
    faults: dict[str, str] = {}
    sites = list(
        find_sites(
            sources,
            [PRINT],
            workers=workers,
            on_fault=lambda repo, error: faults.update({repo: error.message}),
        )
    )
    assert [(site.repo, site.text) for site in sites] == [
        ("r0", "print(0)"),
        ("r2", "print(2)"),
        ("r3", "print(3)"),
    ]
    assert list(faults) == ["r1"]


def test_a_broken_repository_raises_in_its_own_search(small: GitSource) -> None:
    """Who searches one repository gets its fault as an error."""
    with pytest.raises(OutsideFault):
        sites_in(replace(small, git_dir=small.git_dir + "-gone"), [PRINT])


def test_deeply_nested_source_is_no_danger(tmp_path: Path) -> None:
    """A file nested far deeper than Python's own limits neither crashes nor stops the search."""
    deep = source(
        tmp_path, "deep", {"a.py": "(" * 20_000 + "1" + ")" * 20_000 + "\nprint(1)\n", "b.py": "print(2)\n"}
    )
    results = list(search_each([deep], [PRINT], workers=2))
    assert [type(one) for one in results] == [RepoSites]
    assert "b.py" in {site.path for one in results for site in one.sites} or results[0].fault is not None
