"""Whom orders talks to, as far as orders can tell: seating, payments, catalog and the sagas."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.orders.domain import Line, Order, PaymentState, amounts_of
from functions.orders.neighbours import Catalog, Held, Payment, Payments, Reservation, Seating
from functions.orders.refund_terms import RefundWanted
from functions.orders.sagas import PaymentMethod, Run, Sagas
from functions.shared.idempotency import derived_id
from functions.shared.problems import Conflict, NotFound, Problem, ServiceUnavailable

PRICE_CENTS = 1_050


def line(seat_id: int, price_cents: int = PRICE_CENTS) -> Line:
    return Line(seat_id, "Stalls", "A", str(seat_id), price_cents)


def an_order(order_id: str, lines: tuple[Line, ...] = (line(1),)) -> Order:
    """A new order of event 7 by user 3, of reservation `res-1`."""
    placed_at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    return Order(
        order_id=order_id,
        user_id=3,
        event_id=7,
        organizer_id=5,
        reservation_id="res-1",
        lines=lines,
        amounts=amounts_of([each.price_cents for each in lines]),
        currency="INR",
        request_hash="0" * 64,
        expires_at=placed_at + timedelta(minutes=15),
        created_at=placed_at,
        updated_at=placed_at,
    )


@dataclass
class SeatingStandIn(Seating):
    """Holds every seat it is asked for, unless it is told to refuse.

    `payers` are the orders that have reservations; seats `lost` are not sold any more; `freed` are
    orders with seats of theirs that were sold, and are not any more.
    """

    organizer_id: int
    reservations: dict[str, Reservation] = field(default_factory=dict)
    refusal: Problem | None = None
    payers: dict[str, str] = field(default_factory=dict)
    lost: bool = False
    freed: list[tuple[str | int, ...]] = field(default_factory=list)
    # By reservation, whether the organizer was said to ask.
    by_organizer: dict[str, bool] = field(default_factory=dict)

    def hold(
        self, user_id: int, event_id: int, *seat_ids: int, status: str = "ACTIVE", minutes: int = 15
    ) -> str:
        """A reservation made before; its id."""
        reservation_id = derived_id("test", len(self.reservations), user_id, event_id)
        self.reservations[reservation_id] = Reservation(
            reservation_id,
            user_id,
            event_id,
            self.organizer_id,
            status,
            tuple(line(seat_id) for seat_id in seat_ids or (1, 2)),
            "INR",
            datetime.now(UTC) + timedelta(minutes=minutes),
        )
        return reservation_id

    def reserve(
        self,
        reservation_id: str,
        event_id: int,
        seat_ids: Sequence[int],
        user_id: int,
        *,
        by_organizer: bool = False,
    ) -> Reservation:
        self.by_organizer[reservation_id] = by_organizer
        if self.refusal is not None:
            raise self.refusal
        if reservation_id not in self.reservations:
            held = self.hold(user_id, event_id, *seat_ids)
            found = self.reservations.pop(held)._replace(reservation_id=reservation_id)
            self.reservations[reservation_id] = found
        return self.reservations[reservation_id]

    def read_reservation(self, reservation_id: str) -> Reservation:
        if self.refusal is not None:
            raise self.refusal
        if reservation_id not in self.reservations:
            raise NotFound("There is no such reservation.")
        return self.reservations[reservation_id]

    def write(self, reservation_id: str, status: str, order_id: str | None) -> None:
        """A record as something left it; none with no status."""
        if not status:
            self.reservations.pop(reservation_id)
            return
        held = self.reservations[reservation_id]
        self.reservations[reservation_id] = held._replace(status=status)
        if order_id is not None:
            self.payers[reservation_id] = order_id

    def read_record(self, reservation_id: str) -> Held | None:
        if reservation_id not in self.reservations:
            return None
        status = self.reservations[reservation_id].status
        return Held(status, self.payers.get(reservation_id))

    def allocate(self, reservation_id: str, order_id: str) -> bool:
        is_paying = self.read_record(reservation_id) == Held("PAYING", order_id)
        if is_paying and not self.lost:
            self.write(reservation_id, "COMPLETED", order_id)
        return self.read_record(reservation_id) == Held("COMPLETED", order_id)

    def release(self, reservation_id: str, order_id: str) -> None:
        held = self.read_record(reservation_id)
        if held == Held("COMPLETED", order_id):
            raise Conflict("It is paid.")
        if held == Held("PAYING", order_id) or (held and held.status == "ACTIVE"):
            self.write(reservation_id, "RELEASED", None)

    def release_sold(self, order: Order, seat_ids: Sequence[int]) -> None:
        self.freed.append((order.order_id, *seat_ids))


@dataclass
class PaymentsStandIn(Payments):
    """Says what it is told to say; `settled` are the orders it was asked to settle, and why.

    `refunds` are what it gave back: of an order, by which refund, why; `repaid` how much by each,
    None for all that was left.
    """

    states: dict[str, str] = field(default_factory=dict)
    void_reasons: dict[str, str] = field(default_factory=dict)
    verdict: str = "VOIDED"
    away: bool = False
    settled: list[tuple[str, str]] = field(default_factory=list)
    refunds: list[tuple[str, str, str | None]] = field(default_factory=list)
    repaid: dict[tuple[str, str | None], int | None] = field(default_factory=dict)
    captured_cents: int = 2 * PRICE_CENTS + 105
    asked: int = 0

    def settle(self, order_id: str, reason: str) -> str:
        self._answer()
        self.settled.append((order_id, reason))
        if self.states.get(order_id) in (None, "PENDING", "FAILED") and self.verdict != "UNKNOWN":
            self.states[order_id] = "SUCCESS" if self.verdict == "CAPTURED" else self.verdict
            self.void_reasons.setdefault(order_id, reason)
        return self.verdict

    def describe(self, order_id: str, refund_id: str | None = None) -> Payment | None:
        self._answer()
        status = self.states.get(order_id)
        if status is None:
            return None
        state = PaymentState(derived_id("payment", order_id), status)
        is_repaid = (order_id, refund_id) in self.repaid
        return Payment(state, self.void_reasons.get(order_id), is_repaid)

    def refund(
        self, order_id: str, refund_id: str, reason: str | None, amount_cents: int | None = None
    ) -> None:
        self._answer()
        if (order_id, refund_id) in self.repaid:
            return
        self.refunds.append((order_id, refund_id, reason))
        self.repaid[order_id, refund_id] = amount_cents
        given = [cents for (order, _), cents in self.repaid.items() if order == order_id]
        is_over = None in given or sum(filter(None, given)) >= self.captured_cents
        self.states[order_id] = "REFUNDED" if is_over else "PARTIALLY_REFUNDED"

    def _answer(self) -> None:
        self.asked += 1
        if self.away:
            raise ServiceUnavailable.retry_after(1, "payments did not answer.")


@dataclass
class CatalogStandIn(Catalog):
    organizer_id: int

    def organizer_of(self, event_id: int) -> int:
        return self.organizer_id


@dataclass
class SagasStandIn(Sagas):
    """Notes what is started; `refusal` is raised instead, `when_booked` runs the booking."""

    booked: list[tuple[str, PaymentMethod | None]] = field(default_factory=list)
    refunded: list[tuple[str, str]] = field(default_factory=list)
    wanted: list[RefundWanted | None] = field(default_factory=list)
    refusal: Problem | None = None
    when_booked: Callable[[str], object] = str
    runs: list[Run] = field(default_factory=list)
    stopped: list[Run] = field(default_factory=list)

    def book(self, order: Order, method: PaymentMethod | None) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.booked.append((order.order_id, method))
        self.when_booked(order.order_id)

    def refund(
        self,
        order: Order,
        payment: PaymentState,
        reason: str,
        wanted: RefundWanted | None = None,
    ) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.refunded.append((order.order_id, reason))
        self.wanted.append(wanted)

    def runs_of(self, order: Order) -> list[Run]:
        return list(self.runs)

    def stop(self, run: Run) -> None:
        if run in self.runs:
            self.stopped.append(run)
            self.runs[self.runs.index(run)] = run._replace(status="ABORTED")


class RecordedBus:
    """EventBridge; `down` refuses everything."""

    def __init__(self) -> None:
        self.down = False
        self.events: list[tuple[str, dict[str, Any]]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        if self.down:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
        for entry in Entries:
            assert entry["Source"] == "boxoffice.orders"
            self.events.append((entry["DetailType"], json.loads(entry["Detail"])))
        return {"FailedEntryCount": 0, "Entries": []}
