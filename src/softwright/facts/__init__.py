"""Blobs become facts, facts become answers."""
