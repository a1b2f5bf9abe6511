"""The one origin of the embedded stack, as CloudFront is on AWS: `python -m embedded.edge`.

It passes each request to the emulator's REST API and streams both bodies. What it answers itself is
problem+json like everything else: a body that is too long, or an emulator that is away.

It reads heads and measures bodies, no more: a tenth of the work of a proxy made of an HTTP server
and an HTTP client, and every request of a load test passes through here.
"""

import argparse
import asyncio
import re
import signal
import time
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from embedded.config import HOST
from embedded.edge_client import Client
from embedded.http1 import CONNECTION_HEADERS, HEAD_BYTES, Head, MessageError, read_head
from functions.shared.problems import PayloadTooLarge, Problem, ServiceUnavailable

BODY_BYTES: Final = 64 * 1024
SEAT_MAP_BYTES: Final = 5 * 1024 * 1024
_SEAT_MAP: Final = re.compile(rb"/v1/events/[^/?]+/seats/?(\?.*)?")
# These are said anew to the emulator.
_OWN: Final = CONNECTION_HEADERS | {
    *(b"host", b"expect", b"x-request-id"),
    *(b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"),
}
_ANSWER_SECONDS: Final = 65
_IDLE_SECONDS: Final = 30
_GRACE_SECONDS: Final = 5


class BadGateway(Problem):
    """The emulator accepted a request and gave no whole answer."""

    status = HTTPStatus.BAD_GATEWAY
    title = "No whole answer came"


class Connection:
    """One connection to the emulator, used by one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.idle_since = 0.0


class Edge:
    """The proxy. `upstream` is the address of the API's stage."""

    def __init__(self, upstream: str) -> None:
        address = urlsplit(upstream)
        self._address = (address.hostname, address.port)
        self._host = address.netloc.encode()
        self._prefix = address.path.rstrip("/").encode()
        self._idle: list[Connection] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one client's connection, one after the other."""
        client = Client(reader, writer)
        try:
            while head := await client.next_request():
                try:
                    await self._answer(head, client)
                except Problem as problem:
                    await client.refuse(problem)
                if client.is_done:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            # The client has gone or the answer broke off; to close is all there is left to say.
            writer.transport.abort()
        finally:
            writer.close()

    async def _answer(self, head: Head, client: Client) -> None:
        """Pass a request on and its answer back. Raises a Problem while nothing is answered."""
        limit = _limit(head)
        if (head.length or 0) > limit:
            raise _too_large(limit)
        connection = await self._connect()
        try:
            try:
                await self._send(head, client, connection, limit)
                async with asyncio.timeout(_ANSWER_SECONDS):
                    answer = await _final_head(connection.reader)
            except (OSError, TimeoutError, MessageError) as error:
                # Something may have been done: only the client knows whether to ask again.
                raise BadGateway("Boxoffice broke off its answer.") from error
            is_whole = await client.relay(head, answer, connection.reader)
        except BaseException:
            connection.writer.close()
            raise
        if is_whole and not answer.ends_connection:
            connection.idle_since = time.monotonic()
            self._idle.append(connection)
        else:
            connection.writer.close()

    async def _connect(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            age = time.monotonic() - connection.idle_since
            if age < _IDLE_SECONDS and not connection.reader.at_eof():
                return connection
            connection.writer.close()
        try:
            return Connection(*await asyncio.open_connection(*self._address, limit=HEAD_BYTES))
        except OSError as error:
            raise ServiceUnavailable.retry_after(1, "Boxoffice is not running just now.") from error

    async def _send(self, head: Head, client: Client, connection: Connection, limit: int) -> None:
        # The path as the client encoded it: decoding and encoding again would not always give it.
        line = [head.line[0], self._prefix + head.line[1], b"HTTP/1.1"]
        before = head.first(b"x-forwarded-for")
        headers = [
            (b"host", self._host),
            *((name, value) for name, value in head.headers if name not in _OWN),
            (b"x-request-id", client.request_id),
            (b"x-forwarded-for", before + b", " + client.address if before else client.address),
            (b"x-forwarded-host", head.first(b"host") or b""),
            (b"x-forwarded-proto", b"http"),
        ]
        connection.writer.write(Head(line, headers).encoded())
        length = 0
        async for piece, content in client.body(head):
            length += content
            if length > limit:
                raise _too_large(limit)
            connection.writer.write(piece)
            await connection.writer.drain()


async def _final_head(reader: asyncio.StreamReader) -> Head:
    """The head of the answer itself, after those that only say that it will come."""
    while head := await read_head(reader):
        if not head.line[1].startswith(b"1"):
            return head
    raise MessageError("There was no answer.")


def _limit(head: Head) -> int:
    is_seat_map = head.line[0] == b"PUT" and _SEAT_MAP.fullmatch(head.line[1])
    return SEAT_MAP_BYTES if is_seat_map else BODY_BYTES


def _too_large(limit: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"A body here is at most {limit} bytes.")


async def serve(port: int, upstream: str) -> None:
    """Serve until SIGTERM or SIGINT, then let what is under way be answered."""
    edge = Edge(upstream)
    clients: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(edge.serve(reader, writer))
        clients.add(task)
        task.add_done_callback(clients.discard)

    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    server = await asyncio.start_server(accept, HOST, port, limit=HEAD_BYTES, backlog=2048)
    print(f"Serving port {port} from {upstream}", flush=True)
    await stopping.wait()
    server.close()
    if clients:
        await asyncio.wait(clients, timeout=_GRACE_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True, help="the address of the API's stage")
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.upstream))


if __name__ == "__main__":
    main()
