"""What happens outside once: change requests, comments, mail."""

from softwright.hosts.effects.change_request import ChangeRequestEffect
from softwright.hosts.effects.comment import CommentEffect
from softwright.hosts.effects.effect import Effect, Receipt, perform, settled
from softwright.hosts.effects.mail import MailEffect

__all__ = [
    "ChangeRequestEffect",
    "CommentEffect",
    "Effect",
    "MailEffect",
    "Receipt",
    "perform",
    "settled",
]
