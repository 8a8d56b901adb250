"""Proposals as artefacts: of a file that its edits make again from the snapshot, only the edits are kept.

Whole contents would be 50 times as much to encode, compress and write on a fleet's Python sources.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from softwright.campaigns.outcome import Proposed
from softwright.campaigns.runs import payloads as _payloads  # noqa: F401  registers what proposals are made of
from softwright.core import OutsideFault, Patch, Write, apply_edits
from softwright.engine import portable
from softwright.engine.artefacts import Artefacts

Base = Callable[[str], bytes | None]
"""The snapshot's content of a path, None where it has none."""


@portable
@dataclass(frozen=True, slots=True)
class StoredProposal:
    """`change` lacks the files of `edited`, path -> git mode: their edits are applied to the snapshot."""

    change: Proposed
    edited: Mapping[str, str]


def put_proposal(store: Artefacts, change: Proposed, base: Base) -> str:
    """Store a proposal made on a snapshot and give its digest."""
    patch, edited = change.patch, {}
    for path, edits in patch.edits.items():
        op, source = patch.files[path], base(path)
        if isinstance(op, Write) and source is not None and apply_edits(source, edits) == op.content:
            edited[path] = op.mode
    rest = {path: op for path, op in patch.files.items() if path not in edited}
    return store.put_json(StoredProposal(replace(change, patch=Patch(rest, patch.edits)), edited))


def get_proposal(store: Artefacts, digest: str, base: Base) -> Proposed:
    """The proposal as it was put, on the same snapshot.

    Raises OutsideFault when the artefact is missing or damaged, or a file of the snapshot is not there.
    """
    stored: StoredProposal = store.get_json(digest)
    files = dict(stored.change.patch.files)
    for path, mode in stored.edited.items():
        source = base(path)
        if source is None:
            raise OutsideFault(f"`{path}` is not in the snapshot that it was changed in")
        files[path] = Write(apply_edits(source, stored.change.patch.edits[path]), mode)
    return replace(stored.change, patch=Patch(files, stored.change.patch.edits))
