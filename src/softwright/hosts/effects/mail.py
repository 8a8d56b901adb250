"""A mail that is to be sent."""

from dataclasses import dataclass
from email.utils import format_datetime, localtime
from typing import ClassVar

from softwright.core import digest
from softwright.hosts.effects.effect import Receipt
from softwright.hosts.mail import Mailer, composed


@dataclass(frozen=True, slots=True)
class MailEffect:
    """A mail to some addresses, all of which see each other."""

    kind: ClassVar[str] = "mail"

    key: str
    to: tuple[str, ...]
    subject: str
    body: str

    @property
    def target(self) -> str:
        """The addresses."""
        return ", ".join(self.to)

    @property
    def digest(self) -> str:
        """The key says it all: what was told once is not told again in other words."""
        return digest(self.key)

    def look(self, far: Mailer) -> Receipt | None:
        """Nothing: no server tells what it sent.

        A mail that was sent and not recorded is sent again, with the Message-ID by which receivers know it.
        """
        del far
        return None

    def act(self, far: Mailer) -> Receipt:
        """Send it."""
        message = composed(
            key=self.key,
            sender=far.sender,
            to=self.to,
            subject=self.subject,
            body=self.body,
            date=format_datetime(localtime()),
        )
        far.send(message)
        return Receipt(str(message["Message-ID"]))
