"""What a decision is bound to: the edits with what they apply to, and what the commit says."""

from collections.abc import Mapping

from softwright.core import Patch, digest
from softwright.hosts import CommitSpec

_EDITS = 40
_WORDS = 20


def shown_digest(watched: Mapping[str, str], patch: Patch, commit: CommitSpec) -> str:
    """`<edits>.<words>`: names of the edits, and of the message, authorship and trailers of their commit."""
    edits = digest([patch.digest, sorted(watched.items())], length=_EDITS)
    people = [[each.name, each.email] for each in (commit.author, commit.committer)]
    words = digest([commit.message, people, [list(each) for each in commit.trailers]], length=_WORDS)
    return f"{edits}.{words}"


def same_edits(one: str, other: str) -> bool:
    """True when two digests differ in what the commit says at most."""
    return one.partition(".")[0] == other.partition(".")[0]
