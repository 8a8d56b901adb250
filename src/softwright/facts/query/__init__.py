"""SQL over the facts and over structural matches: safe, staged, cached."""

from softwright.facts.query.cache import MATCH_COLUMNS
from softwright.facts.query.calls import PatternResolver
from softwright.facts.query.explain import ExplainedStage, Explanation, explain_query
from softwright.facts.query.guard import QueryLimits
from softwright.facts.query.plan import Plan, depths_needed, tables_used
from softwright.facts.query.run import QueryResult, StageReport, Unreadable, run_query
from softwright.facts.query.search import Progress

__all__ = [
    "MATCH_COLUMNS",
    "ExplainedStage",
    "Explanation",
    "PatternResolver",
    "Plan",
    "Progress",
    "QueryLimits",
    "QueryResult",
    "StageReport",
    "Unreadable",
    "depths_needed",
    "explain_query",
    "run_query",
    "tables_used",
]
