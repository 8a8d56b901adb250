"""Rules that match often and in awkward places, for the properties on real files."""

from softwright.rewrite import Rule, parse_rule

_HEAD = """---
id: {id}
language: python
message: stress
---
# Stress
## Rule
```yaml
{yaml}
```
"""

_RULES = {
    "len-method": "rule: {pattern: len($A)}\nfix: $A.__len__()",
    "is-none-swapped": (
        "rule: {pattern: $A is None}\nfix: None is $A\nconstraints: {A: {not: {regex: '^None$'}}}"
    ),
    "not-to-comparison": "rule: {pattern: not $A}\nfix: $A is False",
    "conditional-to-and-or": "rule: {pattern: $A if $C else $B}\nfix: $C and $A or $B",
    "isinstance-to-method": "rule: {pattern: 'isinstance($A, $B)'}\nfix: $B.__instancecheck__($A)",
    "print-to-log": "rule: {pattern: print($$$A)}\nfix: $import(logging).info($$$A)",
    "drop-encoding": ("rule: {kind: keyword_argument, has: {field: name, regex: ^encoding$}}\nfix: ''"),
    "drop-object-base": (
        "rule: {pattern: object, inside: {kind: argument_list, inside: {kind: class_definition}}}\nfix: ''"
    ),
    "drop-bare-return": (
        "rule: {any: [{kind: return_statement, regex: ^return$}, {kind: global_statement}]}\nfix: ''"
    ),
    "if-to-while": (
        'rule: {pattern: "if $C:\\n    $$$B", not: {any: [{has: {kind: else_clause}}, '
        "{has: {kind: elif_clause}}]}}\nfix: |\n  while $C:\n      $$$B\n      break"
    ),
    "join-path": (
        "rule: {pattern: '$F($A, $$$REST)'}\nresolves: {F: os.path.join}\n"
        "fix: $import(pathlib.Path)($A).joinpath($$$REST)"
    ),
    "optional-to-union": (
        "rule: {any: [{pattern: '$O[$T]'}, {kind: generic_type, all: [{has: {pattern: $O}}, "
        "{has: {kind: type_parameter, has: {kind: type, pattern: $T}}}]}]}\n"
        "resolves: {O: typing.Optional}\nfix: $T | None"
    ),
    "get-default": "rule: {pattern: '$D.get($K)'}\nfix: $D.get($K, None)",
    "format-call": "rule: {pattern: $A % $B}\nfix: $B.__rmod__($A)",
    "plus-to-add": "rule: {pattern: $A + $B}\nfix: $import(operator.add)($A, $B)",
    "raise-from": "rule: {pattern: raise $E($$$A)}\nfix: raise $E($$$A) from None",
    "assert-parens": "rule: {pattern: 'assert $A, $M'}\nfix: |\n  if not $A:\n      raise AssertionError($M)",
}


def stress_rules() -> list[Rule]:
    """All of them, each a valid rule without samples."""
    return [stress_rule(name) for name in _RULES]


def stress_rule(name: str) -> Rule:
    """One of them."""
    return parse_rule(_HEAD.format(id=name, yaml=_RULES[name]), name)
