"""Look, act, record: however often it is called, an effect is there once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from softwright.core import OutsideFault, PrerequisiteMissing
from softwright.hosts.effects import ChangeRequestEffect, CommentEffect, MailEffect, perform
from softwright.hosts.far_side import TryLater
from softwright.hosts.forges import Forge, ForgeChoice, Forges, NewRequest
from softwright.hosts.mail import MailChoice, Mailer
from softwright.ledger import Ledger
from softwright.testing import FakeForge, SmtpSink
from softwright.testing.forge_server import Fault

REQUEST = ChangeRequestEffect(
    "change-request:k",
    "https://x/team/api.git",
    "softwright/rename",
    "main",
    "f" * 40,
    "Rename",
    "All.",
    False,
    ("a",),
)
COMMENT = CommentEffect("comment:k", REQUEST.url, 1, "Pushed again.")
MAIL = MailEffect("mail:k", ("team@example.org",), "It waits", "Ä line\n.\nanother\n")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """The record."""
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        yield ledger


@pytest.fixture
def server() -> Iterator[FakeForge]:
    """A forge with one repository."""
    with FakeForge() as server:
        server.add("team/api")
        yield server


@pytest.fixture
def forge(server: FakeForge) -> Forge:
    """The repository."""
    choice = ForgeChoice("github", "TOKEN", server.api("github"))
    return Forges({"x": choice}, {"TOKEN": server.token}).of(REQUEST.url)


def test_what_is_recorded_is_not_asked_for_again(ledger, server, forge):
    """The second call makes no request at all, and needs no way to the far side."""

    def nowhere() -> Forge:
        raise AssertionError("nobody asks")

    first = perform(ledger, REQUEST, lambda: forge, holder="r", campaign="c", repo="api")
    asked = len(server.asked)
    assert perform(ledger, REQUEST, nowhere, holder="r") == first
    assert len(server.asked) == asked
    assert first.receipt == f"{server.web}/team/api/pull/1"


def test_a_lost_record_finds_what_is_there(tmp_path, ledger, server, forge):
    """Another ledger, as after a loss of the first: the key in the text tells that it was done."""
    perform(ledger, REQUEST, lambda: forge, holder="r")
    perform(ledger, COMMENT, lambda: forge, holder="r")
    with Ledger.open(tmp_path / "other.db") as other:
        assert perform(other, REQUEST, lambda: forge, holder="r").seen["number"] == 1
        perform(other, COMMENT, lambda: forge, holder="r")
    (request,) = server.repository("team/api").requests
    assert len(request.comments) == 1


def test_keys_are_not_seen_by_people(ledger, server, forge):
    """They are comments of Markdown at the end of the text."""
    perform(ledger, REQUEST, lambda: forge, holder="r")
    perform(ledger, COMMENT, lambda: forge, holder="r")
    (request,) = server.repository("team/api").requests
    assert request.body.startswith(f"All.\n\n<!-- softwright:change-request:k at={'f' * 40} digest=")
    assert request.comments[0].body == "Pushed again.\n\n<!-- softwright:comment:k -->"


def test_an_unknown_outcome_is_looked_at_the_next_time(ledger, server, forge):
    """A line that breaks after the act leaves an intent; whoever tries again finds the effect."""
    server.wrong(Fault(path="/pulls"))
    with pytest.raises(OutsideFault):
        perform(ledger, REQUEST, lambda: forge, holder="r")
    assert ledger.effects.get(REQUEST.key).state == "intended"
    assert perform(ledger, REQUEST, lambda: forge, holder="r").state == "done"
    assert len(server.repository("team/api").requests) == 1


def test_who_comes_second_waits(ledger, server, forge):
    """While one run is at it, another is told to come later, and asks for nothing."""
    server.wrong(Fault(status=500))
    with pytest.raises(OutsideFault):
        perform(ledger, REQUEST, lambda: forge, holder="first")
    asked = len(server.asked)
    with pytest.raises(TryLater) as caught:
        perform(ledger, REQUEST, lambda: forge, holder="second")
    assert not caught.value.of_far_side
    assert len(server.asked) == asked


def test_who_held_it_and_is_gone_is_followed(ledger, server, forge):
    """A run that was stopped in the middle of it holds nothing any more."""
    server.wrong(Fault(status=500))
    with pytest.raises(OutsideFault):
        perform(ledger, REQUEST, lambda: forge, holder="first")
    done = perform(ledger, REQUEST, lambda: forge, holder="second", gone=lambda holder: holder == "first")
    assert done.state == "done"


def test_one_into_another_branch_is_another_matter(ledger, server, forge):
    """A colleague's backport of the same branch is left alone, and ours is opened."""
    forge.open(NewRequest(REQUEST.head, "stable", "Backport", "by hand"))
    row = perform(ledger, REQUEST, lambda: forge, holder="r")
    backport, ours = server.repository("team/api").requests
    assert (backport.body, backport.labels, ours.base) == ("by hand", [], "main")
    assert row.seen["number"] == ours.number


def test_what_lacks_its_labels_is_no_success(ledger, server, forge):
    """The change request is open and known, without them; the next try gives them."""
    server.wrong(Fault(path="labels", status=403))
    row = perform(ledger, REQUEST, lambda: forge, holder="r")
    assert (row.state, row.seen["number"]) == ("failed", 1)
    assert "no labels: 403" in row.reason
    assert row.receipt.endswith("/pull/1")
    row = perform(ledger, REQUEST, lambda: forge, holder="r")
    assert (row.state, row.reason, row.seen["number"]) == ("done", "", 1)
    assert server.repository("team/api").requests[0].labels == ["a"]


def test_a_refusal_is_recorded_and_can_be_mended(ledger, server, forge):
    """The reason is the far side's; another try does it when the cause is gone."""
    server.repository("team/api").missing.add(REQUEST.head)
    failed = perform(ledger, REQUEST, lambda: forge, holder="r")
    assert failed.state == "failed"
    assert "head invalid" in failed.reason
    server.repository("team/api").missing.clear()
    assert perform(ledger, REQUEST, lambda: forge, holder="r").state == "done"
    kinds = [event.event.kind for event in ledger.events.since()]
    assert kinds == ["effect.failed", "effect.done"]


def test_what_is_missing_here_is_recorded_as_failure(ledger):
    """No token: nothing is tried, and the reason says what to do."""

    def reach() -> Forge:
        raise PrerequisiteMissing("no token", hint="set it")

    assert perform(ledger, REQUEST, reach, holder="r").reason == "no token; set it"


def test_somebody_elses_request_counts_and_is_left_as_it_is(ledger, server, forge):
    """A change request that a person opened for the branch is the one; its words and labels are theirs."""
    repo = server.repository("team/api")
    forge.open(NewRequest(REQUEST.head, "main", "Mine", "by hand"))
    row = perform(ledger, REQUEST, lambda: forge, holder="r")
    (request,) = repo.requests
    assert row.seen["number"] == 1
    assert (request.title, request.body, request.labels) == ("Mine", "by hand", [])


def test_a_new_text_is_written_to_an_open_request(ledger, server, forge):
    """Our own words follow the campaign; the number stays."""
    perform(ledger, REQUEST, lambda: forge, holder="r")
    perform(ledger, replace(REQUEST, title="Rename all", body="More."), lambda: forge, holder="r")
    (request,) = server.repository("team/api").requests
    assert (request.title, request.body.splitlines()[0]) == ("Rename all", "More.")


def test_words_of_a_person_stay_when_the_commit_is_another(ledger, server, forge):
    """Title and text stay as they were made by hand; what nobody sees names the new commit."""
    perform(ledger, REQUEST, lambda: forge, holder="r")
    (request,) = server.repository("team/api").requests
    request.title, request.body = "By hand", request.body.replace("All.", "Not all.")
    perform(ledger, replace(REQUEST, commit="e" * 40, body="More."), lambda: forge, holder="r")
    assert request.title == "By hand"
    assert request.body.startswith(f"Not all.\n\n<!-- softwright:change-request:k at={'e' * 40} digest=")


@pytest.mark.parametrize(("commit", "number"), [("f" * 40, 1), ("e" * 40, 2)])
def test_a_merged_request_counts_for_its_commit_alone(tmp_path, ledger, server, forge, commit, number):
    """Without a record it is found for what it merged; another commit gets another one."""
    perform(ledger, REQUEST, lambda: forge, holder="r")
    server.repository("team/api").end(1, "merged")
    with Ledger.open(tmp_path / "other.db") as other:
        row = perform(other, replace(REQUEST, commit=commit), lambda: forge, holder="r")
    assert (row.state, row.seen["number"]) == ("done", number)


def test_a_mail_is_sent_with_the_name_of_its_key(ledger):
    """Its text arrives as it is, from and to whom it says; a second call sends nothing."""
    with SmtpSink() as sink:
        mailer = Mailer(MailChoice(sink.url, "softwright@example.org"), {})
        for _ in range(2):
            row = perform(ledger, MAIL, lambda: mailer, holder="r")
        (mail,) = sink.messages
        assert mail["Message-ID"] == row.receipt == "<softwright.mail.k@example.org>"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail.get_content().splitlines() == ["Ä line", ".", "another"]


def test_who_was_frozen_between_look_and_act_does_nothing(ledger):
    """Meanwhile the same run was gone on with elsewhere, and did it: only that one acts."""
    sent: list[str] = []

    class Slow(MailEffect):
        def look(self, far):
            if not sent:
                perform(ledger, MAIL, lambda: Post(), holder="r")
            return

    class Post:
        def send(self, key, to, *, subject, body):
            sent.append(key)
            return "<id>"

    with pytest.raises(TryLater):
        perform(ledger, Slow(MAIL.key, MAIL.to, MAIL.subject, MAIL.body), lambda: Post(), holder="r")
    assert sent == [MAIL.key]
    assert ledger.effects.get(MAIL.key).state == "done"


def test_what_nobody_foresaw_is_a_failure_without_its_words(ledger):
    """The record says of what kind it was; words may hold a secret."""

    class Odd(MailEffect):
        def act(self, far):
            raise KeyError("token-abc")

    row = perform(ledger, Odd(MAIL.key, MAIL.to, MAIL.subject, MAIL.body), lambda: None, holder="r")
    assert (row.state, "KeyError" in row.reason, "token-abc" in row.reason) == ("failed", True, False)
