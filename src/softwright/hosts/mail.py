"""Mail by SMTP (RFC 5321), on what comes with Python."""

import logging
import os
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from urllib.parse import unquote, urlsplit

from softwright.core import InvalidInput, OutsideFault, PrerequisiteMissing
from softwright.hosts.far_side import Refused
from softwright.hosts.mail_address import is_address

log = logging.getLogger(__name__)

_TIMEOUT_S = 30.0
_PORTS = {"smtp": 25, "smtps": 465}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_WAY = "smtp://user@host:587 or smtps://user@host"


@dataclass(frozen=True, slots=True)
class MailChoice:
    """How mail is sent: by the server at `url`, `smtp://user@host:port` or `smtps://…`, from `sender`.

    `password_env` names the environment variable with the password, wanted when the URL names a user.
    """

    url: str = ""
    sender: str = ""
    password_env: str = "SOFTWRIGHT_SMTP_PASSWORD"  # noqa: S105 - the name of a variable


class Mailer:
    """Sends mail as the settings say; a connection for each, as they are few."""

    def __init__(self, choice: MailChoice, environment: Mapping[str, str] = os.environ) -> None:
        self._choice = choice
        self._environment = environment

    @property
    def sender(self) -> str:
        """The address that mail is from. Raises InvalidInput when none is set."""
        if not is_address(self._choice.sender):
            given = f"`{self._choice.sender}` is no address" if self._choice.sender else "mail has no sender"
            raise InvalidInput(given, hint="set SOFTWRIGHT_MAIL_FROM to an address: name@example.org")
        return self._choice.sender

    def send(self, key: str, to: tuple[str, ...], *, subject: str, body: str) -> str:
        """Send a mail; gives its Message-ID, which the key makes: the same mail again has the same.

        Where the server takes it for some of the addresses only, it counts as sent, and that is logged.

        Raises InvalidInput and PrerequisiteMissing when the settings lack something, Refused when the
        server says no for good, OutsideFault when it is not known whether it took the message.
        """
        message = composed(key=key, sender=self.sender, to=to, subject=subject, body=body)
        self._hand_over(message)
        return str(message["Message-ID"])

    def _hand_over(self, message: EmailMessage) -> None:
        url = urlsplit(self._choice.url)
        if url.scheme not in _PORTS or not url.hostname:
            given = (
                "the SMTP server's address cannot be used" if self._choice.url else "no SMTP server is set"
            )
            raise InvalidInput(given, hint=f"set SOFTWRIGHT_SMTP_URL to {_WAY}")
        password = self._password(unquote(url.username or ""))
        where = f"{url.hostname}:{url.port or _PORTS[url.scheme]}"
        try:
            smtp = self._connected(url.scheme, url.hostname, url.port or _PORTS[url.scheme])
            try:
                self._secure(smtp, url.scheme, url.hostname, bool(password))
                if password:
                    smtp.login(unquote(url.username or ""), password)
                for address, (code, _) in smtp.send_message(message).items():
                    log.warning("mail to %s was not taken by %s: %s", address, where, code)
            finally:
                _goodbye(smtp)
        except UnicodeEncodeError:
            raise InvalidInput(
                "user or password for the SMTP server is not ASCII", hint="the server could not be told them"
            ) from None
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            raise _fault(error, where, password) from None
        except (smtplib.SMTPException, OSError) as error:
            raise OutsideFault(f"mail was not sent: {_hidden(str(error), password)}", where=where) from None

    def _password(self, user: str) -> str:
        if not user:
            return ""
        password = self._environment.get(self._choice.password_env, "")
        if not password:
            raise PrerequisiteMissing(
                f"no password for the SMTP server: the environment variable {self._choice.password_env} is "
                "not set",
                hint="set it where the workers run",
            )
        return password

    def _connected(self, scheme: str, host: str, port: int) -> smtplib.SMTP:
        if scheme == "smtps":
            return smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_S, context=ssl.create_default_context())
        return smtplib.SMTP(host, port, timeout=_TIMEOUT_S)

    def _secure(self, smtp: smtplib.SMTP, scheme: str, host: str, secret: bool) -> None:
        """Encrypt where the server can; no password goes over an open line, but on this machine itself."""
        smtp.ehlo_or_helo_if_needed()
        if scheme == "smtp" and smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
        elif scheme == "smtp" and secret and host not in _LOOPBACK:
            raise Refused("the server offers no encryption, and a password would be sent in the open")


def composed(*, key: str, sender: str, to: tuple[str, ...], subject: str, body: str) -> EmailMessage:
    """The message; its Message-ID is made of the key, so that receivers know a repeat (RFC 5322, 3.6.4)."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(addr_spec=sender)
    message["To"] = ", ".join(to)
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = f"<softwright.{key.replace(':', '.')}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    return message


def _goodbye(smtp: smtplib.SMTP) -> None:
    """Leave. Whatever the server says to that changes nothing: what it took it has taken."""
    try:
        smtp.quit()
    except (smtplib.SMTPException, OSError):
        smtp.close()


def _fault(
    error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused, where: str, password: str
) -> OutsideFault:
    code: int
    said: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
    else:
        code, said = error.smtp_code, error.smtp_error
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    message = f"{code}: {_hidden(words, password)}"
    if 500 <= code < 600:
        return Refused(message, status=code, where=where)
    return OutsideFault(message, where=where)


def _hidden(text: str, password: str) -> str:
    return text.replace(password, "***") if password else text
