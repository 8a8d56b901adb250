"""Git's smart HTTP, by the program that comes with git (`git http-backend`, a CGI program)."""

import os
import subprocess
from http.server import BaseHTTPRequestHandler
from pathlib import Path


def serve_git(handler: BaseHTTPRequestHandler, git_dir: Path, inside: str, query: str, body: bytes) -> None:
    """Answer a request of git about the bare repository `git_dir`; `inside` is the path below it."""
    env = {
        "PATH": os.environ["PATH"],
        "GIT_PROJECT_ROOT": str(git_dir.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.receivepack",
        "GIT_CONFIG_VALUE_0": "true",
        "PATH_INFO": f"/{git_dir.name}/{inside}",
        "QUERY_STRING": query,
        "REQUEST_METHOD": handler.command,
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    if handler.command == "POST":
        env["CONTENT_LENGTH"] = str(len(body))
    said = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=False)
    head, _, content = said.stdout.partition(b"\r\n\r\n")
    status, headers = 200, []
    for line in head.decode("latin-1").splitlines():
        name, _, value = line.partition(": ")
        if name.lower() == "status":
            status = int(value.split()[0])
        elif name:
            headers.append((name, value))
    handler.send_response(status)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)
