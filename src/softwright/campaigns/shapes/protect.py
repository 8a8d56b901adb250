"""What people decided about single edits, kept when a repository is worked on again.

A rejected edit is left out, and the lines of a corrected one are as a person wants them, whoever proposed it.
Imports follow: one that is there only for what was left out goes with it, one that what was left out still
needs stays.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from softwright.campaigns.draft import Draft
from softwright.campaigns.shapes.reading import mode_edit
from softwright.core import Delete, Edit, Span, Write, apply_edits
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
        wanted = [
            _Wanted(edit, decided.get(edit.digest(repo, path)), True)
            if id(edit) in hits
            else _Wanted(edit, edit.now, False)
            for edit in edits
        ]
        after = _combined(before, after, wanted)
    return after, count


class _Wanted(NamedTuple):
    """An edit and the text that is to come of it, None when nothing is; `decided` by a person."""

    edit: ShapedEdit
    text: str | None
    decided: bool

    def made(self, before: bytes, after: bytes) -> Edit | None:
        """What is done to the file before; a correction takes the place of whole lines."""
        if self.text is None:
            return None
        if not self.decided:  # its own bytes, whatever their encoding
            return Edit(self.edit.old, after[self.edit.new.start : self.edit.new.end])
        return Edit(_lines_of(self.edit, before), self.text.encode())


def _lines_of(edit: ShapedEdit, before: bytes) -> Span:
    """The whole lines that an edit is in, without the end of the last one; between two lines that place."""
    if not edit.lines[0]:
        return edit.old
    start = before.rfind(b"\n", 0, edit.old.start) + 1
    end = before.find(b"\n", max(start, edit.old.end - 1))
    end = len(before) if end < 0 else end
    return Span(start, end - before[:end].endswith(b"\r"))


def _combined(before: bytes, after: bytes, wanted: Sequence[_Wanted]) -> bytes:
    """The file with those edits that have a text. What else is changed in a corrected line gives way."""
    edits = [each.edit for each in wanted]
    made = [(each, edit) for each in wanted if (edit := each.made(before, after)) is not None]
    corrected = [edit.span for each, edit in made if each.decided]
    kept = [edit for each, edit in made if each.decided or not _gives_way(each.edit, corrected)]
    content = apply_edits(before, kept)
    if len(kept) == len(edits):
        return content
    imports = [edit for edit in edits if edit.form.kind is Kind.IMPORT]
    dropped = {edit.old for edit in imports if _is_idle(edit, before, kept, imports)}
    return apply_edits(before, [edit for edit in kept if edit.span not in dropped]) if dropped else content


def _gives_way(edit: ShapedEdit, corrected: Iterable[Span]) -> bool:
    """True for an edit of a corrected line; what is put in above it or below is none."""
    old = edit.old
    return bool(edit.lines[0]) and any(old.start <= each.end and old.end >= each.start for each in corrected)


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
