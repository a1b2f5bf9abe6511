"""The little of HTTP/1.1 that passing messages on takes: heads are read, bodies only measured."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

PIECE_BYTES: Final = 64 * 1024
HEAD_BYTES: Final = 64 * 1024

# They are about one connection only (RFC 9110, 7.6.1). Bodies are passed on as they are framed.
CONNECTION_HEADERS: Final = frozenset(
    {
        *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization"),
        *(b"proxy-connection", b"te", b"upgrade"),
    }
)

Headers = list[tuple[bytes, bytes]]


class MessageError(Exception):
    """What arrived is no HTTP/1.1."""


@dataclass
class Head:
    """A request or status line, and the headers with their names in lower case."""

    line: list[bytes]
    headers: Headers

    def first(self, name: bytes) -> bytes | None:
        """The first value of a header."""
        return next((value for known, value in self.headers if known == name), None)

    @property
    def is_chunked(self) -> bool:
        return (self.first(b"transfer-encoding") or b"").lower() == b"chunked"

    @property
    def length(self) -> int | None:
        """The stated length of the body. Raises MessageError."""
        text = self.first(b"content-length")
        if text is None:
            return None
        if not text.isdigit():
            raise MessageError("The Content-Length is no number.")
        return int(text)

    def check_request(self) -> None:
        """Raise MessageError unless this can be a request."""
        if len(self.line) != 3 or not self.line[1].startswith(b"/"):
            raise MessageError("The request line is none.")
        if self.length is not None and self.is_chunked:
            raise MessageError("A body has a length or is in chunks.")

    @property
    def ends_connection(self) -> bool:
        wish = (self.first(b"connection") or b"").lower()
        return wish == b"close" or (self.line[-1] == b"HTTP/1.0" and wish != b"keep-alive")

    def encoded(self) -> bytes:
        """The head as it is sent, with the empty line that ends it."""
        lines = [b" ".join(self.line), *(name + b": " + value for name, value in self.headers)]
        return b"\r\n".join([*lines, b"", b""])


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """The next message's head; None at the end of the connection. Raises MessageError."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise MessageError("The head broke off.") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise MessageError("The head is too long.") from error
    first, *rest = raw[:-4].lstrip(b"\r\n").split(b"\r\n")
    line = first.split(b" ", 2)
    headers = []
    for header in rest:
        name, colon, value = header.partition(b":")
        if not colon or not name or name != name.strip():
            raise MessageError("A header has no name.")
        headers.append((name.lower(), value.strip()))
    if len(line) < 2 or not (line[0].startswith(b"HTTP/1.") or line[-1].startswith(b"HTTP/1.")):
        raise MessageError("The first line is none of HTTP/1.1.")
    return Head(line, headers)


async def body_of(
    head: Head, reader: asyncio.StreamReader, *, until_closed: bool = False
) -> AsyncIterator[tuple[bytes, int]]:
    """The pieces of a body as they are on the wire, each with how many bytes of content it adds.

    Raises MessageError, and IncompleteReadError when the body breaks off.
    """
    if head.is_chunked:
        async for piece in _chunks(reader):
            yield piece
    elif (left := head.length) is not None:
        while left:
            piece_bytes = await reader.readexactly(min(left, PIECE_BYTES))
            left -= len(piece_bytes)
            yield piece_bytes, len(piece_bytes)
    elif until_closed:
        while rest := await reader.read(PIECE_BYTES):
            yield rest, len(rest)


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, int]]:
    while True:
        size_line = await reader.readuntil(b"\r\n")
        try:
            left = int(size_line.split(b";")[0], 16)
        except ValueError as error:
            raise MessageError("A chunk's size is no number.") from error
        yield size_line, 0
        if left == 0:
            break
        while left:
            piece = await reader.readexactly(min(left, PIECE_BYTES))
            left -= len(piece)
            yield piece, len(piece)
        yield await reader.readexactly(2), 0
    # Trailers, if any, and the empty line.
    while True:
        line = await reader.readuntil(b"\r\n")
        yield line, 0
        if line == b"\r\n":
            return
