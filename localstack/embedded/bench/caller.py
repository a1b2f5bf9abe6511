"""A signed-in account as the measurements use it: HTTP, no second try, and an answer or a stop."""

from typing import Any, Self
from uuid import uuid4

import httpx

from embedded import administrator
from embedded.errors import StackError

Json = dict[str, Any]
_TIMEOUT_SECONDS = 60


class UnexpectedAnswer(StackError):  # noqa: N818 - what the answer was
    """A call that must succeed did not; the figures would be about something else."""

    def __init__(self, answer: httpx.Response) -> None:
        asked = f"{answer.request.method} {answer.request.url}"
        super().__init__(f"{asked} was answered {answer.status_code}: {answer.text[:500]}")
        is_problem = answer.headers.get("Content-Type") == "application/problem+json"
        self.code: str | None = answer.json()["code"] if is_problem else None


class Caller:
    def __init__(self, http: httpx.Client, account: Json) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {account['token']}"}

    @classmethod
    def administrator(cls, http: httpx.Client) -> Self:
        given = {"usernameOrEmail": administrator.USERNAME, "password": administrator.PASSWORD}
        return cls(http, _body(http.post("/v1/users/login", json=given)))

    @classmethod
    def customer(cls, http: httpx.Client) -> Self:
        """A new one."""
        name = f"bench-{uuid4().hex[:12]}"
        account = {
            "username": name,
            "email": f"{name}@boxoffice.example",
            "password": uuid4().hex,
            "firstName": "Bench",
            "lastName": "Mark",
        }
        return cls(http, _body(http.post("/v1/users/register", json=account)))

    @property
    def authorization(self) -> str:
        """The header that says who this is."""
        return self._headers["Authorization"]

    def get(self, path: str, **query: Any) -> Json:
        return self.send("GET", path, params=query)

    def post(self, path: str, body: Json) -> Json:
        return self.send("POST", path, json=body)

    def send(self, method: str, path: str, **options: Any) -> Json:
        """The answer's body. Raises UnexpectedAnswer for anything but a success."""
        return _body(self.ask(method, path, **options))

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The whole answer. Raises UnexpectedAnswer likewise."""
        headers = self._headers | options.pop("headers", {})
        answer = self._http.request(method, path, headers=headers, **options)
        if not answer.is_success:
            raise UnexpectedAnswer(answer)
        return answer


def connect(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS)


def _body(answer: httpx.Response) -> Json:
    if not answer.is_success:
        raise UnexpectedAnswer(answer)
    body: Json = answer.json() if answer.content else {}
    return body
