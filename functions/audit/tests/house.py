"""A whole booking office in one process: the product's own stores, moved step by step by a test.

Each step is what a saga's task does, at a time that the test moves; nothing runs by itself.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import Engine, text

from functions.orders.bookings import Bookings
from functions.orders.domain import Line, Order, PaymentState, amounts_of
from functions.orders.neighbours import Payment
from functions.orders.refund_terms import Refund, RefundWanted
from functions.orders.refunds import Refunds
from functions.orders.store import Store as Orders
from functions.payments import commands, queries, refunding
from functions.payments.announcements import Announcer
from functions.payments.cashier import Cashier
from functions.payments.domain import BOX_OFFICE, Due, payment_id_of, whole_refund_id_of
from functions.payments.providers.box_office import BoxOffice
from functions.payments.providers.simulator import OK, Simulator
from functions.payments.tests.stand_ins import RecordedBus, RecordedSteps
from functions.seating.domain import Reservation
from functions.seating.drafts import DraftSection
from functions.seating.store.store import Store as Seats
from functions.seating.tests.shows import ORGANIZER, Show, hall, new_user_id
from functions.shared.dynamodb import Table
from functions.shared.marshalling import marshal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

WINDOW = timedelta(minutes=15)
CARD = "card"


class House(Show):
    """An event of two halls of twenty seats, 1 to 20 and 21 to 40, and all its books."""

    def __init__(
        self, seats: Seats, orders: Orders, engine: Engine, sections: Sequence[DraftSection] = ()
    ) -> None:
        super().__init__(seats, *(sections or (hall(10, 10), hall(10, 10, name="Balcony"))))
        self.orders = orders
        self.engine = engine
        self.cashier = Cashier(
            engine=engine,
            providers={Simulator.name: Simulator(engine), BOX_OFFICE: BoxOffice()},
            card_provider=Simulator.name,
            announcer=Announcer(RecordedBus(), "test", RecordedSteps()),  # type: ignore[arg-type]
            margin=timedelta(seconds=15),
        )
        self.bookings = Bookings(orders, _Neighbour(self.cashier))  # type: ignore[arg-type]

    def place(self, *seat_ids: int, user_id: int | None = None) -> Order:
        """Reserved and ordered; its saga has not begun."""
        return self.order(self.reserve(*seat_ids, user_id=user_id or new_user_id()))

    def order(self, reservation: Reservation) -> Order:
        lines = tuple(
            Line(seat.seat_id, seat.section, seat.row, seat.number, seat.price_cents)
            for seat in reservation.seats
        )
        order = Order(
            order_id=str(uuid4()),
            user_id=reservation.user_id,
            event_id=self.event_id,
            organizer_id=ORGANIZER,
            reservation_id=reservation.reservation_id,
            lines=lines,
            amounts=amounts_of([line.price_cents for line in lines]),
            currency="EUR",
            request_hash="none",
            expires_at=self.now + WINDOW,
            created_at=self.now,
            updated_at=self.now,
        )
        self.orders.place(order)
        return order

    def reservation_of(self, order: Order) -> Reservation:
        reservation = self.store.records.read(order.reservation_id)
        assert reservation is not None
        return reservation

    def collect(self, order: Order, method: str | None = CARD, token: str = OK) -> None:
        due = Due(
            order_id=order.order_id,
            user_id=order.user_id,
            event_id=order.event_id,
            organizer_id=order.organizer_id,
            amount_cents=order.amounts.total_cents,
            currency=order.currency,
            expires_at=order.expires_at,
            task_token=f"token-{order.order_id}",
        )
        commands.collect(self.cashier, due, method, token, self.now)

    def begin(self, *seat_ids: int, user_id: int | None = None) -> Order:
        """Ordered, its seats secured and its payment announced; the customer is to pay."""
        order = self.place(*seat_ids, user_id=user_id)
        self.secure(self.reservation_of(order), order.order_id)
        self.collect(order, method=None)
        return order

    def confirm(self, order: Order) -> Order:
        payment = PaymentState(payment_id_of(order.order_id), "SUCCESS")
        return self.bookings.confirm(order.order_id, payment, self.now)

    def book(
        self, *seat_ids: int, user_id: int | None = None, method: str = CARD, token: str = OK
    ) -> Order:
        """The whole way to tickets."""
        order = self.place(*seat_ids, user_id=user_id)
        reservation = self.secure(self.reservation_of(order), order.order_id)
        self.collect(order, method, token)
        commands.settle(self.cashier, order.order_id, "late", self.now)
        self.allocate(reservation, order.order_id)
        return self.confirm(order)

    def cancel(self, order: Order) -> Order:
        """Before it is paid: verdict, seats, order."""
        commands.settle(self.cashier, order.order_id, "cancelled", self.now)
        self.release(self.reservation_of(order), order.order_id)
        return self.bookings.cancel(order.order_id, "cancelled", self.now)

    @property
    def refunds(self) -> Refunds:
        return Refunds(self.orders)

    def void(self, order: Order, wanted: RefundWanted | None = None) -> Refund:
        """The first step of a refund: of all, unless something else is wanted."""
        refund_id = whole_refund_id_of(payment_id_of(order.order_id))
        asked = wanted or RefundWanted(refund_id)
        return self.refunds.open(order.order_id, asked, self.now)[1]

    def pay_back(self, order: Order, refund: Refund | None = None) -> None:
        payment_id = payment_id_of(order.order_id)
        refund_id = refund.refund_id if refund else whole_refund_id_of(payment_id)
        amount_cents = refund.amount_cents if refund else None
        refunding.give_back(self.cashier, payment_id, refund_id, "test", self.now, amount_cents)

    def free(self, order: Order, *seat_ids: int) -> None:
        """RELEASE-SOLD, of all the order's seats if none is named."""
        seats = seat_ids or [line.seat_id for line in order.lines]
        for seat in self.reservation_of(order).seats:
            if seat.seat_id in seats:
                self.store.operations.release_sold(
                    self.reservation_of(order), seat, order.order_id, self.now
                )

    def refund(self, order: Order, wanted: RefundWanted | None = None) -> None:
        """The whole refund saga."""
        refund = self.void(order, wanted)
        self.pay_back(order, refund)
        if refund.seat_ids:
            self.free(order, *refund.seat_ids)
        self.refunds.close(order.order_id, refund.refund_id, self.now)

    def refund_in_parts(self, order: Order) -> None:
        """A cent for nothing, then ticket by ticket, of a policy's half."""
        self.refund(order, RefundWanted(f"goodwill-{order.order_id}", (), 1))
        for seat_id, share in order.shares.items():
            wanted = RefundWanted(f"part-{seat_id}-{order.order_id}", (seat_id,), share // 2)
            self.refund(order, wanted)

    # What no operation does.

    def sql(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def put_seating(self, item: dict[str, Any]) -> None:
        self.store.table.put_all([item])

    def remove(self, table: str, pk: str, sk: str) -> None:
        key = marshal({"PK": pk, "SK": sk})
        self.store.table.client.delete_item(TableName=table, Key=key)

    def change(self, table: str, pk: str, sk: str, **changed: Any) -> None:
        """Set attributes of an item, whatever its conditions; None removes one."""
        client = self.store.table.client
        key = marshal({"PK": pk, "SK": sk})
        item = client.get_item(TableName=table, Key=key, ConsistentRead=True)["Item"]
        kept = {name: value for name, value in item.items() if name not in changed}
        new = {name: value for name, value in changed.items() if value is not None}
        client.put_item(TableName=table, Item={**kept, **marshal(new)})


def new_house(
    dynamodb: "DynamoDBClient",
    tables: Mapping[str, str],
    engine: Engine,
    sections: Sequence[DraftSection] = (),
) -> House:
    seats = Seats(dynamodb, tables["seating"])
    return House(seats, Orders(Table(dynamodb, tables["orders"])), engine, sections)


class _Neighbour:
    """Payments as orders knows it, without the way there."""

    def __init__(self, cashier: Cashier) -> None:
        self._cashier = cashier

    def read(self, order_id: str) -> PaymentState | None:
        return self.describe(order_id).state

    def describe(self, order_id: str) -> Payment:
        answer = queries.describe_payment(self._cashier, order_id)
        state = PaymentState(answer["paymentId"], answer["status"])
        return Payment(state, answer["voidReason"])
