"""Dependencies that Python projects declare. Nothing is imported or run: `setup.py` is read as text."""

import ast
import configparser
import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

from softwright.facts.extract.batch import Batch, DependencyRow

_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?P<rest>.*)\Z", re.DOTALL
)
_EGG = re.compile(r"[#&]egg=(?P<name>[A-Za-z0-9._-]+)")
_OPTION = re.compile(r"\s--?(?:hash|global-option|install-option|config-settings)\b.*", re.DOTALL)


def normal_name(name: str) -> str:
    """The name as PyPI compares it: lower case, runs of `-_.` are one dash."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str, unit: int, scope: str) -> DependencyRow | None:
    """One requirement (PEP 508, or a link with a name), or None when it names no package."""
    text = text.strip()
    if (egg := _EGG.search(text)) is not None:
        return DependencyRow(unit, "pypi", normal_name(egg["name"]), text, scope)
    found = _REQUIREMENT.match(text)
    if found is None or re.match(r"[A-Za-z]*[:/\\]", found["rest"]):
        return None
    return DependencyRow(unit, "pypi", normal_name(found["name"]), " ".join(found["rest"].split()), scope)


def _add(texts: Iterable[object], unit: int, scope: str, into: Batch) -> None:
    rows = (requirement(text, unit, scope) for text in texts if isinstance(text, str) and text.strip())
    into.dependencies.extend(row for row in rows if row is not None)


def read_requirements(text: str, unit: int, scope: str, into: Batch) -> None:
    """A requirements file; `-r` and `--requirement` become includes."""
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", line).strip()
        include = re.match(r"(?:-r\s*|--requirement[=\s]\s*)(?P<path>\S+)", line)
        editable = re.match(r"(?:-e|--editable)[=\s]\s*(?P<what>.+)", line)
        if include:
            into.includes.append((unit, include["path"]))
        elif editable:
            _add([editable["what"]] if "egg=" in editable["what"] else [], unit, scope, into)
        elif line and not line.startswith("-"):
            _add([_OPTION.sub("", line)], unit, scope, into)


def read_pyproject(text: str, unit: int, scope: str, into: Batch) -> None:
    """`pyproject.toml`: build system, PEP 621, groups (PEP 735), Poetry, PDM, uv, Hatch."""
    del scope
    data = tomllib.loads(text)
    tool = _mapping(data.get("tool"))
    _add(_listed(_mapping(data.get("build-system")).get("requires")), unit, "build", into)
    project = _mapping(data.get("project"))
    _add(_listed(project.get("dependencies")), unit, "runtime", into)
    for extra, wanted in _mapping(project.get("optional-dependencies")).items():
        _add(_listed(wanted), unit, extra, into)
    for group, wanted in _mapping(data.get("dependency-groups")).items():
        _add(_listed(wanted), unit, group, into)
    for group, wanted in _mapping(_mapping(tool.get("pdm")).get("dev-dependencies")).items():
        _add(_listed(wanted), unit, group, into)
    _add(_listed(_mapping(tool.get("uv")).get("dev-dependencies")), unit, "dev", into)
    for environment in _mapping(_mapping(_mapping(tool.get("hatch")).get("envs"))).items():
        name, told = environment
        _add(_listed(_mapping(told).get("dependencies")), unit, str(name), into)
    _poetry(_mapping(tool.get("poetry")), unit, into)


def _poetry(poetry: dict[str, Any], unit: int, into: Batch) -> None:
    sections = [("runtime", poetry.get("dependencies")), ("dev", poetry.get("dev-dependencies"))]
    sections += [
        (name, _mapping(group).get("dependencies")) for name, group in _mapping(poetry.get("group")).items()
    ]
    for scope, wanted in sections:
        for name, told in _mapping(wanted).items():
            if name == "python":
                continue
            for each in told if isinstance(told, list) else [told]:
                optional = isinstance(each, dict) and each.get("optional") is True
                row_scope = "optional" if optional and scope == "runtime" else scope
                into.dependencies.append(
                    DependencyRow(unit, "pypi", normal_name(name), _poetry_specifier(each), row_scope)
                )


def _poetry_specifier(told: object) -> str:
    if isinstance(told, dict):
        for key in ("version", "git", "path", "url"):
            if key in told:
                return str(told[key]) if key == "version" else f"@ {told[key]}"
        return ""
    return "" if told == "*" else str(told)


def read_setup_cfg(text: str, unit: int, scope: str, into: Batch) -> None:
    """The `options` of setuptools in `setup.cfg`."""
    del scope
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error).partition("\n")[0]) from error
    for option, name in (
        ("install_requires", "runtime"),
        ("setup_requires", "build"),
        ("tests_require", "test"),
    ):
        if parser.has_option("options", option):
            _add(_lines(parser.get("options", option)), unit, name, into)
    if parser.has_section("options.extras_require"):
        for extra, wanted in parser.items("options.extras_require"):
            _add(_lines(wanted), unit, extra.partition(":")[0] or "runtime", into)


def _lines(text: str) -> Iterator[str]:
    for line in re.split(r"[\n;](?![^\n]*[\"'])", text) if "\n" not in text else text.splitlines():
        line = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if line and not line.startswith(("file:", "[")):
            yield line


def read_setup_py(text: str, unit: int, scope: str, into: Batch) -> None:
    """What `setup(…)` is given in `setup.py`, as far as literals and names of literals tell."""
    del scope
    tree = ast.parse(text)
    names: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            names.setdefault(node.targets[0].id, node.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "setup":
            for keyword in node.keywords:
                _setup_keyword(keyword, names, unit, into)


_SETUP = {
    "install_requires": "runtime",
    "requires": "runtime",
    "setup_requires": "build",
    "tests_require": "test",
}


def _setup_keyword(keyword: ast.keyword, names: dict[str, ast.expr], unit: int, into: Batch) -> None:
    value = _value(keyword.value, names, 8)
    if keyword.arg in _SETUP:
        _add(_lines(value) if isinstance(value, str) else _listed(value), unit, _SETUP[keyword.arg], into)
    elif keyword.arg == "extras_require" and isinstance(value, dict):
        for extra, wanted in value.items():
            scope = str(extra).partition(":")[0] or "runtime"
            _add(_lines(wanted) if isinstance(wanted, str) else _listed(wanted), unit, scope, into)


def _value(node: ast.expr, names: dict[str, ast.expr], depth: int) -> Any:
    """The value of literals, their names, and sums of lists; None for anything that would have to run."""
    if depth == 0:
        return None
    if isinstance(node, ast.Name):
        return _value(names[node.id], names, depth - 1) if node.id in names else None
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [_value(each, names, depth - 1) for each in node.elts]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {_value(k, names, depth - 1): _value(v, names, depth - 1) for k, v in pairs if k is not None}
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _value(node.left, names, depth - 1), _value(node.right, names, depth - 1)
        return [*_listed(left), *_listed(right)]
    return node.value if isinstance(node, ast.Constant) else None


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
