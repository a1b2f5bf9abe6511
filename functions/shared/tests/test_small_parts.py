"""Cursors, idempotency keys and derived ids."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.idempotency import check_key, derived_id, request_hash
from functions.shared.pagination import ask_for, decode_cursor, encode_cursor, list_name
from functions.shared.problems import IdempotencyKeyRequired, Problem, ValidationFailed


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_a_cursor_comes_back_as_it_went(position: dict[str, int | str | None]) -> None:
    cursor = encode_cursor(position)
    assert cursor is not None
    assert decode_cursor(cursor) == position


@given(st.text())
def test_anything_else_is_refused_as_a_cursor_and_never_crashes(text: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        decode_cursor(text)
    assert refused.value.extensions["errors"][0]["pointer"] == "/cursor"


def test_a_cursor_is_of_one_list() -> None:
    events, venues = list_name("/v1/events", {}), list_name("/v1/venues", {})
    assert len({events, venues, list_name("/v1/events", {"city": "Pune"})}) == 3
    cursor = encode_cursor({"venueId": 7}, of=venues)
    ask_for(events)
    with pytest.raises(ValidationFailed, match="another list"):
        decode_cursor(cursor)
    ask_for(venues)
    assert decode_cursor(cursor) == {"venueId": 7}


@pytest.mark.parametrize("content", ["[]", "7", "{}", '{"after": 7}', '{"of": ""}', "[" * 9000])
def test_what_is_no_position_is_no_cursor(content: str) -> None:
    with pytest.raises(ValidationFailed):
        decode_cursor(base64.urlsafe_b64encode(content.encode()).decode().rstrip("="))


@pytest.mark.parametrize("key", [None, "", "  ", "k" * 256, "k\tk", "kläy", "\x7f"])
def test_a_missing_or_overlong_key_is_refused(key: str | None) -> None:
    with pytest.raises(IdempotencyKeyRequired):
        check_key(key)


def test_ids_are_derived_from_every_part_and_from_nothing_else() -> None:
    assert derived_id("order", 1, "k") == derived_id("order", 1, "k")
    ids = {
        derived_id("order", 1, "k"),
        derived_id("order", 2, "k"),
        derived_id("order", 1, "l"),
        derived_id("reservation", 1, "k"),
        derived_id("order", "1k"),
    }
    assert len(ids) == 5


def test_a_request_hash_ignores_order_and_sees_every_value() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    assert request_hash({"a": 1, "b": at}) == request_hash({"b": at, "a": 1})
    assert request_hash({"a": 1}) != request_hash({"a": 2})


def test_a_problem_has_one_name() -> None:
    class EventNotOnSaleYet(Problem):
        pass

    assert EventNotOnSaleYet("x").document()["code"] == "event-not-on-sale-yet"
