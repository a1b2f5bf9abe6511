"""How long a body may be, and in what pieces it comes."""

import http.client
import json
import socket

import httpx
import pytest
from embedded.edge import BODY_BYTES, SEAT_MAP_BYTES

from edges.upstreams import Upstream, problem


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
