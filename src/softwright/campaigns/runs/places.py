"""How many steps of one process may be at one host at a time."""

import asyncio


class Places:
    """The places at each host. What is asked for holds for those who come from then on."""

    def __init__(self) -> None:
        self._there: dict[tuple[str, int], asyncio.Semaphore] = {}

    def at(self, host: str, most: int) -> asyncio.Semaphore:
        """A place at the host, of `most`: `async with places.at(host, 2)`."""
        return self._there.setdefault((host, most), asyncio.Semaphore(most))
