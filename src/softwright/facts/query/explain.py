"""What a query would do and cost, found out by its cheap stages alone: no file is read."""

from collections.abc import Mapping
from dataclasses import dataclass

from softwright.facts.query.calls import Call, PatternResolver
from softwright.facts.query.guard import QueryLimits
from softwright.facts.query.plan import CandidateStage, MatchStage, Plan
from softwright.facts.query.run import Session
from softwright.facts.source import BlobSource
from softwright.facts.store import FactStore

USUAL_PACE = 10_000_000.0
"""Bytes per second of one worker supposed before anything was measured: between a rare word and none."""


@dataclass(frozen=True, slots=True)
class ExplainedStage:
    """One stage in words and figures; None where a figure has no meaning or cannot be known before.

    `files` counts (repository, path), `blobs` distinct contents, `cached` those searched before;
    `files_to_read`, `bytes_to_read` and `seconds` (wall, estimated) are what is left to do. `unreadable` are
    files of those searched before that are not text; the first is named with why.
    """

    kind: str
    title: str
    detail: str
    sql: str = ""
    files: int | None = None
    blobs: int | None = None
    cached: int | None = None
    files_to_read: int | None = None
    bytes_to_read: int | None = None
    seconds: float | None = None
    rows: int | None = None
    unreadable: int | None = None
    unreadable_first: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """The stages of one query in order; `seconds` sums the estimates."""

    stages: tuple[ExplainedStage, ...]

    @property
    def seconds(self) -> float:
        """Estimated wall seconds of the costly stages."""
        return sum(stage.seconds or 0.0 for stage in self.stages)


def explain_query(
    store: FactStore,
    sql: str,
    *,
    sources: Mapping[str, BlobSource],
    patterns: PatternResolver,
    workers: int = 1,
    limits: QueryLimits | None = None,
) -> Explanation:
    """The stages of a query; those that only read facts are run, nothing is parsed.

    Without `matches(...)` the query itself is cheap and is run for its row count. Raises as `run_query`.
    """
    plan = Plan(sql, patterns)
    stages: list[ExplainedStage] = []
    with Session(store, plan, sources=sources, limits=limits) as session:
        session.check()
        for stage in plan.stages():
            if isinstance(stage, CandidateStage):
                stages.append(_candidates(session, stage))
            elif isinstance(stage, MatchStage):
                stages.append(_matching(session, stage.call, workers))
            else:
                rows = None if plan.calls else len(session.select(None).rows)
                detail = (
                    "the query, with a table in place of each matches(...)" if plan.calls else "the query"
                )
                stages.append(ExplainedStage("select", "rows", detail, stage.sql, rows=rows))
    return Explanation(tuple(stages))


def _candidates(session: Session, stage: CandidateStage) -> ExplainedStage:
    files = session.narrow(stage)
    language = stage.call.language
    detail = (
        f"{language} files that the rest of the query leaves" if stage.narrowed else f"every {language} file"
    )
    return ExplainedStage("candidates", stage.call.name, detail, stage.sql, files=files)


def _matching(session: Session, call: Call, workers: int) -> ExplainedStage:
    files, blobs = session.counted(call)
    known = session.told(call)
    wanted = known.wanted
    size = sum(one.bytes for one in wanted)
    pace = session.cache.pace() or USUAL_PACE
    words = (
        f"only files that hold {call.words} are parsed"
        if call.words
        else "every file is parsed: no fixed word"
    )
    if known.ruled_out:
        words += f"; the words and calls of {len(known.ruled_out)} rule them out"
    unreadable = session.unreadable(call)
    return ExplainedStage(
        "match",
        f"{call.name}: {call.given}",
        words,
        files=files,
        blobs=blobs,
        cached=blobs - len(wanted) - len(known.ruled_out),
        files_to_read=len(wanted),
        bytes_to_read=size,
        seconds=size / pace / max(1, workers),
        unreadable=len(unreadable),
        unreadable_first=f"{unreadable[0].repo}: {unreadable[0].path}: {unreadable[0].reason}"
        if unreadable
        else "",
    )
