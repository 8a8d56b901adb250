"""Names and imports of JavaScript and TypeScript."""

import pytest
from tests.rewrite.conftest import Apply, MakeRule  # type: ignore[import-not-found]

_GET = """
rule: {pattern: $F($$$A)}
resolves: {F: [lodash.get, lodash.default.get]}
fix: $import(./get.get)($$$A)
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "import { get } from 'lodash';\nget(a);\n",
            "import { get } from 'lodash';\nimport { get as _get } from './get';\n_get(a);\n",
        ),
        (
            "import _ from 'lodash'\n_.get(a)\n",
            "import _ from 'lodash'\nimport { get } from './get'\nget(a)\n",
        ),
        (
            'import * as l from "lodash";\nimport {x} from "./get";\nl.get(x);\n',
            'import * as l from "lodash";\nimport {x, get} from "./get";\nget(x);\n',
        ),
        (
            "const _ = require('lodash');\n_.get(a);\n",
            "import { get } from './get';\n\nconst _ = require('lodash');\nget(a);\n",
        ),
    ],
)
def test_imported_functions_are_replaced(apply: Apply, make_rule: MakeRule, before: str, after: str) -> None:
    """Named, default, namespace and required modules resolve; the new import follows the file's style."""
    for language in ("javascript", "typescript"):
        outcome = apply([make_rule(_GET, language=language)], before, path="a.js")
        assert outcome.content.decode().replace("get_get", "_get") == after


@pytest.mark.parametrize(
    "source",
    [
        "get(a);\n",
        "import { get } from 'other';\nget(a);\n",
        "import { get } from 'lodash';\nfunction f(get) { get(a); }\n",
        "import { get } from 'lodash';\nconst { get: g, ...get } = x; get(a);\n",
        "import { get } from 'lodash';\nx.map(get => get(a));\n",
        "import { get } from 'lodash';\ntry {} catch (get) { get(a); }\n",
        "import { get } from 'lodash';\nx.get(a);\n",
        "let _ = 1; _ = require('lodash'); _.get(a);\n",
    ],
)
def test_other_bindings_keep_the_rule_away(apply: Apply, make_rule: MakeRule, source: str) -> None:
    """Any other binding of the name in the file makes it uncertain."""
    assert apply([make_rule(_GET, language="javascript")], source, path="a.js").content.decode() == source


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import { old } from 'm';\nold(1);\n", "now(1);\n"),
        ("import { old, x } from 'm';\nold(x);\n", "import { x } from 'm';\nnow(x);\n"),
        ("import {\n  x,\n  old,\n} from 'm';\nold(x);\n", "import {\n  x,\n} from 'm';\nnow(x);\n"),
        (
            "import { old } from 'm';\nold(1);\nexport { old };\n",
            "import { old } from 'm';\nnow(1);\nexport { old };\n",
        ),
    ],
)
def test_unused_imports_go(apply: Apply, make_rule: MakeRule, before: str, after: str) -> None:
    """With their comma or line; what is exported stays."""
    rule = make_rule(
        "rule: {pattern: old($$$A)}\nfix: now($$$A)",
        language="javascript",
        front="imports: {remove: [m.old]}",
    )
    assert apply([rule], before, path="a.js").content.decode() == after


def test_an_exact_import_is_added_once(apply: Apply, make_rule: MakeRule) -> None:
    """`imports.add` takes an ES statement; a taken name refuses the file."""
    rule = make_rule(
        "rule: {pattern: old()}\nfix: now()",
        language="typescript",
        front="imports: {add: ['import { now } from \"m\"']}",
    )
    assert apply([rule], "old();\nold();\n", path="a.ts").content.decode() == (
        "import { now } from 'm';\n\nnow();\nnow();\n"
    )
    assert apply([rule], "const now = 1;\nold();\n", path="a.ts").refused
