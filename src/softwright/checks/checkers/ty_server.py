"""Running `ty server`s: asked again about a tree, one works out only what the edits between changed.

A server reads the files of a frozen base where they lie; rewritten ones it is told, so nothing is
written. It is asked only about patches that do nothing but rewrite files: what is added, removed or
linked may change what an import leads to, and that only the disk can tell.
"""

import contextlib
import os
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from softwright.checks.check import LimitReached
from softwright.checks.checkers.checker import Diagnoses, PatchedTree
from softwright.checks.checkers.language_server import LanguageServer, ServerFailed
from softwright.checks.diagnostics import Diagnostic
from softwright.core import Cost, Write
from softwright.workspaces import Base, Limits

__all__ = ["SERVERS", "ServerFailed", "TyServer"]

_SEVERITIES = {1: "error", 2: "warning", 3: "warning"}  # 4 is a hint for editors
_BROKEN = frozenset({"panic", "io", "internal-error"})
_LINK = "120000"
_PYTHON = (".py", ".pyi")
_STEERING = (".toml", ".ipynb", ".typed", ".pth", ".cfg")

Start = Callable[[Path], tuple[list[str], Path]]
"""Given an empty folder: the command line of a server, and the configuration written there."""


class TyServer:
    """One server of one base, for one setting."""

    def __init__(self, base: Base, start: Start, setting: object, *, deadline: float) -> None:
        if has_links(base.path):
            raise ServerFailed("the tree has links: one module under two names")
        self.setting = setting
        self.root = base.path.resolve()
        self._folder = tempfile.TemporaryDirectory(prefix="softwright-ty-")
        self._texts: dict[str, str] = {}
        self._version = 0
        try:
            argv, config = start(Path(self._folder.name))
            self._server = LanguageServer(
                argv, self.root, settings={"configurationFile": str(config)}, home=Path(self._folder.name)
            )
            self._server.initialize(deadline=deadline)
        except BaseException:
            self.close()
            raise

    def diagnose(
        self, overlay: Mapping[str, bytes], files: Sequence[str], *, deadline: float
    ) -> list[Diagnostic]:
        """Diagnostics of `files` with the contents of `overlay` in place of those on disk.

        Raises ServerFailed when there is no whole answer, TimeoutError at the deadline.
        """
        for path in dict.fromkeys([*self._texts, *overlay, *files]):
            self._show(path, overlay.get(path))
        asked = [("textDocument/diagnostic", {"textDocument": {"uri": self._uri(path)}}) for path in files]
        answers = self._server.ask(asked, deadline=deadline)
        try:
            return [
                d for path, answer in zip(files, answers, strict=True) for d in _diagnostics(path, answer)
            ]
        except (KeyError, TypeError, AttributeError) as error:
            raise ServerFailed(f"ty gave no list of diagnostics: {error!r}") from error

    @property
    def cpu_s(self) -> float:
        """CPU seconds spent by the server so far."""
        return self._server.cpu_s

    def close(self) -> None:
        """End the server. Safe to call twice."""
        if hasattr(self, "_server"):
            self._server.close()
        self._folder.cleanup()

    def _show(self, path: str, content: bytes | None) -> None:
        try:
            text = ((self.root / path).read_bytes() if content is None else content).decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ServerFailed(f"{path} cannot be told: {error}") from error
        shown = self._texts.get(path)
        if shown == text:
            return
        self._version += 1
        document = {"uri": self._uri(path), "version": self._version}
        if shown is None:
            opened = {**document, "languageId": "python", "text": text}
            self._server.tell("textDocument/didOpen", {"textDocument": opened})
        else:
            changed = {"textDocument": document, "contentChanges": [{"text": text}]}
            self._server.tell("textDocument/didChange", changed)
        self._texts[path] = text

    def _uri(self, path: str) -> str:
        return (self.root / path).as_uri()


class _Servers:
    """At most one server for each base, ended when the base is let go of. Safe to use from threads."""

    def __init__(self) -> None:
        self._of: weakref.WeakKeyDictionary[Base, TyServer] = weakref.WeakKeyDictionary()
        self._owner = os.getpid()
        self._lock = threading.Lock()

    def diagnose(
        self, tree: PatchedTree, files: Sequence[str], *, start: Start, limits: Limits, setting: object
    ) -> Diagnoses:
        """What the server of the tree's base says, started if need be.

        Raises ServerFailed when a server cannot tell, or is busy with another question; LimitReached.
        """
        overlay = rewritten(tree)
        if not self._lock.acquire(blocking=False):
            raise ServerFailed("busy")
        try:
            return self._diagnose(tree.base, overlay, files, start=start, limits=limits, setting=setting)
        except TimeoutError as error:
            self._end(tree.base)
            raise LimitReached("wall", "`ty` was stopped by the wall limit") from error
        except BaseException:
            self._end(tree.base)
            raise
        finally:
            self._lock.release()

    def _diagnose(
        self,
        base: Base,
        overlay: Mapping[str, bytes],
        files: Sequence[str],
        *,
        start: Start,
        limits: Limits,
        setting: object,
    ) -> Diagnoses:
        began = time.monotonic()
        if self._owner != os.getpid():  # a forked worker: those servers are its parent's
            self._owner, self._of = os.getpid(), weakref.WeakKeyDictionary()
        server = self._of.get(base)
        if server is not None and server.setting != setting:
            self._end(base)
            server = None
        spent = server.cpu_s if server else 0.0
        if server is None:
            server = TyServer(base, start, setting, deadline=began + limits.wall_s)
            self._of[base] = server
            weakref.finalize(base, server.close)
        found = server.diagnose(overlay, files, deadline=began + limits.wall_s)
        return Diagnoses(found, Cost(wall_s=time.monotonic() - began, cpu_s=server.cpu_s - spent))

    def _end(self, base: Base) -> None:
        server = self._of.pop(base, None)
        if server is not None:
            server.close()


SERVERS = _Servers()
"""The servers of this process."""


def rewritten(tree: PatchedTree) -> dict[str, bytes]:
    """New contents of the Python files that the patch rewrites.

    Raises ServerFailed for a patch that does more than rewrite files, or rewrites one that steers ty.
    """
    overlay: dict[str, bytes] = {}
    for path, change in tree.patch.files.items():
        if not isinstance(change, Write) or change.mode == _LINK or not (tree.base.path / path).is_file():
            raise ServerFailed(f"{path} is new, gone or a link")
        name = PurePosixPath(path).name
        if name.endswith(_PYTHON):
            overlay[path] = change.content
        elif _is_read(name):
            raise ServerFailed(f"{path} may steer ty")
    return overlay


def _is_read(name: str) -> bool:
    return name.endswith((*_PYTHON, *_STEERING)) or name.startswith(".")


def has_links(folder: Path) -> bool:
    """True when a symbolic link below `folder` is a folder or has a name that ty reads."""
    todo = [os.fspath(folder)]
    while todo:
        with contextlib.suppress(PermissionError), os.scandir(todo.pop()) as entries:
            for entry in entries:
                if entry.is_symlink() and (_is_read(entry.name) or entry.is_dir()):
                    return True
                if entry.is_dir(follow_symlinks=False):
                    todo.append(entry.path)
    return False


def _diagnostics(path: str, answer: Any) -> list[Diagnostic]:
    found = []
    for item in answer["items"]:
        rule = item.get("code")
        if rule in _BROKEN:
            raise ServerFailed(f"ty crashed on {path}: {item['message']}")
        severity = _SEVERITIES.get(item.get("severity", 1))
        if rule and severity:
            # What follows the first paragraph explains it at length, with places of this machine in it.
            message = item["message"].partition("\n\n")[0]
            found.append(Diagnostic(path, item["range"]["start"]["line"] + 1, rule, message, severity))
    return found
