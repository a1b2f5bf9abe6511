"""The figures of a report are right to the cent, and found without reading everything."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.event import listen, remove

from functions.payments.cashier import Cashier
from functions.payments.store.reports import tax_in
from functions.payments.tests.conftest import AskReport
from functions.payments.tests.desk import give, sell

MAY_1 = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
MAY_2 = MAY_1 + timedelta(days=1)


def test_the_tax_in_every_total_is_what_orders_added() -> None:
    for subtotal in range(50_000):
        total = _total(subtotal)
        assert tax_in(total) == total - subtotal


@given(st.integers(0, 10**12))
def test_the_tax_in_a_total_of_any_size_is_what_orders_added(subtotal: int) -> None:
    total = _total(subtotal)
    assert tax_in(total) == total - subtotal


def test_what_is_refunded_in_parts_gives_back_all_of_its_tax(
    cashier: Cashier, ask_report: AskReport
) -> None:
    for number, cents in enumerate((1_049, 11, 74)):
        payment_id = sell(cashier, f"o-{number}", cents)
        for step in range(3):
            give(cashier, payment_id, cents // 3, MAY_2 + timedelta(days=step))
        give(cashier, payment_id, None, MAY_2 + timedelta(days=3))
    (total,) = ask_report().body["totals"]
    assert (total["netCents"], total["taxCents"]) == (0, 0)
    # A later part is judged by what was left, also where the earlier ones are not asked for.
    days = {day["day"]: day for day in ask_report().body["days"]}
    (last,) = ask_report({"from": "2026-05-05"}).body["days"]
    assert last == days["2026-05-05"]


def test_a_report_agrees_with_a_recount_of_any_history(
    cashier: Cashier, ask_report: AskReport
) -> None:
    chance = Random(4)
    expected: dict[tuple[str, str], list[int]] = {}

    def moved(now: datetime, currency: str, captured: int, refunded: int, tax: int) -> None:
        sums = expected.setdefault((f"{now:%Y-%m-%d}", currency), [0, 0, 0])
        for place, cents in enumerate((captured, refunded, tax)):
            sums[place] += cents

    for number in range(40):
        subtotal, currency = chance.randrange(1, 100_000), chance.choice(["INR", "EUR"])
        total, now = _total(subtotal), MAY_1 + timedelta(hours=chance.randrange(72))
        payment_id = sell(cashier, f"o-{number}", total, now, currency=currency)
        moved(now, currency, total, 0, total - subtotal)
        left = total
        for _ in range(chance.randrange(4)):
            now += timedelta(hours=chance.randrange(1, 30))
            cents = chance.randrange(1, left + 1)
            give(cashier, payment_id, cents, now)
            moved(now, currency, 0, cents, _tax(left - cents) - _tax(left))
            left -= cents
            if not left:
                break
    shown = {
        (day["day"], day["currency"]): [
            day["capturedCents"],
            day["refundedCents"],
            day["taxCents"],
        ]
        for day in ask_report().body["days"]
    }
    assert shown == expected


@pytest.mark.parametrize(
    ("query", "indexes"),
    [
        ({"eventId": "77"}, {"payments_of_event"}),
        ({"from": "2026-06-01", "to": "2026-06-01"}, {"attempts_captured", "refunds_paid"}),
    ],
)
def test_a_report_reads_no_more_than_it_tells_of(
    cashier: Cashier, ask_report: AskReport, query: dict[str, str], indexes: set[str]
) -> None:
    with cashier.engine.begin() as connection:
        for statement in MANY_PAYMENTS.split(";"):
            connection.execute(text(statement))
    asked: list[Any] = []

    def overhear(*call: Any) -> None:
        asked.append(call[2:4])

    listen(cashier.engine, "before_cursor_execute", overhear)
    assert ask_report(query).body["totals"][0]["charges"] == 100
    remove(cashier.engine, "before_cursor_execute", overhear)
    (sums,) = [call for call in asked if "sum(" in call[0]]
    with cashier.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {sums[0]}", sums[1])
        nodes = list(_nodes(plan.scalar_one()[0]["Plan"]))
    assert indexes <= {node.get("Index Name") for node in nodes}
    assert [node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"] == []
    # Of 30,000 payments a hundred are concerned, and each is looked at a few times.
    assert sum(node["Actual Rows"] * node["Actual Loops"] for node in nodes) < 3_000


# For 300 events, a hundred a day, each refunded in part.
MANY_PAYMENTS = """
INSERT INTO payments (payment_id, order_id, user_id, event_id, organizer_id, amount_cents, currency,
    expires_at, verdict, attempts, captured_attempt, captured_cents, refund_claimed_cents,
    refunded_cents, created_at, updated_at)
SELECT n, n, 7, 1 + n % 300, 3, 105, 'INR', now(), 'SUCCESS', 1, n, 105, 0, 0, now(), now()
FROM generate_series(1, 30000) n;
INSERT INTO attempts (attempt_key, payment_id, number, asked_as, provider, token, outcome,
    started_at, closed_at)
SELECT n, n, 1, 'order', 'simulator', 'tok_ok', 'CAPTURED', now(),
    timestamptz '2026-05-01 12:00Z' + n / 100 * interval '1 day'
FROM generate_series(1, 30000) n;
INSERT INTO refunds (refund_id, payment_id, attempt_key, amount_cents, status, created_at,
    completed_at)
SELECT n, n, n, 5, 'REFUNDED', now(), timestamptz '2026-05-01 12:00Z' + n / 100 * interval '1 day'
FROM generate_series(1, 30000) n;
ANALYZE payments;
ANALYZE attempts;
ANALYZE refunds"""


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


def _total(subtotal: int) -> int:
    """As the contract has it: subtotal x 1.05, rounded half to even."""
    return int((subtotal * Decimal("1.05")).quantize(Decimal(1), ROUND_HALF_EVEN))


def _tax(cents: int) -> int:
    return cents - int((cents / Decimal("1.05")).quantize(Decimal(1), ROUND_HALF_EVEN))
