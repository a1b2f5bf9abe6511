"""Three payments that differ by their ids only: one between a lower and a higher.

The fixture `connection` has them announced.
"""

from datetime import timedelta

from sqlalchemy import Connection

from functions.payments.domain import Payment, payment_id_of
from functions.payments.store import payments
from functions.payments.tests.desk import NOW

LATER = NOW + timedelta(seconds=1)
LOW, MIDDLE, HIGH = sorted(("order-a", "order-b", "order-c"), key=payment_id_of)
EVERY_ORDER = (LOW, MIDDLE, HIGH)


def payment(connection: Connection, order_id: str) -> Payment:
    return payments.get(connection, payment_id_of(order_id))
