"""Sending mail: what the settings must say, and what a server may answer."""

from collections.abc import Iterator

import pytest

from softwright.core import InvalidInput, OutsideFault, PrerequisiteMissing, SoftwrightError
from softwright.hosts.far_side import Refused
from softwright.hosts.mail import MailChoice, Mailer
from softwright.hosts.mail_address import is_address
from softwright.testing import SmtpSink

FROM = "softwright@example.org"


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """A server."""
    with SmtpSink() as sink:
        yield sink


def send(choice: MailChoice, environment: dict[str, str] | None = None) -> str:
    """Send something."""
    return Mailer(choice, environment or {}).send("mail:1", ("a@example.org",), subject="s", body="b")


@pytest.mark.parametrize(
    ("choice", "kind", "said"),
    [
        (MailChoice("", FROM), InvalidInput, "no SMTP server is set"),
        (MailChoice("http://mail", FROM), InvalidInput, "cannot be used"),
        (MailChoice("smtp://mail", ""), InvalidInput, "no sender"),
        (MailChoice("smtp://mail", "nobody"), InvalidInput, "`nobody` is no address"),
        (MailChoice("smtp://user@mail", FROM, "PASS"), PrerequisiteMissing, "PASS is not set"),
    ],
)
def test_settings_that_lack_something(choice: MailChoice, kind: type[SoftwrightError], said: str) -> None:
    """Each says what is missing, before anybody is connected to."""
    with pytest.raises(kind, match=said) as caught:
        send(choice)
    assert caught.value.hint


def test_a_user_logs_in_with_the_password_of_the_environment(sink: SmtpSink) -> None:
    """The password comes from the variable that the settings name."""
    url = sink.url.replace("//", "//me@")
    send(MailChoice(url, FROM, "PASS"), {"PASS": "word"})
    assert len(sink.logins) == 1
    assert len(sink.messages) == 1


def test_a_refused_address_is_a_refusal(sink: SmtpSink) -> None:
    """The server's words are passed on."""
    sink.refused = {"a@example.org"}
    with pytest.raises(Refused, match="550: nobody of that name"):
        send(MailChoice(sink.url, FROM))


def test_a_server_that_says_nothing_may_have_it(sink: SmtpSink) -> None:
    """A connection that drops after the text is no refusal: it is not known."""
    sink.lose = 1
    with pytest.raises(OutsideFault) as caught:
        send(MailChoice(sink.url, FROM))
    assert not isinstance(caught.value, Refused)
    assert len(sink.messages) == 1


def test_nobody_there_is_an_outside_fault() -> None:
    """A port where nobody listens."""
    with SmtpSink() as gone:
        url = gone.url
    with pytest.raises(OutsideFault, match="mail was not sent"):
        send(MailChoice(url, FROM))


def test_what_was_taken_was_sent_whatever_is_said_afterwards(sink: SmtpSink) -> None:
    """A server that is in a hurry at the end took the mail all the same."""
    sink.farewell = "421 too busy"
    assert send(MailChoice(sink.url, FROM)).startswith("<softwright.mail.1@")
    assert len(sink.messages) == 1


def test_who_was_not_taken_is_logged(sink: SmtpSink, caplog: pytest.LogCaptureFixture) -> None:
    """The others have it: it is not sent to them again."""
    sink.refused = {"gone@example.org"}
    mailer = Mailer(MailChoice(sink.url, FROM), {})
    mailer.send("mail:1", ("a@example.org", "gone@example.org"), subject="s", body="b")
    assert len(sink.messages) == 1
    assert "mail to gone@example.org was not taken" in caplog.text


@pytest.mark.parametrize(
    "text",
    ["(x@example.org", "a..b@example.org", "a:b@example.org", 'a"b@x', "jürgen@x", "a@b c", "a@", "a@-x"],
)
def test_what_is_no_address(text: str) -> None:
    """Addresses in other than the plain form are told before anything is sent."""
    assert not is_address(text)
    with pytest.raises(InvalidInput):
        send(MailChoice("smtp://mail", text))


def test_plain_addresses() -> None:
    """Tags, dots and hosts without dots are fine."""
    assert all(map(is_address, ("a.b+c@example.org", "ops@localhost", "o'neil@x-y.example")))
