"""A language server as a child process: told of files, asked for answers, waited for up to a deadline."""

import json
import os
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_HERTZ = os.sysconf("SC_CLK_TCK")
_ERROR = 1
_LONGEST = 256 << 20  # bytes of one message


class ServerFailed(Exception):
    """The server cannot give an answer: it ended, refused, or spoke nonsense."""


class LanguageServer:
    """Speaks the Language Server Protocol, as much of it as asking for diagnostics takes.

    Reading and writing go hand in hand: a server that is told much before it is listened to blocks.
    `settings` are given whenever it asks for its configuration; `home` stands for the user's folder.
    """

    def __init__(self, argv: Sequence[str], root: Path, *, settings: Mapping[str, Any], home: Path) -> None:
        self._root = root
        self._settings = dict(settings)
        self._owner = os.getpid()
        self._outgoing = bytearray()
        self._incoming = bytearray()
        self._last = 0
        try:
            self._process = subprocess.Popen(
                argv,
                cwd=root,
                env={"HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise ServerFailed(f"the server could not be started: {error}") from error
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        self._stdin, self._stdout = stdin, stdout
        for pipe in (stdin, stdout):
            os.set_blocking(pipe.fileno(), False)

    def initialize(self, *, deadline: float) -> None:
        """Greet it; raises ServerFailed, or TimeoutError at the deadline."""
        uri = self._root.as_uri()
        greeting = {
            "processId": os.getpid(),
            "rootUri": uri,
            "workspaceFolders": [{"uri": uri, "name": "tree"}],
            "initializationOptions": self._settings,
            "capabilities": {
                "general": {"positionEncodings": ["utf-8"]},
                "workspace": {"configuration": True, "workspaceFolders": True},
                "textDocument": {"diagnostic": {}},
            },
        }
        self.ask([("initialize", greeting)], deadline=deadline)
        self.tell("initialized", {})

    def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Queue a notification; it is sent with the next question."""
        self._queue({"method": method, "params": params})

    def ask(self, questions: Sequence[tuple[str, Mapping[str, Any]]], *, deadline: float) -> list[Any]:
        """The answers in order, all asked at once.

        Raises ServerFailed when one is refused or the server ends, TimeoutError at the deadline.
        """
        numbers = []
        for method, params in questions:
            self._last += 1
            numbers.append(self._last)
            self._queue({"id": self._last, "method": method, "params": params})
        answers: dict[int, Any] = {}
        waiting = set(numbers)
        while waiting:
            for message in self._exchange(deadline):
                number = message.get("id")
                if "method" in message:
                    self._oblige(message)
                elif number in waiting:
                    if "error" in message:
                        raise ServerFailed(f"the server refused: {message['error']}")
                    answers[number] = message.get("result")
                    waiting.discard(number)
        return [answers[number] for number in numbers]

    @property
    def cpu_s(self) -> float:
        """CPU seconds of the server so far, 0.0 once it has ended."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / _HERTZ

    def close(self) -> None:
        """End it, at once: it writes nothing. Safe to call twice."""
        if self._owner == os.getpid() and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._stdin.close()
        self._stdout.close()

    def _queue(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._outgoing += b"Content-Length: %d\r\n\r\n" % len(body) + body

    def _oblige(self, message: Mapping[str, Any]) -> None:
        """Answer a question of the server; of its notifications only an error is of interest."""
        if "id" not in message:
            if message["method"] == "window/showMessage" and message["params"]["type"] == _ERROR:
                raise ServerFailed(message["params"]["message"])
            return
        result = None
        if message["method"] == "workspace/configuration":
            result = [self._settings for _ in message["params"]["items"]]
        self._queue({"id": message["id"], "result": result})

    def _exchange(self, deadline: float) -> list[dict[str, Any]]:
        """Send what can be sent, and give the messages that came meanwhile, at least after some waiting."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            if self._outgoing:
                selector.register(self._stdin, selectors.EVENT_WRITE)
            ready = selector.select(max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        try:
            for key, _ in ready:
                if key.fileobj is self._stdin:
                    sent = os.write(self._stdin.fileno(), memoryview(self._outgoing)[: 1 << 16])
                    del self._outgoing[:sent]
                else:
                    data = os.read(self._stdout.fileno(), 1 << 16)
                    if not data:
                        raise ServerFailed("the server ended")
                    self._incoming += data
        except OSError as error:
            raise ServerFailed(f"the server ended: {error}") from error
        return self._messages()

    def _messages(self) -> list[dict[str, Any]]:
        """Whole messages taken from what has come in."""
        messages = []
        while (end := self._incoming.find(b"\r\n\r\n")) >= 0:
            try:
                fields = dict(line.split(b": ", 1) for line in bytes(self._incoming[:end]).split(b"\r\n"))
                length = int(fields[b"Content-Length"])
                if not 0 <= length <= _LONGEST:
                    raise ServerFailed(f"a message of {length} bytes")
                if len(self._incoming) < end + 4 + length:
                    break
                messages.append(json.loads(self._incoming[end + 4 : end + 4 + length]))
            except (ValueError, KeyError) as error:
                raise ServerFailed(f"the server spoke nonsense: {error!r}") from error
            del self._incoming[: end + 4 + length]
        return messages
