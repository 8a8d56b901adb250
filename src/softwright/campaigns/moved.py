"""When the branch has moved: does what was found at the old snapshot still hold at the new one?

It does when the change works by rules alone, the files it touches are as they were, and no file that was
added or changed since has a site. The commit then keeps its parent: its files are untouched on both
sides, so it merges cleanly.
"""

from pathlib import Path

from softwright.campaigns.change import Change, RuleGroup
from softwright.campaigns.outcome import RepoTask
from softwright.campaigns.propose import candidate_paths
from softwright.facts.requires_python import MANIFESTS
from softwright.hosts import ObjectReader, changed_paths


def still_holds(change: Change, task: RepoTask, git_dir: Path) -> bool:
    """True when the earlier outcome need not be made again for the new snapshot."""
    earlier = task.earlier
    if earlier is None or not change.by_rules_only or not earlier.base.commit:
        return False
    if earlier.base.tree == task.snapshot.tree:
        return True
    moved = set(changed_paths(git_dir, earlier.base.commit, task.snapshot.commit))
    if not moved.isdisjoint(earlier.watched):
        return False
    if any(rule.min_python for rule in change.rules) and any(_is_manifest(path) for path in moved):
        return False
    rules = change.rules
    with ObjectReader(git_dir) as reader:
        blobs = {
            entry.path: entry.blob
            for entry in reader.entries(task.snapshot.tree)
            if entry.path in moved and entry.mode in ("100644", "100755")
        }
        wanted = candidate_paths(RuleGroup(rules), blobs, task.picked)
        contents = reader.read(blobs[path] for path in wanted)
        return not any(rule.may_match(source) for _, source in contents for rule in rules)


def _is_manifest(path: str) -> bool:
    return path.rpartition("/")[2] in MANIFESTS
