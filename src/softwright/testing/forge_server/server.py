"""A forge on loopback for tests: speaks as GitHub, GitLab and Gitea do, and serves repositories to git."""

import json
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from softwright.testing.forge_server import gitea, github, gitlab
from softwright.testing.forge_server.asked import Asked, Page
from softwright.testing.forge_server.git_http import serve_git
from softwright.testing.forge_server.store import KeptRepository, Wrong

DIALECTS: dict[str, ModuleType] = {"github": github, "gitlab": gitlab, "gitea": gitea}

_PATIENCE_S = 60.0


@dataclass
class Fault:
    """What goes wrong with the next requests of a `method` whose path holds `path`, `times` of them.

    With a `status` the forge says so and does nothing. Else it does what was asked and then drops the
    connection; where `hold` is set, only when it is `released`, which `reached` tells to wait for.
    """

    method: str = "POST"
    path: str = ""
    times: int = 1
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


class FakeForge:
    """The forge. Use as a context manager; `requests(repo)` is what tests look at."""

    def __init__(self, token: str = "token-of-the-fake-forge") -> None:  # noqa: S107 - of no other forge
        self.token = token
        self.repositories: dict[str, KeptRepository] = {}
        self.asked: list[str] = []
        self._faults: list[Fault] = []
        self._lock = threading.RLock()
        forge = self

        class Handler(_Handler):
            server_forge = forge

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def host(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def web(self) -> str:
        """Where its pages would be."""
        return f"http://{self.host}"

    def api(self, kind: str) -> str:
        """The address of the API in the dialect of `github`, `gitlab` or `gitea`."""
        dialect = DIALECTS["gitea" if kind == "forgejo" else kind]
        return f"{self.web}{dialect.PREFIX.rpartition('/')[0].rpartition('/')[0]}"

    def add(self, name: str, git_dir: Path | None = None) -> str:
        """A new repository; gives the address that git takes, where `git_dir` (bare) holds one."""
        self.repositories[name] = KeptRepository(name, git_dir)
        return f"{self.web}/{name}.git"

    def repository(self, name: str) -> KeptRepository:
        """What it keeps of a repository."""
        return self.repositories[name]

    def wrong(self, fault: Fault) -> Fault:
        """Have something go wrong."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def count(self, method: str, path: str) -> int:
        """How many requests of a method, to paths that hold this, came so far."""
        with self._lock:
            return sum(line.startswith(f"{method} ") and path in line for line in self.asked)

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The fault that a request meets."""
        with self._lock:
            for fault in self._faults:
                if fault.method == method and fault.path in path and fault.times:
                    fault.times -= 1
                    return fault
        return None

    def answer(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[Any, str]:
        """What the API answers, and the address of the next page ("" for none). Raises Wrong."""
        path, query = urlsplit(url).path, dict(parse_qsl(urlsplit(url).query))
        for dialect in DIALECTS.values():
            if path.startswith(dialect.PREFIX):
                break
        else:
            raise Wrong(404, "Not Found")
        if not dialect.authorized({name.lower(): value for name, value in headers.items()}, self.token):
            raise Wrong(401, "Bad credentials")
        parts = [unquote(part) for part in path.removeprefix(dialect.PREFIX).split("/")]
        with self._lock:
            repo = self.repositories.get("/".join(parts[: dialect.DEPTH]))
            if repo is None:
                raise Wrong(404, "Not Found")
            sent = json.loads(body) if body else {}
            rest = tuple(parts[dialect.DEPTH :])
            found = dialect.answer(Asked(method, repo, rest, query, sent, self.web))
        return _paged(found, path, query)

    def __enter__(self) -> "FakeForge":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for fault in self._faults:
            fault.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _paged(found: Any, path: str, query: Mapping[str, str]) -> tuple[Any, str]:
    if not isinstance(found, Page):
        return found, ""
    size, page = int(query.get(found.per, found.size)), int(query.get("page", 1))
    items = found.items[(page - 1) * size : page * size]
    more = len(found.items) > page * size
    # As a forge behind a proxy would: the address is not the one that it was asked at.
    following = f"http://inside.invalid{path}?{urlencode({**query, 'page': page + 1})}" if more else ""
    return items, following


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nobody minds a client that was killed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_forge: FakeForge

    def do_GET(self) -> None:
        """Answer."""
        self._handle()

    do_POST = do_PATCH = do_PUT = do_GET  # noqa: N815 - the names that http.server looks for

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: tests look at `asked`."""

    def _handle(self) -> None:
        body = self._body()
        path = urlsplit(self.path).path
        name, git, inside = path.lstrip("/").partition(".git/")
        repo = self.server_forge.repositories.get(name)
        if git and repo is not None and repo.git_dir is not None:
            serve_git(self, repo.git_dir, inside, urlsplit(self.path).query, body)
            return
        self.server_forge.asked.append(f"{self.command} {self.path}")
        fault = self.server_forge.fault_for(self.command, path)
        if fault is not None and fault.status:
            self._send(fault.status, {"message": "as the test wants"}, fault.headers)
            return
        try:
            value, following = self.server_forge.answer(self.command, self.path, dict(self.headers), body)
        except Wrong as wrong:
            self._send(wrong.status, {"message": wrong.said}, wrong.headers)
            return
        if fault is not None:
            self._lose(fault)
            return
        link = {"Link": f'<{following}>; rel="next"'} if following else {}
        self._send(201 if self.command == "POST" else 200, value, link)

    def _lose(self, fault: Fault) -> None:
        """Say nothing, and close the connection."""
        fault.reached.set()
        if fault.hold:
            fault.released.wait(_PATIENCE_S)
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def _send(self, status: int, value: Any, headers: Mapping[str, str]) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)
