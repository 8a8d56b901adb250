"""What each test did, read from a JUnit report as pytest writes it."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from softwright.core import Evidence

_MOST_BYTES = 64 << 20
_GRAVITY = ("passed", "skipped", "failed", "error")


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """One test: its `name` as pytest would select it, where it is, and why it ended so.

    `state` is passed, skipped, failed, or error (it could not be run).
    """

    __test__ = False  # not a test class

    name: str
    state: str
    path: str = ""
    line: int = 0
    message: str = ""
    detail: str = ""

    @property
    def bad(self) -> bool:
        """True when the test failed or could not be run."""
        return self.state in ("failed", "error")

    def to_evidence(self, why: str = "") -> Evidence:
        """The outcome as a finding; `why` follows the name."""
        message = f"{self.name}: {why or self.message or self.state}"
        return Evidence(message, path=self.path, line=self.line, code=self.state, detail=self.detail)


def read_junit(document: bytes | None) -> dict[str, TestOutcome] | None:
    """Outcomes by test name; None when there is no report or it cannot be read.

    A test that is told of twice (its teardown failed too, it was run again) keeps the graver state.
    """
    if not document or len(document) > _MOST_BYTES or b"<!DOCTYPE" in document or b"<!ENTITY" in document:
        return None
    try:
        root = ET.fromstring(document)  # noqa: S314 - see above
    except ET.ParseError:
        return None
    outcomes: dict[str, TestOutcome] = {}
    for case in root.iter("testcase"):
        outcome = _outcome(case)
        before = outcomes.get(outcome.name)
        if before is None or _GRAVITY.index(outcome.state) > _GRAVITY.index(before.state):
            outcomes[outcome.name] = outcome
    return outcomes


def _outcome(case: ET.Element) -> TestOutcome:
    state, message, detail = "passed", "", ""
    for child in case:
        found = {"failure": "failed", "error": "error", "skipped": "skipped"}.get(child.tag)
        if found and _GRAVITY.index(found) > _GRAVITY.index(state):
            said = (child.get("message") or child.text or "").strip()
            state, message, detail = found, said.splitlines()[0] if said else "", child.text or ""
    path = case.get("file", "")
    line = int(case.get("line") or -1) + 1
    return TestOutcome(_name(case, path), state, path, line, message, detail)


def _name(case: ET.Element, path: str) -> str:
    owner, name = case.get("classname", ""), case.get("name", "")
    if not path:  # a module that could not be collected has only its dotted name
        return "::".join(part for part in (owner, name) if part)
    module = path.removesuffix(".py").replace("/", ".")
    inner = owner.removeprefix(module).strip(".") if owner.startswith(module) else ""
    return "::".join([path, *inner.split(".")] if inner else [path]) + f"::{name}"
