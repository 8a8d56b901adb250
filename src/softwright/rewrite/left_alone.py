"""The error of a single site: it stays as it is, and the rest of its file is rewritten."""

from softwright.core import InvalidInput


class LeftAlone(InvalidInput):
    """One match cannot be rewritten where it stands; the message says why."""
