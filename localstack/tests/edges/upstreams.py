"""What stands behind an edge."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
from embedded.config import HOST, free_port, is_port_free
from embedded.processes import start_module, stop


@dataclass
class Upstream:
    """Stands for the emulator: notes what reaches it and answers with a body of pieces."""

    port: int = 0
    target: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    answers: list[bytes] = field(default_factory=lambda: [b"{}"])
    breaks_off: bool = False
    status: int = 201
    seconds: float = 0

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        self.target = handler.path
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        if "chunked" in self.headers.get("transfer-encoding", ""):
            self.body = b""
            while size := int(handler.rfile.readline() or b"0", 16):
                self.body += handler.rfile.read(size)
                handler.rfile.readline()
            handler.rfile.readline()
        else:
            self.body = handler.rfile.read(int(self.headers.get("content-length", 0)))
        is_bare = handler.command == "HEAD" or self.status in (204, 304)
        time.sleep(self.seconds)
        handler.send_response(self.status)
        handler.send_header("X-Many", "one")
        handler.send_header("X-Many", "two")
        length = sum(map(len, self.answers)) + (10 if self.breaks_off else 0)
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        # A client that was told enough may have gone.
        with contextlib.suppress(ConnectionError):
            for piece in [] if is_bare else self.answers:
                handler.wfile.write(piece)
        handler.close_connection = self.breaks_off


@contextlib.contextmanager
def edge_before(port: int, log: Path) -> Iterator[httpx.Client]:
    own = free_port()
    stage = f"http://{HOST}:{port}/restapis/abc/live/_user_request_"
    process = start_module("embedded.edge", ["--port", str(own), "--upstream", stage], log)
    while is_port_free(own):
        assert process.poll() is None, log.read_text()
    with httpx.Client(base_url=f"http://{HOST}:{own}", timeout=20) as client:
        yield client
    stop(process)
    assert process.returncode == 0


def problem(answer: httpx.Response) -> Any:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"]
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


@contextlib.contextmanager
def http_nonsense() -> Iterator[int]:
    """A port behind which something speaks that is no HTTP."""
    with socket.create_server((HOST, 0)) as server:

        def speak() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    connection.recv(65536)
                    connection.sendall(b"good morning\r\n\r\n")
                    connection.close()

        thread = threading.Thread(target=speak)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


@contextlib.contextmanager
def http_once() -> Iterator[tuple[int, list[bytes]]]:
    """A port behind which each connection is closed, unsaid, after its first answer."""
    requests: list[bytes] = []
    with socket.create_server((HOST, 0)) as server:

        def speak() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        requests.append(connection.recv(65536))
                        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=speak)
        thread.start()
        yield server.getsockname()[1], requests
        server.shutdown(socket.SHUT_RDWR)
    thread.join()
