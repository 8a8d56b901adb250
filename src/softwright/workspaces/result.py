"""What running a command gave."""

from dataclasses import dataclass, field

from softwright.core import Cost

LIMITS_HIT = ("wall", "cpu", "memory", "processes", "file", "disk", "output")
"""Every non-empty value of `ExecResult.limit_hit`."""


@dataclass(frozen=True, slots=True)
class ExecResult:
    """The end of one command.

    `exit_code` is the shell's: 128 + n when signal n ended it. `limit_hit` names the bound that was
    reached, "" when none was; then the exit code says nothing about the repository. `stdout` and
    `stderr` are what was written before the end, cut at the output bound. `isolation` says in words
    what kept the command in.
    """

    argv: tuple[str, ...]
    exit_code: int
    stdout: bytes = b""
    stderr: bytes = b""
    limit_hit: str = ""
    cost: Cost = field(default_factory=Cost)
    isolation: str = ""

    @property
    def ok(self) -> bool:
        """True when the command ended by itself with exit code 0 and reached no limit."""
        return self.exit_code == 0 and not self.limit_hit
