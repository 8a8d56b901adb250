"""Fifty learned rules against one on the same files: what one parse and a prefilter are worth."""

import time
from collections.abc import Callable, Sequence

from table import Row, row

from softwright.core import language_of
from softwright.facts.flags import is_test
from softwright.rewrite import FileFacts, Rule, may_match, rewrite
from softwright.rewrite.replay import LearnedRules, Learning, Migration

RULES, FILES, FILES_PER_RULE = 50, 400, 12


def speed_rows(loaders: Sequence[Callable[[], Migration]]) -> list[Row]:
    """The ratio of CPU seconds, over files that the one rule has to parse."""
    rules, files = gathered(loaders)
    if len(rules) < 2:
        return []
    one = many = 0.0
    count = 0
    for rule in rules:
        matched = [(path, source) for path, source in files if may_match([rule], source)][:FILES_PER_RULE]
        one += seconds([rule], matched)
        many += seconds(rules, matched)
        count += len(matched)
    if not count:
        return []
    ratio = many / one
    return [
        row("rules applied together", len(rules), "rules"),
        row("one rule, CPU per parsed file", 1000 * one / count, "ms"),
        row(
            f"{len(rules)} rules, CPU per parsed file",
            1000 * many / count,
            "ms",
            bar="<= 20",
            met=many / count <= 0.02,
        ),
        row(f"{len(rules)} rules against one", ratio, "x", bar="< 2", met=ratio < 2),
    ]


def gathered(loaders: Sequence[Callable[[], Migration]]) -> tuple[list[Rule], list[tuple[str, bytes]]]:
    """Distinct Python rules learned from the first files of many migrations, and files before them."""
    rules: dict[str, Rule] = {}
    files: dict[str, bytes] = {}
    for load in loaders:
        data = load()
        if data.language != "python":
            continue
        for pair in data.changed[: FILES // max(1, len(loaders)) + 1]:
            files[f"{data.name}/{pair.path}"] = pair.before.encode("utf-8", "surrogatepass")
        if len(rules) >= RULES:
            continue
        trained = Learning().learn(data.changed[:2])
        assert isinstance(trained, LearnedRules)
        for rule in trained.rules[:3]:
            rules.setdefault(f"{rule.patterns}", rule)
    return list(rules.values())[:RULES], list(files.items())


def seconds(rules: Sequence[Rule], files: Sequence[tuple[str, bytes]]) -> float:
    """CPU seconds to rewrite the files."""
    facts = [FileFacts(path, language_of(path), (3, 99), is_test(path)) for path, _ in files]
    began = time.process_time()
    for (_, source), known in zip(files, facts, strict=True):
        rewrite(rules, source, known)
    return time.process_time() - began
