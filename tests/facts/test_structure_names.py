# ruff: noqa: E501 - one line per case reads better
"""Names resolve through imports and scopes, or not at all."""

import pytest

from softwright.facts.structure import Pattern, find

_UTCNOW = Pattern.parse(
    {"rule": {"pattern": "$F()"}, "resolves": {"F": "datetime.datetime.utcnow"}}, "python"
)


def check(source: str, sites: int) -> None:
    """`source` has that many calls of datetime.datetime.utcnow."""
    assert len(find(_UTCNOW, source.encode())) == sites


@pytest.mark.parametrize(
    "source",
    [
        "import datetime\ndatetime.datetime.utcnow()\n",
        "import datetime as dt\ndt.datetime.utcnow()\n",
        "from datetime import datetime\ndatetime.utcnow()\n",
        "from datetime import (\n    datetime as D,\n)\nD.utcnow()\n",
        "def f():\n    from datetime import datetime\n    return datetime.utcnow()\n",
        "from datetime import datetime\ndef f(datetime=datetime.utcnow()): pass\n",
        "from datetime import datetime\nclass A:\n    datetime = 1\n    def f(self): return datetime.utcnow()\n",
        "from datetime import datetime\n[x for datetime in datetime.utcnow()]\n",
        "from datetime import datetime\nx.datetime = 1\nf(datetime=2)\ndatetime.utcnow()\n",
        "from datetime import datetime\n@datetime.utcnow()\ndef f(): datetime = 1\n",
        "try:\n    from datetime import datetime\nexcept ImportError:\n    raise\ndatetime.utcnow()\n",
        "from other import *\nfrom datetime import datetime\ndatetime.utcnow()\n",
        "from datetime import datetime\nf'{datetime.utcnow()}'\n",
        "from datetime import datetime\nlambda: datetime.utcnow()\n",
    ],
)
def test_imported_names_resolve(source: str) -> None:
    """Aliases, local imports and names shadowed only elsewhere are the imported thing."""
    check(source, 1)


@pytest.mark.parametrize(
    "source",
    [
        "datetime.utcnow()\n",
        "class datetime: pass\ndatetime.utcnow()\n",
        "from datetime import datetime\nclass datetime: pass\ndatetime.utcnow()\n",
        "from mine import datetime\ndatetime.utcnow()\n",
        "from .datetime import datetime\ndatetime.utcnow()\n",
        "from datetime import datetime\ndef f(datetime): datetime.utcnow()\n",
        "from datetime import datetime\ndef f(*datetime): datetime.utcnow()\n",
        "from datetime import datetime\ndef f(datetime: int = 1): datetime.utcnow()\n",
        "from datetime import datetime\nlambda datetime: datetime.utcnow()\n",
        "from datetime import datetime\ndef f():\n    datetime.utcnow()\n    datetime = 1\n",
        "from datetime import datetime\ndef f():\n    with x as datetime: datetime.utcnow()\n",
        "from datetime import datetime\ndef f():\n    with x as (a, datetime): datetime.utcnow()\n",
        "from datetime import datetime\ndef f():\n    for a, (datetime, *b) in x: datetime.utcnow()\n",
        "from datetime import datetime\n[datetime.utcnow() for datetime in x]\n",
        "from datetime import datetime\ndef f():\n    if (datetime := 1): datetime.utcnow()\n",
        "from datetime import datetime\ndef f():\n    [datetime := 1 for _ in x]\n    datetime.utcnow()\n",
        "from datetime import datetime\ndef f():\n    try: pass\n    except E as datetime: datetime.utcnow()\n",
        "from datetime import datetime\ndef f(x):\n    match x:\n        case datetime: datetime.utcnow()\n",
        "from datetime import datetime\ndef f(x):\n    match x:\n        case [*datetime]: datetime.utcnow()\n",
        "from datetime import datetime\ndef f(x):\n    match x:\n        case A() as datetime: datetime.utcnow()\n",
        "from datetime import datetime\ndef f():\n    global datetime\n    datetime = 1\ndatetime.utcnow()\n",
        "from datetime import datetime\ndel datetime\ndatetime.utcnow()\n",
        "from datetime import datetime\ndatetime += 1\ndatetime.utcnow()\n",
        "from datetime import datetime\nclass A:\n    datetime = 1\n    x = datetime.utcnow()\n",
        "from datetime import datetime\nclass A:\n    datetime = 1\n    def f(self, x=datetime.utcnow()): pass\n",
        "from datetime import datetime\nfrom other import *\ndatetime.utcnow()\n",
        "try:\n    from mine import datetime\nexcept ImportError:\n    from datetime import datetime\ndatetime.utcnow()\n",
        "from datetime import datetime\nx.datetime.utcnow()\n",
        "from datetime import datetime\ndatetime().utcnow()\n",
        "from datetime import datetime\ndef f[datetime](x): datetime.utcnow()\n",
    ],
)
def test_shadowed_and_uncertain_names_do_not_resolve(source: str) -> None:
    """Whatever else binds the name, or may bind it, keeps the rule away."""
    check(source, 0)


def test_builtins_resolve_unless_bound() -> None:
    """`builtins.open` is `open` where nothing else is called that."""
    pattern = Pattern.parse({"rule": {"pattern": "$F($$$)"}, "resolves": {"F": "builtins.open"}}, "python")
    assert len(find(pattern, b"open(1)\n")) == 1
    assert find(pattern, b"from io import open\nopen(1)\n") == []
    assert find(pattern, b"from x import *\nopen(1)\n") == []


def test_a_submodule_import_binds_the_package() -> None:
    """`import os.path` makes `os.path.join` resolve, and `import a.b as c` the submodule."""
    pattern = Pattern.parse({"rule": {"pattern": "$F($$$)"}, "resolves": {"F": "a.b.join"}}, "python")
    assert len(find(pattern, b"import a.b\na.b.join(1)\n")) == 1
    assert len(find(pattern, b"import a.b as c\nc.join(1)\n")) == 1
    assert len(find(pattern, b"from a import b\nb.join(1)\n")) == 1
    assert find(pattern, b"import a.c as b\nb.join(1)\n") == []


def test_match_means_the_callee_of_a_call() -> None:
    """`resolves` with a plain text looks at the called name of the whole match."""
    pattern = Pattern.parse({"rule": {"kind": "call"}, "resolves": "a.b"}, "python")
    assert len(find(pattern, b"from a import b\nb(b)\n")) == 1


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("python", "from a import b as c\nc(1)\n"),
        ("python", "import a\n(a\n .b)\na \\\n.b(1)\n"),
        ("python", "import a\nx: a.b[int] = 1\na.b()\n"),
        ("javascript", "import {b} from 'a';\nnew b(1);\n"),
        ("typescript", "import * as $a from 'a';\n$a.b(1);\n"),
    ],
)
def test_a_rule_for_every_node_finds_what_resolves(language: str, source: str) -> None:
    """However wide the rule, each spelling of the name is found, aliased, broken over lines or behind `new`."""
    kinds = [{"kind": kind} for kind in (("call",) if language == "python" else _ES_CALLS)]
    pattern = Pattern.parse({"rule": {"any": kinds}, "resolves": "a.b"}, language)
    assert len(find(pattern, source.encode())) == 1


_ES_CALLS = ("call_expression", "new_expression")
_READ = Pattern.parse(
    {"rule": {"any": [{"kind": "attribute"}, {"kind": "identifier"}]}, "resolves": "threading.currentThread"},
    "python",
)
_IMPORTED = "import threading\n"


@pytest.mark.parametrize(
    "target",
    [
        "threading.currentThread = f",
        "threading.currentThread: object = f",
        "threading.currentThread += f",
        "a, threading.currentThread = f, f",
        "[a, *threading.currentThread] = f",
        "(threading.currentThread) = f",
        "a = threading.currentThread = f",
        "del threading.currentThread",
        "del (a.b, threading.currentThread)",
        "for threading.currentThread in f: pass",
        "for a, threading.currentThread in f: pass",
        "[x for threading.currentThread in f]",
        "with f as threading.currentThread: pass",
        "with f as (a, threading.currentThread): pass",
    ],
)
def test_a_name_that_is_written_or_deleted_does_not_resolve(target: str) -> None:
    """Targets are no reads; and where the file replaces the name, what it reads is not the original."""
    assert not find(_READ, f"{_IMPORTED}{target}\n".encode())
    assert not find(_READ, f"{_IMPORTED}{target}\nthreading.currentThread()\n".encode())


@pytest.mark.parametrize(
    "use",
    [
        'setattr(threading, "currentThread", f)',
        "monkeypatch.setattr(threading, 'currentThread', f)",
        'mock.patch.object(threading, "currentThread")',
        'mock.patch("threading.currentThread")',
        'hasattr(threading, "currentThread")',
        "threading.currentThread = f",
        "threading = f",
    ],
)
def test_a_name_that_the_file_patches_or_asks_for_does_not_resolve(use: str) -> None:
    """Where the file patches the name by a string, or asks whether it is there, its reads are left alone."""
    assert not find(_READ, f"{_IMPORTED}{use}\nx = threading.currentThread\n".encode())


@pytest.mark.parametrize(
    "use",
    [
        "threading.currentThread.x = 1",
        "threading.currentThread[0] = 1",
        "a[threading.currentThread] = 1",
        "for a in threading.currentThread: pass",
        "a: threading.currentThread = 1",
        "setattr(other, 'currentThread', threading.currentThread)",
        "del a[threading.currentThread]",
        "other.threading.currentThread = threading.currentThread",
        "print('currentThread', threading.currentThread)",
        "(x := threading.currentThread)",
    ],
)
def test_reads_beside_a_target_resolve(use: str) -> None:
    """The owner of a target, its index, its annotation and its value are reads."""
    assert len(find(_READ, f"{_IMPORTED}{use}\n".encode())) == 1
