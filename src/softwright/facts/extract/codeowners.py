"""CODEOWNERS: its lines, and which of them owns a path."""

import re
from collections.abc import Sequence
from functools import lru_cache

from softwright.facts.extract.batch import Batch


def read_codeowners(text: str, unit: int, scope: str, into: Batch) -> None:
    """Append its lines in order; comments, GitLab's section heads and blank lines are left out."""
    del scope
    ordinal = 0
    for line in text.splitlines():
        words = re.split(r"(?<!\\)\s+", _without_comment(line).strip())
        if not words[0] or (words[0].startswith(("[", "^[")) and not words[0].endswith("/")):
            continue
        ordinal += 1
        into.owner_rules.append((unit, ordinal, words[0].replace("\\ ", " ").replace("\\#", "#"), words[1:]))


def _without_comment(line: str) -> str:
    return "" if line.lstrip().startswith("#") else re.split(r"\s#", line, maxsplit=1)[0]


def owner_of(path: str, rules: Sequence[tuple[str, list[str]]]) -> tuple[str, list[str]] | None:
    """The last rule that matches, or None. A rule without owners leaves the path without an owner."""
    for pattern, owners in reversed(rules):
        if _matcher(pattern).search(path):
            return pattern, owners
    return None


@lru_cache(maxsize=4096)
def _matcher(pattern: str) -> re.Pattern[str]:
    """GitHub's reading of gitignore patterns: no negation, no character ranges."""
    body = pattern.strip("/")
    anchored = pattern.startswith("/") or "/" in body
    out = []
    for part in re.split(r"(/\*\*/|\*\*/|/\*\*|\*\*|\*|\?)", body):
        out.append(
            {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(
                part, re.escape(part)
            )
        )
    start = "^" if anchored else "(?:^|/)"
    # `docs/*` owns the files in docs but not those deeper down; `docs/` and `docs` own everything below.
    end = "/" if pattern.endswith("/") else "$" if body.endswith("/*") else "(?:$|/)"
    return re.compile(start + "".join(out) + end)
