"""No new syntax errors: every written file of a known language is parsed in this process."""

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import PurePosixPath

import tree_sitter

from softwright.checks.check import bounded, skipped
from softwright.checks.subject import Subject
from softwright.core import Evidence, InvalidInput, Outcome, Verdict, counted, digest, language_of
from softwright.facts.requires_python import PythonFloors
from softwright.facts.structure import decode
from softwright.facts.structure.syntax import grammar_tree, python_accepts, python_fault, python_mark

_MOST_ERRORS = 200


class ParseCheck:
    """Parses the files a patch writes; trouble counts when the file had less of it before.

    JavaScript, TypeScript, Go, Java and Rust by their tree-sitter grammars; Python by its own parser,
    and by the grammar where that refuses or is too old; JSON, TOML and YAML by their readers.
    """

    name = "parse"
    version = "2"
    config = digest([])

    def run(self, subject: Subject) -> Verdict:
        """FAIL with every new syntax error; SKIP when no written file is of a known language."""
        new: list[Evidence] = []
        known: list[Evidence] = []
        floors = PythonFloors(subject.read)
        files = {
            path: reader for path in subject.written if (reader := _reader(path, floors, subject.accepted))
        }
        if not files:
            return skipped(self.name, "no written file is of a language that can be parsed here")
        for path, reader in files.items():
            after = reader(subject.written[path].content)
            if not after:
                continue
            base = subject.read(path)
            before = Counter(e.code + e.detail for e in (reader(base) if base is not None else ()))
            if len(after) <= before.total():
                known += after
                continue
            for error in after:
                if before[error.code + error.detail] > 0:
                    before[error.code + error.detail] -= 1
                    known.append(error)
                else:
                    new.append(error)
        if new:
            where = counted(len({e.path for e in new}), "file")
            summary = f"{counted(len(new), 'new syntax error')} in {where}"
            return Verdict(self.name, Outcome.FAIL, summary, bounded(new), bounded(known))
        told = f"{counted(len(files), 'file')} parsed"
        return Verdict(self.name, Outcome.PASS, told, known=bounded(known))


def _reader(
    path: str, floors: PythonFloors, accepted: frozenset[str]
) -> Callable[[bytes], list[Evidence]] | None:
    language = language_of(path)
    suffix = PurePosixPath(path).suffix.lower()
    if language == "python" and suffix != ".pyi":
        low = floors.of(path)
        too_new = low is not None and low > sys.version_info[:2]
        if too_new:
            return lambda source: code_errors(path, source, language)
        return lambda source: _python_errors(path, source, accepted)
    if language:
        return lambda source: code_errors(path, source, language)
    if suffix in _DATA and not _is_loose(path):
        return lambda source: _data_errors(path, source, _DATA[suffix])
    return None


def code_errors(path: str, source: bytes, language: str) -> list[Evidence]:
    """Syntax errors of a source file by its grammar; a file that cannot be decoded is one error."""
    try:
        text = decode(source, language).text
    except InvalidInput as error:
        return [Evidence(error.message, path=path, line=1, code="undecodable")]
    root = grammar_tree(text.encode("utf-8", "surrogatepass"), language).root_node
    if not root.has_error:
        return []
    errors: list[Evidence] = []
    lines = text.splitlines()
    todo = [root]
    while todo and len(errors) < _MOST_ERRORS:
        node = todo.pop()
        if node.is_missing or node.type == "ERROR":
            errors.append(_broken(path, node, lines))
        else:
            todo += [child for child in reversed(node.children) if child.has_error or child.is_missing]
    return errors


def _broken(path: str, node: tree_sitter.Node, lines: list[str]) -> Evidence:
    row = node.start_point[0]
    line = lines[row].strip() if row < len(lines) else ""
    what = f"`{node.type}` is missing" if node.is_missing else "this cannot be parsed"
    return Evidence(what, path=path, line=row + 1, code="syntax", detail=line)


def _python_errors(path: str, source: bytes, accepted: frozenset[str]) -> list[Evidence]:
    """None when Python's own parser takes the file; else the grammar's errors, which name every place."""
    if (accepted and python_mark(source) in accepted) or python_accepts(source):
        return []
    return code_errors(path, source, "python") or _python_error(path, source)


def _python_error(path: str, source: bytes) -> list[Evidence]:
    fault = python_fault(source)
    if fault is None:
        return []
    return [Evidence(fault.message, path=path, line=fault.line, code="syntax", detail=fault.text)]


def _read_yaml(source: bytes) -> None:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for _ in yaml.parse(source, Loader=loader):
        pass


def _read_json(source: bytes) -> None:
    json.loads(source)


def _read_toml(source: bytes) -> None:
    tomllib.loads(source.decode("utf-8"))


_DATA: dict[str, Callable[[bytes], None]] = {
    ".json": _read_json,
    ".toml": _read_toml,
    ".yaml": _read_yaml,
    ".yml": _read_yaml,
}


def _is_loose(path: str) -> bool:
    """True for files that only look like JSON: comments are allowed in these."""
    name = PurePosixPath(path)
    return name.name.startswith(("tsconfig", "jsconfig", ".")) or ".vscode" in name.parts


def _data_errors(path: str, source: bytes, read: Callable[[bytes], None]) -> list[Evidence]:
    if b"{{" in source or b"{%" in source:
        return []  # a template: what it will be is not known here
    try:
        read(source)
    except RecursionError:
        return []
    except Exception as error:  # each reader has its own kinds of error
        mark = getattr(error, "problem_mark", None)
        line = getattr(error, "lineno", 0) if mark is None else mark.line + 1
        return [Evidence(str(error).splitlines()[0], path=path, line=line, code="syntax")]
    return []
