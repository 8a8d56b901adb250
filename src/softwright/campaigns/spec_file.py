"""Reading `campaign.yaml`: every complaint names the file, the line and the column."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from softwright.campaigns.spec import (
    BuiltinCheck,
    CampaignSpec,
    CommandCheck,
    CommandStep,
    PythonStep,
    RuleStep,
    TypesCheck,
)
from softwright.core import InvalidInput, nearest

_LIMIT = 1_000_000  # characters: far above any campaign written by hand
_MAX_NODES = 50_000  # aliases of aliases can make a small text stand for a huge one

Location = tuple[str | int, ...]


def load_campaign(path: Path) -> CampaignSpec:
    """The campaign in a file. Raises InvalidInput with file:line:column and what is allowed."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"cannot read the campaign file: {error.strerror}",
            where=str(path),
            hint=f"did you mean `{beside}`?"
            if (beside := path.with_name(f"{path.name}.yaml")).is_file()
            else "`softwright campaign new NAME` writes one to begin with",
        ) from error
    try:
        return parse_campaign(text.decode("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"byte {error.start} is not UTF-8", where=str(path), hint="save it as UTF-8"
        ) from error


_EXAMPLE = "mend it there; docs/campaigns.md has an example"


def parse_campaign(text: str, where: str) -> CampaignSpec:
    """The campaign in a YAML text; `where` names it in messages. Raises InvalidInput."""
    if len(text) > _LIMIT:
        raise InvalidInput(f"{len(text)} characters; allowed: {_LIMIT}", where=where)
    places: dict[Location, yaml.Mark] = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = _plain(node, (), places) if node is not None else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ": ".join(part for part in (error.context, error.problem) if part)
        raise InvalidInput(f"not YAML: {said}", where=_spot(where, mark), hint=_EXAMPLE) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidInput(f"not YAML: {error}", where=where, hint=_EXAMPLE) from error
    if not isinstance(value, dict):
        raise InvalidInput(
            f"a campaign is a mapping of keys, not a {type(value).__name__}",
            where=where,
            hint="begin with `name: …`",
        )
    try:
        return CampaignSpec.model_validate(value)
    except ValidationError as error:
        raise _explained(error, value, _Source(where, places)) from error


def rule_place(path: Path, name: str) -> str:
    """file:line:column where a campaign names a rule in `change` or `select`; else the file alone."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        places: dict[Location, yaml.Mark] = {}
        value = _plain(node, (), places) if node is not None else {}
    except (OSError, UnicodeError, yaml.YAMLError):
        return str(path)
    spots: list[Location] = [("change", at, "rule") for at in range(len(value["change"]))]
    named = [spot for spot in [*spots, ("select",)] if _at(value, spot) == name]
    return _Source(str(path), places).spot(named[0]) if named else str(path)


def _at(value: Any, spot: Location) -> Any:
    """The value at a place, None when there is none."""
    for part in spot:
        inside = isinstance(value, list if isinstance(part, int) else dict)
        value = (value[part] if isinstance(part, int) else value.get(part)) if inside else None
    return value.strip() if isinstance(value, str) else value


def campaign_schema() -> dict[str, Any]:
    """The JSON Schema of `campaign.yaml`."""
    schema = CampaignSpec.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Softwright campaign",
    }


def campaign_schema_text() -> str:
    """The schema as the text of the published file."""
    return json.dumps(campaign_schema(), indent=2, ensure_ascii=False) + "\n"


def _plain(node: yaml.Node, at: Location, places: dict[Location, yaml.Mark]) -> Any:
    """The node as plain values, noting where each of them and each key begins."""
    places.setdefault(at, node.start_mark)
    if len(places) > _MAX_NODES:
        raise yaml.MarkedYAMLError(problem=f"more than {_MAX_NODES} values", problem_mark=node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*at, index), places) for index, child in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return yaml.SafeLoader("").construct_object(node)
    found: dict[str, Any] = {}
    for key_node, child in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else repr(key_node.value)
        if key in found:
            raise yaml.MarkedYAMLError(
                problem=f"the key `{key}` is given twice", problem_mark=key_node.start_mark
            )
        places[(*at, key)] = key_node.start_mark
        found[key] = _plain(child, (*at, key), places)
    return found


@dataclass(frozen=True)
class _Source:
    where: str
    places: dict[Location, yaml.Mark]

    def spot(self, at: Location) -> str:
        """file:line:column of the nearest place known."""
        while at not in self.places and at:
            at = at[:-1]
        return _spot(self.where, self.places.get(at))


def _spot(where: str, mark: Any) -> str:
    return where if mark is None else f"{where}:{mark.line + 1}:{mark.column + 1}"


_STEPS: dict[str, type[BaseModel]] = {"rule": RuleStep, "command": CommandStep, "python": PythonStep}
_CHECKS: dict[str, type[BaseModel]] = {"command": CommandCheck, "types": TypesCheck}


def _explained(error: ValidationError, value: dict[str, Any], source: _Source) -> InvalidInput:
    found = error.errors()
    # A key that is not known is told before one that is missing: it is likely the same one, misspelt.
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    at: Location = first["loc"]
    for part, variants in (("change", _STEPS), ("check", _CHECKS)):
        if at[:1] == (part,) and len(at) > 1 and isinstance(at[1], int):
            return _explained_item(value[part][at[1]], (part, at[1]), variants, source)
    return _complaint(first, at, CampaignSpec, source)


def _explained_item(
    item: Any, at: Location, variants: dict[str, type[BaseModel]], source: _Source
) -> InvalidInput:
    """A step or check that fits none of its forms: validate it against the form it means."""
    names = [*BuiltinCheck.__args__] if at[0] == "check" else []  # type: ignore[attr-defined]
    if not isinstance(item, dict):
        allowed = nearest(str(item), [*names, *(f"{key}: …" for key in variants)])
        return InvalidInput(f"`{item}` is no {_WORD[str(at[0])]}; {allowed}", where=source.spot(at))
    meant = [key for key in variants if key in item]
    if len(meant) != 1:
        given = ", ".join(f"`{key}`" for key in item) or "nothing"
        word, first_key = _WORD[str(at[0])], str(next(iter(item), ""))
        return InvalidInput(
            f"a {word} has exactly one of its keys; given: {given}; {nearest(first_key, variants)}",
            where=source.spot((*at, first_key)),
        )
    model = variants[meant[0]]
    try:
        model.model_validate(item)
    except ValidationError as error:
        first = error.errors()[0]
        return _complaint(first, (*at, *first["loc"]), model, source)
    return InvalidInput(f"this {_WORD[str(at[0])]} cannot be used", where=source.spot(at))


_PLAIN_WORDS = {
    "too_short": "it needs at least one entry",
    "string_too_short": "it is empty",
    "string_pattern_mismatch": "it is not of the form wanted",
    "string_type": "it must be text",
    "tuple_type": "it must be a list",
    "bool_type": "it must be true or false",
}
_WORD = {"change": "step", "check": "check"}


def _complaint(first: Any, at: Location, model: type[BaseModel], source: _Source) -> InvalidInput:
    key = ".".join(str(part) for part in at)
    if first["type"] == "extra_forbidden":
        allowed = _keys_at(model, tuple(first["loc"][:-1]))
        return InvalidInput(f"unknown key `{key}`; {nearest(str(at[-1]), allowed)}", where=source.spot(at))
    if first["type"] == "missing":
        return InvalidInput(f"`{key}` is missing", where=source.spot(at), hint=_said_of(model, at[-1]))
    said = _PLAIN_WORDS.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    given = f"`{key}` is {first['input']!r}: " if at else ""
    short = given if len(given) < 120 else f"`{key}`: "
    return InvalidInput(f"{short}{said}", where=source.spot(at), hint=_said_of(model, at[-1] if at else ""))


def _said_of(model: type[BaseModel], key: str | int) -> str:
    found = model.model_fields.get(str(key))
    return f"{key}: {found.description}" if found is not None and found.description else ""


def _keys_at(model: type[BaseModel], at: Location) -> list[str]:
    """Keys allowed inside the mapping at `at`, following nested models."""
    for part in at:
        annotation = model.model_fields[str(part)].annotation if str(part) in model.model_fields else None
        for kind in get_args(annotation) or (annotation,):  # a part that may be absent is `Part | None`
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                model = kind
    return list(model.model_fields)
