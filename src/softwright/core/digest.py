"""One way to name a value by its content."""

import hashlib
import json
from typing import Any


def digest(value: Any, *, length: int = 40) -> str:
    """Hex SHA-256 of bytes, or of a JSON-like value in canonical form (sorted keys, no spaces).

    Raises TypeError for values that JSON cannot express.
    """
    if not isinstance(value, bytes):
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        value = text.encode("utf-8", "surrogatepass")  # paths that are not UTF-8 carry lone surrogates
    return hashlib.sha256(value).hexdigest()[:length]
