"""A campaign whose ledger is on PostgreSQL."""

import pytest
from world import World

from softwright.app import campaign_review as review
from softwright.app import campaigns as use
from softwright.app.settings import load_settings

CHANGED = ("api", "pay/core")


@pytest.fixture
def shared(tmp_path, postgres, monkeypatch) -> World:
    """Three repositories, two of them with a site, in a home whose ledger is on a server."""
    monkeypatch.setenv("SOFTWRIGHT_DATABASE_URL", postgres)
    return World(
        tmp_path / "first",
        {
            "api": {"api.py": "x = old(1)\n"},
            "pay/core": {"src/core.py": "y = old(\n    1)\n"},
            "docs": {"index.md": "old(1)\n"},
        },
    )


def test_the_whole_way(shared):
    """What is run, approved and delivered is recorded on the server, and nothing of it in the home."""
    shared.run()
    assert shared.states() == {"api": "prepared", "docs": "no-sites", "pay/core": "prepared"}
    review.approve(shared.house, "rename", globs=["*"])
    done = use.deliver(shared.house, "rename")
    assert {r.repo: r.state for r in done.results} == dict.fromkeys(CHANGED, "created")
    assert shared.file_at("api", "softwright/rename", "api.py") == "x = new(1)"
    assert shared.run().reused == 3
    assert not (shared.root / "home" / "ledger.db").exists()


def test_another_home_goes_on(shared):
    """A second machine with the same fleet sees what the first recorded, and delivers nothing twice."""
    shared.run()
    review.approve(shared.house, "rename", globs=["*"])
    assert len(use.deliver(shared.house, "rename").results) == 2
    (shared.root / "home").rename(shared.root / "other-home")
    shared.house = shared.fresh_house()
    shared.sync()
    assert set(shared.states().values()) == {"delivered", "no-sites"}
    assert use.deliver(shared.house, "rename").results == ()


def test_the_settings_do_not_show_the_password(monkeypatch):
    """Printed settings leave the database's URL out."""
    monkeypatch.setenv("SOFTWRIGHT_DATABASE_URL", "postgresql://u:hidden@host/d")
    settings = load_settings()
    assert settings.database_url == "postgresql://u:hidden@host/d"
    assert "hidden" not in repr(settings)
