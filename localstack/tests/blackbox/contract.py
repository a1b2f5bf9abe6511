"""What the served OpenAPI document says of an answer."""

import re
from typing import Any, NamedTuple

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


class Contract:
    """An OpenAPI document, by which answers are judged."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._routes = [
            (method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operation)
            for (method, path), operation in operations(document).items()
        ]

    def allows(self, seen: Seen) -> bool:
        """Whether the document says that this may be answered so; a path may have several routes.

        What is served nowhere is a 404, a method that is not is a 405, and OPTIONS is asked of
        every path: no document says that of each.
        """
        method = "GET" if seen.method == "HEAD" else seen.method
        at_path = [route for route in self._routes if route[1].fullmatch(seen.path)]
        asked = [operation for served, _, operation in at_path if served == method]
        if method == "OPTIONS":
            return seen.status == (204 if at_path else 404)
        if not asked:
            return seen.status in ((405,) if at_path else (404,))
        return any(self._documents(operation, seen) for operation in asked)

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
