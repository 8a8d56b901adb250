"""Rule files: Markdown in, checked rules out. README.md in this room describes the format."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from softwright.core import LANGUAGES, InvalidInput, nearest
from softwright.facts.structure import PATTERN_KEYS, RESOLVED, Pattern
from softwright.rewrite.imports import FIXED, parse_import, parse_moves
from softwright.rewrite.markdown import Section, sections, split_front_matter
from softwright.rewrite.rule import Rule, Safety, Sample, Scope, Step
from softwright.rewrite.template import parse_template

FRONT_KEYS = ("id", "language", "message", "safety", "imports", "scope", "min-python", "python")
STEP_KEYS = (*PATTERN_KEYS, "fix")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def load_rule(path: Path) -> Rule:
    """The rule in a file.

    Raises InvalidInput naming file and line for what is wrong in it, or when it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else f"byte {error.start} is not UTF-8"
        raise InvalidInput(
            f"the rule file cannot be read: {said}",
            where=str(path),
            hint="a rule is Markdown in UTF-8",
        ) from error
    rule = parse_rule(text, str(path))
    if rule.id != path.stem:
        raise InvalidInput(
            f"the rule's id is `{rule.id}`, its file is named `{path.name}`",
            hint=f"name the file `{rule.id}.md`, or write `id: {path.stem}`",
            where=f"{path}:2",
        )
    return rule


def parse_rule(text: str, where: str) -> Rule:
    """The rule in the text of a rule file; `where` names the file in errors."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    front_text, front_line, body, body_line = split_front_matter(text)
    if not front_text:
        raise InvalidInput(
            "the rule file has no front matter",
            hint="begin with `---`, `id: …`, `language: …`, `message: …`, `---`; see `softwright rule new`",
            where=f"{where}:1",
        )
    front = _front(front_text, front_line, where)
    place = _Places(where, front_text, front_line)
    parts = sections(body, body_line)
    language = front["language"]
    imports = _imports(front.get("imports"), language, place("imports"))
    replaces = bool(imports["imports_replace"])
    steps = _steps(parts, language, where, is_needed="python" not in front and not replaces)
    title = next((part.title for part in parts if part.level == 1), front["id"])
    return Rule(
        id=front["id"],
        language=language,
        message=front["message"],
        safety=Safety(front.get("safety", "review")),
        title=title,
        why=_prose(parts),
        steps=steps,
        **imports,
        scope=_scope(front.get("scope"), place("scope")),
        min_python=_version(front.get("min-python"), place("min-python")),
        samples=tuple(_samples(parts, where)),
        path=where,
        python=str(front.get("python", "")),
    )


class _Places:
    """`file:line` of the front matter's keys."""

    def __init__(self, where: str, text: str, first: int) -> None:
        self._where = where
        self._lines = {line.split(":", 1)[0].strip(): first + at for at, line in enumerate(text.split("\n"))}
        self._first = first

    def __call__(self, key: str) -> str:
        return f"{self._where}:{self._lines.get(key, self._first)}"


def _yaml(text: str, first_line: int, where: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        raise InvalidInput(
            f"the YAML does not parse: {error.problem or error.context}",
            hint="a value that holds `: `, `#`, or starts with `{`, `[`, `*`, `@` or `%` needs quotes",
            where=f"{where}:{line}",
        ) from error
    except yaml.YAMLError as error:
        raise InvalidInput(f"the YAML does not parse: {error}", where=f"{where}:{first_line}") from error


def _front(text: str, first_line: int, where: str) -> dict[str, Any]:
    place = _Places(where, text, first_line)
    front = _yaml(text, first_line, where)
    if not isinstance(front, dict):
        raise InvalidInput(
            "the front matter is not a mapping", hint="write `key: value` lines", where=place("")
        )
    for key in front:
        if key not in FRONT_KEYS:
            raise InvalidInput(f"unknown key `{key}`; {nearest(str(key), FRONT_KEYS)}", where=place(str(key)))
    for key in ("id", "language", "message"):
        if not isinstance(front.get(key), str) or not front[key].strip():
            raise InvalidInput(f"`{key}` is missing", hint=f"add a line `{key}: …`", where=place(key))
    if not _ID.fullmatch(front["id"]):
        raise InvalidInput(
            f"the id `{front['id']}` is not kebab-case",
            hint="use a-z, 0-9 and single dashes",
            where=place("id"),
        )
    if front["language"] not in LANGUAGES:
        given = front["language"]
        raise InvalidInput(
            f"unknown language `{given}`; {nearest(given, LANGUAGES)}", where=place("language")
        )
    safety = front.get("safety", "review")
    if safety not in tuple(Safety):
        raise InvalidInput(
            f"`safety` is {safety!r}; {nearest(str(safety), list(Safety))}", where=place("safety")
        )
    return front


def _prose(parts: list[Section]) -> str:
    """The text between the title and the first second-level heading."""
    lines: list[str] = []
    for part in parts:
        if part.level == 2:
            break
        if part.level > 2:
            lines += [f"{'#' * part.level} {part.title}"]
        lines += part.prose
    return "\n".join(lines).strip()


def _imports(given: Any, language: str, where: str) -> dict[str, Any]:
    keys = ("add", "remove", "replace")
    if given is None:
        return dict.fromkeys((f"imports_{key}" for key in keys), ())
    if language not in FIXED:
        raise InvalidInput(
            f"imports of {language} are not understood; allowed: {', '.join(FIXED)}", where=where
        )
    if not isinstance(given, Mapping):
        raise InvalidInput(
            "`imports` is not a mapping", hint="write `imports: {add: […], replace: {…}}`", where=where
        )
    for key in given:
        if key not in keys:
            raise InvalidInput(f"unknown key `imports.{key}`; {nearest(str(key), keys)}", where=where)
    add, remove = (_texts(f"imports.{key}", given.get(key), where) for key in keys[:2])
    for statement in add:
        parse_import(statement, language, where)
    replace = given.get("replace") or {}
    if not isinstance(replace, Mapping):
        raise InvalidInput(
            f"`imports.replace` is {replace!r}",
            hint="write `replace: {old.module.name: new.module.name}`",
            where=where,
        )
    moves = parse_moves(replace, language, where)
    return {"imports_add": add, "imports_remove": remove, "imports_replace": moves}


def _scope(given: Any, where: str) -> Scope:
    keys = ("include", "exclude", "tests")
    if given is None:
        return Scope()
    if not isinstance(given, Mapping):
        raise InvalidInput(
            "`scope` is not a mapping", hint='write `scope: {include: ["src/**"]}`', where=where
        )
    for key in given:
        if key not in keys:
            raise InvalidInput(f"unknown key `scope.{key}`; {nearest(str(key), keys)}", where=where)
    tests = given.get("tests", True)
    if tests not in (True, False, "only"):
        raise InvalidInput(f"`scope.tests` is {tests!r}; allowed: `true`, `false`, `only`", where=where)
    include, exclude = (_texts(f"scope.{key}", given.get(key), where) for key in keys[:2])
    return Scope(include, exclude, tests)


def _version(given: Any, where: str) -> str:
    if given is None:
        return ""
    if not isinstance(given, str) or not re.fullmatch(r"\d+\.\d+", given):
        raise InvalidInput(
            f"`min-python` is {given!r}", hint='write it in quotes, such as `min-python: "3.10"`', where=where
        )
    return given


def _texts(key: str, given: Any, where: str) -> tuple[str, ...]:
    if given is None:
        return ()
    values = [given] if isinstance(given, str) else given
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InvalidInput(f"`{key}` is {given!r}", hint="give a list of texts", where=where)
    return tuple(values)


def _steps(parts: list[Section], language: str, where: str, *, is_needed: bool) -> tuple[Step, ...]:
    part = next((part for part in parts if part.level == 2 and part.title.lower() == "rule"), None)
    blocks = part.blocks if part else []
    if len(blocks) != 1:
        if not is_needed and not blocks:
            return ()
        line = part.line if part else 1
        raise InvalidInput(
            f"a rule needs one YAML block under `## Rule`, here are {len(blocks)}",
            hint="several patterns go under `steps:` in that block; only a rule with `imports.replace` or "
            "`python` needs none",
            where=f"{where}:{line}",
        )
    block = blocks[0]
    given = _yaml(block.text, block.line + 1, where)
    line_of = _step_lines(block.text, block.line + 1)
    shared: Any = {}
    if isinstance(given, Mapping) and "steps" in given:
        unknown = [str(key) for key in given if key not in ("steps", "utils")]
        if unknown:
            raise InvalidInput(
                f"`{unknown[0]}` stands beside `steps`; {nearest(unknown[0], ('steps', 'utils'))}",
                where=f"{where}:{block.line + 1}",
            )
        shared, given = given.get("utils") or {}, given["steps"]
    listed = given if isinstance(given, list) else [given]
    if not listed:
        raise InvalidInput("`steps` is empty", where=f"{where}:{block.line + 1}")
    return tuple(
        _located(lambda step=step: _step(step, language, shared), f"{where}:{line_of(at)}")  # type: ignore[misc]
        for at, step in enumerate(listed)
    )


def _step(given: Any, language: str, shared: Mapping[str, Any]) -> Step:
    if not isinstance(given, Mapping):
        raise InvalidInput(
            f"a step is {given!r}, not a mapping", hint="write `rule: {pattern: …}` and `fix: …`"
        )
    for key in given:
        if key not in STEP_KEYS:
            raise InvalidInput(f"unknown key `{key}`; {nearest(str(key), STEP_KEYS)}")
    if "rule" not in given:
        raise InvalidInput("`rule` is missing", hint="write `rule: {pattern: …}`")
    parts = {key: value for key, value in given.items() if key in PATTERN_KEYS}
    if shared:
        parts["utils"] = {**shared, **(parts.get("utils") or {})}
    if parts.get("resolves") and language not in RESOLVED:
        raise InvalidInput(f"names of {language} do not resolve; allowed: {', '.join(RESOLVED)}")
    pattern = Pattern.parse(parts, language)
    fix = given.get("fix")
    if fix is None:
        return Step(pattern, None)
    if not isinstance(fix, str):
        raise InvalidInput(f"`fix` is {fix!r}, not a text", hint='quote it; `fix: ""` deletes the match')
    template = parse_template(fix, pattern.metavariables, pattern.transform)
    if template.imported and language not in FIXED:
        raise InvalidInput(f"`$import(…)` is not understood in {language}; allowed: {', '.join(FIXED)}")
    for dotted in template.imported if language == "python" else ():
        if not re.fullmatch(r"\w+(\.\w+)*", dotted):
            raise InvalidInput(
                f"`$import({dotted})` names nothing importable", hint="write `$import(package.module.name)`"
            )
    return Step(pattern, template)


def _step_lines(text: str, first: int) -> Callable[[int], int]:
    """Line of the n-th step: the n-th `rule:` key that opens one."""
    lines = [first + at for at, line in enumerate(text.split("\n")) if re.match(r"\s*(- )?\s*rule:", line)]
    return lambda at: lines[at] if at < len(lines) else first


def _located(make: Callable[[], Step], where: str) -> Step:
    try:
        return make()
    except InvalidInput as error:
        raise InvalidInput(error.message, hint=error.hint, where=error.where or where) from error


def _samples(parts: list[Section], where: str) -> Iterable[Sample]:
    chapter = ""
    for part in parts:
        if part.level <= 2:
            chapter = part.title.lower()
        wanted = {"changes": 2, "leaves alone": 1}.get(chapter)
        if wanted is None or (part.level == 2 and not part.blocks):
            continue
        if len(part.blocks) != wanted:
            raise InvalidInput(
                f"the sample “{part.title}” has {len(part.blocks)} fenced blocks, it needs {wanted}",
                hint="before and after" if wanted == 2 else "one block with the code to leave alone",
                where=f"{where}:{part.line}",
            )
        first = part.blocks[0]
        path = re.search(r"path=(\S+)", first.attributes)
        after = part.blocks[1].text if wanted == 2 else None
        yield Sample(part.title, first.text, after, path[1] if path else "", part.line)
