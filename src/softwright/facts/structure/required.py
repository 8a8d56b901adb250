"""Texts that all an expression finds must hold: `^([A-Z]\\w*)Test$` finds nothing without `Test`."""

import re

_TOKEN = re.compile(
    r"""
    (?P<boundary> \\[bB](?!\{) | [\^$] )
  | (?P<escaped> \\[^A-Za-z0-9] )
  | (?P<class> \\[dDsSwW] | \[\^?\]?(?:\\.|[^\[\]\\])*\] | \. )
  | (?P<open> \((?: \?: | \?P?<[A-Za-z_]\w*> | (?!\?)) )
  | (?P<close> \) )
  | (?P<times> (?: [*?] | \{0*(?:,\d*)?\} ) \?? )
  | (?P<more> (?: \+ | \{\d+(?:,\d*)?\} ) \?? )
  | (?P<letter> [A-Za-z0-9_] )
  | (?P<other> [^\\()\[\]{}|*+?.^$] )
    """,
    re.VERBOSE | re.DOTALL,
)


def required_texts(pattern: str) -> list[str]:
    """Runs of ASCII letters, digits and underscores outside of groups, in order.

    None for an expression with flags, classes in classes, choices at the top, or what is rare.
    """
    return [run for run, _ in _runs(pattern)]


def required_words(pattern: str) -> list[str]:
    """Those of the runs that stand alone: on both sides is a boundary, or an end of what is searched."""
    return [run for run, is_word in _runs(pattern) if is_word]


def _runs(pattern: str) -> list[tuple[str, bool]]:
    runs: list[tuple[str, bool]] = []
    run, depth, at, opened = "", 0, 0, False
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            if depth and pattern[at] == "|":
                at += 1
                continue
            return []
        at, kind = token.end(), token.lastgroup
        depth += (kind == "open") - (kind == "close")
        is_edge = kind == "boundary" and token[0] != "\\B"
        if kind == "times":
            run = run[:-1]  # the last letter need not be there
        if depth == 0 and kind == "letter":
            run += token[0]
            continue
        if run:
            runs.append((run, opened and is_edge))
        run, opened = "", is_edge and depth == 0
    return [*runs, (run, False)] if run and depth == 0 else runs if depth == 0 else []
