"""What the other end of a connection may answer instead of doing what was asked."""

from softwright.core import LimitHit, OutsideFault


class Refused(OutsideFault):
    """It says no, and would say so again: a wrong token, a missing right, a value it does not take."""

    def __init__(self, message: str, *, status: int = 0, hint: str = "", where: str = "") -> None:
        super().__init__(message, hint=hint, where=where)
        self.status = status


class TryLater(LimitHit):
    """It asks to be left alone for some `seconds`."""

    def __init__(self, message: str, *, seconds: float, where: str = "") -> None:
        super().__init__(message, where=where)
        self.seconds = seconds
