"""Where repositories live: bare mirrors, objects without a working tree, pushes with lease."""

from softwright.hosts.commits import CommitSpec, Identity, write_commit
from softwright.hosts.git import Git, end_all
from softwright.hosts.mirrors import EmptyRepository, Mirrors
from softwright.hosts.objects import (
    ObjectReader,
    changed_paths,
    entries,
    export_tree,
    last_changed,
)
from softwright.hosts.push import PushResult, PushState, delete_branch, push_branch, remote_tip
from softwright.hosts.record import BASE_REF, LastSync
from softwright.hosts.refs import branch_fault, read_ref
from softwright.hosts.source import GitSource
from softwright.hosts.syncing import SyncResult, SyncState
from softwright.hosts.urls import has_password, scrub

__all__ = [
    "BASE_REF",
    "CommitSpec",
    "EmptyRepository",
    "Git",
    "GitSource",
    "Identity",
    "LastSync",
    "Mirrors",
    "ObjectReader",
    "PushResult",
    "PushState",
    "SyncResult",
    "SyncState",
    "branch_fault",
    "changed_paths",
    "delete_branch",
    "end_all",
    "entries",
    "export_tree",
    "has_password",
    "last_changed",
    "push_branch",
    "read_ref",
    "remote_tip",
    "scrub",
    "write_commit",
]
