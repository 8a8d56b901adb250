"""What follows a push: the change request for its branch, and a word there when it was pushed again."""

from dataclasses import replace

from softwright.campaigns.known import known_campaign
from softwright.campaigns.push import Delivered
from softwright.campaigns.requests import pushed_comment, wanted_request
from softwright.campaigns.runs.performing import EffectArgs, Performing
from softwright.campaigns.runs.pushing import PushArgs
from softwright.campaigns.waiting import withheld_now
from softwright.core import OutsideFault
from softwright.engine import Work
from softwright.hosts.effects import ChangeRequestEffect
from softwright.ledger import Ledger
from softwright.ledger.effects import DONE

_TRIES = 5


class Requesting:
    """Opens change requests for what was pushed."""

    def __init__(self, ledger: Ledger, performing: Performing) -> None:
        self._ledger = ledger
        self._performing = performing

    async def after(self, work: Work, args: PushArgs, delivered: Delivered) -> Delivered:
        """What was delivered, with its change request, where the campaign wants one."""
        if not delivered.arrived:
            return delivered
        wanted = await work.step("change request", self._wanted, args, attempts=_TRIES, repo=args.repo)
        if wanted is None:
            return delivered
        request = await self._performing.perform(work, wanted, still=self._withheld)
        if request.state != DONE:
            return replace(delivered, request=request.address, request_fault=request.reason)
        said = await work.step("what to say", self._comment, args, wanted, attempts=_TRIES, repo=args.repo)
        told = await self._performing.perform(work, said) if said is not None else None
        fault = "" if told is None or told.state == DONE else f"nothing was said at it: {told.reason}"
        state = str(request.seen.get("state", ""))
        return replace(delivered, request=request.address, request_state=state, request_fault=fault)

    def _wanted(self, args: PushArgs) -> EffectArgs | None:
        _, spec = known_campaign(self._ledger, args.campaign)
        record = self._ledger.states.get(args.campaign, args.repo)
        if record is None or record.commit_sha != args.commit:
            return None  # made anew since: what is pushed next asks for its own
        effect = wanted_request(self._ledger, spec, record)
        if effect is None:
            return None
        return EffectArgs(args.campaign, args.repo, effect, spec.deliver.throttle.per_host)

    def _withheld(self, wanted: EffectArgs) -> str:
        """Why the request must not be opened any more: while its forge was waited for, people decided."""
        _, spec = known_campaign(self._ledger, wanted.campaign)
        record = self._ledger.states.get(wanted.campaign, wanted.repo)
        effect = wanted.effect
        if (
            record is None
            or not isinstance(effect, ChangeRequestEffect)
            or record.commit_sha != effect.commit
        ):
            return "the change was made anew since"
        return withheld_now(self._ledger, spec, record)

    def _comment(self, args: PushArgs, wanted: EffectArgs) -> EffectArgs | None:
        _, spec = known_campaign(self._ledger, args.campaign)
        record = self._ledger.states.get(args.campaign, args.repo)
        row = self._ledger.effects.get(wanted.effect.key)
        if record is None or row is None or not isinstance(wanted.effect, ChangeRequestEffect):
            raise OutsideFault(f"`{args.repo}` is no longer in the record of `{args.campaign}`")
        comment = pushed_comment(spec, record, wanted.effect, row)
        return None if comment is None else replace(wanted, effect=comment)
