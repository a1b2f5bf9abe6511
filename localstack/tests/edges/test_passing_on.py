"""What passes as it is."""

import http.client

import httpx
from embedded.config import HOST

from edges.upstreams import Upstream


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


def test_one_connection_serves_many_requests(edge: httpx.Client, upstream: Upstream) -> None:
    connection = http.client.HTTPConnection(edge.base_url.host, edge.base_url.port, timeout=10)
    for method, body in (("GET", None), ("HEAD", None), ("POST", b"{}"), ("GET", None)):
        connection.request(method, "/health", body)
        answer = connection.getresponse()
        assert answer.status == 201
        assert answer.read() == (b"" if method == "HEAD" else b"{}")
        assert connection.sock is not None
    connection.close()
