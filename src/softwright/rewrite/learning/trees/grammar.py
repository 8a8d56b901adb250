"""What learning must know of a language's syntax trees: which kinds of nodes play which part."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Grammar:
    """The parts that kinds of nodes play.

    `bodies` hold statements, `lists` hold elements between commas, `imports` are statements that are handled
    as requirements and not as text. `contexts` gives, for kinds that do not stand alone, code around a `%s`
    in which a piece of that kind parses. `fields` names the place of a child in its parent: (parent's kind,
    place) -> field, where the place is 0 for the first and -1 for the last child. `calls` gives the field of
    the called name; `flat_calls` are calls that hold owner, dot and name directly. `waits` is the kind of an
    expression that only an asynchronous one of the `functions` may hold.
    """

    bodies: frozenset[str]
    lists: frozenset[str]
    imports: frozenset[str]
    comments: frozenset[str]
    names: frozenset[str]
    opaque: frozenset[str] = frozenset()
    transparent: frozenset[str] = frozenset()
    same_kind: dict[str, str] = field(default_factory=dict)
    contexts: dict[str, str] = field(default_factory=dict)
    fields: dict[tuple[str, int], str] = field(default_factory=dict)
    name_fields: dict[str, str] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    flat_calls: frozenset[str] = frozenset()
    definitions: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    waits: str = ""
    builtins: frozenset[str] = frozenset()


_PYTHON = Grammar(
    bodies=frozenset({"module", "block"}),
    lists=frozenset(
        [
            "argument_list",
            "parameters",
            "lambda_parameters",
            "list",
            "tuple",
            "set",
            "dictionary",
            "subscript",
            "expression_list",
            "pattern_list",
            "list_pattern",
            "tuple_pattern",
            "with_clause",
        ]
    ),
    imports=frozenset({"import_statement", "import_from_statement", "future_import_statement"}),
    comments=frozenset({"comment"}),
    names=frozenset({"identifier"}),
    opaque=frozenset({"string_content", "ellipsis"}),
    transparent=frozenset({"type", "type_parameter"}),
    same_kind={"generic_type": "subscript", "union_type": "binary_operator", "member_type": "attribute"},
    contexts={
        "keyword_argument": "f(%s)",
        "argument_list": "f%s",
        "parameters": "def f%s: pass",
        "lambda_parameters": "lambda %s: x",
        "typed_parameter": "def f(%s): pass",
        "default_parameter": "def f(%s): pass",
        "typed_default_parameter": "def f(%s): pass",
        "except_clause": "try:\n    pass\n%s",
        "except_group_clause": "try:\n    pass\n%s",
        "decorator": "%s\ndef f(): pass",
        "dotted_name": "import %s",
        "pair": "{%s}",
        "generic_type": "x: %s",
        "union_type": "x: %s",
        "member_type": "x: %s",
        "subscript": "x = %s",
        "binary_operator": "x = %s",
        "with_item": "with %s: pass",
        "with_clause": "with %s: pass",
        "as_pattern": "with %s: pass",
        "for_in_clause": "[x %s]",
        "slice": "x[%s]",
        "list_splat": "f(%s)",
        "dictionary_splat": "f(%s)",
        "list_splat_pattern": "def f(%s): pass",
        "dictionary_splat_pattern": "def f(%s): pass",
        "expression_list": "x = %s",
        "pattern_list": "%s = x",
        "interpolation": 'f"%s"',
        "string_content": '"%s"',
        "dictionary_comprehension": "x = %s",
        "generator_expression": "f(%s)",
        "assignment": "%s",
        "conditional_expression": "x = %s",
        "yield": "%s",
        "if_clause": "[x for x in y %s]",
        "as_pattern_target": "with a as %s: pass",
        "chevron": "print %s, x",
    },
    fields={
        ("attribute", 0): "object",
        ("attribute", -1): "attribute",
        ("keyword_argument", 0): "name",
        ("keyword_argument", -1): "value",
        ("default_parameter", 0): "name",
        ("default_parameter", -1): "value",
        ("typed_default_parameter", 0): "name",
        ("typed_default_parameter", -1): "value",
        ("call", 0): "function",
        ("subscript", 0): "value",
        ("pair", 0): "key",
        ("pair", -1): "value",
        ("assignment", 0): "left",
        ("assignment", -1): "right",
    },
    name_fields={"function_definition": "name", "class_definition": "name"},
    calls={"call": "function"},
    definitions=frozenset({"function_definition", "class_definition"}),
    functions=frozenset({"function_definition", "lambda"}),
    waits="await",
)

_ES_LISTS = (
    "arguments formal_parameters array object type_arguments type_parameters array_pattern object_pattern "
    "named_imports export_clause tuple_type enum_body"
)
_ES = Grammar(
    bodies=frozenset(
        {"program", "statement_block", "class_body", "interface_body", "switch_body", "object_type"}
    ),
    lists=frozenset(_ES_LISTS.split()),
    imports=frozenset({"import_statement"}),
    comments=frozenset({"comment"}),
    names=frozenset(
        [
            "identifier",
            "property_identifier",
            "shorthand_property_identifier",
            "shorthand_property_identifier_pattern",
            "type_identifier",
            "private_property_identifier",
            "statement_identifier",
        ]
    ),
    opaque=frozenset({"string_fragment", "predefined_type"}),
    contexts={
        "arguments": "f%s",
        "pair": "x = {%s}",
        "object": "x = %s",
        "formal_parameters": "function f%s {}",
        "required_parameter": "function f(%s) {}",
        "optional_parameter": "function f(%s) {}",
        "type_annotation": "let x%s",
        "property_signature": "interface X { %s }",
        "public_field_definition": "class X { %s }",
        "method_definition": "class X { %s }",
        "decorator": "%s class X {}",
        "type_arguments": "f%s()",
        "generic_type": "let x: %s",
        "union_type": "let x: %s",
        "array_type": "let x: %s",
        "variable_declarator": "let %s",
        "template_substitution": "`%s`",
        "jsx_attribute": "x = <a %s />",
        "jsx_element": "x = %s",
        "jsx_self_closing_element": "x = %s",
        "spread_element": "f(%s)",
        "shorthand_property_identifier": "x = {%s}",
        "enum_assignment": "enum X { %s }",
        "extends_clause": "class X %s {}",
        "import_specifier": "import {%s} from 'x'",
        "switch_case": "switch (x) { %s }",
    },
    fields={
        ("member_expression", 0): "object",
        ("call_expression", 0): "function",
        ("pair", 0): "key",
        ("pair", -1): "value",
        ("assignment_expression", 0): "left",
        ("assignment_expression", -1): "right",
    },
    calls={
        "call_expression": "function",
        "new_expression": "constructor",
        "jsx_opening_element": "name",
        "jsx_self_closing_element": "name",
    },
    definitions=frozenset({"method_definition", "function_declaration", "class_declaration"}),
    functions=frozenset(
        {"method_definition", "function_declaration", "function_expression", "arrow_function"}
    ),
    waits="await_expression",
)

_JAVA = Grammar(
    bodies=frozenset(
        [
            "program",
            "block",
            "class_body",
            "interface_body",
            "enum_body",
            "constructor_body",
            "switch_block",
            "annotation_type_body",
            "enum_body_declarations",
        ]
    ),
    lists=frozenset(
        [
            "argument_list",
            "formal_parameters",
            "type_arguments",
            "type_parameters",
            "array_initializer",
            "inferred_parameters",
            "annotation_argument_list",
            "type_list",
            "throws",
            "element_value_array_initializer",
        ]
    ),
    imports=frozenset({"import_declaration"}),
    comments=frozenset({"line_comment", "block_comment"}),
    names=frozenset({"identifier", "type_identifier"}),
    opaque=frozenset(
        {"string_fragment", "multiline_string_fragment", "integral_type", "floating_point_type"}
    ),
    contexts={
        "argument_list": "class X { void f() { f%s; } }",
        "throws": "class X { void f() %s {} }",
        "formal_parameters": "class X { void f%s {} }",
        "formal_parameter": "class X { void f(%s) {} }",
        "type_arguments": "class X { A%s x; }",
        "generic_type": "class X { %s x; }",
        "scoped_type_identifier": "class X { %s x; }",
        "array_type": "class X { %s x; }",
        "marker_annotation": "%s class X {}",
        "annotation": "%s class X {}",
        "modifiers": "%s class X {}",
        "superclass": "class X %s {}",
        "super_interfaces": "class X %s {}",
        "method_declaration": "class X { %s }",
        "field_declaration": "class X { %s }",
        "local_variable_declaration": "class X { void f() { %s } }",
        "expression_statement": "class X { void f() { %s } }",
        "return_statement": "class X { void f() { %s } }",
        "method_invocation": "class X { void f() { %s; } }",
        "object_creation_expression": "class X { void f() { x = %s; } }",
        "lambda_expression": "class X { void f() { x = %s; } }",
        "element_value_pair": "@A(%s) class X {}",
        "catch_formal_parameter": "class X { void f() { try { } catch (%s) { } } }",
        "variable_declarator": "class X { int %s; }",
    },
    fields={
        ("field_access", 0): "object",
        ("field_access", -1): "field",
        ("method_reference", 0): "object",
        ("variable_declarator", 0): "name",
    },
    name_fields={"method_declaration": "name", "class_declaration": "name", "method_invocation": "name"},
    flat_calls=frozenset({"method_invocation"}),
    calls={"method_invocation": "name", "object_creation_expression": "type"},
    definitions=frozenset({"method_declaration", "class_declaration", "interface_declaration"}),
)

_GO = Grammar(
    bodies=frozenset(
        [
            "source_file",
            "block",
            "statement_list",
            "field_declaration_list",
            "expression_case",
            "communication_case",
            "default_case",
        ]
    ),
    lists=frozenset(
        [
            "argument_list",
            "parameter_list",
            "literal_value",
            "expression_list",
            "type_arguments",
            "type_parameter_list",
        ]
    ),
    imports=frozenset({"import_declaration"}),
    comments=frozenset({"comment"}),
    names=frozenset({"identifier", "field_identifier", "type_identifier", "package_identifier"}),
    opaque=frozenset({"interpreted_string_literal_content", "raw_string_literal_content"}),
    transparent=frozenset({"expression_list"}),
    contexts={
        "argument_list": "func f() { f%s }",
        "parameter_list": "func f%s {}",
        "parameter_declaration": "func f(%s) {}",
        "call_expression": "func f() { %s }",
        "selector_expression": "func f() { x = %s }",
        "keyed_element": "var x = X{%s}",
        "literal_element": "var x = X{%s}",
        "literal_value": "var x = X%s",
        "pointer_type": "var x %s",
        "qualified_type": "var x %s",
        "interface_type": "var x %s",
        "map_type": "var x %s",
        "slice_type": "var x %s",
        "field_declaration": "type X struct { %s }",
        "short_var_declaration": "func f() { %s }",
        "return_statement": "func f() { %s }",
        "expression_statement": "func f() { %s }",
        "assignment_statement": "func f() { %s }",
        "defer_statement": "func f() { %s }",
        "if_statement": "func f() { %s }",
        "expression_list": "func f() { x := %s }",
        "composite_literal": "var x = %s",
        "func_literal": "var x = %s",
        "range_clause": "func f() { for %s {} }",
    },
    fields={
        ("selector_expression", 0): "operand",
        ("selector_expression", -1): "field",
        ("call_expression", 0): "function",
        ("keyed_element", 0): "key",
        ("keyed_element", -1): "value",
        ("qualified_type", 0): "package",
        ("qualified_type", -1): "name",
    },
    name_fields={"function_declaration": "name", "method_declaration": "name", "type_spec": "name"},
    calls={"call_expression": "function"},
    definitions=frozenset({"function_declaration", "method_declaration"}),
)

GRAMMARS: dict[str, Grammar] = {
    "python": _PYTHON,
    "javascript": _ES,
    "typescript": _ES,
    "tsx": _ES,
    "java": _JAVA,
    "go": _GO,
}
"""Languages in which changes can be learned."""
