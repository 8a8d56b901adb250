"""Checks in order, cheapest first: stop at the first that blocks, ask nothing twice."""

import platform
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace

from softwright.checks.check import Check, bounded, clip
from softwright.checks.subject import NoCache, Subject, VerdictCache
from softwright.core import Cost, Event, EventSink, Evidence, Outcome, SoftwrightError, Verdict, ignore_events

_KEPT = (Outcome.PASS, Outcome.FAIL, Outcome.SKIP)


def run_ladder(
    checks: Sequence[Check],
    subject: Subject,
    *,
    cache: VerdictCache | None = None,
    emit: EventSink = ignore_events,
) -> tuple[Verdict, ...]:
    """The verdicts of `checks` in order, up to and including the first that blocks.

    Verdicts are kept in `cache` by tree, patch, importers, the check's name, version and configuration,
    and the environment. LIMIT and ERROR are not kept: the next run may have more room or a mended tool.
    Never raises for what a check does; Ctrl-C passes.
    """
    subject = replace(subject, cache=NoCache() if cache is None else cache)
    verdicts: list[Verdict] = []
    for check in checks:
        emit(Event("check.started", repo=subject.repo, step=check.name))
        verdict = _answer(check, subject)
        verdicts.append(verdict)
        data = {
            "outcome": str(verdict.outcome),
            "summary": verdict.summary,
            "seconds": round(verdict.cost.wall_s, 4),
            "cached": verdict.cached,
        }
        emit(Event("check.finished", repo=subject.repo, step=check.name, data=data))
        if verdict.blocks:
            break
    return tuple(verdicts)


def environment(subject: Subject) -> str:
    """What about this machine may change a verdict, in words."""
    layers = subject.isolation.words() if subject.isolation else "any"
    return f"python {platform.python_version()}, {platform.machine()}, {layers}"


def _answer(check: Check, subject: Subject) -> Verdict:
    key = subject.key(check.name, check.version, check.config, environment(subject))
    kept = subject.cache.get(key)
    if kept is not None:
        return replace(kept, cached=True)
    began, cpu = time.monotonic(), time.thread_time()
    try:
        verdict = check.run(subject)
    except SoftwrightError as error:
        finding = Evidence(error.message, path=error.where, detail=error.hint)
        verdict = Verdict(check.name, Outcome.ERROR, clip(error.message), evidence=bounded((finding,)))
    except Exception as error:
        finding = Evidence(f"{type(error).__name__}: {error}", detail=traceback.format_exc())
        summary = clip(f"the check itself failed: {type(error).__name__}: {error}")
        verdict = Verdict(check.name, Outcome.ERROR, summary, evidence=bounded((finding,)))
    own = Cost(wall_s=time.monotonic() - began, cpu_s=time.thread_time() - cpu + verdict.cost.cpu_s)
    verdict = replace(verdict, cost=own)
    if verdict.outcome in _KEPT:
        subject.cache.put(key, verdict)
    return verdict
