"""A client's side of the edge: its requests are read, and answers or problems written."""

import asyncio
import contextlib
import json
import re
import uuid
from collections.abc import AsyncIterator
from typing import Final

from embedded.http1 import CONNECTION_HEADERS, PIECE_BYTES, Head, MessageError, body_of, read_head
from functions.shared.problems import CONTENT_TYPE, MalformedRequest, Problem

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9-]{1,64}")
_LINGER_SECONDS: Final = 2


class Client:
    """One connection of a client, and the request it is at."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.is_done = False
        self.request_id = b""
        self.address = str(writer.get_extra_info("peername")[0]).encode()
        self._path = ""
        self._reader = reader
        self._writer = writer

    async def next_request(self) -> Head | None:
        """The head of the next request; None when there will be no more."""
        try:
            head = await read_head(self._reader)
            if head is not None:
                head.check_request()
        except MessageError as error:
            self.request_id = str(uuid.uuid4()).encode()
            await self.refuse(MalformedRequest(str(error)))
            return None
        if head is not None:
            given = head.first(b"x-request-id") or b""
            is_plain = _REQUEST_ID.fullmatch(given)
            self.request_id = given if is_plain else str(uuid.uuid4()).encode()
            self._path = head.line[1].split(b"?")[0].decode("latin-1")
            self.is_done = head.ends_connection
        return head

    async def body(self, head: Head) -> AsyncIterator[tuple[bytes, int]]:
        """The pieces of the request's body, asked for if the client waits to be asked."""
        if (head.first(b"expect") or b"").lower() == b"100-continue":
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            async for piece in body_of(head, self._reader):
                yield piece
        except MessageError as error:
            raise MalformedRequest(str(error)) from error

    async def relay(self, request: Head, answer: Head, reader: asyncio.StreamReader) -> bool:
        """Pass an answer on. True if its connection can be used again."""
        has_body = request.line[0] != b"HEAD" and answer.line[1] not in (b"204", b"304")
        is_measured = not has_body or answer.is_chunked or answer.length is not None
        self.is_done = self.is_done or not is_measured
        headers = [
            (name, value) for name, value in answer.headers if name not in CONNECTION_HEADERS
        ]
        if answer.first(b"x-request-id") is None:
            headers.append((b"x-request-id", self.request_id))
        if self.is_done:
            headers.append((b"connection", b"close"))
        unsent = Head([b"HTTP/1.1", *answer.line[1:]], headers).encoded()
        if has_body:
            try:
                async for piece, _ in body_of(answer, reader, until_closed=True):
                    self._writer.write(unsent + piece)
                    await self._writer.drain()
                    unsent = b""
            except MessageError as error:
                raise ConnectionError(str(error)) from error
        self._writer.write(unsent)
        await self._writer.drain()
        return is_measured

    async def refuse(self, problem: Problem) -> None:
        """Answer with a problem. The rest of the request is not read, so it is the last answer."""
        self.is_done = True
        content = json.dumps(problem.document() | {"instance": self._path}).encode()
        headers = {
            "Content-Type": CONTENT_TYPE,
            "Content-Length": str(len(content)),
            "Cache-Control": "no-store",
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "Retry-After, X-Request-Id",
            "X-Request-Id": self.request_id.decode(),
            "Connection": "close",
            **problem.headers,
        }
        line = [b"HTTP/1.1", str(int(problem.status)).encode(), problem.status.phrase.encode()]
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._writer.write(Head(line, encoded).encoded() + content)
        await self._writer.drain()
        self._writer.write_eof()
        # A client that is still sending would lose the answer if we closed at once.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while await self._reader.read(PIECE_BYTES):
                    pass
