"""Who is told by mail that a campaign waits, or has ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stories.forge_world import ForgeWorld

from softwright.app import campaign_review as review
from softwright.app import campaigns as use
from softwright.testing import FakeForge, SmtpSink

TOLD = "notify: {mail: [team@example.org, lead@example.org]}\n"
REPOS = {"api": {"api.py": "x = old(1)\n"}, "core": {"core.py": "y = old(2)\n"}}


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """A mail server."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def world(tmp_path: Path, sink: SmtpSink) -> Iterator[ForgeWorld]:
    """A campaign that wants approval and tells two people."""
    with FakeForge() as forge:
        yield ForgeWorld(tmp_path, forge, REPOS, deliver=TOLD, smtp_url=sink.url)


def test_people_are_told_once_that_changes_wait(world, sink):
    """One mail for what is to be decided about; the same changes again are not told of."""
    world.run()
    (mail,) = sink.messages
    assert mail["To"] == "team@example.org, lead@example.org"
    assert mail["From"] == "softwright@example.org"
    assert mail["Subject"] == "rename: 2 changes to decide about"
    assert "  api: 1 site" in mail.get_content()
    world.run()
    assert len(sink.messages) == 1


def test_other_changes_are_told_of_anew(world, sink):
    """When a change is made anew it waits anew, and that is told."""
    world.run()
    world.push("api", {"api.py": "x = old(1)\nz = old(3)\n"})
    world.sync()
    world.run()
    assert [mail["Subject"] for mail in sink.messages] == ["rename: 2 changes to decide about"] * 2
    assert len({mail["Message-ID"] for mail in sink.messages}) == 2


def test_nobody_is_told_where_nothing_is_asked(world, sink):
    """Without approvals nothing waits."""
    world.spec.write_text(world.spec.read_text() + "deliver: {approval: none}\n")
    world.run()
    assert sink.messages == []


def test_the_end_is_told_once(world, sink):
    """Closing says how it stood, and why; closing again says nothing."""
    world.run()
    review.approve(world.house, "rename", globs=(), who="lead")
    closing = use.close(world.house, "rename", reason="Superseded.")
    assert [said.kind for said in closing.said] == ["mail"]
    mail = sink.messages[-1]
    assert mail["Subject"] == "rename has ended"
    assert "Superseded." in mail.get_content()
    assert "2 approved" in mail.get_content()
    assert use.close(world.house, "rename").said == ()
    assert len(sink.messages) == 2


def test_mail_that_cannot_be_sent_stops_nothing(world, sink):
    """The run ends as it would; the record says why nobody was told, and closing says so too."""
    sink.refused = {"team@example.org", "lead@example.org"}
    assert world.run().counts == {"prepared": 2}
    (row,) = world.house.ledger.effects.of("rename", kind="mail")
    assert (row.state, row.reason) == ("failed", "550: nobody of that name")
    assert use.close(world.house, "rename").said[0].fault == "550: nobody of that name"
