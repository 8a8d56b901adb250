"""What payloads hold, how it is written, and what is refused."""

import json
import subprocess
import sys
from collections import OrderedDict, defaultdict
from dataclasses import InitVar, dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from softwright.core import (
    Cost,
    Delete,
    Edit,
    Event,
    Evidence,
    InvalidInput,
    LimitHit,
    Outcome,
    OutsideFault,
    Patch,
    PrerequisiteMissing,
    Repo,
    Snapshot,
    SoftwrightError,
    Span,
    Verdict,
    Write,
)
from softwright.engine import RemoteError, allow, allow_as, dumps, loads, portable


@portable
@dataclass(frozen=True)
class Parcel:
    """A dataclass with a default."""

    name: str
    weights: tuple[float, ...] = ()
    inner: "Parcel | None" = None


@portable
class Pair(NamedTuple):
    """A named tuple."""

    left: Any
    right: Any = None


@portable
class Colour(Enum):
    """An Enum whose values are no JSON."""

    RED = (255, 0, 0)
    BLUE = (0, 0, 255)


@portable(tag="rights")
class Right(Flag):
    """Flags, which combine."""

    READ = 1
    WRITE = 2


@portable
class Model(BaseModel):
    """A pydantic model with an alias, a default and extra fields."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(alias="Name")
    when: datetime | None = None
    parts: tuple[Parcel, ...] = ()


MOMENT = datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))

WRITTEN = [
    (None, "null"),
    ([True, 1, 1.0, "é\0\udce9", {"a": []}], r'[true,1,1.0,"\u00e9\u0000\udce9",{"a":[]}]'),
    ((), '{"$":"tuple","v":[]}'),
    ({"a": (1, [2])}, '{"a":{"$":"tuple","v":[1,[2]]}}'),
    (b"\0\xff", '{"$":"bytes","v":"AP8="}'),
    ({"$": 1}, '{"$":"dict","v":[["$",1]]}'),
    ({1: "a", (2, 3): "b"}, '{"$":"dict","v":[[1,"a"],[{"$":"tuple","v":[2,3]},"b"]]}'),
    ({"b", "a"}, '{"$":"set","v":["a","b"]}'),
    (frozenset({2}), '{"$":"frozenset","v":[2]}'),
    (MOMENT, '{"$":"datetime","v":"2026-05-01T12:30:15.123456+05:30"}'),
    (date(2026, 2, 3), '{"$":"date","v":"2026-02-03"}'),
    (timedelta(days=-1, microseconds=3), '{"$":"timedelta","v":[-1,0,3]}'),
    (Decimal("1.10"), '{"$":"decimal","v":"1.10"}'),
    (UUID(int=7), '{"$":"uuid","v":"00000000-0000-0000-0000-000000000007"}'),
    (Path("a/b"), '{"$":"path","v":"a/b"}'),
    (PurePosixPath("/x"), '{"$":"pure-path","v":"/x"}'),
    (Outcome.PASS, '{"$":"Outcome","v":"PASS"}'),
    (Colour.BLUE, '{"$":"Colour","v":"BLUE"}'),
    (Right.READ | Right.WRITE, '{"$":"rights","v":3}'),
    (Pair(1, "x"), '{"$":"Pair","v":{"left":1,"right":"x"}}'),
    (Span(1, 2), '{"$":"Span","v":{"start":1,"end":2}}'),
    (
        Parcel("p", (0.5,)),
        '{"$":"Parcel","v":{"name":"p","weights":{"$":"tuple","v":[0.5]},"inner":null}}',
    ),
]


@pytest.mark.parametrize(("value", "text"), WRITTEN, ids=[text[:24] for _, text in WRITTEN])
def test_values_are_written_so_and_come_back(value, text):
    """Each kind of value has exactly this text, and the text gives the same value of the same class."""
    assert dumps(value) == text
    back = loads(text)
    assert back == value
    assert type(back) is type(value)


CORE = [
    Repo("acme/api", "file:///x", tags=frozenset({"b", "a"}), owners=("me",)),
    Snapshot("r", "c", "t"),
    Cost(1.5, 0.5, 1, 2, 0.25),
    Event("x.y", data={"n": [1]}),
    Verdict("types", Outcome.FAIL, "s", evidence=(Evidence("m", "p", 3),), cost=Cost(1.0)),
    Patch(
        {"a": Write(b"\xff", "100755"), "latin\udce9": Delete()},
        {"a": (Edit(Span(0, 1), b"x", "rule"),)},
    ),
]


@pytest.mark.parametrize("value", CORE, ids=lambda v: type(v).__name__)
def test_the_values_of_core_travel(value):
    """Everything rooms speak in comes back equal."""
    assert loads(dumps(value)) == value


def test_a_pydantic_model_comes_back_validated_with_its_extras():
    """Fields travel under their own names, whatever their aliases; extra fields are kept."""
    model = Model(Name="n", when=MOMENT, parts=(Parcel("p"),), more={"x": (1,)})
    back = loads(dumps(model))
    assert back == model
    assert back.model_extra == {"more": {"x": (1,)}}
    with pytest.raises(OutsideFault, match="`Model` does not fit"):
        loads('{"$":"Model","v":{"name":[1]}}')


PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
HASHABLE = (
    PLAIN
    | st.binary(max_size=9)
    | st.datetimes(timezones=ZONES | st.just(UTC))
    | st.dates()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.uuids()
    | st.sampled_from([*Outcome, *Colour, *Right, Path("a"), PurePosixPath("b")])
)
KEYS = HASHABLE | st.tuples(HASHABLE, HASHABLE) | st.frozensets(HASHABLE, max_size=3)
VALUES = st.recursive(
    KEYS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.just("$"), inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.sets(KEYS, max_size=3)
        | st.builds(Pair, inner, inner)
        | st.builds(Parcel, st.text(), st.tuples(st.floats(allow_nan=False, allow_infinity=False)))
    ),
    max_leaves=20,
)


def same(one: object, other: object) -> bool:
    """Equal and of the same classes all the way down (1, 1.0 and True are equal, a list is no tuple)."""
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, dict):
        return all(
            same(k, m) and same(v, w)
            for (k, v), (m, w) in zip(one.items(), other.items(), strict=True)  # type: ignore[attr-defined]
        )
    if isinstance(one, list | tuple):
        return all(map(same, one, other))  # type: ignore[arg-type]
    if isinstance(one, set | frozenset):
        return {(type(m), m) for m in one} == {(type(m), m) for m in other}  # type: ignore[attr-defined]
    return True


@given(VALUES)
def test_every_value_comes_back_the_same(value):
    """Round trip: equal, of the same classes, in the same order; the text is ASCII and valid JSON."""
    text = dumps(value, limit=None)
    assert same(loads(text), value)
    assert text.isascii()
    json.loads(text)


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_plain_values_look_like_themselves(value):
    """JSON values without the mark are written as json writes them."""
    if '"$"' not in json.dumps(value):
        assert json.loads(dumps(value, limit=None)) == value


@given(st.sets(KEYS))
def test_equal_sets_give_equal_text(members):
    """The text does not depend on the order in which a set happens to keep its members."""
    ordered = sorted(members, key=repr)
    backwards = ordered[::-1]
    assert dumps(set(ordered)) == dumps(set(backwards))


class Unknown:
    """A class nobody registered."""


class SubParcel(Parcel):
    """A subclass, which needs a registration of its own."""


class Number(IntEnum):
    """An int that is more than an int."""

    ONE = 1


loop: list[Any] = []
loop.append({"again": loop})

REFUSED = [
    (
        {"args": {"items": [0, 1, 2, {"when": datetime(2026, 1, 1)}]}},
        r"`args.items\[3\].when` is a datetime without",
    ),
    (Unknown(), "the value is a Unknown, which is not registered"),
    ([{"a b": Unknown()}], r"`\[0\]\['a b'\]` is a Unknown"),
    (Parcel("p", inner=SubParcel("q")), "`inner` is a SubParcel, which is not registered"),
    ({(1, 2): Unknown()}, r"`\[\(1, 2\)\]` is a Unknown"),
    ([1, float("nan")], r"`\[1\]` is nan, which JSON does not have"),
    ({"x": {"y": float("-inf")}}, "`x.y` is -inf"),
    ([10**5000], r"`\[0\]` is an integer of 16,610 bits"),
    ([Number.ONE], "is a Number, which a payload does not keep as such"),
    ({"d": defaultdict(int)}, "`d` is a defaultdict"),
    (OrderedDict(a=1), "the value is a OrderedDict"),
    (MappingProxyType({}), "the value is a mappingproxy"),
    ({"b": bytearray(b"x")}, "`b` is a bytearray"),
    (Parcel, "the value is a type"),
    (lambda: None, "the value is a function"),
    (loop, "more than 100 levels deep: does the value contain itself"),
]


@pytest.mark.parametrize(("value", "said"), REFUSED, ids=[said[:40] for _, said in REFUSED])
def test_what_cannot_be_kept_is_refused_with_its_place(value, said):
    """The message names the place inside the value and what is allowed or what to do."""
    with pytest.raises(InvalidInput, match=said) as raised:
        dumps(value)
    assert raised.value.hint or "integer" in said or "levels" in said


def test_a_value_as_deep_as_allowed_comes_back():
    """Nesting up to the limit is no trouble for the reader."""
    value: Any = 1
    for _ in range(49):
        value = (value,)
    assert loads(dumps(value)) == value


def test_a_large_payload_is_refused_with_advice():
    """The limit counts the characters of the text; None lifts it."""
    assert loads(dumps("x" * 99_998)) == "x" * 99_998
    with pytest.raises(InvalidInput, match=r"100,001 characters is over the limit of 100,000") as raised:
        dumps("x" * 99_999)
    assert "artefact store" in raised.value.hint
    with pytest.raises(InvalidInput, match="over the limit of 3"):
        dumps([1, 2], limit=3)
    assert len(dumps("x" * 200_000, limit=None)) == 200_002


UNREADABLE = [
    ("[1,", "damaged: Expecting value"),
    ("[NaN]", "damaged: NaN is no JSON"),
    ('{"$":"Parcell","v":1}', "tag `Parcell`, which is not registered; the nearest is `Parcel`"),
    ('{"$":"os.system","v":"true"}', "tag `os.system`, which is not registered"),
    ('{"$":"Parcel"}', r"damaged: an object with the keys \['\$'\]"),
    ('{"$":"Parcel","v":{},"w":1}', "damaged: an object with the keys"),
    ('{"$":["Parcel"],"v":{}}', "damaged: an object with the keys"),
    ('{"$":"Parcel","v":{"name":"a","colour":1}}', "`Parcel` does not fit this version: .*colour"),
    ('{"$":"Span","v":{"start":5,"end":1}}', "`Span` does not fit this version"),
    ('{"$":"Colour","v":"RE"}', "no member of that name; did you mean `RED`"),
    ('{"$":"bytes","v":"*"}', "`bytes` does not fit"),
    ('{"$":"datetime","v":"yesterday"}', "`datetime` does not fit"),
    ('{"$":"dict","v":[[1]]}', "`dict` does not fit"),
    ('{"$":"set","v":[[1]]}', "`set` does not fit"),
    ('{"$":"error","v":{}}', "`error` does not fit"),
    ("[" * 100_000, "damaged"),
]


@pytest.mark.parametrize(("text", "said"), UNREADABLE, ids=[said[:40] for _, said in UNREADABLE])
def test_text_that_cannot_be_read_is_said_so(text, said):
    """Damaged text and foreign tags are faults of the outside, named, and never half a value."""
    with pytest.raises(OutsideFault, match=said) as raised:
        loads(text)
    assert raised.value.exit_code == 4


def test_an_unregistered_class_is_read_nowhere():
    """A process that has not registered the class says so; the text alone brings in no code."""
    code = "import sys; from softwright.engine import loads\n"
    code += "try: loads(sys.argv[1])\nexcept Exception as e: print(e)"
    done = subprocess.run(
        [sys.executable, "-c", code, dumps(Parcel("p"))], capture_output=True, text=True, check=True
    )
    assert "the tag `Parcel`, which is not registered" in done.stdout
    assert "the module that registers the class is not imported" in done.stdout


def test_two_classes_cannot_share_a_tag():
    """A clash is an error where the second class is registered, and names the first."""

    class Other:
        @dataclass(frozen=True)
        class Parcel:
            x: int

    with pytest.raises(InvalidInput, match=r"tag `Parcel` of .*Other\.Parcel belongs to .*\.Parcel"):
        portable(Other.Parcel)
    with pytest.raises(InvalidInput, match=r"tag `error` of .* belongs to the serializer itself"):
        portable(tag="error")(Other.Parcel)
    assert portable(tag="OtherParcel")(Other.Parcel)(1) == loads(dumps(Other.Parcel(1)))


def test_registering_again_is_harmless():
    """The same class, or the same one defined once more, takes its tag."""
    allow(Parcel, Parcel)

    def define() -> type:
        @portable(tag="again")
        @dataclass(frozen=True)
        class Again:
            x: int

        return Again

    first, second = define(), define()
    assert type(loads(dumps(first(1)))) is second


def test_a_class_that_has_no_parts_is_refused():
    """Only classes whose values can be taken apart are registered as they are; others say how."""
    with pytest.raises(InvalidInput, match="Unknown cannot be registered") as raised:
        allow(Unknown)
    assert "allow_as" in raised.value.hint

    @dataclass
    class Seeded:
        seed: InitVar[int]

    with pytest.raises(InvalidInput, match="Seeded is made with `seed`, which"):
        allow(Seeded)

    class Hiding(BaseModel):
        _secret: int = 1

    with pytest.raises(InvalidInput, match="Hiding has the private attribute `_secret`, which would be lost"):
        allow(Hiding)

    allow_as(complex, "complex", lambda c: [c.real, c.imag], lambda v: complex(*v))
    assert loads(dumps([1 + 2j])) == [1 + 2j]


def test_a_value_that_cannot_be_taken_apart_is_named():
    """A fault of a class's own way of travelling is said with the place, as any other."""

    class Odd:
        pass

    allow_as(Odd, "odd", lambda odd: odd.missing, lambda parts: Odd())
    with pytest.raises(InvalidInput, match=r"`a\[0\]` is a .*Odd that cannot be taken apart: .*missing"):
        dumps({"a": [Odd()]})


def test_fields_that_are_derived_do_not_travel():
    """A field that the class computes is computed again."""

    @portable(tag="derived")
    @dataclass(frozen=True)
    class Derived:
        x: int
        doubled: int = field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "doubled", 2 * self.x)

    assert dumps(Derived(2)) == '{"$":"derived","v":{"x":2}}'
    assert loads(dumps(Derived(2))).doubled == 4


def test_old_payloads_are_read_by_newer_classes():
    """A new field with a default needs nothing; a renamed class or field is brought up to date."""
    assert loads('{"$":"Parcel","v":{"name":"old"}}') == Parcel("old")

    def upgrade(fields: dict[str, Any]) -> dict[str, Any]:
        if "label" in fields:
            fields["name"] = fields.pop("label")
        return fields

    @portable(tag="box", formerly=["crate"], upgrade=upgrade)
    @dataclass(frozen=True)
    class Box:
        name: str

    assert loads('{"$":"crate","v":{"label":"b"}}') == Box("b")
    assert loads(dumps(Box("b"))) == Box("b")


@pytest.mark.parametrize("cls", [SoftwrightError, InvalidInput, PrerequisiteMissing, OutsideFault, LimitHit])
def test_the_projects_errors_come_back_as_themselves(cls):
    """Class, message, hint and place are kept, and so is the exit code."""
    error = loads(dumps(cls("m", hint="h", where="w")))
    assert type(error) is cls
    assert (error.message, error.hint, error.where) == ("m", "h", "w")


def test_a_room_s_own_error_comes_back_as_its_kind():
    """A subclass that a room made for itself is known by the nearest class of the tree."""

    class PushRefused(OutsideFault):
        def __init__(self, branch: str) -> None:
            super().__init__(f"refused {branch}", hint="pull")

    error = loads(dumps({"e": PushRefused("b")}))["e"]
    assert type(error) is OutsideFault
    assert (error.message, error.hint) == ("refused b", "pull")


def test_any_other_error_is_a_remote_error():
    """Its class's name, words and traceback are kept, a second journey changes nothing."""
    try:
        {}["missing"]
    except KeyError as caught:
        error = loads(dumps(caught))
    assert type(error) is RemoteError
    assert str(error) == "KeyError: 'missing'"
    assert '{}["missing"]' in error.trace
    again = loads(dumps(error))
    assert (again.kind, again.message, again.trace) == (error.kind, error.message, error.trace)


def test_an_error_never_hides_behind_another():
    """An exception that cannot be shown, or says far too much, still travels."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert loads(dumps(Mute())).message == "(its message cannot be made)"
    assert len(loads(dumps(ValueError("x" * 1_000_000))).message) == 4_000
