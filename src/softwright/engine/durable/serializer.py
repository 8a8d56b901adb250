"""The engine's values in our own format: tagged JSON, never pickle."""

from typing import Any

from dbos import Serializer

from softwright.engine.payload import dumps, loads


class PayloadSerializer(Serializer):
    """Writes and reads what runs pass on; unknown types are refused with the place they stand at."""

    def serialize(self, data: Any) -> str:
        """`data` as text."""
        return dumps(data)

    def deserialize(self, serialized_data: str) -> Any:
        """What the text stands for."""
        return loads(serialized_data)

    def name(self) -> str:
        """The name that is kept beside every value."""
        return "softwright-1"
