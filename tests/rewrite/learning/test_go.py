"""Go: packages and their imports, types, loops and fields that changed alike."""

import textwrap
from collections.abc import Callable

import pytest

from softwright.rewrite.learning import Learned

Relearned = Callable[..., Learned]


def file(body: str, *imports: str) -> str:
    """A Go file."""
    head = f'import "{imports[0]}"\n\n' if len(imports) == 1 else ""
    if len(imports) > 1:
        head = "import (\n" + "".join(f'\t"{each}"\n' for each in imports) + ")\n\n"
    return "package a\n\n" + head + textwrap.dedent(body).strip("\n").replace("    ", "\t") + "\n"


LOOPS = """
    func f() {
        for i := 0; i < n; i++ {
            g(i)
        }
        for j := 0; j < 20; j++ {
            h(j)
        }
        for k := 1; k < n; k++ {
            h(k)
        }
    }
"""
RANGES = LOOPS.replace("i := 0; i < n; i++", "i := range n").replace("j := 0; j < 20; j++", "j := range 20")
COPIES = """
    func f() {
        for _, tc := range xs {
            tc := tc
            g(tc)
        }
        for _, cmd := range ys {
            cmd := cmd
            other := cmd
            g(other)
        }
        for _, item := range zs {
            item := item
            h(item)
        }
    }
"""
NO_COPIES = "\n".join(
    line for line in COPIES.splitlines() if line.strip() not in ("tc := tc", "cmd := cmd", "item := item")
)
CHANGES = {
    "a type that is spelled otherwise": (
        "func f(a interface{}) map[string]interface{} {\n    return nil\n}\n\nfunc g(xs ...interface{}) {\n}",
        "func f(a any) map[string]any {\n    return nil\n}\n\nfunc g(xs ...any) {\n}",
        "type X struct {\n    V interface{}\n}\n\nvar m = []interface{}{1}\n\ntype R interface {\n    F()\n}",
        "type X struct {\n    V any\n}\n\nvar m = []any{1}\n\ntype R interface {\n    F()\n}",
    ),
    "an argument in front": (
        "func f() {\n    a := client.Fetch(x)\n    b := client.Fetch(y.z)\n}",
        "func f() {\n    a := client.Fetch(ctx, x)\n    b := client.Fetch(ctx, y.z)\n}",
        "func g() {\n    return client.Fetch(1), other.Fetch(2)\n}",
        "func g() {\n    return client.Fetch(ctx, 1), other.Fetch(2)\n}",
    ),
    "loops with a counter": (
        LOOPS,
        RANGES,
        (
            "func f() {\n    for x := 0; x < total; x++ {\n        g(x)\n    }\n"
            "    for y := 0; x < total; y++ {\n    }\n}"
        ),
        (
            "func f() {\n    for x := range total {\n        g(x)\n    }\n"
            "    for y := 0; x < total; y++ {\n    }\n}"
        ),
    ),
    "a statement that says the same name twice": (
        COPIES,
        NO_COPIES,
        "func g() {\n    w := w\n    v := w\n    use(v)\n}",
        "func g() {\n    v := w\n    use(v)\n}",
    ),
    "a field, its uses and its keys": (
        (
            "type C struct {\n    BaseURL string\n}\n\nfunc f(c C) {\n"
            '    d := C{BaseURL: "x"}\n    g(c.BaseURL, d.BaseURL)\n}'
        ),
        (
            "type C struct {\n    Endpoint string\n}\n\nfunc f(c C) {\n"
            '    d := C{Endpoint: "x"}\n    g(c.Endpoint, d.Endpoint)\n}'
        ),
        "func g(c *C) {\n    c.BaseURL = h(C{BaseURL: y})\n}",
        "func g(c *C) {\n    c.Endpoint = h(C{Endpoint: y})\n}",
    ),
    "a type and all that names it": (
        (
            "type OldOpts struct {\n    A int\n}\n\nfunc f(o *OldOpts) []OldOpts {\n"
            "    return []OldOpts{{A: 1}}\n}"
        ),
        (
            "type NewOpts struct {\n    A int\n}\n\nfunc f(o *NewOpts) []NewOpts {\n"
            "    return []NewOpts{{A: 1}}\n}"
        ),
        "var x = pkg.OldOpts{A: 2}\nvar y map[string]OldOpts",
        "var x = pkg.NewOpts{A: 2}\nvar y map[string]NewOpts",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_code_in_go(name: str, relearned: Relearned) -> None:
    """What changed in one file changes in any other place that reads alike, and in no other."""
    before, after, other, wanted = (file(text) for text in CHANGES[name])
    relearned([("a/x.go", before, after)], "a/y.go", other, wanted)


def test_a_package_takes_the_place_of_another_with_its_import(relearned: Relearned) -> None:
    """The import that the new code needs comes, the one that nobody uses any more goes."""
    body = "func f() {{\n    b, _ := {}.ReadFile(p)\n    use(b, fmt.Sprint(b))\n}}"
    relearned(
        [("a/x.go", file(body.format("ioutil"), "fmt", "io/ioutil"), file(body.format("os"), "fmt", "os"))],
        "a/y.go",
        file("func g() {\n    h(ioutil.ReadFile(a.b), log.X)\n}", "io/ioutil", "log"),
        file("func g() {\n    h(os.ReadFile(a.b), log.X)\n}", "log", "os"),
    )


def test_names_of_one_package_go_to_several(relearned: Relearned) -> None:
    """Each name follows its own examples; what was never seen stays with its import."""
    before = (
        "func f() {\n    a(pkg.Read(x), pkg.Read(y))\n    b(pkg.Temp(x), pkg.Temp(z))\n    c(pkg.Stat(w))\n}"
    )
    after = (
        "func f() {\n    a(one.Read(x), one.Read(y))\n"
        "    b(two.MakeTemp(x), two.MakeTemp(z))\n    c(pkg.Stat(w))\n}"
    )
    relearned(
        [("a/x.go", file(before, "pkg"), file(after, "one", "pkg", "two"))],
        "a/y.go",
        file("func g() {\n    d(pkg.Temp(1), pkg.Stat(2), Temp)\n}", "pkg"),
        file("func g() {\n    d(two.MakeTemp(1), pkg.Stat(2), Temp)\n}", "pkg", "two"),
    )


def test_a_package_lies_at_another_path(relearned: Relearned) -> None:
    """The import follows, the code stays as it is."""
    body = "func f() {\n    log.Print(x)\n}"
    old, new = "github.com/a/old/log", "github.com/a/fresh/log"
    relearned(
        [("a/x.go", file(body, "fmt", old), file(body, "fmt", new))],
        "a/y.go",
        file("func g() {\n    log.Debug(x)\n}", old),
        file("func g() {\n    log.Debug(x)\n}", new),
    )
