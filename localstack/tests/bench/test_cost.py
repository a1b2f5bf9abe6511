"""A booking stays within its budget, counted on a running stack; and what is over it is named."""

import tomllib
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from embedded.bench.cost import LONGEST, count, findings
from embedded.bench.cost.budget import ABANDONED, BOOKING, goals
from embedded.bench.cost.footprint import PLATFORM_LOG, Footprint, log_bytes_of, transitions_of
from embedded.bench.cost.invocations import Invocation
from embedded.bench.cost.price import PRICES as PRICE_LIST
from embedded.bench.cost.price import Prices, parts
from embedded.stack import RunningStack

PRICES = Prices.read()
INVOCATION = Invocation(
    function="boxoffice-local-seating-api",
    what="POST /v1/seats/reserve",
    ids=frozenset({"it"}),
    cpu_seconds=0.001,
    calls=Counter({"dynamodb.TransactWriteItems": 1}),
    read_units=2,
    write_units=9,
    events=1,
    statements=3,
    log_bytes=100,
)
FOOTPRINT = Footprint(2, 3, 1_000, [INVOCATION], transitions=6, execution_log_bytes=50)


@pytest.mark.stack
def test_a_booking_and_an_abandoned_hold_stay_within_their_budgets(stack: RunningStack) -> None:
    booked, abandoned = count(stack, [LONGEST])
    found = [
        *goals("booking", BOOKING, booked[LONGEST], PRICES),
        *goals("abandoned hold", ABANDONED, abandoned, PRICES),
    ]
    over = [f"{goal.what}: {goal.goal}, and it is {goal.seen}" for goal in found if not goal.is_met]
    assert over == []
    # Nothing has been overlooked: each step of it was counted.
    assert {one.what for one in booked[LONGEST][0].on_its_way} == {
        "POST /v1/seats/reserve",
        "POST /v1/orders",
        "read_reservation",
        "secure_seats",
        "collect_payment",
        "POST /v1/charge",
        "allocate_seats",
        "confirm_order",
    }
    for footprint in booked[LONGEST]:
        assert footprint.write_units == 8 * footprint.seats + 24
        assert min(footprint.read_units, footprint.statements, footprint.log_bytes) > 0
        # OrderPlaced, OrderConfirmed, PaymentSucceeded.
        assert footprint.events == 3
    page = findings(booked, abandoned, PRICES)
    assert {len(table.columns) for table in page.tables[:2]} == {3}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"invocations": [replace(INVOCATION, write_units=49)]}, "DynamoDB write units"),
        ({"transitions": 7}, "State transitions"),
        ({"invocations": [INVOCATION] * 9}, "Invocations somebody waits for"),
        ({"invocations": [replace(INVOCATION, statements=37)]}, "SQL statements"),
        ({"requests": 20}, "USD of 1,000"),
    ],
    ids=["writes", "transitions", "invocations", "statements", "dollars"],
)
def test_what_is_over_budget_is_named(change: dict[str, Any], named: str) -> None:
    assert all(goal.is_met for goal in goals("it", BOOKING, [FOOTPRINT], PRICES))
    missed = [
        goal.what
        for goal in goals("it", BOOKING, [replace(FOOTPRINT, **change)], PRICES)
        if not goal.is_met
    ]
    assert any(named in what for what in missed), missed


def test_a_budget_is_held_by_the_mean_and_shared_invocations_are_not_in_it() -> None:
    streams = replace(INVOCATION, function="boxoffice-local-seating-streams", write_units=0)
    more = replace(FOOTPRINT, invocations=[INVOCATION] * 8 + [streams] * 9, transitions=5)
    less = replace(FOOTPRINT, transitions=7)
    [writes, transitions, waited, *_] = goals("it", BOOKING, [more, less], PRICES)
    assert (writes.seen, transitions.seen, waited.seen) == ("40.5", "6", "4.5")


def test_every_part_is_priced_by_the_list() -> None:
    quantities = {part.name: part.quantity for part in parts(FOOTPRINT, PRICES)}
    assert quantities.keys() >= set(tomllib.loads(PRICE_LIST.read_text())["by_use"])
    assert quantities["rest_request"] == 3
    assert quantities["write_unit"] == 9
    assert quantities["read_unit"] == 2
    assert quantities["event_sent"] == 1
    assert quantities["state_transition"] == 6
    assert quantities["log"] == pytest.approx((100 + len(PLATFORM_LOG) + 50) / 1e9)
    [transitions] = [part for part in parts(FOOTPRINT, PRICES) if part.name == "state_transition"]
    assert transitions.usd == pytest.approx(6 * 0.000025)


def test_a_call_that_nobody_has_priced_is_not_free() -> None:
    calls = Counter({"kms.Sign": 1, "dynamodb.GetItem": 1})
    with pytest.raises(LookupError, match=r"kms\.Sign"):
        parts(replace(FOOTPRINT, invocations=[replace(INVOCATION, calls=calls)]), PRICES)


def test_whose_request_has_the_keys_read_again_is_no_dearer() -> None:
    calls = INVOCATION.calls + Counter({"kms.GetPublicKey": 1})
    read_again = replace(FOOTPRINT, invocations=[replace(INVOCATION, calls=calls)])
    assert goals("it", BOOKING, [read_again], PRICES) == goals("it", BOOKING, [FOOTPRINT], PRICES)


def test_a_transition_is_the_start_each_state_each_try_again_and_the_end() -> None:
    history = [
        {"id": number, "type": kind}
        for number, kind in enumerate(
            [
                "ExecutionStarted",
                "TaskStateEntered",
                "TaskScheduled",
                "TaskFailed",
                "TaskScheduled",
                "TaskSucceeded",
                "TaskStateExited",
                "PassStateEntered",
                "PassStateExited",
                "ExecutionSucceeded",
            ],
            start=1,
        )
    ]
    assert transitions_of(history) == 1 + 2 + 1 + 1
    assert log_bytes_of(history, "arn") < log_bytes_of(history, "arn:longer")


def test_what_an_execution_logs_is_counted_without_its_data() -> None:
    event = {"id": 1, "type": "TaskSucceeded", "taskSucceededEventDetails": {"resource": "lambda"}}
    details = {"resource": "lambda", "output": "x" * 1_000}
    with_data = {**event, "taskSucceededEventDetails": details}
    assert log_bytes_of([with_data], "arn") == log_bytes_of([event], "arn") > 100
