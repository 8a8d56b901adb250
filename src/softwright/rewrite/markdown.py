"""The little Markdown that rule files are made of: front matter, headings, fenced blocks; all with lines."""

import re
from dataclasses import dataclass, field

_FENCE = re.compile(r"^(`{3,}|~{3,})\s*([^\s`]*)\s*([^`]*)$")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the language and attributes (`path=…`) of its fence, and its text."""

    language: str
    attributes: str
    text: str
    line: int


@dataclass(slots=True)
class Section:
    """A heading (level 0 for the text before the first) with its own prose and blocks."""

    level: int
    title: str
    line: int
    prose: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


def split_front_matter(text: str) -> tuple[str, int, str, int]:
    """Front matter and body, each with the number of its first line; front matter "" when there is none."""
    lines = text.split("\n")
    if lines[0].strip() != "---":
        return "", 1, text, 1
    for at in range(1, len(lines)):
        if lines[at].strip() == "---":
            return "\n".join(lines[1:at]), 2, "\n".join(lines[at + 1 :]), at + 2
    return "", 1, text, 1


def sections(body: str, first_line: int) -> list[Section]:
    """The sections of a Markdown body in order; `first_line` is the line number of its first line."""
    found = [Section(0, "", first_line)]
    lines = body.split("\n")
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence:
            at = _read_block(lines, at, fence, found[-1], first_line)
            continue
        heading = _HEADING.match(lines[at])
        if heading:
            found.append(Section(len(heading[1]), heading[2], first_line + at))
        else:
            found[-1].prose.append(lines[at])
        at += 1
    return found


def _read_block(lines: list[str], at: int, fence: re.Match[str], section: Section, first: int) -> int:
    """Append the block that opens at `at`; gives the line after its closing fence."""
    mark = fence[1]
    end = at + 1
    while end < len(lines) and not (lines[end].startswith(mark) and not lines[end].strip(mark[0]).strip()):
        end += 1
    text = "".join(line + "\n" for line in lines[at + 1 : end])
    section.blocks.append(Block(fence[2], fence[3].strip(), text, first + at))
    return end + 1
