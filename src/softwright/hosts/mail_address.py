"""Mail addresses, as far as they can be judged by looking at them."""

import re

_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")


def is_address(text: str) -> bool:
    """True for `name@host`."""
    return bool(_ADDRESS.fullmatch(text))
