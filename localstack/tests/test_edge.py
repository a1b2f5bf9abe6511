"""The edge passes requests on as they are, and answers problem+json for itself."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from embedded.config import HOST, free_port, is_port_free
from embedded.edge import BODY_BYTES, SEAT_MAP_BYTES
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


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    noted = Upstream()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return lambda: noted.take(self)
            raise AttributeError(name)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    noted.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield noted
    server.shutdown()
    server.server_close()
    thread.join()


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


@pytest.fixture(scope="module")
def edge(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with edge_before(upstream.port, tmp_path_factory.mktemp("edge") / "log") as client:
        yield client


def problem(answer: httpx.Response) -> Any:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["strict-transport-security"]
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def test_a_path_arrives_as_the_client_encoded_it(edge: httpx.Client, upstream: Upstream) -> None:
    connection = http.client.HTTPConnection(edge.base_url.host, edge.base_url.port)
    connection.request("GET", "/v1/a%2Fb/%7Ec/%C3%A9?q=x%20y+z&empty=&q=2")
    connection.getresponse().read()
    connection.close()
    prefix = "/restapis/abc/live/_user_request_"
    assert upstream.target == f"{prefix}/v1/a%2Fb/%7Ec/%C3%A9?q=x%20y+z&empty=&q=2"


def test_headers_pass_both_ways_but_for_those_of_one_connection(
    edge: httpx.Client, upstream: Upstream
) -> None:
    answer = edge.post(
        "/v1/orders",
        content=b"{}",
        headers={
            "Idempotency-Key": "k",
            "X-Request-Id": "mine-1",
            "X-Forwarded-For": "203.0.113.9",
            "TE": "trailers",
        },
    )
    assert answer.status_code == 201
    assert answer.headers.get_list("x-many") == ["one", "two"]
    assert upstream.headers["idempotency-key"] == "k"
    assert upstream.headers["x-request-id"] == "mine-1"
    assert upstream.headers["x-forwarded-for"] == f"203.0.113.9, {HOST}"
    assert upstream.headers["host"] == f"{HOST}:{upstream.port}"
    assert upstream.headers["x-forwarded-host"] == edge.base_url.netloc.decode()
    assert "te" not in upstream.headers


def test_a_request_without_an_id_gets_one_and_is_told_it(
    edge: httpx.Client, upstream: Upstream
) -> None:
    forged = {"X-Request-Id": "x" * 65}
    for headers in ({}, forged):
        answer = edge.get("/health", headers=headers)
        assert answer.headers["x-request-id"] == upstream.headers["x-request-id"]
        assert len(answer.headers["x-request-id"]) == 36


def test_a_body_in_pieces_of_no_stated_length_passes_whole(
    edge: httpx.Client, upstream: Upstream
) -> None:
    pieces = [b"a" * 1000, b"b" * 30_000, b"c"]
    upstream.answers = [b"d" * 200_000, b"e"]
    answer = edge.post("/v1/orders", content=iter(pieces))
    assert upstream.body == b"".join(pieces)
    assert answer.content == b"d" * 200_000 + b"e"
    upstream.answers = [b"{}"]


def test_a_body_too_long_is_refused_before_it_is_sent(edge: httpx.Client) -> None:
    connection = http.client.HTTPConnection(edge.base_url.host, edge.base_url.port, timeout=10)
    connection.putrequest("POST", "/v1/orders")
    connection.putheader("Content-Length", str(BODY_BYTES + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    refused = json.loads(answer.read())
    assert refused["code"] == "payload-too-large"
    assert refused["instance"] == "/v1/orders"
    connection.close()


def test_a_body_that_turns_out_too_long_is_refused(edge: httpx.Client) -> None:
    answer = edge.post("/v1/orders", content=iter([b"a" * BODY_BYTES, b"b"]))
    assert answer.status_code == 413
    assert problem(answer)["code"] == "payload-too-large"


def test_only_a_seat_map_may_be_long(edge: httpx.Client, upstream: Upstream) -> None:
    long, too_long = b"a" * SEAT_MAP_BYTES, b"a" * (SEAT_MAP_BYTES + 1)
    assert edge.put("/v1/events/7/seats", content=long).status_code == 201
    assert upstream.body == long
    assert edge.put("/v1/events/7/seats", content=too_long).status_code == 413
    assert edge.post("/v1/events/7/seats", content=long).status_code == 413
    assert edge.put("/v1/events/7/seats/more", content=long).status_code == 413


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"hello\r\n\r\n",
        b"GET http://elsewhere/ HTTP/1.1\r\nHost: edge\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: edge\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: edge\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: edge\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: edge\r\nTransfer-Encoding: chunked\r\n\r\nmany\r\n",
        b"GET /" + b"a" * 70_000,
    ],
)
def test_what_is_no_http_is_a_400(edge: httpx.Client, request_bytes: bytes) -> None:
    with socket.create_connection((edge.base_url.host, edge.base_url.port or 0), 10) as connection:
        connection.sendall(request_bytes)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(answer.split(b"\r\n\r\n")[1])["code"] == "malformed-request"


def test_one_connection_serves_many_requests(edge: httpx.Client, upstream: Upstream) -> None:
    connection = http.client.HTTPConnection(edge.base_url.host, edge.base_url.port, timeout=10)
    for method, body in (("GET", None), ("HEAD", None), ("POST", b"{}"), ("GET", None)):
        connection.request(method, "/health", body)
        answer = connection.getresponse()
        assert answer.status == 201
        assert answer.read() == (b"" if method == "HEAD" else b"{}")
        assert connection.sock is not None
    connection.close()


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_has_no_body_leaves_the_connection_usable(
    edge: httpx.Client, upstream: Upstream, status: int
) -> None:
    connection = http.client.HTTPConnection(edge.base_url.host, edge.base_url.port, timeout=10)
    for expected in (status, 201):
        upstream.status = expected
        connection.request("GET", "/health")
        answer = connection.getresponse()
        assert answer.status == expected
        assert answer.read() == (b"{}" if expected == 201 else b"")
        assert connection.sock is not None
    connection.close()


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(
    edge: httpx.Client, upstream: Upstream
) -> None:
    head = "POST /v1/orders HTTP/1.1\r\nHost: edge\r\nExpect: 100-continue\r\nContent-Length: "
    with socket.create_connection((edge.base_url.host, edge.base_url.port or 0), 10) as connection:
        connection.sendall(f"{head}3\r\n\r\n".encode())
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert connection.recv(100).startswith(b"HTTP/1.1 201 ")
    assert upstream.body == b"abc"
    with socket.create_connection((edge.base_url.host, edge.base_url.port or 0), 10) as connection:
        connection.sendall(f"{head}{BODY_BYTES + 1}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "line", [b"GET /\xff HTTP/1.1\r\nHost: edge", b"GET / HTTP/1.1\r\nHost: edge\r\nX-Name: \xff"]
)
def test_what_is_no_utf_8_is_a_400(edge: httpx.Client, line: bytes) -> None:
    with socket.create_connection((edge.base_url.host, edge.base_url.port or 0), 10) as connection:
        connection.sendall(line + b"\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(answer.split(b"\r\n\r\n")[1])["code"] == "malformed-request"


def test_a_post_is_sent_anew_only_on_a_connection_that_is_open(tmp_path: Path) -> None:
    with http_once() as (port, requests), edge_before(port, tmp_path / "log") as edge:
        for _ in range(3):
            assert edge.post("/v1/orders", content=b"{}").status_code == 201
            time.sleep(0.1)
        assert len(requests) == 3


def test_what_is_under_way_is_answered_before_the_edge_ends(
    upstream: Upstream, tmp_path: Path
) -> None:
    with (
        ThreadPoolExecutor() as threads,
        httpx.Client() as idle,
        edge_before(upstream.port, tmp_path / "log") as edge,
    ):
        health = edge.base_url.join("/health")
        idle.get(health)
        upstream.seconds = 1
        answer = threads.submit(httpx.get, health)
        time.sleep(0.3)
    assert answer.result().status_code == 201
    upstream.seconds = 0


def test_an_emulator_that_is_away_is_a_503_to_be_asked_again(tmp_path: Path) -> None:
    with edge_before(free_port(), tmp_path / "log") as edge:
        answer = edge.get("/health")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert problem(answer) == {
        "type": "/problems/service-unavailable",
        "title": "Try again in a moment",
        "status": 503,
        "detail": "Boxoffice is not running just now.",
        "code": "service-unavailable",
        "retryAfter": 1,
        "instance": "/health",
    }


def test_an_emulator_that_answers_nonsense_is_a_502(tmp_path: Path) -> None:
    with http_nonsense() as port, edge_before(port, tmp_path / "log") as edge:
        answer = edge.get("/health")
    assert answer.status_code == 502
    assert problem(answer)["code"] == "bad-gateway"


def test_an_answer_that_breaks_off_is_broken_off(edge: httpx.Client, upstream: Upstream) -> None:
    upstream.breaks_off = True
    with pytest.raises(httpx.RemoteProtocolError):
        edge.get("/health")
    upstream.breaks_off = False


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
