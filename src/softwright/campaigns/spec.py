"""What a campaign is, as its file says it. The JSON Schema in `docs/schema` is made from these classes."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from softwright.campaigns.spec_forms import Strict as _Strict
from softwright.campaigns.spec_forms import placeholders as _placeholders
from softwright.campaigns.spec_outside import ChangeRequestSpec, CommentSpec, Notify
from softwright.core import InvalidInput
from softwright.hosts import branch_fault

PLACEHOLDERS = ("campaign", "description", "repo", "sites", "files", "rules")
"""Words that a commit message may name in braces."""

BRANCH_PLACEHOLDERS = ("campaign",)
"""Words that a branch may name in braces: every repository has a branch of its own already."""

_PERSON = re.compile(r"^(?P<name>[^<>\n]+) <(?P<email>[^<>\s]+)>$")
_NAME = r"^[a-z0-9][a-z0-9._-]{0,79}$"


class FleetSelector(_Strict):
    """Which repositories take part."""

    file: str = Field(
        default="", description="Fleet file, relative to this file; empty: the one in the settings."
    )
    tags: tuple[str, ...] = Field(default=(), description="Only repositories that carry all of these tags.")
    repos: tuple[str, ...] = Field(
        default=(), description="Only repositories whose name matches one of these globs."
    )
    exclude: tuple[str, ...] = Field(
        default=(), description="Never repositories whose name matches one of these globs."
    )


class _Limited(_Strict):
    """What a command may use; what is not said is as for every command."""

    wall_s: float | None = Field(default=None, gt=0, description="Seconds from start to end.")
    cpu_s: float | None = Field(default=None, gt=0, description="Seconds of processor time.")
    memory_mb: int | None = Field(default=None, gt=0, description="MiB of memory, all processes together.")
    processes: int | None = Field(default=None, gt=0, description="Processes and threads alive at once.")
    file_mb: int | None = Field(default=None, gt=0, description="MiB of any one file.")
    disk_mb: int | None = Field(default=None, gt=0, description="MiB written into the work tree.")
    net: bool | None = Field(default=None, description="Whether it may use the network.")

    def limits(self) -> dict[str, Any]:
        """The bounds that are said."""
        return self.model_dump(include=set(_Limited.model_fields), exclude_none=True)


def _argv(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    from softwright.checks import parse_command  # with the checks come the parsers of every language

    try:
        return parse_command(value)
    except InvalidInput as error:
        raise ValueError(error.message) from error


Argv = Annotated[
    tuple[str, ...],
    BeforeValidator(_argv),
    WithJsonSchema({"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1}),
]
"""A program and its arguments, as a list or as one line; a line that needs a shell gets one."""


class RuleStep(_Strict):
    """Apply one rule."""

    rule: str = Field(min_length=1, description="A rule's name, or the path of a rule file.")


class CommandStep(_Limited):
    """Run a command in a sandboxed copy of the repository; what it changed becomes part of the patch."""

    command: Argv = Field(min_length=1, description="The program and its arguments.")
    env: dict[str, str] = Field(default_factory=dict, description="Environment variables for the command.")


class PythonStep(_Strict):
    """Call a function of the author for each file: `(path: str, source: bytes) -> bytes | None`."""

    python: str = Field(
        pattern=r"^.+\.py:[A-Za-z_]\w*$", description="`file.py:function`, the file relative to this one."
    )
    files: tuple[str, ...] = Field(
        default=("**/*.py",), min_length=1, description="Globs of the files it is called for."
    )


class CommandCheck(_Limited):
    """A command of the repository, run in the sandbox before and after the change."""

    command: Argv = Field(min_length=1, description="The program and its arguments.")
    name: str = Field(default="", description="What verdicts call it; empty: the command itself.")
    env: dict[str, str] = Field(default_factory=dict, description="Environment variables for the command.")
    environment: str | None = Field(
        default=None, description="Folder of a virtual environment whose programs come first."
    )


class TypesOptions(_Strict):
    """How types are checked."""

    checker: Literal["ty", "pyrefly", "basedpyright"] = Field(default="ty", description="The checker.")
    environment: str | None = Field(
        default=None, description="Folder of a virtual environment with the repository's dependencies."
    )


class TypesCheck(_Strict):
    """The type check, other than by default."""

    types: TypesOptions = Field(description="How types are checked.")


BuiltinCheck = Literal["parse", "types", "lint", "secrets"]
"""Checks that need no more than their name."""


class Throttle(_Strict):
    """How fast branches are pushed."""

    per_minute: int = Field(
        default=60, ge=1, description="Pushes begun in a minute on average, in bursts of as many."
    )
    per_host: int = Field(default=2, ge=1, description="Pushes of one worker to one host at a time.")


def _person(value: Any) -> Any:
    if isinstance(value, str) and not _PERSON.match(value):
        raise ValueError(f"`{value}` is no person; write it as `Name <name@example.org>`")
    return value


Person = Annotated[str, BeforeValidator(_person)]
"""`Name <address>`."""


def person_parts(person: str) -> tuple[str, str]:
    """Name and address of a `Person`."""
    found = _PERSON.match(person)
    assert found is not None
    return found["name"].strip(), found["email"]


def _branch(name: str) -> str:
    fault = branch_fault(name)
    if fault:
        raise ValueError(f"`{name}` is not a branch name git allows: {fault}")
    return name


class Deliver(_Strict):
    """How the change leaves."""

    branch: str = Field(
        default="softwright/{campaign}", description="Branch on the remote; may name {campaign}."
    )
    message: str = Field(
        default="{description}",
        description="Commit message; may name {campaign}, {description}, {repo}, {sites}, {files}, {rules}.",
    )
    author: Person = Field(
        default="Softwright <softwright@localhost>", description="`Name <address>` of the author."
    )
    committer: Person | None = Field(default=None, description="`Name <address>`; absent: the author.")
    trailers: dict[str, str] = Field(default_factory=dict, description="Lines put under the message.")
    date: datetime | None = Field(
        default=None, description="Date of every commit; absent: when the campaign was first run."
    )
    approval: Literal["required", "none"] = Field(
        default="required", description="Whether a person must approve before a branch is pushed."
    )
    change_request: ChangeRequestSpec | None = Field(
        default=None, description="The change request that is opened at the forge; absent: none."
    )
    comment: CommentSpec = Field(
        default=CommentSpec(), description="What is said at change requests afterwards."
    )
    throttle: Throttle = Field(default=Throttle(), description="How fast branches are pushed.")
    automatic: bool = Field(
        default=False,
        description="Whether workers push what is approved by themselves; false: `campaign deliver` does.",
    )

    @field_validator("branch")
    @classmethod
    def _branch_name(cls, value: str) -> str:
        _placeholders(value, BRANCH_PLACEHOLDERS)
        return _branch(value.format(campaign="x")) and value

    @field_validator("message")
    @classmethod
    def _message_words(cls, value: str) -> str:
        return _placeholders(value, PLACEHOLDERS)

    @field_validator("date")
    @classmethod
    def _zoned(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("the date needs a zone, for example 2026-05-01T12:00:00Z")
        return value


class Shapes(_Strict):
    """When accepted edits of commands and functions become rules."""

    after: int = Field(
        default=5,
        ge=0,
        description="Accepted edits of one shape from which a rule is made of them, to be tried before the "
        "command or function that made them; 0: never.",
    )


Step = RuleStep | CommandStep | PythonStep
CheckStep = BuiltinCheck | TypesCheck | CommandCheck


class CampaignSpec(_Strict):
    """One change over a fleet of repositories."""

    name: str = Field(pattern=_NAME, description="Lower-case name; letters, digits, `.`, `_`, `-`.")
    description: str = Field(
        default="", description="What the change is for; the commit message's first line."
    )
    fleet: FleetSelector = Field(default=FleetSelector(), description="Which repositories take part.")
    select: str = Field(
        default="",
        description="SQL over the facts that gives `repo`, and `path`, `start_byte`, `end_byte` when wanted; "
        "or the name of a rule. Empty: the change's own rules find their sites.",
    )
    change: tuple[Step, ...] = Field(min_length=1, description="What is done, in order.")
    check: tuple[CheckStep, ...] = Field(default=("parse",), description="What must hold, in order.")
    shapes: Shapes = Field(default=Shapes(), description="When accepted edits become rules.")
    deliver: Deliver = Field(default=Deliver(), validate_default=True, description="How the change leaves.")
    notify: Notify = Field(default=Notify(), description="Who is told when it waits, or has ended.")

    @field_validator("deliver")
    @classmethod
    def _whole_branch_name(cls, value: Deliver, info: ValidationInfo) -> Deliver:
        if "name" in info.data:
            _branch(value.branch.format(campaign=info.data["name"]))
        return value

    @model_validator(mode="after")
    def _described(self) -> "CampaignSpec":
        request = self.deliver.change_request
        if not self.description.strip():
            if "{description}" in self.deliver.message:
                raise ValueError(
                    "`description` is missing: it is the commit message (or set `deliver.message`)"
                )
            if request is not None and "{description}" in request.title:
                raise ValueError("`description` is missing: it is the title of the change requests")
        return self

    @property
    def branch(self) -> str:
        """The branch on the remote."""
        return self.deliver.branch.format(campaign=self.name)

    @property
    def selects_by_sql(self) -> bool:
        """True when `select` is a query, False when it names a rule or nothing."""
        return bool(re.match(r"\s*(--.*\n\s*)*(select|with)\b", self.select, re.IGNORECASE))
