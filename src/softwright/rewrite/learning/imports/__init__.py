"""Imports as requirements: what new code needs, what nobody uses any more, what moved."""
