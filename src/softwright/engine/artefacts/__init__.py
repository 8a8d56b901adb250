"""A content-addressed store for what is too large to travel in a payload."""

from softwright.engine.artefacts.artefacts import FRESH, Artefacts, artefact_digest
from softwright.engine.artefacts.folder import FolderShelf
from softwright.engine.artefacts.remote import RemoteShelf
from softwright.engine.artefacts.shelf import Found, Shelf

__all__ = ["FRESH", "Artefacts", "FolderShelf", "Found", "RemoteShelf", "Shelf", "artefact_digest"]
