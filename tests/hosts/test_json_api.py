"""JSON over HTTP: where a token may go, and what answers mean."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from softwright.core import OutsideFault
from softwright.hosts.far_side import Refused, TryLater
from softwright.hosts.json_api import JsonApi

SECRET = "secret-of-the-test"


class Server(ThreadingHTTPServer):
    """Answers every path with what the test says: status, headers, body."""

    answers: dict[str, tuple[int, dict[str, str], bytes]]
    seen: list[tuple[str, str, bytes]]


class Handler(BaseHTTPRequestHandler):
    """Answers."""

    server: Server

    def do_GET(self) -> None:
        """As the test says."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((f"{self.command} {self.path}", self.headers.get("X-Token", ""), body))
        status, headers, content = self.server.answers[self.path.partition("?")[0]]
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def started() -> Server:
    """A server that runs until it is shut down."""
    server = Server(("127.0.0.1", 0), Handler)
    server.answers, server.seen = {}, []
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


@pytest.fixture
def server() -> Iterator[Server]:
    """The server."""
    server = started()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def other() -> Iterator[Server]:
    """Another server, which must not see the token."""
    server = started()
    yield server
    server.shutdown()
    server.server_close()


def address(server: Server) -> str:
    """Where it is."""
    return f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture
def api(server: Server) -> JsonApi:
    """The API at the server."""
    return JsonApi(address(server), headers={"X-Token": SECRET}, secret=SECRET)


def test_a_redirect_at_the_same_server_is_followed_as_it_was_asked(server: Server, api: JsonApi) -> None:
    """A renamed repository: method and body go along."""
    server.answers = {"/old": (307, {"Location": "/new"}, b""), "/new": (200, {}, b'{"a": 1}')}
    assert api.post("/old", {"x": 2}) == {"a": 1}
    assert server.seen[-1] == ("POST /new", SECRET, json.dumps({"x": 2}).encode())


def test_a_token_does_not_follow_to_another_server(server: Server, other: Server, api: JsonApi) -> None:
    """A redirect elsewhere is refused; the other server hears nothing."""
    server.answers = {"/old": (301, {"Location": f"{address(other)}/new"}, b"")}
    with pytest.raises(Refused, match="set the `api` of this host"):
        api.get("/old")
    assert other.seen == []


def test_pages_are_asked_for_at_the_same_server(server: Server, other: Server, api: JsonApi) -> None:
    """The address of a next page may name another server, as behind a proxy: only its query is taken."""
    server.answers = {"/list": (200, {"Link": f'<{address(other)}/list?page=2>; rel="next"'}, b"[1]")}
    assert list(api.pages("/list", most=2, per_page=1)) == [1, 1]
    assert [line for line, _, _ in server.seen] == ["GET /list?per_page=1", "GET /list?page=2"]
    assert other.seen == []


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {}, 60),
        (429, {"Retry-After": "5"}, 5),
        (403, {"Retry-After": "7"}, 7),
        (503, {"Retry-After": "9"}, 9),
        (429, {"Retry-After": "0"}, 1),
        (429, {"Retry-After": "9999999"}, 6 * 3600),
    ],
)
def test_how_long_to_wait(
    server: Server, api: JsonApi, status: int, headers: dict[str, str], seconds: float
) -> None:
    """As the server says, within bounds; a minute where it does not say."""
    server.answers = {"/x": (status, headers, b"{}")}
    with pytest.raises(TryLater) as caught:
        api.get("/x")
    assert caught.value.seconds == seconds


def test_a_date_to_wait_for(server: Server, api: JsonApi) -> None:
    """Retry-After may name a moment."""
    moment = datetime.now(UTC) + timedelta(seconds=1000)
    server.answers = {"/x": (429, {"Retry-After": format_datetime(moment, usegmt=True)}, b"")}
    with pytest.raises(TryLater) as caught:
        api.get("/x")
    assert 500 < caught.value.seconds <= 1000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b'{"message": "Validation Failed", "errors": [{"message": "no commits"}]}',
            "Validation Failed; no commits",
        ),
        (b'{"message": {"base": ["is invalid"]}}', "base: is invalid"),
        (b'{"error": "insufficient_scope"}', "insufficient_scope"),
        (b"<html>\n  gone wrong </html>", "<html> gone wrong </html>"),
        (b'{"message": "token secret-of-the-test is wrong"}', "token *** is wrong"),
    ],
)
def test_the_servers_words_are_told(server: Server, api: JsonApi, content: bytes, said: str) -> None:
    """However they are nested; the secret is taken out."""
    server.answers = {"/x": (422, {}, content)}
    with pytest.raises(Refused) as caught:
        api.get("/x")
    assert caught.value.message == f"422: {said}"


def test_an_answer_that_is_no_json_is_a_fault(server: Server, api: JsonApi) -> None:
    """As when a login page comes in between."""
    server.answers = {"/x": (200, {}, b"<html>log in</html>")}
    with pytest.raises(OutsideFault, match="not JSON"):
        api.get("/x")


def test_an_answer_without_an_end_is_cut_off() -> None:
    """A server that sends a byte now and then keeps nobody for ever."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=_drip, args=(listening,))
        dripping.start()
        api = JsonApi(f"http://127.0.0.1:{listening.getsockname()[1]}", headers={}, timeout_s=0.5)
        with pytest.raises(OutsideFault, match="no end"):
            api.get("/x")
        dripping.join(10)
        assert not dripping.is_alive()


def _drip(listening: socket.socket) -> None:
    """Answer one request, a space at a time, until the other side has had enough."""
    line, _ = listening.accept()
    with line, contextlib.suppress(OSError):
        line.recv(65_536)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            line.sendall(b" ")
            time.sleep(0.05)


def test_nobody_there(server: Server, api: JsonApi) -> None:
    """A connection that is refused says so."""
    server.shutdown()
    server.server_close()
    with pytest.raises(OutsideFault, match="no answer"):
        api.get("/x")
