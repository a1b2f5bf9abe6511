"""No card number is taken, wherever it is put, and none is logged."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.card_numbers import find_card_number, without_card_numbers
from functions.shared.tests.deployed import Client
from functions.shared.tests.test_api import api

# Numbers that card schemes publish for tests, of 13 to 19 digits.
CARDS = (
    "4222222222222",
    "30569309025904",
    "378282246310005",
    "4242424242424242",
    "6304000000000000000",
)


class Module:
    handler = staticmethod(api.handler)


client: Any = Client(Module)  # type: ignore[arg-type]


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("text", ["{}", "card {}", "pay {}.", "({})", "n:{}", "{}\n"])
def test_a_card_number_is_found_in_any_text(card: str, text: str) -> None:
    assert find_card_number(text.format(card)) == ""
    assert without_card_numbers(text.format(card)) == text.format("****")


@pytest.mark.parametrize("card", ["4242 4242 4242 4242", "4242-4242-4242-4242"])
def test_it_is_found_in_groups(card: str) -> None:
    assert find_card_number({"a": [{"b/c": f"it is {card}, so"}]}) == "/a/0/b~1c"


@pytest.mark.parametrize("name", ["4242424242424242"])
def test_the_name_of_a_field_is_one_too_and_is_not_repeated(name: str) -> None:
    assert find_card_number({"a": {name: 1}}) == "/a"


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241",
        "424242424242",
        "0000000000000000",
        "42424242424242424242",
        "+4917612345671",
        "4242a4242424242424242",
        "x4242424242424242",
        "0.4242424242424242",
        "2026-11-22T10:20:30.123456Z",
        "",
    ],
)
def test_what_is_no_card_number_passes(text: str) -> None:
    assert find_card_number(text) is None
    assert without_card_numbers(text) == text


@given(st.uuids(), st.integers(1, 10**6))
def test_no_id_of_ours_is_taken_for_one(uuid: UUID, seat_id: int) -> None:
    assert find_card_number([str(uuid), f"{uuid}-{seat_id}", {str(uuid): seat_id}]) is None


@pytest.mark.parametrize("path", [(), ("seatIds",), ("paymentMethod", "token")])
def test_a_body_with_a_card_number_is_refused(path: tuple[str, ...]) -> None:
    body: Any = CARDS[0]
    for name in reversed(path):
        body = {name: body}
    answer = client("POST", "/v1/things/1", body)
    assert answer.faults() == {"".join(f"/{name}" for name in path)}
    assert CARDS[0] not in json.dumps(answer.body)


def test_escapes_do_not_hide_it() -> None:
    hidden = "".join(f"\\u{ord(digit):04x}" for digit in CARDS[3])
    assert client("POST", "/v1/things/1", raw=f'{{"a": "{hidden}"}}').faults() == {"/a"}


def test_a_query_with_a_card_number_is_refused() -> None:
    assert client("GET", "/v1/things", query={"eventId": CARDS[3]}).faults() == {"/eventId"}


def test_a_body_that_is_nested_too_deeply_is_refused() -> None:
    answer = client("POST", "/v1/things/1", raw="[" * 30_000 + "]" * 30_000)
    answer.problem(400, "malformed-request")


def test_none_is_logged_not_even_of_a_path(caplog: pytest.LogCaptureFixture) -> None:
    card = CARDS[3]
    client("GET", f"/v1/nothing/{card}")
    client("POST", "/v1/things/1", {"seatIds": card, card: 1})
    client("POST", "/v1/things/500", {"seatIds": [1]}, headers={"Content-Type": "application/json"})
    client("GET", "/v1/things", query={"eventId": card})
    client("POST", "/v1/things/1", raw=f"not JSON {card}")
    logged = [str(vars(record)) for record in caplog.records]
    assert sum("'msg': 'request'" in line for line in logged) == 5
    assert not [line for line in logged if card in line]
