"""Which host a remote is at: pushes to one host take turns."""

from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """The host a URL or scp-like address names; "" for a local path."""
    if "://" in url:
        return (urlsplit(url).hostname or "").lower()
    head, colon, _ = url.partition(":")
    return head.rpartition("@")[2].lower() if colon and "/" not in head else ""
