"""What the parts of a campaign's file have in common."""

from string import Formatter

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A part of the file that takes no other keys than its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def placeholders(text: str, allowed: tuple[str, ...]) -> str:
    """The text itself, when everything in braces is one of the words allowed, with nothing added to it."""
    try:
        named = [part[1:] for part in Formatter().parse(text) if part[1] is not None]
    except ValueError as error:
        raise ValueError(f"{error}; write a brace of the text itself twice: `{{{{`") from error
    for name, form, conversion in named:
        if name not in allowed:
            raise ValueError(f"`{{{name}}}` is no placeholder here; allowed: {', '.join(allowed)}")
        if form or conversion:
            raise ValueError(f"`{{{name}}}` takes no format; write it as it is")
    return text
