"""What is no JSON of one meaning is a 400, what has other values a 422 that says where."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from blackbox.accounts import PASSWORD, person
from blackbox.caller import Caller, gave, new_key, refused
from blackbox.routes import ABSENT_ID, ABSENT_OPAQUE
from blackbox.show import Show, new_event

# One route of each domain at least, with a body that it would read.
ROUTES: Final[dict[str, dict[str, Any]]] = {
    "/v1/users/register": person("reader"),
    "/v1/users/login": {"usernameOrEmail": "nobody-at-all", "password": PASSWORD},
    "/v1/users/token/refresh": {"refreshToken": "x"},
    "/v1/venues": {"name": "Hall", "city": "Pune", "capacity": 10},
    "/v1/events": new_event(int(ABSENT_ID)),
    "/v1/seats/reserve": {"eventId": int(ABSENT_ID), "seatIds": [1]},
    "/v1/seats/release": {"reservationId": ABSENT_OPAQUE},
    "/v1/orders": {"reservationId": ABSENT_OPAQUE},
    "/v1/charge": {"merchantOrderId": ABSENT_OPAQUE, "amountCents": 1},
    "/v1/refund": {"paymentId": ABSENT_OPAQUE},
    "/v1/tickets/verify": {"code": "x", "eventId": 1},
}
Spoilt = Callable[[dict[str, Any]], bytes]


def _written(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def _first(body: dict[str, Any], value: str) -> bytes:
    """The body with this JSON text in place of its first value."""
    name, *others = body
    rest = "".join(f",{json.dumps(each)}:{json.dumps(body[each])}" for each in others)
    return f'{{"{name}":{value}{rest}}}'.encode(errors="surrogatepass")


MALFORMED: Final[dict[str, Spoilt]] = {
    "half of it": lambda body: _written(body)[:-1],
    "a blank": lambda body: b" ",
    "no JSON": lambda body: b"name=value",
    "single quotes": lambda body: _written(body).replace(b'"', b"'"),
    "a comma too many": lambda body: _written(body)[:-1] + b",}",
    "a comment": lambda body: b"/* */" + _written(body),
    "two values": lambda body: _written(body) * 2,
    "a byte order mark": lambda body: b"\xef\xbb\xbf" + _written(body),
    "UTF-16": lambda body: _written(body).decode().encode("utf-16"),
    "no UTF-8": lambda body: _first(body, '"??"').replace(b"??", b"\xff\xfe"),
    "a NUL between": lambda body: _written(body)[:-1] + b"\x00}",
    "a name twice": lambda body: _written(body)[:-1] + b"," + _written(body)[1:],
    "a name twice within": lambda body: _first(body, '{"a":1,"a":2}'),
    "nested 50 deep": lambda body: _first(body, "[" * 50 + "]" * 50),
    "nested 10,000 deep": lambda body: _first(body, "[" * 10_000 + "]" * 10_000),
    "brackets without end": lambda body: b"[" * 60_000,
    "NaN": lambda body: _first(body, "NaN"),
    "Infinity": lambda body: _first(body, "-Infinity"),
    "a line's end in a text": lambda body: _first(body, '"a\nb"'),
}
INVALID: Final[dict[str, Spoilt]] = {
    "nothing": lambda body: b"{}",
    "null": lambda body: b"null",
    "a text": lambda body: b'"text"',
    "a number": lambda body: b"7",
    "an array": lambda body: b"[" + _written(body) + b"]",
    "another name": lambda body: _written(body | {"isAdmin": True}),
    "a prototype": lambda body: _written(body | {"__proto__": {"role": "ADMIN"}}),
    "an object for a value": lambda body: _first(body, '{"$ne":null}'),
    "an array for a value": lambda body: _first(body, "[]"),
    "true for a value": lambda body: _first(body, "true"),
    "null for a value": lambda body: _first(body, "null"),
    "a fraction for a value": lambda body: _first(body, "1.5"),
    "a number beyond 64 bits": lambda body: _first(body, "9" * 25),
    "a number of 5,000 digits": lambda body: _first(body, "9" * 5_000),
    "a number beyond any": lambda body: _first(body, "1e400"),
    "a NUL in a text": lambda body: _first(body, '"a\\u0000b"'),
    "half a surrogate pair": lambda body: _first(body, '"\\ud800"'),
    "an empty text": lambda body: _first(body, '""'),
    "10,000 characters": lambda body: _first(body, json.dumps("x" * 10_000)),
    "a card number": lambda body: _first(body, '"4242 4242 4242 4242"'),
}


@pytest.fixture(scope="module")
def senders(anybody: Caller, customer: Caller, organizer: Caller) -> Callable[[str], Caller]:
    """Whoever may call a route."""

    def sender(path: str) -> Caller:
        if path.startswith("/v1/users"):
            return anybody
        return organizer if path in ("/v1/venues", "/v1/events", "/v1/tickets/verify") else customer

    return sender


@pytest.mark.parametrize("fault", MALFORMED)
def test_a_body_that_cannot_be_read_is_a_400(senders: Callable[[str], Caller], fault: str) -> None:
    for path, body in ROUTES.items():
        content = MALFORMED[fault](body)
        answer = senders(path).ask("POST", path, content=content, key=new_key())
        refused(answer, 400, "malformed-request")


@pytest.mark.parametrize("fault", INVALID)
def test_a_body_of_other_values_is_a_422(senders: Callable[[str], Caller], fault: str) -> None:
    for path, body in ROUTES.items():
        if fault == "an empty text" and path == "/v1/users/login":
            # A name of nobody, like any other that is wrong.
            continue
        content = INVALID[fault](body)
        answer = senders(path).ask("POST", path, content=content, key=new_key())
        problem = refused(answer, 422, "validation-failed")
        assert problem.get("errors") or fault == "a number of 5,000 digits", (path, problem)


def test_no_body_at_all_is_a_422(senders: Callable[[str], Caller]) -> None:
    for path in ROUTES:
        refused(senders(path).ask("POST", path, key=new_key()), 422, "validation-failed")


@pytest.mark.parametrize(
    "media",
    [
        None,
        "",
        "text/plain",
        "text/json",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/octet-stream",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
    ],
)
def test_another_media_type_is_a_415(senders: Callable[[str], Caller], media: str | None) -> None:
    for path, body in ROUTES.items():
        answer = senders(path).ask("POST", path, body, media=media, key=new_key())
        refused(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "media",
    ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"],
)
def test_json_is_json_however_its_type_is_spelled(customer: Caller, media: str) -> None:
    body = {"reservationId": ABSENT_OPAQUE}
    refused(customer.post("/v1/seats/release", body, media=media), 404, "not-found")


@pytest.mark.parametrize("path", ["/v1/venues", "/v1/events", "/health", "/v1/seats/availability"])
def test_a_get_has_no_body(anybody: Caller, path: str) -> None:
    refused(anybody.ask("GET", path, {"a": 1}), 400, "malformed-request")


def test_fields_are_spelled_either_way(customer: Caller) -> None:
    for name in ("reservationId", "reservation_id"):
        answer = customer.post("/v1/seats/release", {name: ABSENT_OPAQUE})
        refused(answer, 404, "not-found")


def test_text_of_any_alphabet_comes_back_as_it_was_sent(organizer: Caller, show: Show) -> None:
    title = "आम का \u202emango\u202c 🎫 'quoted' -- <b>"
    path = f"/v1/events/{show.event_id}"
    assert gave(organizer.ask("PATCH", path, {"title": title}))["title"] == title
    assert gave(organizer.get(path))["title"] == title
