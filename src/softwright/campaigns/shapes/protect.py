"""What people decided about single edits, kept when a repository is worked on again.

A rejected edit is left out and a corrected one replaced, whoever proposed it. Imports follow: one that is
there only for what was left out goes with it, one that what was left out still needs stays.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from softwright.campaigns.draft import Draft
from softwright.campaigns.shapes.reading import mode_edit
from softwright.core import Delete, Edit, Write, apply_edits
from softwright.ledger.shapes import CORRECTED, REJECTED, EditDecision
from softwright.rewrite.shapes import Kind, ShapedEdit, shape_edits

_ROUNDS = 5  # leaving an edit out may change how its neighbours are divided
_NAMES = re.compile(r"\w+")


def kept_decisions(decisions: Iterable[EditDecision]) -> dict[str, dict[str, str | None]]:
    """Repository -> digest -> the correction, or None for a site that is left alone."""
    found: dict[str, dict[str, str | None]] = {}
    for each in decisions:
        if each.decision in (REJECTED, CORRECTED):
            text = each.correction if each.decision == CORRECTED else None
            found.setdefault(each.repo, {})[each.edit] = text
    return found


def protect(draft: Draft, repo: str, decided: Mapping[str, str | None]) -> int:
    """Leave out of the draft what was rejected, and put corrections in; gives how many edits that were."""
    changed = 0
    for path, op in draft.patch().files.items():
        base = draft.base(path)
        after = op.content if isinstance(op, Write) else None
        result, count = decided_content(repo, path, base, after, decided)
        mode = _mode(draft, repo, path, op, decided)
        if count or mode:
            changed += count + bool(mode)
            draft.replace(path, result, mode=mode)
    return changed


def decided_content(
    repo: str, path: str, before: bytes | None, after: bytes | None, decided: Mapping[str, str | None]
) -> tuple[bytes | None, int]:
    """The content of a file with decisions kept, and how many edits they were about."""
    count = 0
    for _ in range(_ROUNDS):
        edits = shape_edits(path, before, after)
        hits = {id(edit) for edit in edits if edit.digest(repo, path) in decided}
        if not hits:
            break
        count += len(hits)
        if before is None or after is None or edits[0].form.kind is Kind.FILE:
            return before, count
        texts = [decided.get(edit.digest(repo, path)) if id(edit) in hits else edit.now for edit in edits]
        after = _combined(before, after, edits, texts)
    return after, count


def _combined(before: bytes, after: bytes, edits: Sequence[ShapedEdit], texts: Sequence[str | None]) -> bytes:
    """The file with those edits that have a text; an edit's own text means its own bytes."""
    kept = [
        Edit(edit.old, after[edit.new.start : edit.new.end] if text == edit.now else text.encode())
        for edit, text in zip(edits, texts, strict=True)
        if text is not None
    ]
    content = apply_edits(before, kept)
    if len(kept) == len(edits):
        return content
    imports = [edit for edit in edits if edit.form.kind is Kind.IMPORT]
    dropped = {edit.old for edit in imports if _is_idle(edit, before, kept, imports)}
    return apply_edits(before, [edit for edit in kept if edit.span not in dropped]) if dropped else content


def _is_idle(edit: ShapedEdit, before: bytes, kept: Sequence[Edit], imports: Sequence[ShapedEdit]) -> bool:
    """True when an import edit serves nothing now: its new names are not used, or its old ones still are."""
    spans = {each.old for each in imports}
    rest = apply_edits(before, [each for each in kept if each.span not in spans])
    text = _without_imports(rest.decode("utf-8", "replace"))
    words = set(_NAMES.findall(text))
    come, gone = bound_names(edit.form.after), bound_names(edit.form.before)
    return (bool(come) and not come & words) or (bool(gone) and not come and bool(gone & words))


def _without_imports(text: str) -> str:
    return re.sub(r"(?ms)^\s*(from\s+\S+\s+)?import\s+(\([^)]*\)|[^\n]*)", "", text)


def bound_names(statements: str) -> set[str]:
    """The names that import statements bind, by the last word of each."""
    found = set()
    for line in statements.splitlines():
        words = _NAMES.findall(re.sub(r"\bfrom\s+([\"']).*?\1", "", line))
        if words:
            found.add(
                words[-1]
                if "." not in line.rpartition("import")[2]
                else line.rpartition("import")[2].split(".")[0].strip()
            )
    return found


def _mode(draft: Draft, repo: str, path: str, op: Write | Delete, decided: Mapping[str, str | None]) -> str:
    """The mode that the file keeps when its change was rejected, "" when nothing is to be done."""
    entry = draft.listing.get(path)
    if entry is None or not isinstance(op, Write) or op.mode == entry.mode:
        return ""
    return entry.mode if mode_edit(entry.mode, op.mode).digest(repo, path) in decided else ""
