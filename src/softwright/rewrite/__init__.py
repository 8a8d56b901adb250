"""Rules and the rewriter: structural patterns in, edits out. Nothing here writes a working tree."""

from softwright.rewrite.library import SHIPPED, all_rules, find_rule, rule_files
from softwright.rewrite.result import FileFacts, Overlap, Rewrite
from softwright.rewrite.rewriter import applicable, may_match, needs_newer_python, rewrite
from softwright.rewrite.rule import Rule, Safety, Sample, Scope, Step, glob_matches
from softwright.rewrite.rule_file import load_rule, parse_rule
from softwright.rewrite.samples import SampleReport, SampleResult, check_samples

__all__ = [
    "SHIPPED",
    "FileFacts",
    "Overlap",
    "Rewrite",
    "Rule",
    "Safety",
    "Sample",
    "SampleReport",
    "SampleResult",
    "Scope",
    "Step",
    "all_rules",
    "applicable",
    "check_samples",
    "find_rule",
    "glob_matches",
    "load_rule",
    "may_match",
    "needs_newer_python",
    "parse_rule",
    "rewrite",
    "rule_files",
]
