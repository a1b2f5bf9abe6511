"""Who asks: one account, or nobody, of a deployment that is known by its URL alone."""

from typing import Any, ClassVar
from uuid import uuid4

import httpx

from blackbox.contract import Seen
from blackbox.promises import check_every_answer

JSON = "application/json"


class Caller:
    """Sends requests exactly as they are written, and holds each answer against every promise.

    `token` may be anything at all: it goes out as it is. `seen` is every answer of this run.
    """

    seen: ClassVar[set[Seen]] = set()

    def __init__(
        self, connections: httpx.Client, token: str | None = None, user_id: int = 0, name: str = ""
    ) -> None:
        self._connections = connections
        self.token = token
        self.user_id = user_id
        self.name = name

    def as_bearer_of(self, token: str) -> "Caller":
        return Caller(self._connections, token, self.user_id, self.name)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: bytes | None = None,
        media: str | None = JSON,
        key: str | None = None,
        query: dict[str, Any] | None = None,
        headers: dict[str, str | bytes] | None = None,
    ) -> httpx.Response:
        """`body` goes out as JSON, `content` as it is; `key` is an Idempotency-Key.

        The path goes out byte for byte: a client that tidies `/../` away would ask something else.
        """
        sent: list[tuple[str, str | bytes]] = list((headers or {}).items())
        if self.token is not None:
            sent.append(("Authorization", f"Bearer {self.token}"))
        if key is not None:
            sent.append(("Idempotency-Key", key))
        has_body = body is not None or content is not None
        if has_body and media is not None:
            sent.append(("Content-Type", media))
        if body is not None:
            content = httpx.Request("POST", "http://x", json=body).content
        if query:
            path = f"{path}?{httpx.QueryParams(query)}"
        base = self._connections.base_url
        answer = self._connections.request(
            method,
            "/",
            content=content,
            headers=[(_bytes(name), _bytes(value)) for name, value in sent],
            extensions={"target": base.raw_path.rstrip(b"/") + path.encode()},
        )
        check_every_answer(method, path, answer)
        self.seen.add(Seen.of(method, path, answer))
        return answer

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.ask("GET", path, query=query)

    def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        return self.ask("POST", path, body, **options)

    def reserve(self, event_id: int, quantity: int = 1) -> dict[str, Any]:
        """A reservation of the best seats that are free."""
        body = {"eventId": event_id, "quantity": quantity}
        reservation: dict[str, Any] = gave(self.post("/v1/seats/reserve", body), 201)
        return reservation


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def gave(answer: httpx.Response, status: int = 200) -> Any:
    """The body of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem of an answer that must be just this refusal."""
    assert answer.status_code == status, answer.text
    document: dict[str, Any] = answer.json()
    assert document["code"] == code, document
    return document


def new_key() -> str:
    return uuid4().hex
