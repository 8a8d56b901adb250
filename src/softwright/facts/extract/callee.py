"""The name of what is called, out of how it is written."""

import re

from softwright.facts.extract.spec import Spec

MAX_CALLEE = 400
"""Characters of a callee that are kept; of a longer chain the end is kept."""

_PLAIN = re.compile(r"\w+(?:\.\w+)+\Z")
_LAST_WORD = re.compile(r"[\w$#]+\Z")
_MAX_SCANNED = 4000  # a chain of a thousand calls would otherwise be scanned a thousand times


def plain_callee(written: str, spec: Spec) -> tuple[str, str, str]:
    """Callee, receiver and last name; arguments, strings and white space of inner calls are left out."""
    if written.isidentifier():
        return written, "", written
    receiver, _, name = written.rpartition(".")
    if _PLAIN.match(written):
        return written, receiver, name
    # what strings hide may mislead the scan below, and `matches` relies on the name: the last word is sure
    ends = _LAST_WORD.search(written)
    tail = ends[0] if ends else ""
    text = written if len(written) <= _MAX_SCANNED else "…" + written[-_MAX_SCANNED:]
    text = _elided(text, spec)
    if len(text) > MAX_CALLEE:
        text = "…" + text[-MAX_CALLEE + 1 :]
    last = re.search(r"(?:(?P<separator>::|\?\.|->|\.)\s*)?(?P<name>[\w$#]+)(?P<type><.*>|::<.*>)?\Z", text)
    if last is None:
        return text, "", tail
    return text, text[: last.start()], tail or last["name"]


_TOKENS = re.compile(
    r"""(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)
    |(?P<string>[A-Za-z]{0,2}(?:\"\"\".*?\"\"\"|'''.*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`))
    |(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<blank>\s+|\\\n)""",
    re.VERBOSE | re.DOTALL,
)


def _elided(text: str, spec: Spec) -> str:
    out: list[str] = []
    depth, at = 0, 0
    for token in _TOKENS.finditer(text):
        if token["comment"] and not token[0].startswith(spec.comment) and not token[0].startswith("/*"):
            continue
        if depth == 0:
            out.append(text[at : token.start()])
        at = token.end()
        if token["open"]:
            out.append(token[0] if depth == 0 else "")
            depth += 1
        elif token["close"]:
            depth = max(0, depth - 1)
            out.append(token[0] if depth == 0 else "")
        elif token["string"] and depth == 0:
            out.append('""')
    if depth == 0:
        out.append(text[at:])
    return "".join(out)
