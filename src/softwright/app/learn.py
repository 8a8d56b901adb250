"""Learning from a change that was made: the lesson, what is asked about it, files of what was learned."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from softwright.app.learn_sources import Gathered as Gathered
from softwright.app.learn_sources import Place, Sources, current_texts, gather, repository, searched
from softwright.app.wiring import House
from softwright.campaigns.template import campaign_template
from softwright.core import InvalidInput, OutsideFault, language_of
from softwright.hosts.history import snapshot_files
from softwright.rewrite import Rule
from softwright.rewrite.learning import Example
from softwright.rewrite.learning.lesson import Lesson as Lesson
from softwright.rewrite.learning.lesson import Proposal as Proposal
from softwright.rewrite.learning.lesson import propose as propose
from softwright.rewrite.learning.lesson import study
from softwright.rewrite.learning.publish import RuleFile, headline, rule_files_of
from softwright.rewrite.learning.question import Question as Question
from softwright.rewrite.learning.question import answer as answer
from softwright.rewrite.learning.question import next_question
from softwright.rewrite.learning.question import pass_over as pass_over
from softwright.rewrite.words import in_words, scope_words

MOST_QUESTIONS = 5
"""Questions about one change."""


@dataclass(frozen=True, slots=True)
class Understood:
    """One learned rule as it is shown, in words and in numbers; `scope` "" means everywhere."""

    id: str
    language: str
    words: str
    scope: str
    safety: str
    confidence: float
    edits: int
    files: int
    repos: int
    left_alone: int
    conflicts: int


@dataclass(frozen=True, slots=True)
class Destination:
    """Where files go: `folder` for rules (None: the first of the settings), `prefix` of their names ("": as
    learned), their `min_python` ("": none), `campaign` to write into the present folder ("": none) for the
    repositories of `fleet`."""

    folder: Path | None = None
    prefix: str = ""
    min_python: str = ""
    campaign: str = ""
    fleet: Path | None = None
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """The rules' files with their paths ("" for those that became none), and the campaign's ("" for none)."""

    rules: tuple[tuple[str, RuleFile], ...]
    campaign: str = ""


def begin(house: House, sources: Sources) -> tuple[Lesson, Gathered]:
    """What is learned of the sources. Raises InvalidInput as `gather` does."""
    gathered = gather(house, sources)
    lesson = study(gathered.examples, " and ".join(gathered.origins), gathered.untouched)
    return lesson, gathered


def understood(lesson: Lesson) -> list[Understood]:
    """The rules in words, with what they rest on."""
    return [
        Understood(
            id=each.rule.id,
            language=each.rule.language,
            words=in_words(each.rule, each.evidence),
            scope="; ".join(scope_words(each.rule.scope)),
            safety=each.rule.safety.value,
            confidence=round(each.confidence, 3),
            edits=each.evidence.edits,
            files=each.evidence.files,
            repos=each.evidence.repos,
            left_alone=each.evidence.left_alone,
            conflicts=each.evidence.conflicts,
        )
        for each in lesson.learned.rules
    ]


def ask(house: House, lesson: Lesson, gathered: Gathered, fleet: Path | None) -> Question | None:
    """The next place on which two readings differ, in the examples' repositories or the fleet."""
    if not lesson.learned.ambiguities:
        return None
    places = searched(house, gathered, fleet)
    return next_question(lesson, lambda rule: _texts(places, rule))


def _texts(places: Iterable[Place], rule: Rule) -> Iterator[tuple[str, str, str]]:
    for place in places:
        for path, content in snapshot_files(place.git_dir, place.commit):
            if language_of(path) == rule.language and rule.may_match(content):
                try:
                    yield place.name, path, content.decode("utf-8")
                except UnicodeDecodeError:
                    continue


def files_to_teach(
    house: House, lesson: Lesson, name: str, fleet: Path | None
) -> tuple[str, Mapping[str, str]]:
    """Name and files (of the lesson's languages) of a repository, given by path or fleet name, for a loop."""
    label, folder = repository(house, name, fleet)
    languages = {example.language for example in lesson.examples}
    return label, current_texts(folder, languages)


def teach(lesson: Lesson, proposal: Proposal, after: str, repo: str) -> Lesson:
    """The lesson with the proposed file as it should be; its own text says that it is to be left alone."""
    return lesson.with_example(Example(proposal.path, proposal.before, after, repo))


def write_learned(house: House, lesson: Lesson, to: Destination) -> Written:
    """Write the rules' files, and the campaign's: all or none.

    Raises InvalidInput for a bad name or when a file is there already and `force` is not given, OutsideFault
    when one cannot be written.
    """
    folder = to.folder or house.settings.rules[0]
    rules = [
        (str(folder / f"{rule.id}.md") if rule.text else "", rule)
        for rule in rule_files_of(lesson, to.prefix, min_python=to.min_python)
    ]
    files = {Path(path): rule.text for path, rule in rules if path}
    campaign = Path(f"{to.campaign}.yaml") if to.campaign and files else None
    if campaign is not None:
        files[campaign] = _campaign(house, lesson, to, list(files))
    if not to.dry_run:
        _write_all(files, force=to.force)
    return Written(tuple(rules), str(campaign or ""))


def _campaign(house: House, lesson: Lesson, to: Destination, rules: Sequence[Path]) -> str:
    """A campaign of the rules, which are named by their paths from the present folder."""
    text = campaign_template(to.campaign, [f"./{os.path.relpath(path)}" for path in rules])
    described = headline(lesson.learned.rules[0].rule)
    text = text.replace("Say in one line what changes and why", _quoted(described), 1)
    fleet = os.path.relpath((to.fleet or house.settings.fleet).expanduser())
    return text if fleet == "fleet.toml" else text.replace("file: fleet.toml", f"file: {_quoted(fleet)}", 1)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _write_all(files: Mapping[Path, str], *, force: bool) -> None:
    there = [path for path in files if path.exists()]
    if there and not force:
        raise InvalidInput(
            f"{there[0]} is there already", hint="give --force to replace it, or --name for other names"
        )
    for path, text in files.items():
        new = path.with_name(f".{path.name}.softwright")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(text, encoding="utf-8")
            new.replace(path)
        except OSError as error:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise OutsideFault(
                f"{path} cannot be written: {error.strerror}", hint="give --out a folder to write to"
            ) from error
