"""What a piece of work cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """Cost of a step: wall and CPU seconds, model tokens, USD. Costs add."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.wall_s + other.wall_s,
            self.cpu_s + other.cpu_s,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.usd + other.usd,
        )
