"""What a campaign's file says about forges and mail."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from softwright.campaigns.spec_forms import Strict, placeholders
from softwright.hosts.mail_address import is_address

REQUEST_PLACEHOLDERS = ("campaign", "description", "repo", "sites", "files", "commit", "branch", "base")
"""Words that texts at a forge may name in braces."""

_TEXT_WORDS = "may name {campaign}, {description}, {repo}, {sites}, {files}, {commit}, {branch}, {base}."


class ChangeRequestSpec(Strict):
    """The change request that is opened for a branch once it is pushed."""

    title: str = Field(default="{description}", min_length=1, description=f"Its title; {_TEXT_WORDS}")
    body: str = Field(
        default="{description}\n\n{sites} places in {files} files, changed by campaign `{campaign}`.",
        description=f"Its text, in Markdown; {_TEXT_WORDS}",
    )
    draft: bool = Field(default=False, description="Whether it is opened as a draft.")
    labels: tuple[str, ...] = Field(default=(), description="Labels that it is given.")

    @field_validator("title", "body")
    @classmethod
    def _words(cls, value: str) -> str:
        return placeholders(value, REQUEST_PLACEHOLDERS)


class CommentSpec(Strict):
    """What is said at a change request afterwards; an empty text is not said."""

    pushed: str = Field(
        default="The branch was pushed again: it holds {commit} now, for {base}.",
        description=f"When the branch of an open change request is pushed again; {_TEXT_WORDS}",
    )
    closed: str = Field(
        default="Campaign `{campaign}` has ended. {reason}",
        description=f"When the campaign is closed; may name {{reason}} too, and {_TEXT_WORDS[4:]}",
    )

    @field_validator("pushed")
    @classmethod
    def _words(cls, value: str) -> str:
        return placeholders(value, REQUEST_PLACEHOLDERS)

    @field_validator("closed")
    @classmethod
    def _words_and_reason(cls, value: str) -> str:
        return placeholders(value, (*REQUEST_PLACEHOLDERS, "reason"))


def _address(value: Any) -> Any:
    if isinstance(value, str) and not is_address(value):
        raise ValueError(f"`{value}` is no mail address; write it as `name@example.org`")
    return value


MailAddress = Annotated[str, BeforeValidator(_address)]
"""`name@host`."""


class Notify(Strict):
    """Who is told when the campaign waits for a person, or has ended."""

    mail: tuple[MailAddress, ...] = Field(default=(), description="Mail addresses.")
