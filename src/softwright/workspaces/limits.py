"""What a command may use before it is stopped."""

from dataclasses import dataclass, fields

from softwright.core import InvalidInput


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one command and everything it starts. Reaching one is a limit, never a failure.

    Raises InvalidInput when a bound is not above zero.
    """

    wall_s: float = 300.0
    """Seconds from start to end."""
    cpu_s: float = 600.0
    """Seconds of processor time, all processes together."""
    memory_mb: int = 2048
    """Mebibytes of memory, all processes together."""
    processes: int = 256
    """Processes and threads alive at once."""
    file_mb: int = 256
    """Mebibytes of any one file."""
    output_kb: int = 1024
    """Kibibytes of standard output and standard error together."""
    disk_mb: int = 2048
    """Mebibytes that may be written into the work tree, all files together."""
    tmp_mb: int = 256
    """Mebibytes of the private `/tmp`, held in memory."""
    net: bool = False
    """True when the command may use the network."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name != "net" and not value > 0:
                raise InvalidInput(
                    f"limit `{field.name}` is {value!r}; allowed: a number above 0",
                    hint="leave it out for the default",
                )
