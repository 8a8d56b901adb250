"""Mail addresses, as far as they can be judged by looking at them."""

import re

_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_WORD}(?:\.{_WORD})*@{_LABEL}(?:\.{_LABEL})*")


def is_address(text: str) -> bool:
    """True for `name@host` in its plain form (RFC 5322, 3.4.1, of dot-atoms), which every server takes."""
    return bool(_ADDRESS.fullmatch(text))
