"""One way to name a value by its content."""

import hashlib
import json
from typing import Any


def digest(value: Any, *, length: int = 40) -> str:
    """Hex SHA-256 of bytes, or of a JSON-like value in canonical form (sorted keys, no spaces).

    Raises TypeError for values that JSON cannot express.
    """
    if not isinstance(value, bytes):
        value = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return hashlib.sha256(value).hexdigest()[:length]
