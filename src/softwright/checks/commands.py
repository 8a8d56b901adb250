"""The repository's own commands: run before and after, and only what became worse counts."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from softwright.checks.attempt import Attempt, Command, parse_command
from softwright.checks.check import CheckerFailed, LimitReached, bounded, clip, guarded
from softwright.checks.junit import TestOutcome
from softwright.checks.subject import Subject
from softwright.core import Evidence, Outcome, Verdict, counted, digest
from softwright.workspaces import Limits

_AGAIN = 2
_AGAIN_WHEN_UNSURE = 3
_MOST_KEPT = 2000


class CommandCheck:
    """Runs a command in the sandbox on the unchanged tree, once, and on the changed tree.

    pytest is asked about every test; of other programs the exit code counts. What fails on the unchanged
    tree, at once or when it is run there again, is known trouble and never blocks. A limit is a limit,
    not a failure.
    """

    version = "1"

    def __init__(
        self,
        name: str,
        command: str | Sequence[str],
        *,
        limits: Limits | None = None,
        env: Mapping[str, str] | None = None,
        environment: Path | None = None,
    ) -> None:
        self.name = name
        self.command = Command(parse_command(command), limits or Limits(), dict(env or {}), environment)
        place = str(environment or "")
        net = self.command.limits.net
        self.config = digest([list(self.command.argv), sorted(self.command.env.items()), place, net])

    def run(self, subject: Subject) -> Verdict:
        """PASS, FAIL with what became worse, LIMIT, ERROR when the program is not there, or SKIP when the
        command cannot tell: it does not work on the unchanged tree either."""
        return guarded(self.name, lambda: self._compare(subject))

    def _compare(self, subject: Subject) -> Verdict:
        base = self._baseline(subject)
        changed = self.command.attempt(subject, changed=True)
        cost = base.cost + changed.cost
        if base.tests is None or changed.tests is None or not (base.tests or changed.tests):
            return self._by_exit_code(subject, base, changed)
        if changed.exit_code > 1 and base.exit_code <= 1 and not changed.bad:
            finding = self._ended(changed, "and did not on the unchanged tree")
            return Verdict(self.name, Outcome.FAIL, finding.message, bounded((finding,)), cost=cost)
        return self._by_tests(subject, base, changed)

    def _baseline(self, subject: Subject) -> Attempt:
        key = subject.base_key("command", self.version, self.config)
        kept = subject.cache.get(key)
        if kept is not None:
            return _from_verdict(kept)
        base = self.command.attempt(subject, changed=False)
        verdict = _to_verdict(self.name, base)
        if verdict is not None:
            subject.cache.put(key, verdict)
        return base

    def _by_exit_code(self, subject: Subject, base: Attempt, changed: Attempt) -> Verdict:
        cost = base.cost + changed.cost
        words = clip(self.command.words, 80)
        if changed.exit_code == 0:
            return Verdict(self.name, Outcome.PASS, f"`{words}` succeeded", cost=cost)
        if base.exit_code != 0:
            known = self._ended(base, "on the unchanged tree too")
            summary = f"`{words}` fails on the unchanged tree too, so it tells nothing about the change"
            return Verdict(self.name, Outcome.SKIP, summary, known=bounded((known,)), cost=cost)
        again = self._again(subject, changed=False, times=_AGAIN, bad=lambda a: a.exit_code != 0)
        if again:
            known = self._ended(again[0], "sometimes on the unchanged tree")
            summary = (
                f"`{words}` fails now and then on the unchanged tree, so it tells nothing about the change"
            )
            return Verdict(self.name, Outcome.SKIP, summary, known=bounded((known,)), cost=cost)
        finding = self._ended(changed, "and succeeded on the unchanged tree")
        complaint = changed.complaint
        summary = f"{complaint} ({finding.message})" if complaint else finding.message
        return Verdict(self.name, Outcome.FAIL, summary, bounded((finding,)), cost=cost)

    def _ended(self, attempt: Attempt, when: str) -> Evidence:
        message = f"`{clip(self.command.words, 80)}` ended with exit code {attempt.exit_code} {when}"
        return Evidence(message, code=f"exit {attempt.exit_code}", detail=attempt.output)

    def _by_tests(self, subject: Subject, base: Attempt, changed: Attempt) -> Verdict:
        cost = base.cost + changed.cost
        known = {
            name: test.to_evidence("fails on the unchanged tree too")
            for name, test in changed.bad.items()
            if name in base.bad
        }
        suspects = {name: test for name, test in changed.bad.items() if name not in base.bad}
        unsure: set[str] = set()
        if suspects:
            flaky = self._failing_again(subject, suspects, changed=False, times=_AGAIN)
            left = suspects.keys() - flaky
            if left:
                unsure = left - self._failing_again(subject, left, changed=True, times=1)
            if unsure:
                flaky |= self._failing_again(subject, unsure, changed=False, times=_AGAIN_WHEN_UNSURE)
            for name in sorted(flaky & suspects.keys()):
                known[name] = suspects.pop(name).to_evidence("fails now and then on the unchanged tree")
        told = self._told(base, changed)
        if suspects:
            evidence = [self._finding(test, unsure=name in unsure) for name, test in suspects.items()]
            summary = f"{counted(len(suspects), 'test')} broken by the change ({told})"
            return Verdict(self.name, Outcome.FAIL, summary, bounded(evidence), bounded(known.values()), cost)
        if not base.count("passed"):
            known = {n: t.to_evidence("fails on the unchanged tree") for n, t in base.bad.items()}
            summary = "no test passes on the unchanged tree, so they tell nothing about the change"
            return Verdict(self.name, Outcome.SKIP, summary, known=bounded(known.values()), cost=cost)
        if not changed.count("passed") and not changed.bad:
            finding = self._ended(changed, "without running a test; some passed on the unchanged tree")
            return Verdict(self.name, Outcome.FAIL, "no test ran any more", bounded((finding,)), cost=cost)
        if known:
            told += f"; {counted(len(known), 'test')} fail on the unchanged tree too"
        return Verdict(self.name, Outcome.PASS, told, known=bounded(known.values()), cost=cost)

    def _finding(self, test: TestOutcome, *, unsure: bool) -> Evidence:
        if unsure:
            return test.to_evidence(f"fails now and then, never on the unchanged tree. {test.message}")
        return test.to_evidence()

    def _told(self, base: Attempt, changed: Attempt) -> str:
        told = f"{changed.count('passed')} passed"
        for state in ("failed", "error", "skipped"):
            if changed.count(state):
                told += f", {changed.count(state)} {state}"
        fewer = len(base.tests or ()) - len(changed.tests or ())
        if fewer > 0:
            told += f"; {counted(fewer, 'test')} fewer than before"
        if changed.count("skipped") > base.count("skipped"):
            told += f"; {changed.count('skipped') - base.count('skipped')} more skipped than before"
        return told

    def _failing_again(
        self,
        subject: Subject,
        names: "Sequence[str] | set[str] | Mapping[str, object]",
        *,
        changed: bool,
        times: int,
    ) -> set[str]:
        """Which of these tests fail in at least one of a few more runs."""
        wanted = set(names)
        failed: set[str] = set()
        for _ in range(times):
            rest = wanted - failed
            if not rest:
                break
            try:
                attempt = self.command.attempt(subject, changed=changed, only=rest)
                if not rest & (attempt.tests or {}).keys():  # they cannot be chosen one by one
                    attempt = self.command.attempt(subject, changed=changed)
            except (LimitReached, CheckerFailed):
                break
            failed |= rest & attempt.bad.keys()
        return failed

    def _again(
        self, subject: Subject, *, changed: bool, times: int, bad: Callable[[Attempt], bool]
    ) -> list[Attempt]:
        """The first bad end among a few more runs, if there is one."""
        for _ in range(times):
            try:
                attempt = self.command.attempt(subject, changed=changed)
            except (LimitReached, CheckerFailed):
                break
            if bad(attempt):
                return [attempt]
        return []


def _to_verdict(name: str, attempt: Attempt) -> Verdict | None:
    """The run of the unchanged tree as a verdict that a cache can keep; None when it is too large."""
    tests = list((attempt.tests or {}).values())
    bad = [test for test in tests if test.bad]
    if len(bad) > _MOST_KEPT:
        return None
    states = (
        {state: attempt.count(state) for state in ("passed", "skipped")}
        if attempt.tests is not None
        else None
    )
    facts = {"exit": attempt.exit_code, "states": states, "cpu": attempt.cost.cpu_s}
    rows = [
        Evidence(t.message, t.path, t.line, t.state, json.dumps([t.name, clip(t.detail, 400)])) for t in bad
    ]
    head = Evidence(json.dumps(facts), detail=attempt.output)
    return Verdict(f"{name}.baseline", Outcome.PASS, "the unchanged tree", (head, *rows))


def _from_verdict(verdict: Verdict) -> Attempt:
    head, *rows = verdict.evidence
    facts = json.loads(head.message)
    if facts["states"] is None:
        return Attempt(facts["exit"], None, head.detail)
    tests = {
        f"{state} {number}": TestOutcome(f"{state} {number}", state)
        for state, many in facts["states"].items()
        for number in range(many)
    }
    for row in rows:
        name, detail = json.loads(row.detail)
        tests[name] = TestOutcome(name, row.code, row.path, row.line, row.message, detail)
    return Attempt(facts["exit"], tests, head.detail)
