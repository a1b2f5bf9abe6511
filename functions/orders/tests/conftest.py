"""The orders domain on the emulated DynamoDB; the other domains are stand-ins."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any, NamedTuple
from uuid import uuid4

import boto3
import pytest

from functions.orders.bookings import Bookings
from functions.orders.domain import PaymentState
from functions.orders.event_orders import EventOrders
from functions.orders.event_pages import EventPages
from functions.orders.order_lists import OrderLists
from functions.orders.orders import Orders
from functions.orders.placing import OrderDesk
from functions.orders.reconciling import Reconciler
from functions.orders.refund_terms import RefundWanted
from functions.orders.refunds import Refunds
from functions.orders.store import Store
from functions.orders.tests.stand_ins import (
    CatalogStandIn,
    PaymentsStandIn,
    RecordedBus,
    SagasStandIn,
    SeatingStandIn,
)
from functions.orders.tests.stream import TABLE
from functions.shared import aws
from functions.shared.dynamodb import Table
from functions.shared.idempotency import derived_id
from functions.shared.tests.deployed import ISSUER, Answer, Client, LocalIssuer, load
from functions.shared.tests.gateway import FakeContext
from functions.shared.tokens import Role

_serial = itertools.count(1000)


def fresh_id() -> int:
    """A user's, event's or organizer's id that no other test has."""
    return next(_serial)


@pytest.fixture(scope="session")
def orders_table(aws_endpoint: str) -> Table:
    """A table like the deployed one."""
    client = aws.dynamodb()
    client.create_table(
        TableName=TABLE,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_keys("PK", "SK"),
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("PK", "SK", *(f"GSI{n}{key}" for n in (1, 2, 3) for key in ("PK", "SK")))
        ],
        GlobalSecondaryIndexes=[
            _index("byUser", 1, "ALL"),
            _index("byEvent", 2, "ALL"),
            _index("open", 3, "KEYS_ONLY"),
        ],
    )
    return Table(client, TABLE)


def _index(name: str, number: int, projection: str) -> Any:
    return {
        "IndexName": name,
        "KeySchema": _keys(f"GSI{number}PK", f"GSI{number}SK"),
        "Projection": {"ProjectionType": projection},
    }


def _keys(partition: str, sort: str) -> Any:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


@pytest.fixture(scope="session")
def environment(orders_table: Table) -> dict[str, str]:
    secret = boto3.client("secretsmanager").create_secret(
        Name="ticket-secret", SecretString=uuid4().hex * 2
    )
    machine = "arn:aws:states:us-east-1:000000000000:stateMachine:absent"
    return {
        "TABLE_NAME": TABLE,
        "EVENT_BUS_NAME": "default",
        "TOKEN_ISSUER": ISSUER,
        "TOKEN_KEY_IDS": "unused",
        "SEATING_TASKS_FUNCTION": "absent",
        "PAYMENTS_TASKS_FUNCTION": "absent",
        "CATALOG_TASKS_FUNCTION": "absent",
        "BOOKING_STATE_MACHINE_ARN": machine,
        "REFUND_STATE_MACHINE_ARN": machine,
        "PAYMENT_SECONDS": "900",
        "RECONCILE_AFTER_SECONDS": "45",
        "TICKET_SECRET_ARN": secret["ARN"],
    }


@pytest.fixture(scope="session")
def orders_api(environment: dict[str, str]) -> ModuleType:
    return load("functions.orders.api", environment)


@pytest.fixture(scope="session")
def orders_tasks(environment: dict[str, str]) -> ModuleType:
    return load("functions.orders.tasks", environment)


@pytest.fixture(scope="session")
def orders_reconciler(environment: dict[str, str]) -> ModuleType:
    return load("functions.orders.reconciler", environment)


@pytest.fixture(scope="session")
def orders_streams(environment: dict[str, str]) -> ModuleType:
    return load("functions.orders.streams", environment)


@pytest.fixture
def bus(orders_streams: ModuleType, monkeypatch: pytest.MonkeyPatch) -> RecordedBus:
    """The bus that the stream's handler tells."""
    bus = RecordedBus()
    monkeypatch.setattr(orders_streams, "eventbridge", bus)
    return bus


@pytest.fixture(scope="session")
def issuer() -> LocalIssuer:
    return LocalIssuer()


class House(NamedTuple):
    """One event, its organizer and a customer, with everybody orders talks to."""

    client: Client
    issuer: LocalIssuer
    store: Store
    desk: OrderDesk
    bookings: Bookings
    seating: SeatingStandIn
    payments: PaymentsStandIn
    sagas: SagasStandIn
    reconciler: Reconciler
    event_id: int
    organizer_id: int
    customer_id: int

    def __call__(self, method: str, path: str, body: Any = None, **sent: Any) -> Answer:
        """A call of the customer's."""
        sent.setdefault("token", self.issuer.token(self.customer_id))
        return self.client(method, path, body, **sent)

    def as_organizer(self, method: str, path: str, body: Any = None, **sent: Any) -> Answer:
        token = self.issuer.token(self.organizer_id, Role.EVENT_ORGANIZER)
        return self.client(method, path, body, token=token, **sent)

    def as_admin(self, method: str, path: str, body: Any = None, **sent: Any) -> Answer:
        return self.client(method, path, body, token=self.issuer.token(1, Role.ADMIN), **sent)

    def as_stranger(self, method: str, path: str, body: Any = None, **sent: Any) -> Answer:
        token = self.issuer.token(fresh_id(), Role.EVENT_ORGANIZER)
        return self.client(method, path, body, token=token, **sent)

    def order(self, body: Any = None, key: str | None = None, **headers: str) -> Answer:
        """Place an order: of a reservation of seats 1 and 2, unless the body says otherwise."""
        if body is None:
            body = {"reservationId": self.seating.hold(self.customer_id, self.event_id)}
        return self("POST", "/v1/orders", body, headers=keyed(key, **headers))

    def placed(self, *seat_ids: int) -> str:
        """The id of a PENDING order."""
        held = self.seating.hold(self.customer_id, self.event_id, *seat_ids)
        return str(self.order({"reservationId": held}).body["orderId"])

    def confirm(self, order_id: str) -> None:
        paid = PaymentState(derived_id("payment", order_id), "SUCCESS")
        self.bookings.confirm(order_id, paid, datetime.now(UTC))

    def confirmed(self, *seat_ids: int) -> str:
        """The id of a CONFIRMED order."""
        order_id = self.placed(*seat_ids)
        self.confirm(order_id)
        return order_id

    def give_up(self, order_id: str, cause: str = "PaymentTimedOut") -> None:
        self.payments.states[order_id] = "VOIDED"
        self.bookings.cancel(order_id, cause, datetime.now(UTC))

    @property
    def refunds(self) -> Refunds:
        return Refunds(self.store)

    def void(
        self, order_id: str, *seat_ids: int, refund_id: str = "refund-1", at: datetime | None = None
    ) -> None:
        """Open a refund of these tickets, of all of them if none is named."""
        wanted = RefundWanted(refund_id, seat_ids or None)
        self.refunds.open(order_id, wanted, at or datetime.now(UTC))

    def refund(self, order_id: str, *seat_ids: int, refund_id: str = "refund-1") -> None:
        self.void(order_id, *seat_ids, refund_id=refund_id)
        self.refunds.close(order_id, refund_id, datetime.now(UTC))

    def tickets(self, order_id: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self("GET", f"/v1/orders/{order_id}/tickets").body["items"]
        return items


def keyed(key: str | None = None, **headers: str) -> dict[str, str]:
    return {"Idempotency-Key": key or str(uuid4()), **headers}


@pytest.fixture
def house(
    orders_api: ModuleType,
    orders_table: Table,
    issuer: LocalIssuer,
    monkeypatch: pytest.MonkeyPatch,
) -> House:
    store = Store(orders_table)
    organizer_id = fresh_id()
    seating = SeatingStandIn(organizer_id)
    payments = PaymentsStandIn()
    sagas = SagasStandIn()
    desk = OrderDesk(
        store, seating, CatalogStandIn(organizer_id), sagas, orders_api.settings.payment_window
    )
    orders = Orders(store, OrderLists(orders_table), payments, sagas)
    monkeypatch.setattr(orders_api, "desk", desk)
    monkeypatch.setattr(orders_api, "orders", orders)
    monkeypatch.setattr(orders_api.api, "_tokens", issuer.verifier)
    return House(
        client=Client(orders_api),
        issuer=issuer,
        store=store,
        desk=desk,
        bookings=Bookings(store, payments),
        seating=seating,
        payments=payments,
        sagas=sagas,
        reconciler=Reconciler(store, seating, payments, sagas, timedelta(seconds=45)),
        event_id=fresh_id(),
        organizer_id=organizer_id,
        customer_id=fresh_id(),
    )


@pytest.fixture
def event_orders(house: House, orders_table: Table) -> EventOrders:
    """Which waits for no refund: there is none."""
    return EventOrders(house.store, EventPages(orders_table), house.payments, house.sagas, 0)


@pytest.fixture
def run_task(
    orders_tasks: ModuleType,
    house: House,
    event_orders: EventOrders,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Any]:
    """Runs a task as the deployed function does; payments is the house's stand-in."""
    monkeypatch.setattr(orders_tasks, "bookings", house.bookings)
    monkeypatch.setattr(orders_tasks, "event_orders", event_orders)
    return lambda task, **payload: orders_tasks.handler({"task": task, **payload}, None)


@pytest.fixture
def reconcile_task(
    orders_reconciler: ModuleType, house: House, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Runs a task of the reconciler's as the deployed function does."""
    monkeypatch.setattr(orders_reconciler, "reconciler", house.reconciler)
    return lambda task, **payload: orders_reconciler.handler(
        {"task": task, **payload}, FakeContext()
    )
