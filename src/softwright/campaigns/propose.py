"""Making the patch of one repository: each step of the change, in order, on a draft."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from softwright.campaigns.change import Change, FunctionStep, RuleGroup, Tried, origin_of
from softwright.campaigns.draft import Draft
from softwright.campaigns.outcome import Picked
from softwright.campaigns.spec import CommandStep
from softwright.campaigns.work import Work, left_out, measured
from softwright.core import OutsideFault, Span, apply_edits, language_of
from softwright.facts.flags import is_test
from softwright.facts.requires_python import PythonFloors
from softwright.rewrite import FileFacts, Rewrite, Rule, Scope, needs_newer_python, rewrite

MAX_FILE_BYTES = 5_000_000
"""Larger files are left alone, and said so."""

_ANYWHERE = Scope()

RunCommand = Callable[[CommandStep, Draft], None]
"""Runs a command on the draft's files and puts what it changed into the draft."""


@dataclass
class Proposal:
    """A draft with all steps done, the number of changed sites, and notes for people.

    `passed_over` says of rules that might have changed something why the project's Python keeps them from it.
    """

    draft: Draft
    sites: int = 0
    notes: list[str] = field(default_factory=list)
    passed_over: dict[str, str] = field(default_factory=dict)
    work: list[Work] = field(default_factory=list)


def propose(
    change: Change,
    draft: Draft,
    *,
    picked: Picked | None = None,
    run_command: RunCommand,
) -> Proposal:
    """The draft after every step. `picked` narrows rules and functions to the files (and spans) selected.

    Raises OutsideFault when a step fails.
    """
    proposal = Proposal(draft)
    floors = PythonFloors(draft.base)
    for at, step in enumerate(change.steps):
        if isinstance(step, RuleGroup):
            with measured(proposal.work, draft, step):
                _apply_rules(step, proposal, picked, floors)
            continue
        done = _try_first(change.tried.get(at), step, proposal, picked, floors)
        if done and not isinstance(step, FunctionStep):
            proposal.work.append(left_out(step))
            continue
        with measured(proposal.work, draft, step):
            if isinstance(step, FunctionStep):
                _apply_function(step, proposal, picked, but=done)
            else:
                run_command(step, draft)
    proposal.notes += proposal.passed_over.values()
    proposal.sites = sum(draft.sites.values())
    return proposal


def _try_first(
    tried: Tried | None,
    step: CommandStep | FunctionStep,
    proposal: Proposal,
    picked: Picked | None,
    floors: PythonFloors,
) -> frozenset[str]:
    """The files in which rules of accepted edits did all that the step would have done, as far as is
    known."""
    if tried is None:
        return frozenset()
    group = RuleGroup(tried.rules)
    before = dict(proposal.draft.sites)
    with measured(proposal.work, proposal.draft, group, instead_of=origin_of(step)):
        _apply_rules(group, proposal, picked, floors, only=step if isinstance(step, FunctionStep) else None)
    changed = {path for path, count in proposal.draft.sites.items() if count != before.get(path, 0)}
    return frozenset(changed) if tried.whole else frozenset()


def candidate_paths(group: RuleGroup, paths: Iterable[str], picked: Picked | None) -> list[str]:
    """The files that some rule of the group might change, judged by their paths alone."""
    by_language: dict[str, list[Rule]] = {}
    for rule in group.rules:
        by_language.setdefault(rule.language, []).append(rule)
    found = []
    for path in paths:
        rules = by_language.get(language_of(path))
        if rules is None or (picked is not None and path not in picked):
            continue
        if any(rule.scope == _ANYWHERE for rule in rules) or any(
            rule.scope.holds(path, is_test=is_test(path)) for rule in rules
        ):
            found.append(path)
    return found


def _apply_rules(
    group: RuleGroup,
    proposal: Proposal,
    picked: Picked | None,
    floors: PythonFloors,
    *,
    only: FunctionStep | None = None,
) -> None:
    draft = proposal.draft
    paths = candidate_paths(group, draft.paths(), picked)
    if only is not None:
        paths = [path for path in paths if only.wants(path)]
    for path, source in draft.contents(paths):
        language = language_of(path)
        rules = [rule for rule in group.rules if rule.language == language]
        likely = [rule for rule in rules if rule.may_match(source)]
        if not likely or _too_large(path, source, proposal):
            continue
        floor = floors.of(path) if any(rule.min_python for rule in rules) else None
        facts = FileFacts(path, language, floor, is_test(path))
        for rule in likely:
            if rule.id not in proposal.passed_over and (why := needs_newer_python(rule, facts)):
                proposal.passed_over[rule.id] = why
        found = rewrite(rules, source, facts)
        proposal.notes += [f"{path}: {note}" for note in _notes(found)]
        spans = picked[path] if picked else ()
        if spans and any(not _inside(site.span, spans) for site in found.sites):
            whole = frozenset(rule.id for rule in rules if rule.imports_replace)
            found = _only_inside(spans, source, found, whole)
        if found.content != source:
            draft.edit(path, source, found.content, found.edits)
            draft.sites[path] = draft.sites.get(path, 0) + len(found.sites)


def _notes(found: Rewrite) -> Iterator[str]:
    if found.refused and found.refused not in found.notes:
        yield found.refused
    yield from found.notes
    for lost in found.dropped:
        yield f"bytes {lost.span.start}-{lost.span.end}: {lost.loser} gave way to {lost.winner}"
    if found.suppressed:
        lines = ", ".join(str(line) for line in found.suppressed)
        yield f"left alone by comment: line {lines}"


def _inside(span: Span, spans: tuple[Span, ...]) -> bool:
    return any(span.overlaps(one) or one.contains(span) for one in spans)


def _only_inside(spans: tuple[Span, ...], source: bytes, found: Rewrite, whole: frozenset[str]) -> Rewrite:
    """The part of a rewrite that changes the selected spans.

    Elsewhere only additions are kept (an import that the new code needs): what is left as it was may
    still use what would have been removed. What the rules `whole` do is not parted: an import that is
    called otherwise and its uses belong together.
    """
    sites = tuple(site for site in found.sites if _inside(site.span, spans))
    if not sites:
        return Rewrite(source)
    others = [site.span for site in found.sites if not _inside(site.span, spans)]
    edits = tuple(
        edit
        for edit in found.edits
        if _inside(edit.span, spans)
        or not whole.isdisjoint(edit.origin.split(","))
        or (source[edit.span.start : edit.span.end] in edit.new and not _inside(edit.span, tuple(others)))
    )
    return Rewrite(apply_edits(source, edits), edits, sites, notes=found.notes)


def _apply_function(
    step: FunctionStep, proposal: Proposal, picked: Picked | None, *, but: frozenset[str] = frozenset()
) -> None:
    draft = proposal.draft
    paths = [p for p in draft.paths() if step.wants(p) and (picked is None or p in picked) and p not in but]
    for path, source in list(draft.contents(paths)):
        if _too_large(path, source, proposal):
            continue
        try:
            content = step.function(path, source)
        except Exception as error:  # the author's function may raise anything
            raise OutsideFault(f"{step.name} failed on {path}: {type(error).__name__}: {error}") from error
        if content is not None and not isinstance(content, bytes):
            raise OutsideFault(f"{step.name} gave {type(content).__name__} for {path}, not bytes or None")
        if content is not None and content != source:
            draft.write(path, content, origin=step.name)


def _too_large(path: str, source: bytes, proposal: Proposal) -> bool:
    if len(source) <= MAX_FILE_BYTES:
        return False
    proposal.notes.append(f"{path}: {len(source)} bytes, more than {MAX_FILE_BYTES}: left alone")
    return True
