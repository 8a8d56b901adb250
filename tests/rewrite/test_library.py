"""The shipped rules: their samples, and what they do to real files."""

import builtins
import re
import sysconfig
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from tests.rewrite.promises import compiles  # type: ignore[import-not-found]

from softwright.rewrite import FileFacts, Rule, Safety, all_rules, check_samples, rewrite

ROOT = Path(__file__).resolve().parents[2]
RULES = {rule.id: rule for rule in all_rules([])}
FILES_PER_RULE = 12
LARGEST = 30_000


@cache
def real_files() -> tuple[tuple[str, bytes], ...]:
    """Every fourth Python file of the installed packages, as far as it is not large."""
    root = Path(sysconfig.get_paths()["purelib"])
    paths = sorted(root.rglob("*.py"))[::4]
    return tuple((str(path), path.read_bytes()) for path in paths if path.stat().st_size < LARGEST)


def facts(path: str) -> FileFacts:
    """A file of a project that asks for a recent Python."""
    return FileFacts(path, "python", (3, 13), False)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_sample_holds(rule: Rule) -> None:
    """Each shipped rule changes and leaves alone exactly what its samples say, byte for byte, and once."""
    report = check_samples(rule)
    wrong = [f"{each.sample.title}: {each.problem}\n{each.got}" for each in report.results if not each.ok]
    assert not wrong, "\n".join(wrong)
    assert report.ok


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_is_documented_by_samples(rule: Rule) -> None:
    """Each shipped rule has at least five samples of either kind and says why its fix is safe or is not."""
    changes = [sample for sample in rule.samples if sample.after is not None]
    assert len(changes) >= 5
    assert len(rule.samples) - len(changes) >= 5
    assert (
        "**Fix safety: safe" in rule.why if rule.safety is Safety.SAFE else "**Fix safety: review" in rule.why
    )


def test_the_library_is_worth_its_name() -> None:
    """At least a dozen rules ship, and their file names are their ids."""
    assert len(RULES) >= 14
    assert all(Path(rule.path).stem == rule.id for rule in RULES.values())


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_real_files_stay_python(rule: Rule) -> None:
    """Where a rule changes an installed file that parses, it still does; a second pass changes nothing."""
    seen = 0
    for path, source in real_files():
        if not rule.may_match(source):
            continue
        after = rewrite([rule], source, facts(path)).content
        seen += 1
        if after != source and compiles(source):
            assert compiles(after), path
            assert rewrite([rule], after, facts(path)).content == after, path
        if seen == FILES_PER_RULE:
            break


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rules_do_not_disturb_each_other(rule: Rule) -> None:
    """All rules together leave Python behind, and come to an end, on the samples of each."""
    everything = list(RULES.values())
    for sample in rule.samples:
        outcome = rewrite(everything, sample.before.encode(), facts("src/app.py"))
        assert not outcome.refused, f"{sample.title}: {outcome.refused}"
        assert compiles(outcome.content), sample.title


def test_the_page_of_the_rules_is_current() -> None:
    """docs/rule-library.md is what the rule files say."""
    spec = spec_from_file_location("rule_library", ROOT / "scripts/rule_library.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs/rule-library.md").read_text() == module.library_page(), "stale: run `make fix`"


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_builtins_in_a_fix_are_asked_for(rule: Rule) -> None:
    """A builtin in a fix goes through `$import(builtins.x)`, or the match has shown what the name means."""
    for step in rule.steps:
        pieces = [piece for piece in step.fix.pieces if isinstance(piece, str)] if step.fix else []
        name = re.compile(r"(?<![\w.])[a-zA-Z_]\w*(?!\w*\s*=[^=])")
        words = {word for piece in pieces for word in name.findall(piece)}
        known = {name for names in step.pattern.resolves.values() for name in names}
        literal = {word for word in words if word in dir(builtins) and word not in ("None", "True", "False")}
        assert {f"builtins.{word}" for word in literal} <= known, literal
