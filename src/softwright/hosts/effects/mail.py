"""A mail that is to be sent."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from softwright.core import digest
from softwright.hosts.effects.effect import Receipt

if TYPE_CHECKING:  # with it comes all that SMTP needs
    from softwright.hosts.mail import Mailer


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

    def look(self, far: "Mailer") -> Receipt | None:
        """Nothing: no server tells what it sent.

        A mail that was sent and not recorded is sent again, with the Message-ID by which receivers know it.
        """
        del far
        return None

    def act(self, far: "Mailer") -> Receipt:
        """Send it."""
        return Receipt(far.send(self.key, self.to, subject=self.subject, body=self.body))
