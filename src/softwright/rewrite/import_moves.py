"""`imports.replace` of one rule carried out on one tree: edits with their origin, sites, what stayed."""

from softwright.facts.structure import Tree
from softwright.rewrite.imports import FIXED
from softwright.rewrite.rule import Rule
from softwright.rewrite.suppress import is_suppressed, protections
from softwright.rewrite.text_edit import Composition, TextEdit


class ImportMoves:
    """What a rule's replaced imports change in a file; `sites` are places of the original, None if new."""

    def __init__(self, rule: Rule, tree: Tree, path: str, composition: Composition) -> None:
        self.rule = rule
        self.tree = tree
        marks = protections(tree)
        found = (
            FIXED[rule.language]
            .fixer(tree, path)
            .replacements(
                rule.imports_replace,
                lambda start, end: bool(marks) and is_suppressed(tree.text, (start, end), rule.id, marks),
            )
        )
        self.edits = [TextEdit(*edit[:3], rule.id) for edit in found.edits]
        self.sites = [_original(composition, *site) for site in found.sites] if self.edits else []
        self.notes = [f"{rule.id}: {note}" for note in found.notes]
        self.suppressed = [
            composition.original.count("\n", 0, composition.nearest_place(place)) + 1 for place in found.kept
        ]


def _original(composition: Composition, start: int, end: int) -> tuple[int, int] | None:
    first, last = composition.original_place(start), composition.original_place(max(start, end - 1))
    return None if first is None or last is None else (first, last + 1)
