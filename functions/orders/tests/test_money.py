"""What an order costs: known totals, and what holds for any prices."""

import csv
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.orders.domain import amounts_of

ETSR = Path(__file__).parents[4] / "shared" / "data" / "etsr"


@pytest.mark.parametrize(
    ("subtotal", "tax", "total"),
    [
        (0, 0, 0),
        (100, 5, 105),
        (1, 0, 1),  # 1.05
        (9, 0, 9),  # 9.45
        (10, 0, 10),  # 10.50: to the even 10, not up
        (30, 2, 32),  # 31.50: to the even 32
        (50, 2, 52),  # 52.50: to the even 52, not up
        (70, 4, 74),  # 73.50: to the even 74
        (11, 1, 12),  # 11.55
    ],
)
def test_a_total_is_rounded_half_to_even(subtotal: int, tax: int, total: int) -> None:
    assert amounts_of([subtotal]) == (subtotal, tax, total)


@pytest.mark.skipif(not ETSR.is_dir(), reason="the ETSR data set is not beside this repository")
def test_every_total_of_the_etsr_data_set_is_reproduced() -> None:
    prices: dict[str, list[int]] = defaultdict(list)
    for ticket in read("etsr_tickets.csv"):
        prices[ticket["order_id"]].append(cents(ticket["price_paid"]))
    orders = read("etsr_orders.csv")
    agreeing = sum(
        amounts_of(prices[order["order_id"]]).total_cents == cents(order["order_total"])
        for order in orders
    )
    assert (agreeing, len(orders)) == (400, 400)


def read(name: str) -> list[dict[str, str]]:
    with (ETSR / name).open() as file:
        return list(csv.DictReader(file))


def cents(rupees: str) -> int:
    # 49 of its prices went through floating point: 592.5899999999999 is 592.59.
    return round(Decimal(rupees) * 100)


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=10))
def test_an_order_costs_its_seats_and_five_percent(prices: list[int]) -> None:
    amounts = amounts_of(prices)
    exact = Decimal(sum(prices)) * Decimal("1.05")
    assert amounts.subtotal_cents == sum(prices)
    assert amounts.total_cents == int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))
    assert amounts.subtotal_cents + amounts.tax_cents == amounts.total_cents
