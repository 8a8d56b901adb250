"""Checks of a candidate, each giving a verdict with its evidence; only new trouble counts."""

from softwright.checks.attempt import parse_command
from softwright.checks.check import Check
from softwright.checks.checkers import CHECKERS
from softwright.checks.commands import CommandCheck
from softwright.checks.importers import importers_of
from softwright.checks.ladder import run_ladder
from softwright.checks.lint import LintCheck
from softwright.checks.parse import ParseCheck
from softwright.checks.secrets import SecretsCheck
from softwright.checks.spec import CHECK_NAMES, ladder_from_spec
from softwright.checks.subject import NoCache, Subject, VerdictCache
from softwright.checks.types import TypesCheck

__all__ = [
    "CHECKERS",
    "CHECK_NAMES",
    "Check",
    "CommandCheck",
    "LintCheck",
    "NoCache",
    "ParseCheck",
    "SecretsCheck",
    "Subject",
    "TypesCheck",
    "VerdictCache",
    "importers_of",
    "ladder_from_spec",
    "parse_command",
    "run_ladder",
]
