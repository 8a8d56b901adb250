"""JavaScript, TypeScript, JSX: calls, types, elements, modules and waiting functions that changed alike."""

import textwrap
from collections.abc import Callable

import pytest

from softwright.rewrite.learning import Learned

Relearned = Callable[..., Learned]


def code(text: str) -> str:
    """Code without the indentation of the table."""
    return textwrap.dedent(text).strip("\n") + "\n"


CHANGES = {
    "parts that must be the same": (
        "const a = user && user.name;\nif (req && req.body) {\n  go();\n}\nf(cfg && cfg.items);",
        "const a = user?.name;\nif (req?.body) {\n  go();\n}\nf(cfg?.items);",
        "return x(doc && doc.title, a && b.title);",
        "return x(doc?.title, a && b.title);",
    ),
    "types of the language": (
        "function f(a: Promise<any>): Map<string, any> {\n  return g<any>(a);\n}\nlet x: any = 1;",
        (
            "function f(a: Promise<unknown>): Map<string, unknown> {\n"
            "  return g<unknown>(a);\n}\nlet x: unknown = 1;"
        ),
        "type T = Array<any>;\nconst h = (b: any) => b.any;",
        "type T = Array<unknown>;\nconst h = (b: unknown) => b.any;",
    ),
    "properties in short": (
        "const a = { name: name, b: 2 };\nf({ id: id });\ng({ x, items: items });",
        "const a = { name, b: 2 };\nf({ id });\ng({ x, items });",
        "return { total: total, y: z };",
        "return { total, y: z };",
    ),
    "functions become arrows": (
        (
            "xs.map(function (x) {\n  return x.id;\n});\nys.map(function (y) {\n  go(y);\n"
            "});\nz(function (a) {\n  b;\n});"
        ),
        "xs.map((x) => {\n  return x.id;\n});\nys.map((y) => {\n  go(y);\n});\nz((a) => {\n  b;\n});",
        "ws.map(function (w) {\n  // all of it\n  return f(w);\n});",
        "ws.map((w) => {\n  // all of it\n  return f(w);\n});",
    ),
    "no semicolons": (
        "const a = oldFetch(url, { x: 1 })\nconst b = oldFetch(u2)",
        "const a = http.get(url, { x: 1 })\nconst b = http.get(u2)",
        "await oldFetch(z)\noldFetched(1)",
        "await http.get(z)\noldFetched(1)",
    ),
    "a property wherever it stands": (
        (
            'interface T {\n  toolPolicy?: string;\n}\nconst t = { toolPolicy: "a" };\n'
            "const { toolPolicy } = t;\nf(t.toolPolicy);"
        ),
        (
            'interface T {\n  basePolicy?: string;\n}\nconst t = { basePolicy: "a" };\n'
            "const { basePolicy } = t;\nf(t.basePolicy);"
        ),
        "x.toolPolicy = y?.toolPolicy;",
        "x.basePolicy = y?.basePolicy;",
    ),
}
WAITS = """
    test("a", () => {
      const r = loadTools(1);
      f(r);
    });
    test("b", () => {
      const r = loadTools(2);
    });
    test("c", () => {
      f();
    });
    test("d", () => {
      g(loadTools(3));
    });
"""


@pytest.mark.parametrize("name", CHANGES)
def test_code_in_typescript(name: str, relearned: Relearned) -> None:
    """What changed in one file changes in any other place that reads alike, and in no other."""
    before, after, other, wanted = (code(text) for text in CHANGES[name])
    relearned([("src/a.ts", before, after)], "src/b.ts", other, wanted)


def test_what_was_shown_in_one_kind_of_file_is_done_in_its_kin(relearned: Relearned) -> None:
    """A rule from `.ts` files holds in `.tsx` files, and one from both kinds in both."""
    plain = ("src/a.ts", "f(useOldStore(s), useOldStore(t));\n", "f(useNewStore(s), useNewStore(t));\n")
    element = ("src/b.tsx", "const x = <A b={useOldStore(q)} />;\n", "const x = <A b={useNewStore(q)} />;\n")
    relearned([plain], *element)
    relearned([plain, element], "src/c.tsx", element[1].replace("q", "z"), element[2].replace("q", "z"))
    script = ("src/a.js", "f(_.pluckAll(o), 1);\n", "f(pluckAll(o), 1);\n")
    relearned([script], "src/b.js", "g(_.pluckAll(1), _.pick(2));\n", "g(pluckAll(1), _.pick(2));\n")


def test_elements_are_renamed_with_their_import(relearned: Relearned) -> None:
    """Opening, closing and empty elements follow, from whatever folder they are imported."""
    file = 'import {{ {0} }} from "./cards";\n\nconst x = <{0} a={{1}}>hi</{0}>;\nconst y = <{0} />;\n'
    other = 'import {{ {0}, B }} from "../cards";\n\nconst z = <{0}><B OldCard={{1}} /></{0}>;\n'
    relearned(
        [("src/a.tsx", file.format("OldCard"), file.format("NewCard"))],
        "src/x/b.tsx",
        other.format("OldCard").replace("OldCard={", "oldCard={"),
        other.format("NewCard").replace("OldCard={", "oldCard={"),
    )


def test_a_file_that_moved_is_imported_from_every_folder(relearned: Relearned) -> None:
    """The last parts of a path say which file it is; mocks and dynamic imports follow."""
    relearned(
        [
            ("src/p/a.ts", 'import { a } from "../utils/dates";\n', 'import { a } from "../lib/time";\n'),
            ("src/b.ts", 'import { b } from "./utils/dates";\n', 'import { b } from "./lib/time";\n'),
        ],
        "src/p/q/c.ts",
        'import { c } from "../../utils/dates";\nimport d from "../utils/dates2";\n'
        'vi.mock("../../utils/dates");\n',
        'import { c } from "../../lib/time";\nimport d from "../utils/dates2";\nvi.mock("../../lib/time");\n',
    )


def test_a_global_becomes_an_import(relearned: Relearned) -> None:
    """The module of the new name is imported where it is not."""
    body = "const f = {0}.fn();\n{0}.spyOn(a, b);\nconst g = {0}.fn(() => 1);\n"
    line = 'import { vi } from "vitest";\n'
    relearned(
        [
            (
                "src/a.ts",
                'import { c } from "c";\n' + body.format("jest"),
                'import { c } from "c";\n' + line + body.format("vi"),
            )
        ],
        "src/b.ts",
        'import { x } from "x";\n\njest.mock("./y");\n',
        f'import {{ x }} from "x";\n{line}\nvi.mock("./y");\n',
    )


def test_functions_become_asynchronous_where_they_wait(relearned: Relearned) -> None:
    """`async` follows `await`: functions that wait for nothing stay as they are."""
    waiting = code(WAITS).replace("loadTools(", "await loadTools(")
    tests = waiting.split("test(")
    after = "test(".join(part.replace("() =>", "async () =>") if "await" in part else part for part in tests)
    relearned(
        [("src/a.ts", code(WAITS), after)],
        "src/b.ts",
        'test("z", () => {\n  loadTools(9);\n});\nit("y", () => {\n  g();\n});\n',
        'test("z", async () => {\n  await loadTools(9);\n});\nit("y", () => {\n  g();\n});\n',
    )
