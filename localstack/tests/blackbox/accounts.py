"""Accounts made for a run, each of its own, so that no run is in another's way."""

from typing import Any
from uuid import uuid4

import httpx

from blackbox.caller import Caller, gave

PASSWORD = "a pass phrase of five words"


def person(name: str) -> dict[str, Any]:
    """What somebody sends to register, never the same twice."""
    username = f"{name}-{uuid4().hex[:12]}"
    return {
        "username": username,
        "email": f"{username}@example.com",
        "password": PASSWORD,
        "firstName": "Black",
        "lastName": "Box",
    }


class Accounts:
    """Registers people, and removes them all in the end."""

    def __init__(self, connections: httpx.Client) -> None:
        self._connections = connections
        self._made: list[Caller] = []

    def register(self, name: str = "customer") -> Caller:
        caller, _ = self.register_with_session(name)
        return caller

    def register_with_session(self, name: str = "customer") -> tuple[Caller, str]:
        """Somebody new, and the refresh token that registering gave."""
        sent = person(name)
        session = gave(Caller(self._connections).post("/v1/users/register", sent), 201)
        caller = Caller(
            self._connections, session["token"], session["user"]["id"], sent["username"]
        )
        self._made.append(caller)
        return caller, session["refreshToken"]

    def organizer(self, administrator: Caller, name: str = "organizer") -> Caller:
        """Somebody new whom an administrator made an organizer of events."""
        someone = self.register(name)
        path = f"/v1/users/{someone.user_id}/role"
        gave(administrator.ask("PATCH", path, {"role": "EVENT_ORGANIZER"}))
        return someone.as_bearer_of(sign_in(self._connections, someone.name)["token"])

    def remove(self) -> None:
        """Deletes everybody who was registered; whom a test deleted or locked out is left."""
        for caller in self._made:
            answer = caller.ask("DELETE", f"/v1/users/{caller.user_id}")
            assert answer.status_code in (204, 401, 404), answer.text


def sign_in(connections: httpx.Client, name: str, password: str = PASSWORD) -> dict[str, Any]:
    body = {"usernameOrEmail": name, "password": password}
    session: dict[str, Any] = gave(Caller(connections).post("/v1/users/login", body))
    return session
