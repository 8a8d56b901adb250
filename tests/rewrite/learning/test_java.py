"""Java: calls, types, annotations and imports that changed alike."""

import textwrap
from collections.abc import Callable

import pytest

from softwright.rewrite.learning import Learned

Relearned = Callable[..., Learned]

UTIL = "import java.util.Arrays;\nimport java.util.List;\n\n"
LIST = "import java.util.List;\n\n"


def within(body: str, imports: str = "") -> str:
    """Statements in a method of a class."""
    inside = textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8)
    return f"{imports}class T {{\n    void m() {{\n{inside}\n    }}\n}}\n"


CALLS = {
    "owner and name change together": (
        "Path a = Paths.get(x);\nf(Paths.get(y, z));",
        "Path a = Path.of(x);\nf(Path.of(y, z));",
        "g(Paths.get(a.b(), 1), other.get(2));",
        "g(Path.of(a.b(), 1), other.get(2));",
    ),
    "the argument becomes the owner": (
        "a(String.format(TEMPLATE, 1));\nb(String.format(text, x, y));",
        "a(TEMPLATE.formatted(1));\nb(text.formatted(x, y));",
        "return String.format(z, u());",
        "return z.formatted(u());",
    ),
    "name and number of arguments change together": (
        "x = items.get(0);\ny = a.b().get(0);\nz = items.get(3);\nf(rows.get(0), map.get(key));",
        "x = items.getFirst();\ny = a.b().getFirst();\nz = items.get(3);\nf(rows.getFirst(), map.get(key));",
        "return more.get(0).get(i);",
        "return more.getFirst().get(i);",
    ),
    "arguments change places": (
        "assertEquals(4, sum(2, 2));\nassertEquals(a, b);",
        "assertThat(sum(2, 2)).isEqualTo(4);\nassertThat(b).isEqualTo(a);",
        'assertEquals("x", y.z());',
        'assertThat(y.z()).isEqualTo("x");',
    ),
    "a constructor becomes a factory": (
        "Foo x = new OldFoo(1, y);",
        "Foo x = OldFoo.create(1, y);",
        "g(new OldFoo(z), new Foo(z));",
        "g(OldFoo.create(z), new Foo(z));",
    ),
    "an argument is added": (
        "x = Loader.load(a);\ny = Loader.load(b.c());",
        "x = Loader.load(a, true);\ny = Loader.load(b.c(), true);",
        'f(Loader.load("z"), other.load(1));',
        'f(Loader.load("z", true), other.load(1));',
    ),
    "type arguments go, whatever they are": (
        "A a = new HashMap<String, Object>();\nB b = new HashMap<K, List<X>>(3);\nC c = new HashMap<U, V>();",
        "A a = new HashMap<>();\nB b = new HashMap<>(3);\nC c = new HashMap<>();",
        "Map<Integer, C> p = new HashMap<Integer, C>();",
        "Map<Integer, C> p = new HashMap<>();",
    ),
    "a block of a lambda becomes an expression": (
        (
            "xs.map(x -> {\n    return f(x);\n});\nys.map(y -> {\n    return 1;\n});\n"
            "zs.map(z -> {\n    return z;\n});"
        ),
        "xs.map(x -> f(x));\nys.map(y -> 1);\nzs.map(z -> z);",
        "ws.map(w -> {\n    return w.v;\n});\nvs.map(v -> {\n    log(v);\n    return v;\n});",
        "ws.map(w -> w.v);\nvs.map(v -> {\n    log(v);\n    return v;\n});",
    ),
    "statements go with any arguments": (
        "a();\nHooks.install(this);\nb();\nHooks.install(other);\nHooks.install(third.x());",
        "a();\nb();",
        "d();\nHooks.install(x, y);\nHooks.remove(x);",
        "d();\nHooks.remove(x);",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_calls_in_java(name: str, relearned: Relearned) -> None:
    """What changed in a method changes in any other place that reads alike, and in no other."""
    before, after, other, wanted = CALLS[name]
    relearned([("src/A.java", within(before), within(after))], "src/B.java", within(other), within(wanted))


def test_new_code_brings_its_import_and_takes_the_old_one_along(relearned: Relearned) -> None:
    """An import that was there in the example is added where it is not, and none is written twice."""
    learned = relearned(
        [("src/A.java", within("f(Arrays.asList(1, 2));", UTIL), within("f(List.of(1, 2));", LIST))],
        "src/B.java",
        within("return g(Arrays.asList(a, c));", "import java.util.Arrays;\n\n"),
        within("return g(List.of(a, c));", LIST),
    )
    assert [each.rule.imports_remove for each in learned.rules] == [("java.util.Arrays",)]


def test_a_class_moves_and_an_annotation_is_another_one(relearned: Relearned) -> None:
    """Imports of what moved follow, without a step for the code."""
    old, new = "import a.old.Thing;\nimport b.Other;\n\n", "import a.fresh.Thing;\nimport b.Other;\n\n"
    relearned(
        [("src/A.java", within("Thing t = null;", old), within("Thing t = null;", new))],
        "src/B.java",
        within("f(Thing.X);", "import a.old.Thing;\n\n"),
        within("f(Thing.X);", "import a.fresh.Thing;\n\n"),
    )
    hook = "import org.junit.{};\n\nclass T {{\n    @{}\n    void init() {{\n        {}();\n    }}\n}}\n"
    relearned(
        [
            (
                "src/A.java",
                hook.format("Before", "Before", "f"),
                hook.format("jupiter.api.BeforeEach", "BeforeEach", "f"),
            )
        ],
        "src/B.java",
        hook.format("Before", "Before", "g"),
        hook.format("jupiter.api.BeforeEach", "BeforeEach", "g"),
    )


def test_a_renamed_class_is_renamed_in_types_and_imports(relearned: Relearned) -> None:
    """One import takes the place of the other, once."""
    file = (
        "import p.{0};\n\nclass T extends {0} {{\n    List<{0}> all({0} a) {{\n"
        "        return new {0}().all();\n    }}\n}}\n"
    )
    other = (
        "import p.{0};\n\nclass U {{\n    Class<?> c = {0}.class;\n    int oldService = OldServices.x;\n}}\n"
    )
    relearned(
        [("src/A.java", file.format("OldService"), file.format("NewService"))],
        "src/B.java",
        other.format("OldService"),
        other.format("NewService"),
    )


def test_a_type_put_in_place_of_an_imported_one_keeps_its_place(relearned: Relearned) -> None:
    """`throws` lists name another class now; the old class elsewhere, and its import, are no rename."""

    def file(thrown: str, imported: str = "import java.io.IOException;\n\n") -> str:
        heads = f"    void a() {thrown} {{\n    }}\n\n    void b() {thrown} {{\n    }}\n"
        return f"{imported}class T {{\n{heads}}}\n"

    caught = "    void c() {\n        try {\n        } catch (IOException e) {\n        }\n    }\n"
    other = "import java.io.IOException;\n\nclass U {\n    void z() throws %s {\n    }\n\n" + caught + "}\n"
    relearned(
        [("src/A.java", file("throws IOException"), file("throws Exception", ""))],
        "src/B.java",
        other % "IOException",
        other % "Exception",
    )
