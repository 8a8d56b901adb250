"""Rules in plain words."""

from softwright.rewrite.words.sentence import in_words, scope_words

__all__ = ["in_words", "scope_words"]
