"""Which classes a payload may hold, and how each is taken apart and put together.

A class is registered once, under a tag that stays the same for as long as stored payloads matter.
Its parts are payloads themselves, so a registered class may hold others.
"""

import dataclasses
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, Flag
from typing import Any, TypeVar, cast, overload

from softwright.core import InvalidInput, nearest

MARK = "$"
"""The key that tells a tagged object from a plain one."""

ERROR = "error"
"""The tag of every exception."""

_RESERVED = frozenset({"dict", ERROR})

T = TypeVar("T")
Upgrade = Callable[[dict[str, Any]], dict[str, Any]]


class Unfit(Exception):
    """A value that a payload cannot hold; `places` lead to it from the outside."""

    def __init__(self, why: str, hint: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.hint = hint
        self.places: list[str] = []

    def inside(self, place: str) -> "Unfit":
        """The same, seen from one level further out."""
        self.places.insert(0, place)
        return self


@dataclass(frozen=True, slots=True)
class Form:
    """How the values of one class travel: `put_together(take_apart(value)) == value`."""

    tag: str
    cls: type
    take_apart: Callable[[Any], Any]
    put_together: Callable[[Any], Any]


_by_class: dict[type, Form] = {}
_by_tag: dict[str, Form] = {}


def form_of_value(value: object) -> Form | None:
    """The form of exactly this value's class; a subclass needs its own."""
    return _by_class.get(type(value))


def form_of_tag(tag: str) -> Form | None:
    """The form under a tag."""
    return _by_tag.get(tag)


def like_tag(given: str) -> str:
    """A phrase for error messages: the registered tag most like `given`, "" when none is."""
    close = get_close_matches(given, _by_tag, n=1)
    return f"; the nearest is `{close[0]}`" if close else ""


@overload
def portable(cls: type[T]) -> type[T]: ...
@overload
def portable(
    *, tag: str = "", formerly: Iterable[str] = (), upgrade: Upgrade | None = None
) -> Callable[[type[T]], type[T]]: ...
def portable(
    cls: type[T] | None = None,
    *,
    tag: str = "",
    formerly: Iterable[str] = (),
    upgrade: Upgrade | None = None,
) -> type[T] | Callable[[type[T]], type[T]]:
    """Class decorator that lets payloads hold the class: a dataclass, named tuple, Enum or pydantic model.

    `tag` is its name in stored text, by default the class's own; `formerly` are earlier tags that are
    still read. `upgrade` is handed the stored fields before the value is made of them and gives those of
    today, for classes whose fields changed. Raises InvalidInput when another class has the tag.
    """

    def register(cls: type[T]) -> type[T]:
        take_apart, put_together = _ways(cls, upgrade)
        allow_as(cls, tag or cls.__name__, take_apart, put_together, formerly=formerly)
        return cls

    return register if cls is None else register(cls)


def allow(*classes: type) -> None:
    """Let payloads hold these classes, each under its own name; for classes one cannot decorate."""
    for cls in classes:
        portable(cls)


def allow_as(
    cls: type[T],
    tag: str,
    take_apart: Callable[[T], Any],
    put_together: Callable[[Any], T],
    *,
    formerly: Iterable[str] = (),
) -> None:
    """Let payloads hold a class in a form of one's own: `take_apart` gives parts that payloads can hold."""
    form = Form(tag, cls, take_apart, put_together)
    tags = (tag, *formerly)
    for name in tags:
        other = _by_tag.get(name)
        if name in _RESERVED or (other is not None and not _same(other.cls, cls)):
            owner = "the serializer itself" if other is None else _named(other.cls)
            raise InvalidInput(
                f"the payload tag `{name}` of {_named(cls)} belongs to {owner}",
                hint='give another one: `@portable(tag="…")`',
            )
    _by_class[cls] = form
    _by_tag.update(dict.fromkeys(tags, form))


def _named(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _same(one: type, other: type) -> bool:
    """The same class, perhaps defined once more (a module that was loaded again)."""
    return one is other or _named(one) == _named(other)


def _ways(cls: type, upgrade: Upgrade | None) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """How values of `cls` are taken apart and put together."""
    if isinstance(cls, type) and issubclass(cls, Enum):
        return _enum_ways(cls)
    if dataclasses.is_dataclass(cls):
        return _dataclass_ways(cls, upgrade)
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        names = cast(tuple[str, ...], cls._fields)
        return _field_ways(cls, names, upgrade)
    if hasattr(cls, "model_fields") and hasattr(cls, "model_validate"):
        return _model_ways(cls, upgrade)
    raise InvalidInput(
        f"{_named(cls)} cannot be registered as a payload; allowed: dataclasses, named tuples, Enums and "
        "pydantic models",
        hint="for another class say how it travels: `allow_as(cls, tag, take_apart, put_together)`",
    )


def _enum_ways(cls: type[Enum]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    if issubclass(cls, Flag):
        return (lambda member: member.value), cls  # a combination of flags has no name
    members = cls.__members__

    def member(name: str) -> Enum:
        if name not in members:
            raise ValueError(f"no member of that name; {nearest(str(name), members)}")
        return members[name]

    return (lambda value: value.name), member


def _dataclass_ways(cls: type, upgrade: Upgrade | None) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    names = tuple(field.name for field in dataclasses.fields(cls) if field.init)
    if lost := [name for name in inspect.signature(cls).parameters if name not in names]:
        raise InvalidInput(
            f"{_named(cls)} is made with `{lost[0]}`, which its values do not keep as a field",
            hint="say how it travels: `allow_as(cls, tag, take_apart, put_together)`",
        )
    return _field_ways(cls, names, upgrade)


def _field_ways(
    cls: type, names: tuple[str, ...], upgrade: Upgrade | None
) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    def take_apart(value: Any) -> dict[str, Any]:
        return {name: getattr(value, name) for name in names}

    def put_together(fields: dict[str, Any]) -> Any:
        return cls(**(upgrade(fields) if upgrade else fields))

    return take_apart, put_together


def _model_ways(cls: Any, upgrade: Upgrade | None) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    names = tuple(cls.model_fields)
    if private := list(cls.__private_attributes__):
        raise InvalidInput(
            f"{_named(cls)} has the private attribute `{private[0]}`, which would be lost",
            hint="say how it travels: `allow_as(cls, tag, take_apart, put_together)`",
        )

    def take_apart(model: Any) -> dict[str, Any]:
        return {name: getattr(model, name) for name in names} | (model.model_extra or {})

    def put_together(fields: dict[str, Any]) -> Any:
        found = upgrade(fields) if upgrade else fields
        return cls.model_validate(found, by_name=True, by_alias=False)

    return take_apart, put_together
