"""What is asked of payments, and told to them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import md5
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Engine

from embedded.bench.growth.filling import BEGIN, ORDERS_OF_A_CUSTOMER, ORDERS_OF_A_DAY
from embedded.bench.growth.paths import Path, grows
from functions.payments import commands
from functions.payments.announcements import Announcer
from functions.payments.cashier import Cashier
from functions.payments.domain import Due, payment_id_of
from functions.payments.exports import export_payments
from functions.payments.providers import simulator
from functions.payments.providers.simulator import Simulator
from functions.payments.refunding import give_back
from functions.payments.store import answers, attempts, entries, notices, payments, reports
from functions.payments.store.reports import Scope
from functions.shared.outbox import Message
from functions.shared.postgres import transaction

_AMOUNT: Final = 4_200
_DAY: Final = timedelta(days=1)
_WHILE_CHEAPER: Final = (
    "an organizer's; tables are read whole until it is cheaper to look up a hundred orders"
)


class _Nobody(Announcer):
    """Whom nobody listens to: what telling costs in SQL is all that counts here."""

    def __init__(self) -> None:
        """Without a bus."""

    def deliver(self, message: Message) -> None:
        """It has arrived."""


@dataclass(frozen=True)
class _Desk:
    cashier: Cashier

    def announced(self, method: str | None = None) -> str:
        """The id of a new order, of which payments has heard what is due; paid, with a method."""
        order_id = str(uuid4())
        until = BEGIN + timedelta(minutes=15)
        due = Due(order_id, 1, 1, 1, _AMOUNT, "INR", until, "token")
        commands.collect(self.cashier, due, method, simulator.OK, BEGIN)
        return order_id

    def paid(self) -> str:
        """As by a request with a key."""
        with transaction(self.cashier.engine) as connection:
            answers.claim(connection, answers.Scope(1, "charge", str(uuid4())), "hash", BEGIN)
        return self.announced("card")

    def void(self) -> None:
        commands.settle(self.cashier, self.announced(), "cancelled", BEGIN)

    def refund(self) -> None:
        payment_id = payment_id_of(self.paid())
        give_back(self.cashier, payment_id, str(uuid4()), "requested", BEGIN, None)


def paths(engine: Engine, orders: int) -> list[Path]:
    providers = {Simulator.name: Simulator(engine)}
    desk = _Desk(Cashier(engine, providers, Simulator.name, _Nobody(), timedelta(0)))
    middle = orders // 2
    customer = 1 + middle // ORDERS_OF_A_CUSTOMER
    its_orders = [
        _id("order", number) for number in range(middle, min(middle + ORDERS_OF_A_CUSTOMER, orders))
    ]
    newest = BEGIN + (orders // ORDERS_OF_A_DAY - 1) * _DAY
    serial = count(1)

    def does(step: Any, *arguments: Any, **named: Any) -> object:
        with transaction(engine) as connection:
            return step(connection, *arguments, **named)

    def notice() -> None:
        name = f"new {next(serial)}"
        with transaction(engine) as connection:
            if not notices.is_known(connection, "stripe", name):
                notices.add(connection, "stripe", name, "payment", BEGIN)

    def reconcile() -> None:
        with transaction(engine) as connection:
            entries.charges_since(connection, Simulator.name, newest)
            entries.refunds_since(connection, Simulator.name, newest)

    def report(**scope: Any) -> Callable[[], object]:
        return partial(does, reports.add_up, Scope(**scope))

    seen: dict[str, Any] = {"user_id": customer, "organizes": False}
    return [
        Path("payment: announce", desk.announced),
        Path("payment: announce and charge", desk.paid),
        Path("payment: announce and void", desk.void),
        Path("payment: announce, charge and refund", desk.refund),
        Path("payment: read", partial(does, payments.find_visible, _id("payment", middle), **seen)),
        Path("payment: its attempts", partial(does, attempts.find_open, _id("payment", middle))),
        Path(
            f"payments: a customer's {ORDERS_OF_A_CUSTOMER}, for their copy",
            partial(export_payments, desk.cashier, customer, its_orders),
        ),
        Path("notice: take in", notice),
        grows("report: an event's", report(event_id=1, organizer_id=1), _WHILE_CHEAPER),
        grows("report: of a day", report(starts_at=newest, ends_at=newest + _DAY), _WHILE_CHEAPER),
        grows("report: of everything", report(), "every charge and refund is added up"),
        Path("relay: each minute", partial(commands.relay, desk.cashier, BEGIN), is_hot=False),
        grows(
            "reconciliation: of a day",
            reconcile,
            "once a day; no index knows when an attempt or a refund was begun",
        ),
    ]


def _id(kind: str, number: int) -> str:
    """As the books are filled."""
    return str(UUID(md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest()))
