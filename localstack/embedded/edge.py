"""The one origin of the embedded stack, as CloudFront is on AWS: `python -m embedded.edge`.

It passes each request to the emulator's REST API and streams the answer back. What it answers
itself is problem+json like everything else: a body that is too long, or an emulator that is away.
"""

import argparse
import asyncio
import json
import re
import signal
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from aiohttp import web
from yarl import URL

from embedded.config import HOST
from embedded.metrics.door import Door
from functions.shared.answers import HEADERS
from functions.shared.problems import (
    CONTENT_TYPE,
    InternalError,
    MalformedRequest,
    PayloadTooLarge,
    Problem,
    ServiceUnavailable,
)

BODY_BYTES: Final = 64 * 1024
SEAT_MAP_BYTES: Final = 5 * 1024 * 1024
_HEADER_BYTES: Final = 64 * 1024
_SEAT_MAP: Final = re.compile(r"/v1/events/[^/?]+/seats/?(\?.*)?")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
# They are about one connection only (RFC 9110, 7.6.1; RFC 9112, 6.1).
_CONNECTION_HEADERS: Final = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization"),
        *("proxy-connection", "te", "transfer-encoding", "upgrade"),
    }
)
# These are said anew to the emulator.
_OWN: Final = _CONNECTION_HEADERS | {
    *("host", "expect", "content-length", "x-request-id"),
    *("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"),
}
# The emulator closes what was idle for 75 seconds. We give a connection up long before: a POST on
# one that is just being closed would be a 502, as nobody knows whether it was carried out.
_IDLE_SECONDS: Final = 30
_ANSWER_SECONDS: Final = 65
_LINGER_SECONDS: Final = 2
_GRACE_SECONDS: Final = 5
_SERVER: Final[dict[str, Any]] = {
    "access_log": None,
    "auto_decompress": False,
    "lingering_time": _LINGER_SECONDS,
    "max_line_size": _HEADER_BYTES,
    "max_field_size": _HEADER_BYTES,
}


class BadGateway(Problem):
    """The emulator accepted a request and gave no whole answer."""

    status = HTTPStatus.BAD_GATEWAY
    title = "No whole answer came"


class Edge:
    """The proxy. `upstream` is the address of the API's stage; `door` counts who comes."""

    def __init__(self, upstream: str, session: aiohttp.ClientSession, door: Door) -> None:
        self._upstream = upstream.rstrip("/")
        self._session = session
        self._door = door

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """The emulator's answer, or a problem; or what was counted."""
        given = request.headers.get("X-Request-Id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        if self._door.is_asked(request):
            return await self._figures(request, request_id)
        with self._door.counted(request.method) as answered:
            response = await self._pass_on(request, request_id)
            answered.append(response.status)
        return response

    async def _figures(self, request: web.BaseRequest, request_id: str) -> web.Response:
        try:
            answer = await self._door.answer()
        except Problem as problem:
            return _refusal(problem, request, request_id)
        answer.headers.update({**HEADERS, "Cache-Control": "no-store", "X-Request-Id": request_id})
        return answer

    async def _pass_on(self, request: web.BaseRequest, request_id: str) -> web.StreamResponse:
        try:
            answer = await self._ask(request, request_id)
        except Problem as problem:
            return _refusal(problem, request, request_id)
        async with answer:
            return await _relay(answer, request, request_id)

    async def _ask(self, request: web.BaseRequest, request_id: str) -> aiohttp.ClientResponse:
        """Pass a request on; the answer's head has come. Raises a Problem."""
        if not request.raw_path.startswith("/"):
            raise MalformedRequest("The request line names no path.")
        before = request.headers.get("X-Forwarded-For")
        headers = [
            *_without(_OWN, request.headers),
            ("X-Request-Id", request_id),
            ("X-Forwarded-For", f"{before}, {request.remote}" if before else f"{request.remote}"),
            ("X-Forwarded-Host", request.host),
            ("X-Forwarded-Proto", "http"),
        ]
        try:
            # Bytes that are no UTF-8 would go out as others.
            "".join([request.raw_path, *(value for _, value in headers)]).encode()
        except UnicodeEncodeError as error:
            raise MalformedRequest("The path or a header is no UTF-8.") from error
        # The path as the client encoded it: decoding and encoding again would not always give it.
        url = URL(self._upstream + request.raw_path, encoded=True)
        body = await _body(request)
        try:
            return await self._session.request(
                request.method, url, headers=headers, data=body or None, allow_redirects=False
            )
        except aiohttp.ClientConnectorError as error:
            raise ServiceUnavailable.retry_after(1, "Boxoffice is not running just now.") from error
        except aiohttp.ClientError as error:
            # Something may have been done: only the client knows whether to ask again.
            raise BadGateway("Boxoffice broke off its answer.") from error


async def _body(request: web.BaseRequest) -> bytes:
    """The whole body, as the emulator wants it whole too. Raises PayloadTooLarge."""
    is_seat_map = request.method == "PUT" and _SEAT_MAP.fullmatch(request.raw_path)
    limit = SEAT_MAP_BYTES if is_seat_map else BODY_BYTES
    too_large = PayloadTooLarge(f"A body here is at most {limit} bytes.")
    if (request.content_length or 0) > limit:
        raise too_large
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # No part of the answer: that may still become a problem.
        request.writer.output_size = 0
    body = bytearray()
    try:
        async for piece in request.content.iter_any():
            body += piece
            if len(body) > limit:
                raise too_large
    except web.RequestPayloadError as error:
        raise MalformedRequest("The body is none of HTTP/1.1.") from error
    return bytes(body)


async def _relay(
    answer: aiohttp.ClientResponse, request: web.BaseRequest, request_id: str
) -> web.StreamResponse:
    """Stream an answer to the client. Raises ConnectionError when it breaks off."""
    headers = _without(_CONNECTION_HEADERS, answer.headers)
    if "X-Request-Id" not in answer.headers:
        headers.append(("X-Request-Id", request_id))
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=headers)
    # With the first of the body instead: a packet less is a fifth of our work.
    response._send_headers_immediately = False
    try:
        await response.prepare(request)
        async for piece in answer.content.iter_any():
            await response.write(piece)
        await response.write_eof()
    except aiohttp.ClientError as error:
        raise ConnectionResetError("The answer broke off, or the client has gone.") from error
    return response


def _without(names: frozenset[str], headers: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.items() if name.lower() not in names]


def _refusal(problem: Problem, request: web.BaseRequest, request_id: str) -> web.Response:
    document = problem.document() | {"instance": request.raw_path.split("?")[0]}
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Cache-Control": "no-store",
        "X-Request-Id": request_id,
        **HEADERS,
        **problem.headers,
    }
    answer = web.Response(
        status=problem.status, body=json.dumps(document).encode(), headers=headers
    )
    # The rest of the request may be unread, so it is the last answer.
    answer.force_close()
    return answer


class Connection(web.RequestHandler):
    """A client's connection, on which also what is no HTTP is answered with a problem."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - not for our clients
    ) -> web.StreamResponse:
        if isinstance(exc, ConnectionError):
            # An answer has begun; to close is all there is left to say.
            raise exc
        problem: Problem = MalformedRequest("This is no HTTP/1.1.")
        if status != HTTPStatus.BAD_REQUEST:
            self.log_exception("A fault of the edge", exc_info=exc)
            problem = InternalError("The edge failed.")
        # What it could not read, aiohttp answers in HTTP/1.0.
        request._version = aiohttp.HttpVersion11
        return _refusal(problem, request, str(uuid.uuid4()))


class Server(web.Server):
    """Makes a Connection for each client."""

    def __call__(self) -> Connection:
        return Connection(self, loop=asyncio.get_running_loop(), **_SERVER)


def _session() -> aiohttp.ClientSession:
    """A pool of connections that adds, follows, unpacks and remembers nothing of its own."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_SECONDS),
        timeout=aiohttp.ClientTimeout(total=None, sock_read=_ANSWER_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
    )


async def serve(port: int, upstream: str, behind: str | None) -> None:
    """Serve until SIGTERM or SIGINT, then let what is under way be answered."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with _session() as session:
        server = Server(Edge(upstream, session, Door(behind, session)).answer)
        runner = web.ServerRunner(server, shutdown_timeout=_GRACE_SECONDS)
        await runner.setup()
        await web.TCPSite(runner, HOST, port, backlog=2048).start()
        print(f"Serving port {port} from {upstream}", flush=True)
        await stopping.wait()
        await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True, help="the address of the API's stage")
    parser.add_argument("--metrics", help="where the emulated AWS says what was counted")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.upstream, given.metrics))


if __name__ == "__main__":
    main()
