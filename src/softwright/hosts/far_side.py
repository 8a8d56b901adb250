"""What the other end of a connection may answer instead of doing what was asked."""

from softwright.core import LimitHit, OutsideFault


class Refused(OutsideFault):
    """It says no, and would say so again: a wrong token, a missing right, a value it does not take."""

    def __init__(self, message: str, *, status: int = 0, hint: str = "", where: str = "") -> None:
        super().__init__(message, hint=hint, where=where)
        self.status = status


class TryLater(LimitHit):
    """To be tried again in some `seconds`.

    The far side asks for it, or (not `of_far_side`) another run is at it.
    """

    def __init__(self, message: str, *, seconds: float, where: str = "", of_far_side: bool = True) -> None:
        super().__init__(message, where=where)
        self.seconds = seconds
        self.of_far_side = of_far_side
