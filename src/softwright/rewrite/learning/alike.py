"""Files that a change left alone although they hold the words it took away: bounds of what is learned."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from softwright.core import language_of
from softwright.rewrite.learning.example import Example

MOST_WORDS = 12
"""Words that are looked for."""
LARGEST = 200_000
"""Bytes of a file that is still looked at."""
_WORD = re.compile(r"[^\W\d]\w{2,}")


def removed_words(examples: Sequence[Example]) -> list[str]:
    """Words that the changes took away, the most frequent first."""
    gone: Counter[str] = Counter()
    for example in examples:
        if not example.is_left_alone:
            gone += Counter(_WORD.findall(example.before)) - Counter(_WORD.findall(example.after))
    return [word for word, _ in sorted(gone.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_WORDS]]


def files_alike(
    examples: Sequence[Example], others: Iterable[tuple[str, bytes]], *, most: int = 40, repo: str = ""
) -> list[Example]:
    """Of the other files those that hold most of the removed words, as files that were left alone.

    `others` are path and content; files of other languages, large files and those not in UTF-8 do not count.
    """
    words = [word.encode() for word in removed_words(examples)]
    languages = {example.language for example in examples if not example.is_left_alone}
    found: list[tuple[int, str, str]] = []
    for path, content in others if words else ():
        if language_of(path) not in languages or len(content) > LARGEST:
            continue
        held = sum(word in content for word in words)
        text = _text(content) if held else None
        if text is not None:
            found.append((-held, path, text))
    return [Example(path, text, text, repo) for _, path, text in sorted(found)[:most]]


def _text(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None
