"""`softwright: ignore[rule-id]` comments: places a rule must leave alone."""

import re

from softwright.rewrite.layout import line_end, line_start

MARK = "softwright:"
_COMMENT = re.compile(r"(?:#|//|/\*|--).*?softwright:\s*ignore(?:\[(?P<ids>[^\]]*)\])?")


def is_suppressed(text: str, start: int, end: int, rule_id: str) -> bool:
    """Whether a comment tells the rule to leave the site alone.

    It counts on the first or the last line of the site, or on a line of its own just above.
    """
    first = line_start(text, start)
    lines = [
        text[first : line_end(text, start)],
        text[line_start(text, max(start, end - 1)) : line_end(text, end)],
    ]
    above = text[line_start(text, first - 1) : first] if first else ""
    if above.lstrip().startswith(("#", "//", "/*")):
        lines.append(above)
    return any(_names(line, rule_id) for line in lines)


def _names(line: str, rule_id: str) -> bool:
    found = _COMMENT.search(line)
    if not found:
        return False
    ids = found["ids"]
    return ids is None or rule_id in [word.strip() for word in ids.split(",")]
