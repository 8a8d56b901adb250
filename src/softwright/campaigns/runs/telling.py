"""People are told by mail that a campaign waits for them."""

from softwright.campaigns.known import known_campaign
from softwright.campaigns.notices import waiting_mail
from softwright.campaigns.runs.performing import EffectArgs, Performing
from softwright.engine import Work
from softwright.ledger import Ledger

_TRIES = 5


class Telling:
    """What a campaign's run ends with."""

    def __init__(self, ledger: Ledger, performing: Performing) -> None:
        self._ledger = ledger
        self._performing = performing

    async def waiting(self, work: Work, campaign: str) -> None:
        """Tell who is to be told of changes that wait, if anybody is. A mail that fails is in the record."""
        mail = await work.step("who waits", self._mail, campaign, attempts=_TRIES)
        if mail is not None:
            await self._performing.perform(work, mail)

    def _mail(self, campaign: str) -> EffectArgs | None:
        _, spec = known_campaign(self._ledger, campaign)
        mail = waiting_mail(self._ledger, spec)
        return None if mail is None else EffectArgs(campaign, "", mail)
