"""The check that money is never a float finds each way in which it could become one."""

import pytest
from embedded.money import faults_of

INEXACT = {
    "an attribute": "class Order:\n    total_cents: float",
    "an optional one": "class Order:\n    totalCents: float | None = None",
    "a parameter": "def pay(amount_cents: 'Decimal') -> None: ...",
    "an answer": "def share_cents(order) -> float: ...",
    "a variable": "tax_cents = 52.5",
    "an argument": "pay(amount_cents=10.0)",
    "a division": "half = order.total_cents / 2",
    "a division in place": "total_cents /= 2",
    "a division of what is made of money": "each = (total_cents - tax_cents) / len(seats)",
    "a division of a sum": "mean = sum(price_cents for price_cents in prices) / 3",
    "a division of a field": "rupees = row['amount_cents'] / 100",
    "a factor": "total_cents = subtotal_cents * 1.05",
    "a negative factor": "total_cents = -0.05 * subtotal_cents",
    "a conversion": "float(payment.amount_cents)",
    "rounding": "round(total_cents, -2)",
    "an exact fraction": "Decimal(row['amountCents'])",
    "a column": "Column('amount', Numeric(10, 2))",
    "a column of a migration": "sa.Column('amount', sa.Float())",
}
EXACT = {
    "integers": "total_cents: int = subtotal_cents + tax_cents",
    "optional integers": "def pay(amount_cents: int | None) -> None: ...",
    "whole division": "share_cents, rest_cents = divmod(total_cents, 3)",
    "a floor": "share_cents = total_cents * percent // 100",
    "seconds": "pause_seconds: float = seconds / 2",
    "a percentage of seats": "share = sold / seats",
    "a word that is like it": "scents: float = 0.5 / 2\ncentsible = 1 / 2",
}


@pytest.mark.parametrize("source", INEXACT.values(), ids=INEXACT.keys())
def test_money_that_may_be_a_float_is_found(source: str) -> None:
    assert faults_of(source, "somewhere.py")


@pytest.mark.parametrize("name", EXACT)
def test_what_is_exact_passes(name: str) -> None:
    assert faults_of(EXACT[name], "somewhere.py") == []
