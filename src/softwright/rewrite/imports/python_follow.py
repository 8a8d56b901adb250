"""Which uses of a name follow when its import is replaced by one that is called otherwise."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ast_grep_py import SgNode

from softwright.facts.structure import Import, PythonNames, Role, Scope, Tree, Use, extent, load_at
from softwright.rewrite.imports.moves import Kept
from softwright.rewrite.imports.python_goals import Goal
from softwright.rewrite.imports.python_home import Own
from softwright.rewrite.text_edit import TextEdit

_GENERIC = ("typing.", "typing_extensions.", "collections.abc.", "builtins.")
_TYPED_CALLS = ("typing.cast", "typing.TypeVar", "typing_extensions.TypeVar", "typing.ForwardRef")


@dataclass(slots=True)
class Plan:
    """One import on its way: what it becomes, and under which alias."""

    entry: Import
    goal: Goal
    alias: str = ""

    @property
    def old(self) -> str:
        """How uses without an alias spell it."""
        return self.entry.name or self.entry.module

    @property
    def new(self) -> str:
        """How they spell it afterwards."""
        return self.goal.name or self.goal.module

    @property
    def dotted(self) -> str:
        """What the new local name stands for."""
        return self.goal.dotted if self.goal.name else self.goal.module.split(".", 1)[0]


class Followers:
    """Edits of the uses; `given_up` are plans that cannot be carried out, `kept` what a comment protects."""

    def __init__(self, tree: Tree, names: PythonNames, own: Own, is_kept: Kept) -> None:
        self._tree = tree
        self._names = names
        self._own = own
        self._is_kept = is_kept
        self.edits: list[TextEdit] = []
        self.kept: list[int] = []
        self.given_up: list[Plan] = []
        self.notes: list[str] = []

    def follow(self, plans: Sequence[Plan]) -> None:
        """Rename the uses of every plan whose name changes, or give the plan the old name as its alias."""
        groups: dict[tuple[Scope, str], list[Plan]] = defaultdict(list)
        for plan in plans:
            if not plan.entry.alias and not plan.entry.is_star and plan.old != plan.new:
                groups[self._scope(plan.entry), plan.entry.local].append(plan)
        for (scope, local), group in groups.items():
            self._follow(scope, local, group)

    def _follow(self, scope: Scope, local: str, plans: list[Plan]) -> None:
        members = [entry for entry in self._names.bindings(local)[scope] if entry is not None]
        edits = self._renamed(scope, local, plans, members)
        if edits is None:
            for plan in plans:
                self._stay_called(plan)
            return
        edits += [edit for plan in _one_each(plans) for edit in self._in_strings(scope, plan)]
        kept = [edit.start for edit in edits if self._is_kept(edit.start, edit.end)]
        if kept:
            self.kept += kept
            self.given_up += plans
        else:
            self.edits += edits

    def _stay_called(self, plan: Plan) -> None:
        if plan.entry.name or "." not in plan.entry.module:
            plan.alias = plan.entry.local
            return
        self.given_up.append(plan)
        line = self._tree.text.count("\n", 0, plan.entry.start) + 1
        said = f"`{plan.new}` cannot take the place of `{plan.old}` everywhere in the file"
        self.notes.append(f"line {line} left alone: {said}")

    def _renamed(
        self, scope: Scope, local: str, plans: list[Plan], members: list[Import]
    ) -> list[TextEdit] | None:
        """The edits of all uses that mean one of the plans, None when that is not certain or not possible."""
        everything = self._names.bindings(local)[scope]
        if len(members) < len(everything) or self._may_change(local, members, scope):
            return None
        if any(plan.entry.name for plan in plans):
            alike = {plan.new for plan in plans}
            if len(plans) < len(members) or len(alike) > 1 or not all(plan.entry.name for plan in plans):
                return None
        elif any(member.name or member.alias for member in members):
            return None
        for plan in plans:
            root = plan.new.split(".", 1)[0]
            if root != local and not self._is_free(root, plan.dotted):
                return None
        edits, others = self._edits(scope, local, plans, members)
        moved = [plan.entry for plan in plans if plan.new.split(".", 1)[0] != local]
        return None if others and len(moved) == len(members) else edits

    def _edits(
        self, scope: Scope, local: str, plans: list[Plan], members: list[Import]
    ) -> tuple[list[TextEdit], int]:
        """Edits of the uses that a plan's import gives, and the number of those that another one gives."""
        by_spelling = {plan.old: plan for plan in plans}
        spellings = sorted({entry.name or entry.module for entry in members}, key=len, reverse=True)
        shapes = [(s, re.compile(r"\s*\.\s*".join(s.split(".")) + r"(?!\w)")) for s in spellings]
        edits: list[TextEdit] = []
        others = 0
        for use in self._uses(local, scope):
            given = ((s, shape.match(self._tree.text, use.start)) for s, shape in shapes)
            spelling, found = next(((s, found) for s, found in given if found), ("", None))
            if found is not None and spelling in by_spelling:
                edits.append(TextEdit(use.start, found.end(), by_spelling[spelling].new))
            else:
                others += 1
        return edits, others

    def _uses(self, local: str, scope: Scope) -> Iterator[Use]:
        """The reads of a name that see the bindings of a scope."""
        return (use for use in self._names.uses(local) if self._seen(local, use) == scope)

    def _seen(self, local: str, use: Use) -> Scope | None:
        """The scope whose bindings a read sees."""
        bound = self._names.bindings(local)
        if use.role is not Role.LOAD:
            return None
        at_hand = (
            one for at, one in enumerate(use.scopes) if one in bound and not (one.kind == "class" and at)
        )
        return next(at_hand, None)

    def _may_change(self, local: str, members: list[Import], scope: Scope) -> bool:
        """True when `global` or a later star import may bind the name anew, or a class takes it over.

        In `class A: x = x` the second `x` is the module's.
        """
        uses = self._names.uses(local)
        if any(use.role is Role.GLOBAL for use in uses):
            return True
        owners = (self._seen(local, use) for use in uses)
        if any(owner is not None and owner.kind == "class" and owner != scope for owner in owners):
            return True
        first = min(entry.start for entry in members)
        return scope.kind == "module" and any(
            entry.is_star and entry.start > first for entry in self._names.imports
        )

    def _is_free(self, name: str, dotted: str) -> bool:
        """True when the name stands for nothing else in this file."""
        for use in self._names.uses(name):
            if use.role is Role.IMPORT:
                continue
            given = self._names.resolve(name, use) if use.role is Role.LOAD else None
            if given is None or not self._own.same(given, dotted):
                return False
        alike = (entry for entry in self._names.imports if entry.local == name)
        return all(self._own.same(entry.dotted, dotted) for entry in alike)

    def _scope(self, entry: Import) -> Scope:
        uses = self._names.uses(entry.local)
        return next(use.binds_in for use in uses if use.start == entry.name_start)

    # -- strings ----------------------------------------------------------------------------------------

    def _in_strings(self, scope: Scope, plan: Plan) -> list[TextEdit]:
        """The name in `__all__` and in annotations that are strings."""
        old, new, local = plan.old, plan.new, plan.entry.local
        if scope.kind != "module" or not self._is_written_in_string(old):
            return []
        word = re.compile(rf"(?<![\w.]){re.escape(old)}(?!\w)")
        edits: list[TextEdit] = []
        for node in self._tree.root.find_all(kind="string_content", regex=rf"\b{re.escape(old)}\b"):
            start, text = extent(node)[0], node.text()
            if text == old and _is_public(node):
                edits += [TextEdit(start, start + len(old), new)] if "." not in new else []
            elif self._is_type(node) and self._names.resolve(local, load_at(node)) == plan.entry.dotted:
                edits += [TextEdit(start + m.start(), start + m.end(), new) for m in word.finditer(text)]
        return edits

    def _is_type(self, content: SgNode) -> bool:
        """True for a string that stands for a type: in an annotation, `Union["X"]`, `cast("X", y)`.

        `Literal["X"]` is none.
        """
        found = False
        for node in content.ancestors():
            kind = node.kind()
            if kind in ("generic_type", "subscript"):
                if node.text().split("[", 1)[0].endswith(("Literal", "Annotated")):
                    return False
                value = node.field("value")
                dotted = self._names.dotted(value) if value is not None else None
                found = found or (dotted or "").startswith(_GENERIC)
            elif kind == "type" or (kind == "assignment" and _is_type_alias(node)):
                found = True
            elif kind == "call":
                called = node.field("function")
                return found or (self._names.dotted(called) if called is not None else "") in _TYPED_CALLS
            elif kind in ("block", "module", "dictionary", "lambda"):
                break
        return found

    def _is_written_in_string(self, name: str) -> bool:
        return re.search(rf"[\"'\[\w, .]{re.escape(name)}\b", self._tree.text) is not None


def _one_each(plans: Sequence[Plan]) -> list[Plan]:
    """One plan for each name as it was spelled."""
    return list({plan.old: plan for plan in plans}.values())


def _is_type_alias(assignment: SgNode) -> bool:
    declared = assignment.field("type")
    return declared is not None and declared.text().endswith("TypeAlias")


def _is_public(content: SgNode) -> bool:
    """True for a string that is an element of `__all__`."""
    for node in content.ancestors():
        if node.kind() == "expression_statement":
            return re.match(r"__all__\b", node.text()) is not None
        if node.kind() in ("block", "module", "lambda", "subscript", "dictionary"):
            return False
    return False
