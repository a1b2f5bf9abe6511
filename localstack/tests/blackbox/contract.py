"""What the served OpenAPI document says of an answer."""

import re
from typing import Any, Final, NamedTuple

import httpx

from blackbox.routes import operations


class Seen(NamedTuple):
    """What was asked and how it was answered; `code` is a problem's."""

    method: str
    path: str
    status: int
    code: str | None

    @classmethod
    def of(cls, method: str, path: str, answer: httpx.Response) -> "Seen":
        is_problem = answer.status_code >= 400 and answer.content != b""
        code = answer.json()["code"] if is_problem else None
        return cls(method, path.partition("?")[0], answer.status_code, code)


# They tell of the routes, and are none themselves.
_DOCUMENTS: Final = ("/openapi.json", "/docs")


class Contract:
    """An OpenAPI document, by which answers are judged."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._served: dict[str, dict[str, dict[str, Any]]] = {}
        for (method, path), operation in operations(document).items():
            self._served.setdefault(path, {})[method] = operation

    def allows(self, seen: Seen) -> bool:
        """Whether the document says that this may be answered so.

        What is served nowhere is a 404, a method that is not is a 405, and OPTIONS is asked of
        every path: no document says that of each. `/v1/seats/block` also spells a
        `/v1/seats/{seat_id}`, so that either may be meant.
        """
        method = "GET" if seen.method == "HEAD" else seen.method
        meant = [
            served
            for path, served in self._served.items()
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), seen.path)
        ]
        if seen.path in _DOCUMENTS:
            return seen.status == 200
        if method == "OPTIONS":
            return seen.status == (204 if meant else 404)
        if not meant:
            return seen.status == 404
        if seen.status == 405:
            return any(method not in served for served in meant)
        return any(self._documents(served[method], seen) for served in meant if method in served)

    def _documents(self, operation: dict[str, Any], seen: Seen) -> bool:
        answer = operation["responses"].get(str(seen.status))
        if answer is None:
            return False
        return seen.code is None or f"`{seen.code}`" in self.resolved(answer)["description"]

    def resolved(self, answer: dict[str, Any]) -> dict[str, Any]:
        """An answer as it is described, there or by reference."""
        found: Any = answer
        if "$ref" in answer:
            found = self._document
            for name in answer["$ref"].removeprefix("#/").split("/"):
                found = found[name]
        described: dict[str, Any] = found
        return described
