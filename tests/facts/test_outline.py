"""Outlines of short files: what each language's definitions, imports and calls become."""

from typing import Any

import pytest

from softwright.facts.extract.batch import Batch
from softwright.facts.extract.languages import SPECS
from softwright.facts.extract.outline import MAX_SIGNATURE, Outliner
from softwright.facts.extract.readers import MAX_BYTES, read_unit


def outline(language: str, source: str, encoding: str = "utf-8") -> Batch:
    """The facts of one file."""
    batch = Batch()
    Outliner(SPECS[language]).outline(source.encode(encoding), encoding, 0, batch)
    return batch


def symbols(batch: Batch) -> list[tuple[str, str]]:
    """(qualified name, kind) of each symbol."""
    return [(each.qualified_name, each.kind) for each in batch.symbols]


def calls(batch: Batch) -> list[tuple[str, str | None, str]]:
    """(callee, resolved, in_symbol) of each call."""
    return [(c["callee"], c["resolved"], c["in_symbol"]) for c in call_rows(batch)]


def call_rows(batch: Batch) -> list[dict[str, Any]]:
    """The calls as they go into the store."""
    return batch.tables()["raw_calls"].to_pylist() if batch.calls else []


def imports(batch: Batch) -> list[tuple[str, str, str]]:
    """(module, name, alias) of each import."""
    return [(each.module, each.name, each.alias) for each in batch.imports]


class TestPython:
    """The language in full depth."""

    def test_definitions_nest(self) -> None:
        """Qualified names, methods, decorators, bases, one-line signatures, documentation lines, privacy."""
        batch = outline(
            "python",
            '@app.route("/x")\n@dec\nclass A(Base[int], metaclass=M):\n    """One\n    two."""\n'
            "    async def _f(self, a=1,\n          # why\n          *, k: int = 3) -> str:\n"
            "        def g(): ...\n",
        )
        a, f, g = batch.symbols
        assert (a.qualified_name, a.kind, a.line) == ("A", "class", 3)
        assert (a.decorators, a.bases, a.docstring_lines) == (["app.route", "dec"], ["Base[int]"], 2)
        assert (f.qualified_name, f.kind, f.parent, f.is_public) == ("A._f", "method", "A", False)
        assert f.signature == "(self, a=1, *, k: int = 3) -> str"
        assert (g.qualified_name, g.kind, g.parent) == ("A._f.g", "function", "A._f")

    def test_long_runs_of_comments_hide_nothing(self) -> None:
        """They are blanked for the parser only: strings that look like comments stay, so do places."""
        run = "".join(f"# it's {n}: f({{}})\n\n" for n in range(100))
        text = f'A = """\n{run}"""\n{run}def f(a, b="#"):\n    """Says.\n\n# more"""\n    g(a)  # h()\n'
        short = text.replace(run, "\n" * 200)
        batch = outline("python", text)
        rows = [(c["callee"], c["line"], c["in_symbol"]) for c in call_rows(outline("python", short))]
        (found,) = call_rows(batch)
        assert [(found["callee"], found["line"], found["in_symbol"])] == rows == [("g", 407, "f")]
        assert text[found["start_byte"] : found["end_byte"]] == "g(a)"
        assert (batch.symbols[0].signature, batch.symbols[0].docstring_lines) == ('(a, b="#")', 3)

    def test_a_call_of_type_that_is_assigned_through(self) -> None:
        """The grammar reads `type(x).y = z` as an alias statement; a real one is no call."""
        batch = outline("python", "type(a).b = 1\ntype(c, d).e[0] = f(2)\ntype (g).h.i = 3\ntype J = K[L]\n")
        spans = [(c["callee"], c["start_byte"], c["end_byte"], c["arguments"]) for c in call_rows(batch)]
        assert spans == [("type", 0, 7, 1), ("type", 14, 24, 2), ("f", 32, 36, 1), ("type", 37, 45, 1)]

    def test_calls_are_resolved_through_imports(self) -> None:
        """Aliases, submodules, names taken from modules; relative ones carry their level."""
        batch = outline(
            "python",
            "import os.path as p, a.b.c\nfrom x import y as z\nfrom . import m\nfrom ..q import r\n"
            "p.join(); a.b.c.d(); z(); z.w(); m.f(); r(); local(); unknown()\ndef local(): pass\n",
        )
        levels = {c["callee"]: c["level"] for c in call_rows(batch)}
        assert [resolved for _, resolved, _ in calls(batch)] == [
            "os.path.join",
            "a.b.c.d",
            "x.y",
            "x.y.w",
            "m.f",
            "q.r",
            "local",
            None,
        ]
        assert levels == {
            "p.join": 0,
            "a.b.c.d": 0,
            "z": 0,
            "z.w": 0,
            "m.f": 2,
            "r": 3,
            "local": 1,
            "unknown": 0,
        }

    def test_callees_leave_arguments_out(self) -> None:
        """Chains keep their shape: inner arguments, strings and white space are gone."""
        batch = outline(
            "python", 'get(\n  "u", x=(1, ")"))["k"] \\\n  .foo(1).bar()\n"".join(x)\n(a or b).c()\n'
        )
        assert [callee for callee, _, _ in calls(batch)] == [
            "get",
            "get()[].foo",
            "get()[].foo().bar",
            '"".join',
            "().c",
        ]

    def test_arguments_and_keywords(self) -> None:
        """Comments and line continuations are no arguments; a generator is one argument."""
        batch = outline("python", "f(a, # c\n  \\\n  g(k=1), *b, x=h(y=2), **kw)\nsum(i for i in j)\n")
        found = [(c["arguments"], c["keywords"]) for c in call_rows(batch)]
        assert found == [(5, ["x", "**"]), (1, ["k"]), (1, ["y"]), (1, [])]

    def test_imports_for_type_checkers(self) -> None:
        """Under `if TYPE_CHECKING`, not in its else branch."""
        batch = outline(
            "python", "import typing\nif typing.TYPE_CHECKING:\n    from a import B\nelse:\n    import c\n"
        )
        assert [each.is_type_checking for each in batch.imports] == [False, True, False]

    def test_broken_files_give_what_can_be_read(self) -> None:
        """A syntax error is told with its line, definitions around it are kept."""
        batch = Batch()
        error = Outliner(SPECS["python"]).outline(
            b"def a(): f()\n\nx = = 2\n\ndef b(): g()\n", "utf-8", 0, batch
        )
        assert error == "syntax error at line 3"
        assert [name for name, _ in symbols(batch)] == ["a", "b"]

    def test_other_encodings_keep_byte_offsets(self) -> None:
        """A Latin-1 file is read in its own encoding; spans count its own bytes."""
        text = "# -*- coding: latin-1 -*-\nx = 'é'; größe('ü'); f()\n"
        batch = outline("python", text, "latin-1")
        raw = text.encode("latin-1")
        assert [callee for callee, _, _ in calls(batch)] == ["größe", "f"]
        assert [raw[c["start_byte"] : c["end_byte"]].decode("latin-1") for c in call_rows(batch)] == [
            "größe('ü')",
            "f()",
        ]

    def test_long_chains_and_signatures_are_bounded(self) -> None:
        """A thousand chained calls and a thousand parameters take little room and time."""
        batch = outline(
            "python", "a" + ".b()" * 3000 + "\ndef f(" + ", ".join(f"p{i}" for i in range(1000)) + "): ...\n"
        )
        assert max(len(each.callee) for each in batch.callees) <= 400
        assert batch.callees[-1].name == "b"
        assert len(batch.symbols[0].signature) == MAX_SIGNATURE


class TestOtherLanguages:
    """Symbols, imports and calls."""

    def test_typescript(self) -> None:
        """Classes, interfaces, namespaces, arrow functions, every form of import."""
        batch = outline(
            "typescript",
            'import React, {useState as us, type T} from "react"; import * as fs from "fs";\n'
            'import "./side";\n'
            'export {a as b} from "./re"; const {q} = require("qq"), w = require("ww");\n'
            "@Comp() export class A<X> extends B<X> implements C {\n"
            "  private m(a: number): void { us(1); new fs.F(2) } }\n"
            "interface I extends J {} enum E { K } type U = 1; namespace N { export function g() {} }\n"
            "export const arrow = async (a: string) => { React.use(); q() };\n",
        )
        assert symbols(batch) == [
            ("A", "class"),
            ("A.m", "method"),
            ("I", "interface"),
            ("E", "enum"),
            ("U", "type"),
            ("N", "module"),
            ("N.g", "function"),
            ("arrow", "function"),
        ]
        assert (batch.symbols[0].decorators, batch.symbols[0].bases) == (["Comp"], ["B", "C"])
        assert (batch.symbols[1].is_public, batch.symbols[1].signature) == (False, "(a: number): void")
        assert imports(batch) == [
            ("react", "default", "React"),
            ("react", "useState", "us"),
            ("react", "T", ""),
            ("fs", "*", "fs"),
            ("./side", "", ""),
            ("./re", "a", "b"),
            ("qq", "q", ""),
            ("ww", "", "w"),
        ]
        resolved = {callee: to for callee, to, _ in calls(batch)}
        assert resolved == {
            "require": None,
            "Comp": None,
            "us": "react.useState",
            "fs.F": "fs.F",
            "React.use": "react.use",
            "q": "qq.q",
        }

    def test_javascript(self) -> None:
        """Functions in variables, generators, getters, private methods, tagged templates."""
        batch = outline(
            "javascript",
            "const A = function () { b() }; function* g() {} class X extends Y { #p() {} get z() {} }; t`x`;",
        )
        assert [name for name, _ in symbols(batch)] == ["A", "g", "X", "X.#p", "X.z"]
        assert [(c["arguments"], c["in_symbol"]) for c in call_rows(batch)] == [(0, "A"), (1, "")]

    @pytest.mark.parametrize("language", ["tsx", "javascript"])
    def test_jsx(self, language: str) -> None:
        """Markup is parsed; calls in it are found."""
        batch = outline(language, "const V = () => <div onClick={() => f(1)}>{g()}</div>;")
        assert [callee for callee, _, _ in calls(batch)] == ["f", "g"]

    def test_go(self) -> None:
        """Methods belong to their receiver's type; packages are bound to their last word."""
        batch = outline(
            "go",
            'package m\nimport (\n\t"fmt"\n\ty "gopkg.in/yaml.v3"\n\t"github.com/a/foo/v2"\n)\n'
            "type S struct { Base; x int }\ntype I interface { M() }\n"
            "func (s *S) Do(a int) error { fmt.Println(y.Z(), foo.Bar()); return nil }\n",
        )
        assert symbols(batch) == [("S", "struct"), ("I", "interface"), ("S.Do", "method")]
        assert batch.symbols[0].bases == ["Base"]
        assert [(to, where) for _, to, where in calls(batch)] == [
            ("fmt.Println", "S.Do"),
            ("gopkg.in/yaml.v3.Z", "S.Do"),
            ("github.com/a/foo/v2.Bar", "S.Do"),
        ]

    def test_java(self) -> None:
        """Annotations, supertypes, anonymous classes, static imports."""
        batch = outline(
            "java",
            "package a; import java.util.List; import static x.Y.z; import q.*;\n"
            '@Entity @Table(name="x") public class A extends B<C> implements D {\n'
            "  @Inject private X x; @Override public void m(int a) { List.of(1).map(z(2)); new Foo(3); }\n"
            "  interface I { void n(); } enum K { P } record R(int a) {} }\n",
        )
        assert symbols(batch) == [
            ("A", "class"),
            ("A.m", "method"),
            ("A.I", "interface"),
            ("A.I.n", "method"),
            ("A.K", "enum"),
            ("A.R", "class"),
        ]
        assert (batch.symbols[0].decorators, batch.symbols[0].bases) == (["Entity", "Table"], ["B<C>", "D"])
        assert batch.symbols[1].decorators == ["Override"]
        assert imports(batch) == [("java.util", "List", ""), ("x.Y", "z", ""), ("q", "*", "")]
        resolved = {callee: to for callee, to, _ in calls(batch)}
        assert resolved == {"List.of": "java.util.List.of", "List.of().map": None, "z": "x.Y.z", "Foo": None}

    def test_rust(self) -> None:
        """`use` trees, impl blocks, traits, attributes, macros."""
        batch = outline(
            "rust",
            "use std::{io::{self, Read as R}, fs::*}; use crate::a::b; mod x;\n"
            "#[derive(Debug)] pub struct S<T> { #[serde(x)] a: T }\n"
            "impl<T> Tr for S<T> { pub fn m(&self) -> u8 { io::stdin().read(1); b::c(2) } }\n"
            "pub trait Tr: A + B { fn q(&self); }\nfn t() { println!(1); }\n",
        )
        assert symbols(batch) == [
            ("S", "struct"),
            ("S.m", "method"),
            ("Tr", "trait"),
            ("Tr.q", "method"),
            ("t", "function"),
        ]
        assert batch.symbols[0].decorators == ["derive"]
        assert batch.symbols[2].bases == ["A", "B"]
        assert imports(batch) == [
            ("std", "io", ""),
            ("std::io", "Read", "R"),
            ("std::fs", "*", ""),
            ("crate::a", "b", ""),
            ("self", "x", ""),
        ]
        assert [to for _, to, _ in calls(batch)] == ["std::io::stdin", None, "crate::a::b::c", None]


class TestUnits:
    """Blobs that cannot be outlined still give their row."""

    @pytest.mark.parametrize(
        ("source", "reason"),
        [
            (b"a\0b", "binary"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
                "Git LFS pointer: the content is not in the repository",
            ),
            (b"x" * (MAX_BYTES + 1), f"too big: {MAX_BYTES + 1} bytes, the limit is {MAX_BYTES}"),
            (b"x = '\xff'\n", "undecodable as UTF-8: names were read as Latin-1"),
            (b"x = = 1\n", "syntax error at line 1"),
            (b"", None),
        ],
        ids=["binary", "lfs", "big", "undecodable", "syntax", "empty"],
    )
    def test_reasons(self, source: bytes, reason: str | None) -> None:
        """The reason says what is wrong with the file."""
        batch = Batch()
        read_unit("python", source, 0, batch)
        assert [unit.parse_error for unit in batch.units] == [reason]

    def test_generated_heads(self) -> None:
        """A head that says so marks the file; the word alone does not."""
        batch = Batch()
        read_unit("go", b"// Code generated by stringer. DO NOT EDIT.\npackage a\n", 0, batch)
        read_unit("python", b'"""Reads generated files."""\n', 1, batch)
        assert [unit.is_generated for unit in batch.units] == [True, False]

    def test_a_manifest_of_any_shape_is_survived(self) -> None:
        """Wrong types and broken syntax give a reason and no rows."""
        batch = Batch()
        cases = [
            ("pyproject", b"project = 3\n"),
            ("pyproject", b"not toml"),
            ("package-json", b"[1]"),
            ("package-json", b"{"),
            ("pom", b"<project>"),
            ("pom", b"<!DOCTYPE x><project/>"),
            ("setup-py", b"def ("),
            ("setup-cfg", b"no section"),
            ("cargo", b"dependencies = 1"),
            ("package-json", b"[" * 100_000),
        ]
        for number, (reader, source) in enumerate(cases):
            read_unit(reader, source, number, batch)
        assert len(batch.units) == len(cases)
        assert not batch.dependencies
        assert sum(unit.parse_error is not None for unit in batch.units) == len(cases) - 1
