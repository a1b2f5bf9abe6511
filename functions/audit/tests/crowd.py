"""A sold-out event, written straight into the stores: what as many sales would have left there."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import insert

from functions.audit.tests.house import WINDOW, House
from functions.orders.domain import Line, Order, OrderStatus, amounts_of, tickets_of
from functions.orders.items import item_of_placed, item_of_ticket, reservation_key
from functions.payments.domain import attempt_key_of, payment_id_of
from functions.payments.providers import simulator
from functions.payments.store.tables import attempts, payments
from functions.seating.domain import Seat
from functions.seating.drafts import DraftSection
from functions.seating.store.keys import claim_key, record_key, slot_key
from functions.seating.tests.shows import ORGANIZER, hall, new_user_id
from functions.shared.batches import BatchTable

SEATS_AN_ORDER = 4


def blocks(seats: int) -> list[DraftSection]:
    """Sections of at most 1,000, in rows of 50."""
    return [
        hall(*[50] * (min(1_000, seats - start) // 50), name=f"Block {start}")
        for start in range(0, seats, 1_000)
    ]


def sell_out(house: House, orders_table: str) -> None:
    """Sell every seat of the house, four an order."""
    every = [seat for section in house.published.sections for seat in section.seats]
    sales = [
        _sale(house, every[start : start + SEATS_AN_ORDER])
        for start in range(0, len(every), SEATS_AN_ORDER)
    ]
    house.store.table.put_all(
        item for order, bought in sales for item in _seating_items(order, bought)
    )
    BatchTable(house.store.table.client, orders_table).put_all(
        item for order, _ in sales for item in _order_items(order)
    )
    rows = [_rows(order) for order, _ in sales]
    with house.engine.begin() as connection:
        for place, table in enumerate((payments, attempts, simulator.charges)):
            connection.execute(insert(table), [row[place] for row in rows])


def _sale(house: House, bought: list[Seat]) -> tuple[Order, list[Seat]]:
    lines = tuple(
        Line(seat.seat_id, seat.section, seat.row, seat.number, seat.price_cents) for seat in bought
    )
    order = Order(
        order_id=str(uuid4()),
        user_id=new_user_id(),
        event_id=house.event_id,
        organizer_id=ORGANIZER,
        reservation_id=str(uuid4()),
        lines=lines,
        amounts=amounts_of([line.price_cents for line in lines]),
        currency="EUR",
        request_hash=uuid4().hex * 2,
        expires_at=house.now + WINDOW,
        created_at=house.now,
        updated_at=house.now,
        status=OrderStatus.CONFIRMED,
    )
    return order, bought


def _seating_items(order: Order, bought: list[Seat]) -> list[dict[str, Any]]:
    mine = {"reservationId": order.reservation_id, "orderId": order.order_id}
    claims = [
        {
            **claim_key(order.event_id, seat.section, seat.seat_id),
            **mine,
            "status": "ALLOCATED",
            "allocatedAt": 1,
        }
        for seat in bought
    ]
    record = {
        **record_key(order.reservation_id),
        "eventId": order.event_id,
        "userId": order.user_id,
        "organizerId": ORGANIZER,
        "currency": order.currency,
        "requestHash": order.request_hash,
        "seats": [list(seat) for seat in bought],
        "status": "COMPLETED",
        "orderId": order.order_id,
        "expiresAt": int(order.expires_at.timestamp()),
    }
    slot = {**slot_key(order.event_id, order.user_id), "soldQty": len(bought)}
    return [*claims, record, slot]


def _order_items(order: Order) -> list[dict[str, Any]]:
    placed = item_of_placed(order)
    closed = {name: value for name, value in placed.items() if not name.startswith("GSI3")}
    tickets = [item_of_ticket(ticket) for ticket in tickets_of(order, order.created_at)]
    return [
        closed,
        *tickets,
        {**reservation_key(order.reservation_id), "orderId": order.order_id},
    ]


def _rows(order: Order) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The payment, its attempt, and the charge at the provider."""
    payment_id, key = payment_id_of(order.order_id), attempt_key_of(order.order_id, 1)
    cents, at = order.amounts.total_cents, order.created_at
    payment = {
        "payment_id": payment_id,
        "order_id": order.order_id,
        "user_id": order.user_id,
        "event_id": order.event_id,
        "organizer_id": ORGANIZER,
        "amount_cents": cents,
        "currency": order.currency,
        "expires_at": at + timedelta(minutes=15),
        "verdict": "SUCCESS",
        "attempts": 1,
        "captured_attempt": key,
        "captured_cents": cents,
        "refund_claimed_cents": 0,
        "refunded_cents": 0,
        "created_at": at,
        "updated_at": at,
    }
    attempt = {
        "attempt_key": key,
        "payment_id": payment_id,
        "number": 1,
        "asked_as": "order",
        "provider": simulator.Simulator.name,
        "token": simulator.OK,
        "outcome": "CAPTURED",
        "started_at": at,
    }
    charge = {"key": key, "amount_cents": cents, "outcome": "CAPTURED", "refunded_cents": 0}
    return payment, attempt, charge
