"""The report: everything a reviewer needs in one file, nothing loaded from elsewhere, nothing executed."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from softwright.campaigns import CampaignView, RepoState, campaign_view
from softwright.campaigns.detail import Detail, FileRow
from softwright.campaigns.report import render_html, report_json, summary_line
from softwright.core import Evidence, Outcome, Verdict
from softwright.ledger import Ledger, RepoRecord
from softwright.testing import GitRepo

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
OLD = "import datetime\n\n\ndef stamp():\n    return datetime.datetime.utcnow()  # </script><b>\n"
NEW = OLD.replace("utcnow()", "now(datetime.UTC)")


class Mirrors:
    """Mirrors of one repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, repo_name: str) -> Path:
        """Every repository lies in one folder here."""
        del repo_name
        return self.folder


@pytest.fixture
def view(tmp_path: Path) -> CampaignView:
    """A campaign of three repositories: one prepared, one held back with evidence, one without sites."""
    repo = GitRepo(tmp_path / "repo", {"app.py": OLD, "new.py": NEW})
    old, new = (repo.git("rev-parse", f"HEAD:{name}") for name in ("app.py", "new.py"))
    row = FileRow("app.py", "modified", old, new, 1, 1, sites=1, origins=("utc",))
    bad = Verdict(
        "types",
        Outcome.FAIL,
        "1 new diagnostic",
        evidence=(
            Evidence("`datetime` has no member `UTC`", "app.py", 5, "unresolved-attribute", "line <5>"),
        ),
        known=(Evidence("old trouble", "x.py", 1),),
    )
    good = Verdict("parse", Outcome.PASS, "1 file parses", cached=True)
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    ledger.campaigns.put("utc", description="Aware <datetimes>", spec_path="c.yaml", spec={})
    ledger.states.put(
        [
            RepoRecord(
                "utc",
                "acme/api",
                RepoState.PREPARED,
                sites=1,
                detail=Detail(files=(row,), verdicts=(good,)).to_json(),
            ),
            RepoRecord(
                "utc",
                "acme/old",
                RepoState.HELD,
                "types: 1 new diagnostic",
                sites=1,
                detail=Detail(
                    files=(row,), verdicts=(good, bad), notes=("submodule `lib` left alone",)
                ).to_json(),
            ),
            RepoRecord("utc", "acme/none", RepoState.NO_SITES),
        ]
    )
    return campaign_view(ledger, Mirrors(repo.path / ".git"), "utc")


def test_the_page_shows_states_reasons_evidence_and_diffs(view: CampaignView) -> None:
    """A reviewer finds the held-back reason, its evidence, and the changed words."""
    page = render_html(view, now=NOW)
    for expected in (
        "2 sites in 2 files of 2 repositories (of 3); 0 delivered, 1 held back.",
        "types: 1 new diagnostic",
        "app.py:5: `datetime` has no member `UTC` [unresolved-attribute]",
        "1 known from the unchanged tree",
        "<mark>utcnow</mark>",
        "submodule `lib` left alone",
        "2026-01-02 03:04 UTC",
    ):
        assert expected in page


def test_what_commands_changed_counts_as_changed(view: CampaignView) -> None:
    """A repository whose files a command changed has no sites, and yet is one of those with changed files."""
    repos = tuple(replace(repo, sites=0) if repo.name == "acme/old" else repo for repo in view.repos)
    assert summary_line(replace(view, repos=repos)).startswith("1 site in 2 files of 2 repositories (of 3)")


def test_the_page_is_self_contained_and_safe(view: CampaignView) -> None:
    """No address is loaded; a repository's text cannot become markup."""
    page = render_html(view, now=NOW)
    assert not re.search(r"""(src|href)=["'](?!#)|@import|url\(""", page)
    assert page.count("</script>") == 1
    assert "Aware &lt;datetimes&gt;" in page
    assert "\nline &lt;5&gt;</div>" in page


def test_repositories_that_need_a_person_come_first(view: CampaignView) -> None:
    """Held back before prepared before nothing to do."""
    page = render_html(view, now=NOW)
    order = [page.index(f'id="repo-acme/{name}"') for name in ("old", "api", "none")]
    assert order == sorted(order)


def test_json_has_the_same_facts(view: CampaignView) -> None:
    """The JSON form serialises as it is and holds states, verdicts and diffs."""
    report = json.loads(json.dumps(report_json(view, now=NOW), default=str))
    assert report["counts"] == {"no-sites": 1, "held": 1, "prepared": 1}
    held = next(repo for repo in report["repos"] if repo["state"] == "held")
    assert held["verdicts"][1]["evidence"][0]["line"] == 5
    assert "+    return datetime.datetime.now(datetime.UTC)" in held["files"][0]["diff"]
