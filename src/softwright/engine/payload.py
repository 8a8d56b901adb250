"""Values as text: what runs, steps and signals carry is kept as type-tagged JSON over an allow-list.

Plain JSON values look like themselves. Everything else is `{"$": "<tag>", "v": <its parts>}`, and only
classes that the program registered (`portable`, `allow`, `allow_as` in `forms`) have a tag. Reading never
imports or calls anything that the text names, so write access to a database is not a way to run code.
"""

import json
import math
from collections.abc import Mapping
from types import NoneType
from typing import Any, NoReturn, cast

from softwright.core import InvalidInput, OutsideFault
from softwright.engine import forms_known
from softwright.engine.forms import ERROR, MARK, Unfit, form_of_tag, form_of_value, like_tag
from softwright.engine.forms_error import error_from_parts, error_to_parts

LIMIT = 100_000
"""Characters of one payload; the text is ASCII, so bytes as well."""

MAX_DEPTH = 100
"""Levels of nesting, far below what the JSON reader of any machine can follow."""

_SCALARS = frozenset({NoneType, bool, int, float, str})
_MAX_INT_BITS = 14_000  # Python reads no decimal number of more than 4,300 digits
_STR = frozenset({str})
_PAIRS = "dict"
_PLACES_SHOWN = 8

forms_known.register()
_encoder = json.JSONEncoder(allow_nan=False, separators=(",", ":"), check_circular=False)


def dumps(value: Any, *, limit: int | None = LIMIT) -> str:
    """`value` as ASCII text from which `loads` makes an equal value; `limit` is in characters, None for none.

    Raises InvalidInput that names the place inside of the value which cannot be kept, and when the text
    is longer than `limit`.
    """
    try:
        text = _encoder.encode(_encode(value, 0, _SCALARS))
    except ValueError:  # NaN, infinity or a huge number somewhere: look at every leaf to name the place
        text = _encoder.encode(_explained(value, frozenset()))
    except Unfit as unfit:
        _refuse(unfit)
    if limit is not None and len(text) > limit:
        raise InvalidInput(
            f"a payload of {len(text):,} characters is over the limit of {limit:,}",
            hint="put the large part into the artefact store and pass its digest",
        )
    return text


def loads(text: str) -> Any:
    """The value that `dumps` made `text` of.

    Raises OutsideFault when the text is damaged, or holds a tag that this program has not registered.
    """
    hook = _revive if f'"{MARK}"' in text else None
    try:
        return json.loads(text, object_hook=hook, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise OutsideFault(
            f"a stored payload is damaged: {error}", hint="restore the database from a copy"
        ) from error


def _encode(value: Any, depth: int, quick: frozenset[type]) -> Any:
    """The JSON tree of `value`; containers of nothing but `quick` types are taken as they are."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if depth > MAX_DEPTH:
        raise Unfit(f"lies more than {MAX_DEPTH} levels deep: does the value contain itself?")
    if kind is dict:
        return _encode_dict(value, depth, quick)
    if kind is list:
        return _encode_list(value, depth, quick)
    if kind is int or kind is float:
        return _number(value)
    form = form_of_value(value)
    if form is not None:
        try:
            taken = form.take_apart(value)
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            raise Unfit(f"is a {kind.__qualname__} that cannot be taken apart: {error}") from error
        parts = _encode(taken, depth + 1, quick)
        if kind is set or kind is frozenset:
            parts = sorted(parts, key=_encoder.encode)  # equal sets give equal text
        return {MARK: form.tag, "v": parts}
    if isinstance(value, BaseException):
        return {MARK: ERROR, "v": error_to_parts(value)}
    raise Unfit(*_why_not(value))


def _encode_list(values: list[Any], depth: int, quick: frozenset[type]) -> list[Any]:
    if quick.issuperset(map(type, values)):
        return values
    out: list[Any] = []
    try:
        for item in values:
            out.append(item if type(item) in quick else _encode(item, depth + 1, quick))
    except Unfit as unfit:
        raise unfit.inside(f"[{len(out)}]") from None
    return out


def _encode_dict(value: dict[Any, Any], depth: int, quick: frozenset[type]) -> dict[str, Any]:
    if MARK in value or not _STR.issuperset(map(type, value)):
        return {MARK: _PAIRS, "v": _encode_pairs(value, depth + 1, quick)}
    if quick.issuperset(map(type, value.values())):
        return value
    out = {}
    key = ""
    try:
        for key, item in value.items():
            out[key] = item if type(item) in quick else _encode(item, depth + 1, quick)
    except Unfit as unfit:
        raise unfit.inside(f".{key}" if key.isidentifier() else f"[{key!r:.60}]") from None
    return out


def _encode_pairs(value: dict[Any, Any], depth: int, quick: frozenset[type]) -> list[list[Any]]:
    out = []
    for key, item in value.items():
        try:
            out.append([_encode(key, depth + 1, quick), _encode(item, depth + 1, quick)])
        except Unfit as unfit:
            raise unfit.inside(f"[{key!r:.60}]") from None
    return out


def _number(value: float) -> float:
    if isinstance(value, int):
        if value.bit_length() > _MAX_INT_BITS:
            raise Unfit(f"is an integer of {value.bit_length():,} bits, more than {_MAX_INT_BITS:,}")
    elif not math.isfinite(value):
        raise Unfit(f"is {value}, which JSON does not have", "use None for an unknown number")
    return value


def _explained(value: Any, quick: frozenset[type]) -> Any:
    try:
        return _encode(value, 0, quick)
    except Unfit as unfit:
        _refuse(unfit)


def _refuse(unfit: Unfit) -> NoReturn:
    shown = unfit.places[:_PLACES_SHOWN] + ["…"] * (len(unfit.places) > _PLACES_SHOWN)
    place = "".join(shown).removeprefix(".")
    raise InvalidInput(f"{f'`{place}`' if place else 'the value'} {unfit.why}", hint=unfit.hint) from unfit


def _why_not(value: object) -> tuple[str, str]:
    """Why there is no form for `value`, and what its author can do."""
    kind = type(value)
    name = kind.__qualname__
    for base, cure in _CURES:
        if isinstance(value, base):
            return f"is a {name}, which a payload does not keep as such", cure
    allowed = "plain JSON values, tuples, sets, bytes, dates and times, Decimal, paths and registered classes"
    return (
        f"is a {name}, which is not registered as a payload; allowed: {allowed}",
        f"decorate `{name}` with `@portable`, or call `allow({name})`",
    )


_CURES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (Mapping, "pass `dict(...)` of it"),
    ((list, set, frozenset), "pass a plain list or set of it"),
    ((str, int, float), "pass the plain value, or register the class with `allow`"),
    ((bytearray, memoryview), "pass `bytes(...)` of it"),
)


def _revive(found: dict[str, Any]) -> Any:
    """What a JSON object stands for; called from the innermost outwards."""
    if MARK not in found:
        return found
    tag = found[MARK]
    if found.keys() != {MARK, "v"} or not isinstance(tag, str):
        raise OutsideFault(f"a stored payload is damaged: an object with the keys {sorted(found)}")
    parts = found["v"]
    form = form_of_tag(tag)
    try:
        if tag == _PAIRS:
            return dict(cast(list[list[Any]], parts))
        if tag == ERROR:
            return error_from_parts(parts)
        if form is not None:
            return form.put_together(parts)
    except (InvalidInput, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise OutsideFault(
            f"a stored payload of `{tag}` does not fit this version: {error}",
            hint="give the changed class an `upgrade` in `@portable(upgrade=…)`",
        ) from error
    raise OutsideFault(
        f"a stored payload has the tag `{tag}`, which is not registered{like_tag(tag)}",
        hint="it was written by another version, or the module that registers the class is not imported",
    )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
