"""Orders left in any cell of the reconciler's table, and what has become of them."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from functions.orders.decisions import Record, Stage, Verdict
from functions.orders.domain import (
    Closing,
    Order,
    OrderStatus,
    PaymentState,
    amounts_of,
    tickets_of,
)
from functions.orders.items import order_key
from functions.orders.reconciling import Reconciled, Reconciler
from functions.orders.refund_terms import RefundWanted
from functions.orders.refunds import Refunds
from functions.orders.store import Store
from functions.orders.tests.conftest import House
from functions.orders.tests.remembered import RememberedStore
from functions.orders.tests.stand_ins import line
from functions.shared.idempotency import derived_id

Where = tuple[Verdict, Record, Stage]

WINDOW = timedelta(minutes=15)
PATIENCE = timedelta(seconds=45)
REFUND_ID = "refund-1"
SOMEBODY_ELSE = "another-order"

# A pass sees every open order of the table, so each test's orders are due in a year of their own.
_years = itertools.count(1900)


def new_era() -> datetime:
    return datetime(next(_years), 1, 1, 12, tzinfo=UTC)


class Left(NamedTuple):
    """An order as something left it, and the hour after that."""

    house: House
    order_id: str
    reservation_id: str
    now: datetime

    def reconcile(self, reconciler: Reconciler | None = None) -> Reconciled:
        return (reconciler or self.house.reconciler).reconcile(self.order_id, self.now)

    def rows(self) -> list[dict[str, Any]]:
        store = self.house.store
        if isinstance(store, RememberedStore):
            return store.rows(self.order_id)
        return list(store._table.query(order_key(self.order_id)["PK"], consistent=True))

    def end(self) -> dict[str, Any]:
        """Everything there is, but for the ids."""
        order = self.house.store.find_order(self.order_id)
        assert order is not None
        payments = self.house.payments
        return {
            "order": (order.status, order.reason, order.payment and order.payment.status),
            "tickets": [(each.line.seat_id, each.status) for each in self.tickets()],
            "record": self.house.seating.read_record(self.reservation_id),
            "payment": payments.states.get(self.order_id),
            "refunds": [refund for refund in payments.refunds if refund[0] == self.order_id],
            "is open": "GSI3PK" in self.rows()[0],
        }

    def tickets(self) -> list[Any]:
        return self.house.store.tickets_of(self.order_id)


def in_memory(house: House) -> House:
    """The same house with its orders in memory."""
    store = RememberedStore()
    return house._replace(
        store=store,
        bookings=replace(house.bookings, store=store),
        reconciler=replace(house.reconciler, store=store),
    )


def leave(house: House, where: Where, *, era: datetime | None = None) -> Left:
    """An order placed at noon, of seats 1 and 2, that something left just so."""
    verdict, record, stage = where
    placed_at = era or new_era()
    reservation_id = house.seating.hold(house.customer_id, house.event_id)
    order = Order(
        order_id=str(uuid4()),
        user_id=house.customer_id,
        event_id=house.event_id,
        organizer_id=house.organizer_id,
        reservation_id=reservation_id,
        lines=(line(1), line(2)),
        amounts=amounts_of([1050, 1050]),
        currency="INR",
        request_hash="0" * 64,
        expires_at=placed_at + WINDOW,
        created_at=placed_at,
        updated_at=placed_at,
    )
    house.store.place(order)
    _bring_to(house.store, order, stage)
    if verdict is not Verdict.NONE:
        house.payments.states[order.order_id] = verdict
    if stage is Stage.REPAID:
        house.payments.repaid[order.order_id, REFUND_ID] = order.shares[1]
    if verdict is Verdict.VOIDED:
        house.payments.void_reasons[order.order_id] = "ReservationExpired"
    status, holder = _written(record, order.order_id)
    house.seating.write(reservation_id, status, holder)
    return Left(house, order.order_id, reservation_id, placed_at + timedelta(hours=1))


def _written(record: Record, order_id: str) -> tuple[str, str | None]:
    if record is Record.NONE:
        return "", None
    if record is Record.OTHERS:
        return Record.PAYING, SOMEBODY_ELSE
    return record, order_id if record in (Record.PAYING, Record.COMPLETED) else None


def _bring_to(store: Store, order: Order, stage: Stage) -> None:
    order_id, at = order.order_id, order.created_at
    payment = PaymentState(derived_id("payment", order_id), "SUCCESS")
    match stage:
        case Stage.PENDING:
            return
        case Stage.CANCELLED | Stage.FAILED:
            store.close(order_id, Closing(OrderStatus(stage), "cancelled"), payment, at)
            return
    store.confirm(order_id, payment, tickets_of(order, at), at)
    if stage is Stage.CONFIRMED:
        return
    # Of a part refund payments may say anything that it says of a payment.
    seat_ids = (1,) if stage in (Stage.REPAID, Stage.PARTIALLY_REFUNDED) else None
    refunds = Refunds(store)
    refunds.open(order_id, RefundWanted(REFUND_ID, seat_ids, reason="cancelled"), at)
    if stage in (Stage.REFUNDED, Stage.PARTIALLY_REFUNDED):
        refunds.close(order_id, REFUND_ID, at)
