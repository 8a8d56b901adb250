"""Softwright: one change carried through a thousand repositories, checked, reviewed and delivered."""

__version__ = "0.1.0"
