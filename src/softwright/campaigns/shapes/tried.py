"""Rules made of accepted edits, made ready to be tried before the steps whose edits they make."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from softwright.campaigns.change import Change, Tried, origin_of
from softwright.campaigns.load import Loaded
from softwright.campaigns.means import Means
from softwright.campaigns.shapes.compile import METHOD, Accepted, compile_shape, makes_all, rules_of
from softwright.campaigns.shapes.reading import EditedFile, read_edits, shown_repos
from softwright.campaigns.shapes.review import Standing, reviewed
from softwright.campaigns.view import CampaignView, campaign_view
from softwright.core import OutsideFault, digest
from softwright.ledger.shapes import ShapeExample, ShapeRule
from softwright.rewrite import Rule, load_rule
from softwright.rewrite.learning import Example
from softwright.rewrite.shapes import Form, Kind


def with_tried(means: Means, loaded: Loaded) -> Loaded:
    """The campaign with rules for what was accepted of its commands and functions.

    Rules are made anew only where other edits were accepted since. What could not be made is in the record
    too.
    """
    spec, change = loaded.spec, loaded.shop.change
    costly = {origin: at for at, step in enumerate(change.steps) if (origin := _only_origin(change, at))}
    if not spec.shapes.after or not costly or means.ledger.campaigns.get(spec.name) is None:
        return loaded
    view = campaign_view(means.ledger, means.mirrors, spec.name)
    accepted = accepted_files(means, view, costly)
    if not any(accepted.values()):
        return loaded
    refused = [_example(each) for each in means.ledger.examples.of(spec.name)]
    tried: dict[int, Tried] = {}
    for origin, at in costly.items():
        made = _made(means, spec.name, origin, accepted[origin], refused, after=spec.shapes.after)
        rules = _on_disk(means.folder("shapes") / spec.name, made)
        if rules:
            tried[at] = Tried(rules, makes_all(rules, accepted[origin]))
    return replace(loaded, shop=replace(loaded.shop, change=replace(change, tried=tried)))


def _only_origin(change: Change, at: int) -> str:
    """What the step's edits are signed with; "" for rules, and where another step signs alike."""
    origin = origin_of(change.steps[at])
    return origin if sum(origin_of(step) == origin for step in change.steps) == 1 else ""


def accepted_files(means: Means, view: CampaignView, origins: Iterable[str]) -> dict[str, list[Accepted]]:
    """The files that one of the steps alone changed, all of whose edits are accepted, by step."""
    wanted = {(origin,) for origin in origins}
    repos = [r for r in shown_repos(view) if any(file.origins in wanted for file in r.files)]
    edited = read_edits(means, view, repos)
    decisions = means.ledger.edits.latest(view.name)
    left = {
        (edit.placed.repo, edit.placed.path)
        for edit in reviewed(edited, decisions)
        if edit.standing is not Standing.ACCEPTED
    }
    found: dict[str, list[Accepted]] = {origin: [] for (origin,) in wanted}
    for one in edited:
        for file in one.files:
            if file.file.origins in wanted and (one.repo.name, file.path) not in left:
                accepted = _accepted(view, one.repo.name, file)
                if accepted is not None:
                    found[file.file.origins[0]].append(accepted)
    return found


def _accepted(view: CampaignView, repo: str, file: EditedFile) -> Accepted | None:
    sides = view.content(repo, file.file)
    if sides.old is None or sides.new is None or not file.edits:
        return None
    try:
        return Accepted(repo, file.path, sides.old.decode(), sides.new.decode(), file.edits)
    except UnicodeDecodeError:
        return None


def _example(each: ShapeExample) -> Example:
    return Example(each.path, each.before, each.after, each.repo)


def _made(
    means: Means,
    campaign: str,
    step: str,
    files: Sequence[Accepted],
    refused: Sequence[Example],
    *,
    after: int,
) -> list[ShapeRule]:
    """The rules of the shapes of a step that were accepted often enough."""
    counts: dict[Form, int] = {}
    for file in files:
        for edit in file.edits:
            if edit.form.kind in (Kind.CODE, Kind.LINES) and edit.form.language:
                counts[edit.form] = counts.get(edit.form, 0) + 1
    known = {(each.step, each.shape): each for each in means.ledger.shape_rules.of(campaign)}
    seen = [METHOD, sorted(file.name for file in files), [[e.repo, e.path, e.after] for e in refused]]
    made: list[ShapeRule] = []
    for form in sorted((form for form, count in counts.items() if count >= after), key=lambda form: form.key):
        inputs = digest([*seen, form.key])
        before = known.get((step, form.key))
        if before is None or before.inputs != inputs:
            before = compile_shape(campaign, step, form, files, refused, inputs)
            means.ledger.shape_rules.put([before])
        made.append(before)
    return made


def _on_disk(folder: Path, made: Sequence[ShapeRule]) -> tuple[Rule, ...]:
    """The rules as files, which anybody may read."""
    rules: list[Rule] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in made:
            for rule, text in rules_of(each):
                path = folder / f"{rule.id}.md"
                beside = path.with_name(f".{path.name}.{os.getpid()}")
                beside.write_text(text, encoding="utf-8")
                beside.replace(path)
                rules.append(load_rule(path))
    except OSError as error:
        raise OutsideFault(f"cannot write a rule: {error.strerror}", where=str(folder)) from error
    return tuple(rules)


def tried_texts(tried: Mapping[int, Tried]) -> dict[str, bytes]:
    """The files of the rules, by the path they have in a pack."""
    return {
        f"shapes/{at}/{number}/{rule.id}.md": Path(rule.path).read_bytes()
        for at, each in tried.items()
        for number, rule in enumerate(each.rules)
    }


def tried_in(folder: Path, whole: Mapping[str, bool]) -> dict[int, Tried]:
    """The rules of a pack that is laid out in `folder`; `whole` tells of each step whether they make all
    of it."""
    found: dict[int, Tried] = {}
    for at, is_whole in whole.items():
        places = sorted((folder / "shapes" / at).iterdir(), key=lambda place: int(place.name))
        found[int(at)] = Tried(
            tuple(load_rule(path) for place in places for path in place.iterdir()), is_whole
        )
    return found
