"""How fast things leave: so many begun in a minute, so many at one host at a time."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

_MINUTE_S = 60.0


class Pace:
    """Lets at most `per_minute` begin within any minute and `per_host` run at one host at the same time.

    `now` and `sleep` are the machine's, unless given.
    """

    def __init__(
        self,
        per_minute: int,
        per_host: int,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._per_minute = per_minute
        self._now = now
        self._sleep = sleep
        self._begun: deque[float] = deque()
        self._turn = threading.Lock()
        self._hosts: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(per_host))

    @contextmanager
    def turn(self, url: str) -> Iterator[None]:
        """Waits until something may begin at the host of `url`, and holds the place there."""
        with self._hosts[host_of(url)]:
            self._wait()
            yield

    def _wait(self) -> None:
        with self._turn:
            while len(self._begun) >= self._per_minute:
                left = self._begun[0] + _MINUTE_S - self._now()
                if left <= 0:
                    self._begun.popleft()
                else:
                    self._sleep(left)
            self._begun.append(self._now())


def host_of(url: str) -> str:
    """The host a URL or scp-like address names; "" for a local path."""
    if "://" in url:
        return (urlsplit(url).hostname or "").lower()
    head, colon, _ = url.partition(":")
    return head.rpartition("@")[2].lower() if colon and "/" not in head else ""
