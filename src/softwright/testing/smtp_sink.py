"""An SMTP server on loopback that keeps what it is sent (RFC 5321, as much of it as is needed)."""

import asyncio
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType


class SmtpSink:
    """Takes mail. `refused` addresses are turned away; `lose` times it takes a mail and says nothing of it.
    `farewell` is what it says in the end.

    Where `hold` is set, such a mail's connection stays open until `released`; `reached` tells that one is
    there. Use as a context manager.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.logins: list[str] = []
        self.refused: set[str] = set()
        self.lose = 0
        self.farewell = "221 bye"
        self.hold = False
        self.reached = threading.Event()
        self.released = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0

    @property
    def url(self) -> str:
        """The address for the settings."""
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> "SmtpSink":
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 sink")
        while line := (await reader.readline()).decode("latin-1").rstrip():
            word = line.split()[0].upper()
            if word == "EHLO":
                say("250-sink")
                say("250 AUTH PLAIN")
            elif word == "AUTH":
                self.logins.append(line)
                say("235 welcome")
            elif word == "RCPT" and any(address in line for address in self.refused):
                say("550 nobody of that name")
            elif word == "DATA":
                say("354 go on")
                content = (await reader.readuntil(b"\r\n.\r\n")).replace(b"\r\n..", b"\r\n.")
                self.messages.append(message_from_bytes(content[:-5], policy=default))
                if self.lose:
                    await self._lose()
                    break
                say("250 taken")
            elif word == "QUIT":
                say(self.farewell)
                break
            else:
                say("250 fine")
        writer.close()

    async def _lose(self) -> None:
        self.lose -= 1
        self.reached.set()
        while self.hold and not self.released.is_set():
            await asyncio.sleep(0.02)
