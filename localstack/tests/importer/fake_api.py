"""API.md in memory, as far as the importer speaks it, served on a real loopback socket.

It can be told to be busy, to forget its tokens, and to do something between a write and its answer.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import uvicorn
from embedded.config import HOST, free_port
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from importer.fake_shop import Json, Problem, Shop

PASSWORDS = {"admin": "admin-local-only", "another": "another-local-only"}
PAGE = 3


class FakeApi:
    """What it holds (`shop`), what it was made to do (`writes`), and what may go wrong."""

    def __init__(self) -> None:
        self.shop = Shop()
        self.writes: list[str] = []
        self.url = ""
        self.sign_ins = 0
        self.token_seconds = 900
        self.tokens: dict[str, str] = {}
        # Told the number of each write once it is done and before it is answered.
        self.after_write: Callable[[int], None] = lambda _: None
        # How often an order is shown PENDING before it is shown as it is.
        self.pending_for = 0
        # Asked with each request's number for an answer to give instead of the true one.
        self.instead: Callable[[int], Response | None] = lambda _: None
        self._requests = 0

    def app(self) -> Starlette:
        routes: list[tuple[str, str, Callable[[Request, Json], Any]]] = [
            ("GET", "/v1/venues", lambda request, _: self._page(request, self.shop.venues)),
            ("POST", "/v1/venues", lambda _, body: self._wrote(self.shop.add_venue(body))),
            ("GET", "/v1/events", lambda request, _: self._page(request, self.shop.events)),
            ("POST", "/v1/events", lambda _, body: self._wrote(self.shop.add_event(body))),
            ("GET", "/v1/users", self._find_users),
            ("POST", "/v1/users/register", lambda _, body: self._wrote(self.shop.add_user(body))),
            ("POST", "/v1/users/login", self._sign_in),
            ("PUT", "/v1/events/{event_id:int}/seats", self._put_seats),
            ("GET", "/v1/seats/availability", self._availability),
            ("POST", "/v1/orders", self._add_order),
            ("GET", "/v1/orders", self._find_orders),
            ("GET", "/v1/orders/{order_id}", self._show_order),
        ]
        return Starlette(
            routes=[
                Route(path, self._endpoint(method, path, work), methods=[method])
                for method, path, work in routes
            ]
        )

    def _endpoint(self, method: str, path: str, work: Callable[[Request, Json], Any]) -> Any:
        async def endpoint(request: Request) -> Response:
            self._requests += 1
            instead = self.instead(self._requests)
            if instead is not None:
                return instead
            try:
                if path != "/v1/users/login":
                    self._caller(request)
                body = await request.json() if method in ("POST", "PUT") else {}
                return JSONResponse(work(request, body))
            except Problem as problem:
                return JSONResponse(problem.document, problem.status)

        return endpoint

    def _caller(self, request: Request) -> str:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            raise Problem(401, "unauthenticated", "no token")
        return self.tokens[token]

    def _wrote(self, answer: Json, what: str | None = None) -> Json:
        self.writes.append(what or str(answer))
        self.after_write(len(self.writes))
        return answer

    def _page(self, request: Request, things: Sequence[Json]) -> Json:
        """In pages of a few, newest first, as no caller may rely on any order."""
        start = int(request.query_params.get("cursor", 0))
        end = start + min(PAGE, int(request.query_params.get("limit", PAGE)))
        return {
            "items": [*reversed(things)][start:end],
            "nextCursor": str(end) if end < len(things) else None,
        }

    def _sign_in(self, _: Request, body: Json) -> Json:
        name = body["usernameOrEmail"]
        if PASSWORDS.get(name) != body["password"]:
            raise Problem(401, "invalid-credentials", "no such account")
        self.sign_ins += 1
        token = f"token-{self.sign_ins}"
        self.tokens[token] = name
        return {"token": token, "expiresIn": self.token_seconds}

    def _find_users(self, request: Request, _: Json) -> Json:
        part = request.query_params["search"].lower()
        return self._page(request, [u for u in self.shop.users if part in u["email"].lower()])

    def _put_seats(self, request: Request, body: Json) -> Json:
        return self._wrote(self.shop.put_seats(request.path_params["event_id"], body))

    def _availability(self, request: Request, _: Json) -> Json:
        return self.shop.availability(int(request.query_params["eventId"]))

    def _add_order(self, request: Request, body: Json) -> Json:
        if not request.headers.get("Prefer", "").startswith("wait="):
            raise Problem(400, "no-wait", "would answer too early")
        key = request.headers["Idempotency-Key"]
        order, is_new = self.shop.add_order(self._caller(request), key, body)
        if is_new:
            order["pendingFor"] = self.pending_for
            self._wrote(order)
        return self._as_shown(order)

    def _find_orders(self, request: Request, _: Json) -> Json:
        event_id = int(request.query_params["eventId"])
        return self._page(
            request, [order for order in self.shop.orders if order["eventId"] == event_id]
        )

    def _show_order(self, request: Request, _: Json) -> Json:
        order_id = request.path_params["order_id"]
        return self._as_shown(
            next(order for order in self.shop.orders if order["orderId"] == order_id)
        )

    def _as_shown(self, order: Json) -> Json:
        if order["pendingFor"] == 0:
            return order
        order["pendingFor"] -= 1
        return {**order, "status": "PENDING"}


@contextmanager
def serving(api: FakeApi) -> Iterator[FakeApi]:
    """Serve it in a thread until the block ends; `api.url` is where."""
    port = free_port()
    config = uvicorn.Config(api.app(), host=HOST, port=port, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    api.url = f"http://{HOST}:{port}"
    try:
        yield api
    finally:
        server.should_exit = True
        thread.join()
