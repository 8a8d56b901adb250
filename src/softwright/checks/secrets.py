"""No secrets added: the detectors of detect-secrets look at added lines. Nothing is sent anywhere.

What a detector finds is never written down: evidence shows the line with the secret blotted out.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from softwright.checks.check import bounded, clip, skipped
from softwright.checks.subject import Subject
from softwright.core import Evidence, Outcome, Verdict, counted, digest

if TYPE_CHECKING:
    from detect_secrets.plugins.base import BasePlugin

_LONGEST_LINE = 20_000
_MOST_LINES = 100_000
_LEAST = 6  # shorter finds are fragments of something else
_OFF = {"IPPublicDetector"}  # an address is not a secret
_ENTROPY = {"Base64HighEntropyString": 4.6, "HexHighEntropyString": 3.2}
_GENERATED = ("lock", ".svg", ".ipynb", ".map", ".min.js", ".sum", ".cassette")


class Hit(NamedTuple):
    """A secret found in a line: what kind, and the secret itself (never to be recorded)."""

    kind: str
    secret: str


class SecretsCheck:
    """FAILs for secrets in added lines that the unchanged files of the patch do not hold already.

    A line marked `pragma: allowlist secret` is left alone. The entropy detectors are a little less
    eager than by default and silent in generated files.
    """

    name = "secrets"
    version = "1"

    def __init__(self) -> None:
        self.config = digest([sorted(_OFF), _ENTROPY])

    def run(self, subject: Subject) -> Verdict:
        """FAIL with each new secret, masked."""
        if not subject.written:
            return skipped(self.name, "the change adds no content")
        bases = {path: base for path in subject.patch.files if (base := subject.read(path)) is not None}
        had = b"\n".join(bases.values())
        new: list[Evidence] = []
        known: list[Evidence] = []
        lines = 0
        for path, change in subject.written.items():
            if b"\0" in change.content[:8000]:
                continue
            for number, line, before in _added(bases.get(path, b""), change.content):
                lines += 1
                if lines > _MOST_LINES:
                    break
                for hit in find_secrets(path, line, previous=before):
                    finding = _masked(path, number, line, hit)
                    (known if hit.secret.encode() in had else new).append(finding)
        if new:
            kinds = ", ".join(sorted({e.code for e in new}))
            summary = f"{counted(len(new), 'secret')} added ({kinds})"
            return Verdict(self.name, Outcome.FAIL, clip(summary), bounded(new), bounded(known))
        told = f"no secret in {counted(min(lines, _MOST_LINES), 'added line')}"
        if lines > _MOST_LINES:
            told += "; the lines after these were not searched"
        return Verdict(self.name, Outcome.PASS, told, known=bounded(known))


def _added(base: bytes, new: bytes) -> Iterator[tuple[int, str, str]]:
    """Lines of `new` that `base` does not have, as (number, line, the line before)."""
    left = Counter(base.decode("utf-8", "replace").splitlines())
    previous = ""
    for number, line in enumerate(new.decode("utf-8", "replace").splitlines(), 1):
        if left[line] > 0:
            left[line] -= 1
        elif line.strip():
            yield number, line[:_LONGEST_LINE], previous
        previous = line


def find_secrets(path: str, line: str, *, previous: str = "") -> list[Hit]:
    """The secrets in one line of a file; overlapping finds count once, the most telling kind first."""
    from detect_secrets.filters.allowlist import is_line_allowlisted
    from detect_secrets.filters.heuristic import is_indirect_reference
    from detect_secrets.util.code_snippet import CodeSnippet

    context = CodeSnippet(snippet=[previous, line], start_line=1, target_index=1)
    if is_line_allowlisted(path, line, context):
        return []
    generated = path.lower().endswith(_GENERATED) or "lock" in path.rsplit("/", 1)[-1].lower()
    hits: list[Hit] = []
    for plugin in _detectors():
        kind = type(plugin).__name__
        if kind in _ENTROPY and generated:
            continue
        if kind == "KeywordDetector" and is_indirect_reference(line):
            continue
        for found in plugin.analyze_line(filename=path, line=line, line_number=0, context=context):
            secret = _whole(found.secret_value or "", line, plugin)
            if not _is_noise(secret, line, plugin) and not any(secret in h.secret for h in hits):
                hits.append(Hit(found.type, secret))
    return hits


def _whole(secret: str, line: str, plugin: "BasePlugin") -> str:
    """The secret in full where the detector gives only the beginning of what it matched."""
    if len(secret) < _LEAST:
        for pattern in getattr(plugin, "denylist", ()):
            match = pattern.search(line)
            if match and secret in match[0]:
                return str(match[0])
    return secret


def _is_noise(secret: str, line: str, plugin: "BasePlugin") -> bool:
    from detect_secrets.filters import heuristic

    return (
        (len(secret) < _LEAST and "PrivateKey" not in type(plugin).__name__)
        or heuristic.is_sequential_string(secret)
        or heuristic.is_potential_uuid(secret)
        or heuristic.is_likely_id_string(secret, line, plugin)
        or heuristic.is_templated_secret(secret)
        or heuristic.is_prefixed_with_dollar_sign(secret)
        or heuristic.is_not_alphanumeric_string(secret)
    )


@cache
def _detectors() -> "tuple[BasePlugin, ...]":
    """One of each kind: named services first, then keywords, entropy last."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    rank = {"KeywordDetector": 1, "HexHighEntropyString": 2, "Base64HighEntropyString": 3}
    found: dict[str, Any] = get_mapping_from_secret_type_to_class()
    kinds: dict[str, Any] = {plugin.__name__: plugin for plugin in found.values()}
    return tuple(
        kinds[name](limit=_ENTROPY[name]) if name in _ENTROPY else kinds[name]()
        for name in sorted(kinds, key=lambda n: (rank.get(n, 0), n))
        if name not in _OFF
    )


def _masked(path: str, number: int, line: str, hit: Hit) -> Evidence:
    shown = line.strip()
    for other in sorted({hit.secret, *(h.secret for h in find_secrets(path, line))}, key=len, reverse=True):
        shown = shown.replace(other, "*****")
    return Evidence(f"{hit.kind} added", path=path, line=number, code=hit.kind, detail=clip(shown, 160))
