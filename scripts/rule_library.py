"""The page of the shipped rules, made from the rule files."""

from difflib import unified_diff

from softwright.rewrite import Rule, Sample, all_rules

INTRO = """\
# The rules that ship with Softwright

Made from the rule files by `make fix`. Each rule carries samples of what it changes and of what it must
leave alone; they are its tests (`softwright rule test`). `safe` rules keep behaviour by themselves, `review`
rules want a person's look at each shape of change. A rule with a minimum Python touches only projects that
declare at least that (`requires-python` and the like); where a project declares nothing, it does nothing.

`softwright rule show ID` prints a rule, `softwright rule try ID PATH` shows what it would do. To change a
rule, copy its file into your own rules folder: a rule of yours hides a shipped one of the same id.

| rule | what it says | safety | minimum Python | samples |
|---|---|---|---|---|
"""


def library_page() -> str:
    """Table and one section for each rule: why, its safety, and its first sample as a diff."""
    rules = all_rules([])
    rows = "".join(_row(rule) for rule in rules)
    return INTRO + rows + "".join(_section(rule) for rule in rules)


def _row(rule: Rule) -> str:
    changes = sum(sample.after is not None for sample in rule.samples)
    message = rule.message.replace("|", "\\|")
    counts = f"{changes} + {len(rule.samples) - changes}"
    return f"| [{rule.id}](#{rule.id}) | {message} | {rule.safety} | {rule.min_python} | {counts} |\n"


def _section(rule: Rule) -> str:
    first = next(sample for sample in rule.samples if sample.after is not None)
    return f"\n## {rule.id}\n\n**{rule.title}**\n\n{rule.why}\n\n```diff\n{_diff(first)}```\n"


def _diff(sample: Sample) -> str:
    before, after = sample.before.splitlines(), (sample.after or "").splitlines()
    lines = list(unified_diff(before, after, lineterm="", n=99))[3:]
    return "".join(f"{line.rstrip()}\n" for line in lines)
