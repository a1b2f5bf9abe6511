"""Each way in which our books and a provider's account may differ is found, and named."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from functions.payments import commands
from functions.payments.cashier import Cashier
from functions.payments.domain import BOX_OFFICE
from functions.payments.providers import simulator
from functions.payments.providers.simulator_statement import SimulatorStatement
from functions.payments.providers.statement import Stated
from functions.payments.reconciliation import settle as look_twice
from functions.payments.reconciling import Compared, compare
from functions.payments.store.payments import get
from functions.payments.tests.desk import NOW, announce, give, sell, settle
from functions.shared.postgres import transaction

HOUR = timedelta(hours=1)
NO_GRACE = timedelta(0)
UNKNOWN_CHARGE = """
INSERT INTO simulator_charges
    (key, amount_cents, currency, outcome, transaction_id, refunded_cents)
VALUES ('unknown', 5, 'INR', 'CAPTURED', 'sim_5', 0)"""
UNKNOWN_REFUND = """
INSERT INTO simulator_refunds (key, charge_key, amount_cents)
SELECT 'unknown', key, 5 FROM simulator_charges"""


@pytest.fixture
def sold(cashier: Cashier) -> str:
    """A payment of 2205, of which 1000 were given back; the id of it."""
    payment_id = sell(cashier, "sold", 2_205)
    give(cashier, payment_id, 1_000, NOW)
    return payment_id


def reconcile(
    cashier: Cashier, since: datetime | None = None, grace: timedelta = NO_GRACE
) -> Compared:
    statement = SimulatorStatement(cashier.engine)
    return compare(cashier.engine, statement, since, datetime.now(UTC), grace)


def change(cashier: Cashier, *statements: str) -> None:
    with cashier.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_books_that_agree_have_no_differences(cashier: Cashier, sold: str) -> None:
    give(cashier, sold, None, NOW + HOUR)
    sell(cashier, "free", 0)
    announce(cashier, "waiting")
    announce(cashier, "declined", "card", simulator.DECLINED)
    announce(cashier, "never arrived", "card", simulator.TIMEOUT_BEFORE)
    announce(cashier, "late", "card", simulator.LATE)
    announce(cashier, "cash", BOX_OFFICE)
    announce(cashier, "given up")
    settle(cashier, "given up")
    assert reconcile(cashier) == Compared(charges=2, refunds=2, differences=[])


@pytest.mark.parametrize(
    ("planted", "names"),
    [
        ("UPDATE attempts SET outcome = 'DECLINED'", ["charge-only-there"]),
        (UNKNOWN_CHARGE, ["charge-only-there"]),
        ("UPDATE simulator_charges SET outcome = 'CANCELLED'", ["charge-only-here"]),
        ("UPDATE simulator_charges SET amount_cents = 2204", ["charge-amount-differs"]),
        (
            "UPDATE payments SET currency = 'EUR'",
            ["charge-currency-differs", "refund-currency-differs"],
        ),
        ("UPDATE refunds SET status = 'PENDING'", ["refund-only-there"]),
        ("DELETE FROM refunds", ["refund-only-there"]),
        (UNKNOWN_REFUND, ["refund-only-there"]),
        ("DELETE FROM simulator_refunds", ["refund-only-here"]),
        ("UPDATE simulator_refunds SET amount_cents = 999", ["refund-amount-differs"]),
        ("UPDATE refunds SET amount_cents = 999", ["refund-amount-differs"]),
    ],
)
def test_each_difference_is_named(
    cashier: Cashier, sold: str, planted: str, names: list[str]
) -> None:
    change(cashier, planted)
    found = reconcile(cashier).differences
    assert [each.name for each in found] == names
    assert all(str(each).startswith(f"{each.name}: simulator: ") for each in found)


def test_a_difference_says_which_order_it_is_about(cashier: Cashier, sold: str) -> None:
    change(cashier, "UPDATE simulator_charges SET amount_cents = 2204")
    (found,) = reconcile(cashier).differences
    with transaction(cashier.engine) as connection:
        payment = get(connection, sold)
    assert str(found) == (
        "charge-amount-differs: simulator: it moved 2204 INR, we 2205 INR (order=sold"
        f" payment={sold} key={payment.captured_attempt} transaction={payment.provider_txn_id})"
    )


def test_a_refund_taken_from_another_charge_is_a_difference(cashier: Cashier, sold: str) -> None:
    sell(cashier, "other", 2_205)
    change(
        cashier,
        "UPDATE simulator_refunds SET charge_key ="
        " (SELECT key FROM simulator_charges WHERE refunded_cents = 0)",
    )
    assert [each.name for each in reconcile(cashier).differences] == ["refund-of-another-charge"]


class Twice(SimulatorStatement):
    """A provider that has forgotten that it had seen our keys before."""

    def charges(self, since: datetime | None) -> Iterator[Stated]:
        for stated in super().charges(since):
            yield from (stated, stated._replace(transaction_id="again"))

    def refunds(self, since: datetime | None) -> Iterator[Stated]:
        for stated in super().refunds(since):
            yield from (stated, stated._replace(transaction_id="again"))


def test_what_a_provider_did_twice_for_one_key_is_named_each_time(
    cashier: Cashier, sold: str
) -> None:
    twice = compare(
        cashier.engine, Twice(cashier.engine), None, datetime.now(UTC), timedelta(0)
    ).differences
    assert [(each.name, each.transaction_id == "again") for each in twice] == [
        ("charge-twice-there", True),
        ("charge-twice-there", False),
        ("refund-twice-there", True),
        ("refund-twice-there", False),
    ]


def test_what_costs_nothing_need_be_in_no_account(cashier: Cashier) -> None:
    sell(cashier, "free", 0)
    change(cashier, "DELETE FROM simulator_charges")
    assert reconcile(cashier) == Compared(charges=0, refunds=0, differences=[])


def test_what_is_under_way_is_no_difference_until_it_is_old(cashier: Cashier) -> None:
    announce(cashier, "answer lost", "card", simulator.TIMEOUT_AFTER)
    assert reconcile(cashier, grace=HOUR).differences == []
    change(cashier, "UPDATE simulator_charges SET created_at = now() - interval '2 hours'")
    assert [each.name for each in reconcile(cashier, grace=HOUR).differences] == [
        "charge-only-there"
    ]
    commands.relay(cashier, NOW + HOUR)
    assert reconcile(cashier, grace=HOUR).differences == []


def test_only_what_was_begun_since_then_is_asked_for(cashier: Cashier, sold: str) -> None:
    since = NOW - timedelta(minutes=1)
    change(cashier, "DELETE FROM simulator_refunds", "DELETE FROM simulator_charges")
    assert len(reconcile(cashier, since).differences) == 2
    assert reconcile(cashier, NOW + timedelta(minutes=1)).differences == []


def test_what_was_begun_long_before_is_known_when_the_provider_names_it(
    cashier: Cashier, sold: str
) -> None:
    # Here it is of May; the provider has paid it back now.
    compared = reconcile(cashier, datetime.now(UTC) - HOUR)
    assert compared == Compared(charges=1, refunds=1, differences=[])


def test_a_providers_clock_may_be_a_little_behind(cashier: Cashier, sold: str) -> None:
    change(
        cashier,
        "UPDATE attempts SET started_at = now()",
        "UPDATE refunds SET created_at = now()",
        "UPDATE simulator_charges SET created_at = now() - interval '4 minutes'",
        "UPDATE simulator_refunds SET created_at = now() - interval '4 minutes'",
    )
    assert reconcile(cashier, datetime.now(UTC) - timedelta(minutes=1)).differences == []


def test_a_difference_that_has_gone_at_a_second_look_was_none(cashier: Cashier, sold: str) -> None:
    change(cashier, "UPDATE refunds SET status = 'PENDING'")
    lasting = look_twice(lambda: reconcile(cashier), lambda: None)
    assert [each.name for each in lasting.differences] == ["refund-only-there"]

    def meanwhile() -> None:
        change(cashier, "UPDATE refunds SET status = 'REFUNDED'")

    assert look_twice(lambda: reconcile(cashier), meanwhile).differences == []


def test_what_went_wrong_only_at_the_second_look_is_left_to_the_next(
    cashier: Cashier, sold: str
) -> None:
    change(cashier, "UPDATE refunds SET status = 'PENDING'")

    def meanwhile() -> None:
        change(
            cashier,
            "UPDATE refunds SET status = 'REFUNDED'",
            "UPDATE simulator_charges SET amount_cents = 1",
        )

    assert look_twice(lambda: reconcile(cashier), meanwhile).differences == []
