"""The key of an effect inside of a text that a forge keeps: a comment of Markdown, which nobody sees."""

import re
from dataclasses import dataclass

from softwright.core import digest

_MARKER = re.compile(
    r"\s*<!-- softwright:(?P<key>[\w:.-]+?)"
    r"(?: at=(?P<at>[0-9a-f]+))?(?: digest=(?P<digest>[0-9a-f]+))? -->\s*\Z"
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A text as it is kept: what a person sees, the key, the commit and the digest written with it."""

    text: str
    key: str = ""
    at: str = ""
    digest: str = ""


def text_digest(title: str, body: str) -> str:
    """Names a title and a text, whatever a forge makes of line ends and outer blanks."""
    return digest([title.strip(), "\n".join(line.rstrip() for line in body.strip().splitlines())], length=16)


def mark(body: str, key: str, *, at: str = "", digest: str = "") -> str:
    """The text with its key; `at` is the commit that it is about, `digest` what it was when we wrote it."""
    said = "".join(f" {name}={value}" for name, value in (("at", at), ("digest", digest)) if value)
    return f"{body.rstrip()}\n\n<!-- softwright:{key}{said} -->"


def marked(text: str) -> Marked:
    """What `mark` made; the key is "" for any other text."""
    found = _MARKER.search(text)
    if found is None:
        return Marked(text)
    return Marked(text[: found.start()], found["key"], found["at"] or "", found["digest"] or "")
