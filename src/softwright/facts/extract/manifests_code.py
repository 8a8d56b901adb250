"""Dependencies that JavaScript, Go, Java and Rust projects declare."""

import json
import re
import tomllib
from typing import Any
from xml.etree import ElementTree

from softwright.facts.extract.batch import Batch, DependencyRow

_NPM = {
    "dependencies": "runtime",
    "devDependencies": "dev",
    "peerDependencies": "peer",
    "optionalDependencies": "optional",
}


def read_package_json(text: str, unit: int, scope: str, into: Batch) -> None:
    """The four dependency sections of `package.json`."""
    del scope
    data = json.loads(text)
    for section, name in _NPM.items():
        wanted = data.get(section)
        if isinstance(wanted, dict):
            into.dependencies.extend(
                DependencyRow(unit, "npm", package, "" if spec == "*" else str(spec), name)
                for package, spec in wanted.items()
            )


def read_go_mod(text: str, unit: int, scope: str, into: Batch) -> None:
    """The `require` directives of `go.mod`; `// indirect` ones have the scope `indirect`."""
    del scope
    inside = False
    for line in text.splitlines():
        code, _, remark = line.partition("//")
        words = code.split()
        if words[:1] == ["module"] and len(words) == 2:
            into.includes.append((unit, words[1].strip('"`')))
        if words[:1] == ["require"]:
            inside = words[1:2] == ["("]
            words = words[1:]
        elif not inside:
            continue
        if words == [")"]:
            inside = False
        elif len(words) == 2 and words[1].startswith("v"):
            name = words[0].strip('"`')
            into.dependencies.append(
                DependencyRow(unit, "go", name, words[1], "indirect" if "indirect" in remark else "runtime")
            )


def read_pom(text: str, unit: int, scope: str, into: Batch) -> None:
    """The dependencies of a Maven `pom.xml`, with `${properties}` of the same file filled in."""
    del scope
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("document type declarations are not read")
    try:
        root = ElementTree.fromstring(re.sub(r"\sxmlns=\"[^\"]*\"", "", text, count=1))  # noqa: S314 - no entities
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error
    properties = {each.tag: (each.text or "").strip() for each in root.findall("properties/*")}
    properties |= {
        f"project.{tag}": root.findtext(tag) or root.findtext(f"parent/{tag}") or ""
        for tag in ("version", "groupId")
    }

    def filled(value: str | None) -> str:
        return re.sub(r"\$\{([^}]+)\}", lambda m: properties.get(m[1]) or m[0], (value or "").strip())

    for path, managed in (
        ("dependencies/dependency", ""),
        ("dependencyManagement/dependencies/dependency", "managed"),
    ):
        for each in root.findall(path):
            name = f"{filled(each.findtext('groupId'))}:{filled(each.findtext('artifactId'))}"
            given = filled(each.findtext("scope"))
            kind = managed or {"": "runtime", "compile": "runtime"}.get(given, given)
            into.dependencies.append(
                DependencyRow(unit, "maven", name, filled(each.findtext("version")), kind)
            )


_CARGO = {"dependencies": "runtime", "dev-dependencies": "dev", "build-dependencies": "build"}


def read_cargo(text: str, unit: int, scope: str, into: Batch) -> None:
    """The dependency tables of `Cargo.toml`, those of targets and of the workspace included."""
    del scope
    data = tomllib.loads(text)
    places = [
        data,
        *_tables(data.get("target")),
        *([data["workspace"]] if isinstance(data.get("workspace"), dict) else []),
    ]
    for place in places:
        for section, kind in _CARGO.items():
            for name, told in (place.get(section) or {}).items():
                detail = told if isinstance(told, dict) else {"version": told}
                package = str(detail.get("package", name))
                version = str(detail.get("version", ""))
                scope_of = "optional" if detail.get("optional") is True else kind
                into.dependencies.append(
                    DependencyRow(unit, "cargo", package, "" if version == "*" else version, scope_of)
                )


def _tables(value: object) -> list[dict[str, Any]]:
    return [each for each in value.values() if isinstance(each, dict)] if isinstance(value, dict) else []
