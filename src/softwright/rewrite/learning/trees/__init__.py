"""Code as trees, and what changed between two of them."""
