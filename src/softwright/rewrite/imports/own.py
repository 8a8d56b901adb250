"""Names that a file need not import because it is the module that defines them."""

from collections.abc import Sequence

from ast_grep_py import SgNode

from softwright.facts.structure import PythonNames, Role, Tree, load_at
from softwright.rewrite.imports.spec import Wanted

_ROOTS = frozenset({"", "src", "lib", "python"})
"""Folders in which top modules lie."""


def is_own(wanted: Wanted, tree: Tree, path: str, nodes: Sequence[SgNode]) -> bool:
    """True when the Python file at `path` is the module and `nodes` mean its own definition by the name.

    The module may be given from any root above the file, or with dots from the file's own package.
    """
    if not wanted.name or wanted.local != wanted.name or not _is_module(wanted.module, path):
        return False
    names = tree.names
    return isinstance(names, PythonNames) and all(_means_own(names, wanted.name, node) for node in nodes)


def _is_module(module: str, path: str) -> bool:
    *folders, file = path.removesuffix(".pyi").removesuffix(".py").split("/")
    own = folders if file == "__init__" else [*folders, file]
    bare = module.lstrip(".")
    parts = bare.split(".") if bare else []
    dots = len(module) - len(bare)
    if dots:
        return dots <= len(folders) + 1 and [*folders[: len(folders) - dots + 1], *parts] == own
    above = own[: len(own) - len(parts)]
    return bool(parts) and own[-len(parts) :] == parts and (len(parts) > 1 or (above or [""])[-1] in _ROOTS)


def _means_own(names: PythonNames, name: str, node: SgNode) -> bool:
    """True when the name, read at the node, is what the module defines, and was defined before."""
    use, bound = load_at(node), names.bindings(name)
    scope = next(
        (s for depth, s in enumerate(use.scopes) if s in bound and (s.kind != "class" or not depth)), None
    )
    if scope is None or scope.kind != "module" or any(entry is not None for entry in bound[scope]):
        return False
    first = min(
        each.start
        for each in names.uses(name)
        if each.role in (Role.BIND, Role.WALRUS) and each.binds_in == scope
    )
    return first < use.start or any(each.kind == "function" for each in use.scopes)
