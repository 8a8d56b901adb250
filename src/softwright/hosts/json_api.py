"""JSON over HTTP, on what comes with Python: no redirect to elsewhere, no secret in a message."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from softwright.core import OutsideFault
from softwright.hosts.far_side import Refused, TryLater
from softwright.hosts.urls import scrub

_MOST_BYTES = 50_000_000
_PIECE = 65_536
_MOST_PAGES = 200
_SHOWN = 300
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_UNSAID_S = 60.0  # what a limit lasts when the server does not say
_LONGEST_S = 6 * 3600.0
_MOVED = (301, 302, 307, 308)

Reset = Callable[[Mapping[str, str], str], float | None]
"""Seconds until a server's rate limit is lifted, as headers and words tell; None when they tell of none."""


class _Stay(HTTPRedirectHandler):
    """Follows nothing by itself: urllib would send the token along to wherever it is sent."""

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Nowhere."""
        del req, fp, code, msg, headers, newurl


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `value` is the JSON of the body, None for an empty one."""

    value: Any
    headers: Mapping[str, str]


class JsonApi:
    """One server's API at `base`. `headers` go with every request; `secret` is kept out of every message.

    A request raises Refused when the server says no (with its words and the status), TryLater when it asks
    to wait, and OutsideFault when it is not known whether it was done: the line broke, or the server did.
    """

    def __init__(
        self,
        base: str,
        *,
        headers: Mapping[str, str],
        secret: str = "",
        reset: Reset = lambda headers, said: None,
        timeout_s: float = 30.0,
    ) -> None:
        self._base = base.rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": "softwright", **headers}
        self._secret = secret
        self._reset = reset
        self._timeout_s = timeout_s
        near = urlsplit(base).hostname in _LOOPBACK
        self._opener: OpenerDirector = build_opener(_Stay, *([ProxyHandler({})] if near else []))

    def get(self, path: str, **query: object) -> Any:
        """What is at a path, as JSON values."""
        return self._ask("GET", self._url(path, query)).value

    def post(self, path: str, body: object) -> Any:
        """What the server answers to a new thing."""
        return self._ask("POST", self._url(path, {}), body).value

    def patch(self, path: str, body: object) -> Any:
        """What the server answers to changed fields."""
        return self._ask("PATCH", self._url(path, {}), body).value

    def put(self, path: str, body: object) -> Any:
        """What the server answers to changed fields, where it wants them put."""
        return self._ask("PUT", self._url(path, {}), body).value

    def pages(self, path: str, *, most: int = _MOST_PAGES, **query: object) -> Iterator[Any]:
        """The items of a listing, over all of its pages (at most `most`), as its `Link` headers name them."""
        # Of the next page only the query is taken: servers behind a proxy give addresses of their own.
        place, query_text = self._url(path, {}), urlencode(_said(query))
        for _ in range(most):
            answer = self._ask("GET", f"{place}?{query_text}" if query_text else place)
            yield from self._items(answer.value, place)
            following = _following(answer.headers.get("link", ""))
            if not following:
                return
            query_text = urlsplit(following).query

    def _items(self, value: Any, place: str) -> list[Any]:
        if value is not None and not isinstance(value, list):
            raise OutsideFault("the answer is no list", where=f"GET {self._told(place)}")
        return value or []

    def _url(self, path: str, query: Mapping[str, object]) -> str:
        said = urlencode(_said(query))
        return f"{self._base}/{path.lstrip('/')}" + (f"?{said}" if said else "")

    def _is_ours(self, url: str) -> bool:
        there, here = urlsplit(url), urlsplit(self._base)
        return (there.scheme, there.netloc) == (here.scheme, here.netloc)

    def _ask(self, method: str, url: str, body: object = None, *, hops: int = 3) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, **({"Content-Type": "application/json"} if data is not None else {})}
        # The base is http or https: whoever makes this object sees to that.
        request = Request(url, data=data, headers=headers, method=method)  # noqa: S310
        where = f"{method} {self._told(url.partition('?')[0])}"
        try:
            with self._opener.open(request, timeout=self._timeout_s) as response:
                found = _lowered(response.headers)
                return Answer(self._value(self._body(response), where), found)
        except HTTPError as error:
            found, said = _lowered(error.headers), self._words(error)
            if error.code in _MOVED and hops:
                there = _elsewhere(url, found.get("location", ""))
                if self._is_ours(there):
                    return self._ask(method, there, body, hops=hops - 1)
                said = f"it is said to be at {self._told(there)} now; set the `api` of this host"
            raise self._fault(error.code, found, said, where) from None
        except ValueError as error:  # its words may quote what was to be sent
            raise OutsideFault(f"no request could be made: {type(error).__name__}", where=where) from None
        except (URLError, OSError, HTTPException) as error:
            reason = getattr(error, "reason", "") or str(error) or type(error).__name__
            raise OutsideFault(f"no answer: {self._told(str(reason))}", where=where) from None

    def _fault(
        self, status: int, headers: Mapping[str, str], said: str, where: str
    ) -> Refused | TryLater | OutsideFault:
        message = f"{status}: {said}" if said else f"{status} without a word"
        seconds = _retry_after(headers.get("retry-after", ""))
        if seconds is None and status in (403, 429):
            seconds = self._reset(headers, said)
        if status == 429 or (seconds is not None and status in (403, 503)):
            wait = _UNSAID_S if seconds is None else min(max(seconds, 1.0), _LONGEST_S)
            return TryLater(message, seconds=wait, where=where)
        if status >= 500 or status == 408:
            return OutsideFault(message, where=where)
        return Refused(message, status=status, where=where)

    def _body(self, response: Any) -> bytes:
        """All of an answer. The time limit of a connection is for each piece; a trickle must end too."""
        until, body = time.monotonic() + self._timeout_s, bytearray()
        while piece := response.read1(_PIECE):
            body += piece
            if time.monotonic() > until or len(body) > _MOST_BYTES:
                raise TimeoutError(f"the answer has no end: {len(body):,} bytes in {self._timeout_s:g} s")
        return bytes(body)

    def _value(self, raw: bytes, where: str) -> Any:
        try:
            return json.loads(raw) if raw else None
        except (ValueError, RecursionError):
            shown = self._told(raw[:80].decode("utf-8", "replace"))
            raise OutsideFault(f"the answer is not JSON: {shown!r}", where=where) from None

    def _words(self, error: HTTPError) -> str:
        """What the server says of its refusal."""
        try:
            raw = self._body(error)
        except (OSError, HTTPException):
            return ""
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            return self._told(" ".join(raw.decode("utf-8", "replace").split()))
        return self._told("; ".join(_sentences(value)))

    def _told(self, text: str) -> str:
        """Text as it may be shown: short, and without the secret."""
        hidden = text.replace(self._secret, "***") if self._secret else text
        return scrub(hidden)[:_SHOWN]


def _sentences(value: Any) -> Iterator[str]:
    """The texts inside of an error's JSON, as GitHub, GitLab and Gitea nest them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name in ("message", "error", "error_description", "errors"):
            yield from _sentences(value.get(name))
        if not {"message", "error", "errors"} & set(value):
            yield from (f"{key}: {text}" for key, inner in value.items() for text in _sentences(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _sentences(inner)


def seconds_until(said: str) -> float | None:
    """Seconds until a time that a header tells in seconds of the epoch; None when it tells none."""
    try:
        return float(said) - time.time()
    except ValueError:
        return None


def _elsewhere(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return ""


def _said(query: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in query.items() if value is not None}


def _lowered(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _retry_after(said: str) -> float | None:
    """Seconds that a `Retry-After` header (RFC 9110, 10.2.3) asks for: a number or a date."""
    if not said:
        return None
    if said.strip().isdigit():
        return float(said)
    try:
        return parsedate_to_datetime(said).timestamp() - time.time()
    except ValueError:
        return None


def _following(link: str) -> str:
    """The address of the next page in a `Link` header (RFC 8288), "" when there is none."""
    for part in link.split(","):
        address, _, rest = part.partition(";")
        if 'rel="next"' in rest.replace(" ", "") or "rel=next" in rest.replace(" ", ""):
            return address.strip().strip("<>")
    return ""
