"""Replay of migrations: would what was learned from a few files have made the rest of the commit?"""

from softwright.rewrite.replay.compare import compared, faulted, tally
from softwright.rewrite.replay.import_items import import_items
from softwright.rewrite.replay.learned import LearnedRules, Learning
from softwright.rewrite.replay.method import Method, Origin, Prediction, Trained
from softwright.rewrite.replay.migration import REPEATED, Migration, changes_of, migration
from softwright.rewrite.replay.orders import ORDERS, informative, shown_files
from softwright.rewrite.replay.pooled import Pooled, middle, pooled
from softwright.rewrite.replay.regions import Changes, ImportEdit, Region, changes
from softwright.rewrite.replay.score import Cause, FileScore, Score, Tally, ratio
from softwright.rewrite.replay.study import Format, Plan, Result, Study
from softwright.rewrite.replay.tokens import IMPORT_KINDS, Tokens, tokens

__all__ = [
    "IMPORT_KINDS",
    "ORDERS",
    "REPEATED",
    "Cause",
    "Changes",
    "FileScore",
    "Format",
    "ImportEdit",
    "LearnedRules",
    "Learning",
    "Method",
    "Migration",
    "Origin",
    "Plan",
    "Pooled",
    "Prediction",
    "Region",
    "Result",
    "Score",
    "Study",
    "Tally",
    "Tokens",
    "Trained",
    "changes",
    "changes_of",
    "compared",
    "faulted",
    "import_items",
    "informative",
    "middle",
    "migration",
    "pooled",
    "ratio",
    "shown_files",
    "tally",
    "tokens",
]
