"""The bytes of a file as prefilters ask them: of many patterns, every word is looked for once."""

import re

_TABLE = bytes(byte if re.match(r"[A-Za-z0-9_]", chr(byte)) else 0x20 for byte in range(256))
_TRIES = 4
"""Places of a word that are looked at by themselves before all words of the file are listed."""
_MANY = 12
"""Patterns for which it pays to list the words of a file before they ask."""


class Content:
    """A file's bytes, and which words were found in them."""

    __slots__ = ("_holds", "_stands", "_words", "source")

    def __init__(self, source: bytes) -> None:
        self.source = source
        self._holds: dict[bytes, bool] = {}
        self._stands: dict[bytes, bool] = {}
        self._words: frozenset[bytes] | None = None

    @property
    def is_listed(self) -> bool:
        """True when all words of the file are known: questions for whole words cost next to nothing then."""
        return self._words is not None

    def expect(self, patterns: int) -> None:
        """Say how many patterns will ask: for many, the words of the file are listed first."""
        if patterns >= _MANY:
            self.list_words()

    def holds(self, word: bytes) -> bool:
        """True when the word is somewhere in the file, be it as a part of a longer one."""
        known = self._holds.get(word)
        if known is None:
            listed = self._words is not None and word in self._words
            known = self._holds[word] = listed or word in self.source
        return known

    def stands_in(self, word: bytes) -> bool:
        """True when the word is somewhere without a letter, digit or underscore next to it."""
        known = self._stands.get(word)
        if known is None:
            known = self._stands[word] = self._stands_alone(word)
        return known

    def _stands_alone(self, word: bytes) -> bool:
        if self._words is None:
            at = self.source.find(word)
            for _ in range(_TRIES):
                if at < 0:
                    return False
                end = at + len(word)
                if not _joins(self.source[max(0, at - 1) : at]) and not _joins(self.source[end : end + 1]):
                    return True
                at = self.source.find(word, end)
            return word in self.list_words()
        return word in self._words

    def list_words(self) -> frozenset[bytes]:
        """All words of the file; worth it before dozens of patterns ask."""
        if self._words is None:
            self._words = frozenset(self.source.translate(_TABLE).split())
        return self._words


def _joins(beside: bytes) -> bool:
    return beside.isalnum() or beside == b"_"
