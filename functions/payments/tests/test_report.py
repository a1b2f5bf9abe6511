"""The organizer's report: what came in and went out, by day and currency, to the cent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from functions.payments import commands
from functions.payments.cashier import Cashier
from functions.payments.domain import BOX_OFFICE
from functions.payments.providers import simulator
from functions.payments.tests.conftest import AskReport
from functions.payments.tests.desk import ORGANIZER, announce, give, sell, settle
from functions.shared.tokens import Role

EVENT = 11
MAY_1 = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
MAY_2 = MAY_1 + timedelta(days=1)


def line(**changed: Any) -> dict[str, Any]:
    nothing = {"charges": 0, "refunds": 0, "capturedCents": 0, "refundedCents": 0}
    return {"currency": "INR", **nothing, "netCents": 0, "taxCents": 0} | changed


def test_a_report_shows_each_day_and_currency_and_their_totals(
    cashier: Cashier, ask_report: AskReport
) -> None:
    whole = sell(cashier, "o-1", 2_205)
    part = sell(cashier, "o-2", 1_050, MAY_2)
    sell(cashier, "o-3", 105, MAY_2, currency="EUR")
    sell(cashier, "o-4", 0, MAY_2)
    give(cashier, whole, None, MAY_2)
    give(cashier, part, 525, MAY_2)
    answer = ask_report({"eventId": str(EVENT)})
    inr = line(charges=2, refunds=2, capturedCents=1_050, refundedCents=2_730)
    assert (answer.status, answer.body) == (
        200,
        {
            "eventId": EVENT,
            "from": None,
            "to": None,
            "days": [
                {
                    "day": "2026-05-01",
                    **line(charges=1, capturedCents=2_205, netCents=2_205, taxCents=105),
                },
                {
                    "day": "2026-05-02",
                    **line(currency="EUR", charges=1, capturedCents=105, netCents=105, taxCents=5),
                },
                {"day": "2026-05-02", **inr, "netCents": -1_680, "taxCents": -80},
            ],
            "totals": [
                line(currency="EUR", charges=1, capturedCents=105, netCents=105, taxCents=5),
                line(
                    charges=3,
                    refunds=2,
                    capturedCents=3_255,
                    refundedCents=2_730,
                    netCents=525,
                    taxCents=25,
                ),
            ],
        },
    )


def test_only_money_that_moved_counts(cashier: Cashier, ask_report: AskReport) -> None:
    announce(cashier, "waiting", amount_cents=105)
    announce(cashier, "declined", "card", simulator.DECLINED, amount_cents=105)
    announce(cashier, "unknown", "card", simulator.TIMEOUT_AFTER, amount_cents=105)
    announce(cashier, "voided", amount_cents=105)
    settle(cashier, "voided")
    assert ask_report().body["days"] == []
    # Once it is known what became of the third, it counts on the day that was found out.
    commands.relay(cashier, MAY_2)
    (day,) = ask_report().body["days"]
    assert (day["day"], day["capturedCents"]) == ("2026-05-02", 105)


def test_what_is_only_set_aside_for_a_refund_is_not_refunded_yet(
    cashier: Cashier, ask_report: AskReport, provider: Any
) -> None:
    payment_id = sell(cashier, "o-1", 105)
    provider.down = True
    with pytest.raises(Exception, match="No route"):
        give(cashier, payment_id, None, MAY_1)
    assert ask_report().body["totals"][0]["refundedCents"] == 0


def test_cash_taken_by_the_organizer_counts(cashier: Cashier, ask_report: AskReport) -> None:
    announce(cashier, "o-1", BOX_OFFICE, amount_cents=105)
    assert ask_report().body["totals"] == [
        line(charges=1, capturedCents=105, netCents=105, taxCents=5),
    ]


def test_money_that_came_too_late_came_and_went(
    cashier: Cashier, ask_report: AskReport, provider: Any, order_id: str
) -> None:
    announce(cashier, order_id, "card", simulator.TIMEOUT_BEFORE)
    settle(cashier, order_id)
    change = "UPDATE simulator_charges SET outcome = 'CAPTURED', transaction_id = 'late',"
    with cashier.engine.begin() as connection:
        connection.execute(text(f"{change} amount_cents = 4200, currency = 'INR'"))
        connection.execute(text("UPDATE attempts SET outcome = 'UNKNOWN'"))
    commands.relay(cashier, MAY_2)
    assert ask_report().body["totals"] == [
        line(charges=1, refunds=1, capturedCents=4_200, refundedCents=4_200)
    ]


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({}, [1, 2]),
        ({"from": "2026-05-02"}, [2]),
        ({"to": "2026-05-01"}, [1]),
        ({"from": "2026-05-01", "to": "2026-05-02"}, [1, 2]),
        ({"from": "2026-05-01T20:00:00Z", "to": "2026-05-02T20:00:00Z"}, [1]),
        ({"from": "2026-05-01T20:00:00.000001Z"}, [2]),
        ({"from": "2026-05-02T01:30:00+05:30", "to": "2026-05-02T01:30:01+05:30"}, [1]),
        ({"to": "2026-05-02T00:00:00Z"}, [1]),
        ({"from": "2026-05-03"}, []),
    ],
)
def test_a_report_is_of_the_time_asked_for(
    cashier: Cashier, ask_report: AskReport, query: dict[str, str], days: list[int]
) -> None:
    for now in (MAY_1, MAY_2):
        sell(cashier, f"o-{now.day}", 105, now)
    answer = ask_report(query)
    assert [day["day"] for day in answer.body["days"]] == [f"2026-05-0{day}" for day in days]
    assert sum(total["charges"] for total in answer.body["totals"]) == len(days)


@pytest.mark.parametrize(
    "query",
    [
        {"eventId": "x"},
        {"eventId": "0"},
        {"from": "yesterday"},
        {"from": "2026-05-01T20:00:00"},
        {"from": "2026-05-02", "to": "2026-05-01"},
        {"from": "2026-05-02T20:00:00Z", "to": "2026-05-02T20:00:00Z"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
    ],
)
def test_what_makes_no_sense_is_refused(ask_report: AskReport, query: dict[str, str]) -> None:
    ask_report(query).problem(422, "validation-failed")


def test_a_report_is_its_organizers_and_administrators(
    cashier: Cashier, ask_report: AskReport
) -> None:
    sell(cashier, "ours", 105)
    sell(cashier, "theirs", 210, event_id=12, organizer_id=4)
    mine, organizer = {"eventId": str(EVENT)}, Role.EVENT_ORGANIZER
    assert ask_report(mine, ORGANIZER, organizer).body["totals"][0]["capturedCents"] == 105
    assert ask_report(mine).body["totals"][0]["capturedCents"] == 105
    assert ask_report().body["totals"][0]["capturedCents"] == 315
    # Another's event is answered as one that is not there.
    nothing = ask_report({"eventId": "12"}, ORGANIZER, organizer)
    assert (nothing.body["days"], nothing.body["totals"]) == ([], [])
    assert ask_report({"eventId": "999"}, ORGANIZER, organizer).body == {
        **nothing.body,
        "eventId": 999,
    }
    assert ask_report(mine, 4, organizer).body["days"] == []
    ask_report(None, ORGANIZER, organizer).problem(422, "validation-failed")
    ask_report(mine, ORGANIZER, Role.CUSTOMER).problem(403, "forbidden")
    # Nothing was sold for it yet, by anybody.
    assert ask_report({"eventId": "13"}, ORGANIZER, organizer).body["days"] == []


def test_an_event_that_changed_hands_shows_each_organizer_what_was_sold_as_theirs(
    cashier: Cashier, ask_report: AskReport
) -> None:
    sell(cashier, "before", 105)
    sell(cashier, "after", 210, organizer_id=4)
    for organizer, cents in ((ORGANIZER, 105), (4, 210)):
        answer = ask_report({"eventId": str(EVENT)}, organizer, Role.EVENT_ORGANIZER)
        assert answer.body["totals"][0]["capturedCents"] == cents
