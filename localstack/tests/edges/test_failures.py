"""What is no request or no answer."""

import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from embedded.config import free_port

from edges.upstreams import Upstream, edge_before, http_nonsense, http_once, problem


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
