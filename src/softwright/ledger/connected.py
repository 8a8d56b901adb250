"""What a store needs of the ledger."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection

from softwright.core import Clock


class Connected(Protocol):
    """Something that lends connections and knows the time."""

    @property
    def clock(self) -> Clock:
        """Where the moments come from."""
        ...

    def write(self) -> AbstractContextManager[Connection]:
        """A write transaction."""
        ...

    def read(self) -> AbstractContextManager[Connection]:
        """A consistent view."""
        ...
