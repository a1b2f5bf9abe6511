"""The rules as data say what DynamoDB does: the same verdict, and the same item afterwards."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.seating.conditions import (
    Absent,
    AtMost,
    Change,
    Condition,
    Differs,
    Equals,
    MoreThan,
    Parameter,
    Part,
    Put,
    Step,
    all_of,
    any_of,
    value_of,
)
from functions.seating.domain import ClaimStatus, ReservationStatus
from functions.seating.rules import OPERATIONS
from functions.seating.store.store import Store
from functions.seating.store.writes import kind_of, write_of
from functions.shared.dynamodb import Refused
from functions.shared.marshalling import marshal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

STEPS = [
    pytest.param(step, id=f"{operation.name} {kind}")
    for operation in OPERATIONS
    for kind, step in operation.steps.items()
]

# Few values, so that they meet; times on both sides of now and on it. Far ahead, because the
# emulator sweeps up what has a ttl in the past.
NOW = 4_000_000_000
TIMES = st.integers(NOW - 1, NOW + 1)
IDS = st.sampled_from(["a", "b"])
PARAMETERS = st.fixed_dictionaries(
    {
        "now": st.just(NOW),
        "reservation": IDS,
        "order": IDS,
        "expires_at": TIMES,
        "claim_ttl": TIMES,
        "record_ttl": TIMES,
        "quantity": st.integers(1, 3),
        "room_before": st.integers(0, 3),
        "seat_map": IDS,
        "user": st.integers(1, 2),
        "counted_since": TIMES,
        "rests_since": TIMES,
    }
)
ITEMS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries(
        {},
        optional={
            "status": st.sampled_from([*map(str, ClaimStatus), *map(str, ReservationStatus)]),
            "reservationId": IDS,
            "orderId": IDS,
            "expiresAt": TIMES,
            "ttl": TIMES,
            "active": IDS,
            "activeQty": st.integers(1, 3),
            "activeExpiresAt": TIMES,
            "soldQty": st.integers(0, 4),
            "mapId": IDS,
            "blocks": st.integers(0, 2),
            "userId": st.integers(1, 2),
            **{f"begun{place}": st.integers(NOW - 1, NOW + 1) for place in (1, 2, 9, 10)},
        },
    ),
)


@pytest.mark.parametrize("step", STEPS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(item=ITEMS, parameters=PARAMETERS)
def test_the_table_agrees_with_the_rule_on_any_item(
    store: Store,
    dynamodb: "DynamoDBClient",
    step: Step,
    item: dict[str, Any],
    parameters: dict[str, Any],
) -> None:
    check_alike(dynamodb, store, step, item, parameters)


def check_alike(
    dynamodb: "DynamoDBClient",
    store: Store,
    step: Step,
    item: dict[str, Any],
    parameters: dict[str, Any],
) -> None:
    """One verdict, and one item afterwards, in memory and in the table."""
    key = {"PK": f"RULE#{uuid4()}", "SK": "x"}
    if item:
        dynamodb.put_item(TableName=store.table.name, Item=marshal({**key, **item}))
    failing = step.failing(item, parameters)
    try:
        store.table.transact([{kind_of(step): write_of(store.table.name, step, key, parameters)}])
    except Refused:
        assert failing, "the table refused what the rule allows"
        expected = item
    else:
        assert not failing, "the table allowed what the rule refuses"
        expected = step.apply(item, parameters)
    stored = store.table.get(key)
    attributes = {name: value for name, value in (stored or {}).items() if name not in key}
    assert attributes == expected


def test_every_part_of_every_rule_has_a_name_of_its_own_and_a_reason() -> None:
    for operation in OPERATIONS:
        for step in operation.steps.values():
            names = [part.name for part in step.parts]
            assert len(names) == len(set(names))
            assert all(part.because.endswith(".") for part in step.parts)


@pytest.mark.parametrize("step", STEPS)
def test_no_rule_leaves_a_ttl_on_a_seat_that_time_may_not_free(step: Step) -> None:
    frozen = {"now": 1, "reservation": "r", "order": "o", "expires_at": 9, "claim_ttl": 309}
    parameters = {**frozen, "record_ttl": 999, "quantity": 1, "room_before": 9, "seat_map": "m"}
    parameters |= {"user": 3, "counted_since": 1, "rests_since": 1}
    before = {"status": "HELD", "expiresAt": 9, "ttl": 309} if not _puts(step) else {}
    after = step.apply(before, parameters)
    if after.get("status") in (ClaimStatus.PAYING, ClaimStatus.BLOCKED):
        assert "ttl" not in after


def _puts(step: Step) -> bool:
    return isinstance(step.effect, Put)


@pytest.mark.parametrize(
    "condition",
    [
        any_of(Absent("a")),
        all_of(any_of(Equals("a", 1)), all_of(AtMost("b", 2), any_of(MoreThan("c", 3)))),
        all_of(all_of(any_of(Absent("a"), Equals("b", 1)))),
    ],
)
def test_any_nesting_of_conditions_is_one_that_the_table_takes(
    store: Store, condition: Condition
) -> None:
    step = Step((Part("p", condition, "."),), Change(set={"d": 1}))
    key = {"PK": f"RULE#{uuid4()}", "SK": "x"}
    try:
        store.table.write("Update", write_of(store.table.name, step, key, {}))
    except Refused:
        assert not condition.holds({}, {})
    else:
        assert condition.holds({}, {})


@pytest.mark.parametrize("item", [{}, {"a": 4}, {"a": 5}, {"a": 6}], ids=str)
@pytest.mark.parametrize("kind", [Equals, Differs, AtMost, MoreThan])
def test_a_comparison_means_in_memory_what_it_means_to_the_table(
    dynamodb: "DynamoDBClient",
    store: Store,
    kind: Callable[[str, int], Condition],
    item: dict[str, Any],
) -> None:
    step = Step((Part("p", kind("a", 5), "."),), Change(set={"b": 1}))
    check_alike(dynamodb, store, step, item, {})


def test_a_parameter_stands_for_the_value_of_the_run() -> None:
    assert value_of(Parameter("now"), {"now": 7}) == 7
    assert value_of("HELD", {"now": 7}) == "HELD"
