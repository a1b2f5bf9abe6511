"""What a handler says to AWS and to Postgres, recorded once, and answered again without either.

Everything above the wire is done each time: signing, encoding, parsing. Sockets are not, on neither
side of what is compared.
"""

import copy
import importlib
import io
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import botocore.handlers
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.response import StreamingBody

_SQL: Final = ("execute_simple", "execute_unnamed")


class Call(NamedTuple):
    """`of` is an AWS service, or Postgres if None; `how` its operation, or the driver's method."""

    of: str | None
    how: str
    given: tuple[Any, ...]
    named: dict[str, Any]


class OffScript(Exception):  # noqa: N818 - what the handler went
    """It did not make the calls that were recorded: their cost would be another's."""


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


class Wire:
    """Between this process and all that it asks. Made before any client is."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._is_recording = self._is_playing = False
        self._answers: list[tuple[str, int, dict[str, str], bytes]] = []
        self._rows = bytearray()
        self._left: dict[str, deque[tuple[int, dict[str, str], bytes]]] = {}
        self._place = 0
        botocore.handlers.BUILTIN_HANDLERS += [
            ("provide-client-params", self._asked),
            ("before-send", self._answer),
            ("response-received", self._answered),
        ]

    def hook_postgres(self) -> None:
        """Once the driver is imported, if it is."""
        core: Any = importlib.import_module("pg8000.core")
        for name in _SQL:
            setattr(core.CoreConnection, name, self._recorded(name, core.CoreConnection))
        live = {name: getattr(core, name) for name in ("_read", "_write", "_flush")}

        def read(sock: Any, size: int) -> Any:
            if self._is_playing:
                end = self._place + size
                if end > len(self._rows):
                    raise OffScript("a statement that was not recorded")
                piece, self._place = self._rows[self._place : end], end
                return piece
            piece = live["_read"](sock, size)
            if self._is_recording:
                self._rows += piece
            return piece

        core._read = read
        for name in ("_write", "_flush"):
            setattr(core, name, self._unless_playing(live[name]))

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Keep what is said and answered meanwhile, and nothing from before."""
        self.calls, self._answers, self._rows = [], [], bytearray()
        self._is_recording = True
        try:
            yield
        finally:
            self._is_recording = False

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Answer as was recorded. Raises OffScript unless exactly that is asked meanwhile."""
        self._left, self._place = defaultdict(deque), 0
        for key, status, headers, body in self._answers:
            self._left[key].append((status, headers, body))
        self._is_playing = True
        try:
            yield
        finally:
            self._is_playing = False
        left = [key for key, answers in self._left.items() if answers]
        if left or self._place != len(self._rows):
            raise OffScript(f"not asked this time: {left}, {len(self._rows) - self._place} bytes")

    def _asked(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        if self._is_recording:
            service = model.service_model.service_name
            self.calls.append(Call(service, model.name, (), copy.deepcopy(params)))

    def _answered(
        self, event_name: str, response_dict: Any, parsed_response: Any, **_: Any
    ) -> None:
        if not self._is_recording:
            return
        body = response_dict["body"]
        parts = parsed_response.values()
        streams: list[Any] = [part for part in parts if isinstance(part, StreamingBody)]
        for stream in streams:
            # It can be read once only, and the handler has not done so yet.
            body = stream.read()
            stream._raw_stream, stream._amount_read = io.BytesIO(body), 0
        headers = dict(response_dict["headers"])
        self._answers.append((_key(event_name), response_dict["status_code"], headers, body))

    def _answer(self, request: Any, event_name: str, **_: Any) -> Any:
        if not self._is_playing:
            return None
        answers = self._left[_key(event_name)]
        if not answers:
            raise OffScript(f"{event_name} once more")
        status, headers, body = answers.popleft()
        answer: Any = AWSResponse
        return answer(request.url, status, HeadersDict(headers), _Raw(body))

    def _recorded(self, name: str, connection: Any) -> Callable[..., Any]:
        execute = getattr(connection, name)

        def recorded(one: Any, *given: Any, **named: Any) -> Any:
            if self._is_recording:
                self.calls.append(Call(None, name, given, named))
            return execute(one, *given, **named)

        return recorded

    def _unless_playing(self, do: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: Any) -> None:
            if not self._is_playing:
                do(*given)

        return done


def _key(event_name: str) -> str:
    """The service and the operation."""
    return event_name.split(".", 1)[1]
