"""The one origin of the embedded stack, as CloudFront is on AWS: `python -m embedded.edge`.

It passes each request to the emulator's REST API and streams both bodies. What it answers itself is
problem+json like everything else: a body that is too long, or an emulator that is away.
"""

import argparse
import json
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final

import httpcore
import uvicorn

from embedded.config import HOST
from functions.shared.problems import CONTENT_TYPE, PayloadTooLarge, Problem, ServiceUnavailable

BODY_BYTES: Final = 64 * 1024
SEAT_MAP_BYTES: Final = 5 * 1024 * 1024
_SEAT_MAP: Final = re.compile(rb"/v1/events/[^/]+/seats/?")
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9-]{1,64}")
# They are about one connection only (RFC 9110, 7.6.1), so they are not passed on.
_HOP_BY_HOP: Final = frozenset(
    {
        *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization"),
        *(b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"),
    }
)
_TIMEOUTS: Final = {"connect": 5.0, "pool": 30.0, "read": 65.0, "write": 30.0}

Headers = list[tuple[bytes, bytes]]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class BadGateway(Problem):
    """The emulator accepted a request and gave no whole answer."""

    status = HTTPStatus.BAD_GATEWAY
    title = "No whole answer came"


class Edge:
    """The proxy, as an ASGI application. `upstream` is the address of the API's stage."""

    def __init__(self, upstream: str) -> None:
        address = httpcore.URL(upstream)
        self._origin = (address.scheme, address.host, address.port)
        self._prefix = address.target.rstrip(b"/")
        self._host = address.host + f":{address.port}".encode()
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=256, max_keepalive_connections=64, keepalive_expiry=60, retries=0
        )

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        reply = Reply(send, scope["path"], _request_id(scope["headers"]))
        try:
            await self._pass_on(scope, receive, reply)
        except Problem as problem:
            await reply.problem(problem)
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout):
            await reply.problem(
                ServiceUnavailable.retry_after(1, "Boxoffice is not running just now.")
            )
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
            # Something may have been done: only the client knows whether asking again is safe.
            await reply.problem(BadGateway("Boxoffice broke off its answer."))

    async def _pass_on(
        self, scope: MutableMapping[str, Any], receive: Receive, reply: "Reply"
    ) -> None:
        limit = _limit(scope["method"], scope["raw_path"])
        declared = _header(scope["headers"], b"content-length")
        if declared is not None and int(declared) > limit:
            raise _too_large(limit)
        # The path as the client encoded it: decoding and encoding again would not always give it.
        target = self._prefix + scope["raw_path"]
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        scheme, host, port = self._origin
        request = httpcore.Request(
            scope["method"],
            httpcore.URL(scheme=scheme, host=host, port=port, target=target),
            headers=self._headers(scope, reply.request_id),
            content=_body(scope["headers"], receive, limit),
            extensions={"timeout": _TIMEOUTS},
        )
        response = await self._pool.handle_async_request(request)
        try:
            await reply.start(response.status, response.headers)
            async for chunk in response.aiter_stream():
                await reply.body(chunk)
            await reply.end()
        finally:
            await response.aclose()

    def _headers(self, scope: MutableMapping[str, Any], request_id: bytes) -> Headers:
        given: Headers = scope["headers"]
        kept = [
            (name, value)
            for name, value in given
            if name not in _HOP_BY_HOP
            and name not in (b"host", b"x-request-id", b"x-forwarded-for", b"expect")
        ]
        client = scope["client"][0].encode() if scope.get("client") else b"unknown"
        before = _header(given, b"x-forwarded-for")
        return [
            (b"host", self._host),
            *kept,
            (b"x-request-id", request_id),
            (b"x-forwarded-for", client if before is None else before + b", " + client),
            (b"x-forwarded-host", _header(given, b"host") or b""),
            (b"x-forwarded-proto", b"http"),
            *([(b"transfer-encoding", b"chunked")] if _is_chunked(given) else []),
        ]


class Reply:
    """One answer on its way to the client."""

    def __init__(self, send: Send, path: str, request_id: bytes) -> None:
        self.request_id = request_id
        self._path = path
        self._send = send
        self._is_started = False

    async def start(self, status: int, headers: Headers) -> None:
        kept = [(name.lower(), value) for name, value in headers]
        kept = [(name, value) for name, value in kept if name not in _HOP_BY_HOP]
        if _header(kept, b"x-request-id") is None:
            kept.append((b"x-request-id", self.request_id))
        self._is_started = True
        await self._send({"type": "http.response.start", "status": status, "headers": kept})

    async def body(self, chunk: bytes) -> None:
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})

    async def problem(self, problem: Problem) -> None:
        """Answer with a problem, unless an answer has begun: then only breaking off is honest."""
        if self._is_started:
            raise ConnectionError(problem.detail)
        content = json.dumps(problem.document() | {"instance": self._path}).encode()
        headers = {
            "content-type": CONTENT_TYPE,
            "content-length": str(len(content)),
            "cache-control": "no-store",
            "access-control-allow-origin": "*",
            "access-control-expose-headers": "Retry-After, X-Request-Id",
            **problem.headers,
        }
        encoded = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self.start(problem.status, encoded)
        await self.body(content)
        await self.end()


def _limit(method: str, path: bytes) -> int:
    return SEAT_MAP_BYTES if method == "PUT" and _SEAT_MAP.fullmatch(path) else BODY_BYTES


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"A body here is at most {limit} bytes.")


def _request_id(headers: Headers) -> bytes:
    given = _header(headers, b"x-request-id")
    return given if given and _REQUEST_ID.fullmatch(given) else str(uuid.uuid4()).encode()


def _header(headers: Headers, wanted: bytes) -> bytes | None:
    return next((value for name, value in headers if name == wanted), None)


def _is_chunked(headers: Headers) -> bool:
    return _header(headers, b"transfer-encoding") is not None


def _body(headers: Headers, receive: Receive, limit: int) -> AsyncIterator[bytes] | bytes:
    if _header(headers, b"content-length") in (None, b"0") and not _is_chunked(headers):
        return b""
    return _chunks(receive, limit)


async def _chunks(receive: Receive, limit: int) -> AsyncIterator[bytes]:
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("The client is gone.")
        chunk = message.get("body", b"")
        length += len(chunk)
        if length > limit:
            raise _too_large(limit)
        more = message.get("more_body", False)
        if chunk:
            yield chunk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True, help="the address of the API's stage")
    given = parser.parse_args()
    uvicorn.run(
        Edge(given.upstream),
        host=HOST,
        port=given.port,
        lifespan="off",
        access_log=False,
        # The client is whoever connects, whatever it says of itself.
        proxy_headers=False,
        # The functions' own answer has one.
        date_header=False,
        server_header=False,
        backlog=2048,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
