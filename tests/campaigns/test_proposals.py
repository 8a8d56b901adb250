"""Proposals as artefacts."""

import pytest

from softwright.campaigns.outcome import Proposed
from softwright.campaigns.runs.proposals import get_proposal, put_proposal
from softwright.core import Delete, Edit, OutsideFault, Patch, Span, Write
from softwright.engine.artefacts import Artefacts

BASE = {"a.py": b"x = 1\n" * 10_000, "b.py": b"y = 2\n", "c.py": b"z = 3\n"}


def proposed() -> Proposed:
    """One file changed by an edit, one by an edit that is not the whole truth, one deleted, one added."""
    edits = {
        "a.py": (Edit(Span(0, 1), b"w", "rule"),),
        "b.py": (Edit(Span(0, 1), b"v", "rule"),),
        "new.py": (Edit(Span(0, 0), b"n = 4\n", "command"),),
    }
    files = {
        "a.py": Write(b"w" + BASE["a.py"][1:], "100755"),
        "b.py": Write(b"v = 2 # and more\n"),
        "c.py": Delete(),
        "new.py": Write(b"n = 4\n"),
    }
    return Proposed("repo", Patch(files, edits), "sha256:0", 2)


def test_a_proposal_comes_back_as_it_was_put(tmp_path):
    """Contents, modes and edits, byte for byte."""
    store = Artefacts.open(tmp_path)
    assert get_proposal(store, put_proposal(store, proposed(), BASE.get), BASE.get) == proposed()


def test_contents_that_edits_tell_are_not_stored(tmp_path):
    """The artefact holds the edits of a large file, and the whole of those that edits do not tell."""
    store = Artefacts.open(tmp_path)
    stored = store.get(put_proposal(store, proposed(), BASE.get))
    assert len(stored) < 2_000
    assert b"new.py" in stored


def test_without_its_snapshot_a_proposal_is_refused(tmp_path):
    """A file that is not there says so, instead of giving another content."""
    store = Artefacts.open(tmp_path)
    digest = put_proposal(store, proposed(), BASE.get)
    with pytest.raises(OutsideFault, match=r"a\.py"):
        get_proposal(store, digest, lambda path: None)
