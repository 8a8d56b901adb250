"""Names that are there without an import: of a file that is the module, or bound by what a rule renames."""

from ast_grep_py import SgNode

from softwright.core import InvalidInput
from softwright.facts.structure import PythonNames, Role, Use, use_of
from softwright.rewrite.imports.python_home import Home


def is_defined_here(home: Home, names: PythonNames, module: str, name: str) -> bool:
    """True when the file is the module, so that the name is bound at its top and needs no import.

    A name that is imported from another package may be another thing. One that a package does not bind may
    be a module in its folder, which is imported like any other. Raises InvalidInput when the file surely is
    the module and does not tell what the name is.
    """
    if not name or not (home.is_module(module) or home.may_be_module(module)):
        return False
    entries = [
        entry for scope, some in names.bindings(name).items() if scope.kind == "module" for entry in some
    ]
    if entries or not home.is_module(module):
        return bool(entries) and not any(entry and home.is_foreign(entry.module) for entry in entries)
    has_star = any(entry.is_star and entry.is_top for entry in names.imports)
    if has_star == home.is_package:
        raise InvalidInput(
            f"this file is `{module}` and does not tell what `{name}` is", hint="change this file by hand"
        )
    return has_star


def is_own(names: PythonNames, name: str, use: Use) -> bool:
    """True when the name, read at `use`, is the one at the top of the module, and bound by then."""
    bound = names.bindings(name)
    seen = (
        scope
        for depth, scope in enumerate(use.scopes)
        if scope in bound and not (scope.kind == "class" and depth)
    )
    if next((scope.kind for scope in seen), "module") != "module":
        return False
    binding = (u.start for u in names.uses(name) if u.role is not Role.LOAD and u.binds_in.kind == "module")
    return min(binding, default=-1) < use.start or any(scope.kind == "function" for scope in use.scopes)


def binds_at_top(node: SgNode) -> bool:
    """True for a name that the module binds, by an import too: with a new text it binds the new name."""
    if node.kind() != "identifier":
        return False
    use = use_of(node)
    return use.role in (Role.BIND, Role.IMPORT) and use.binds_in.kind == "module"
