"""Rules of the product, each taken out as if it had never been written.

`pytest statemachines/tests/soak/search.py` has the machine look for each.
"""

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import text

from functions.orders import bookings
from functions.payments import charging
from functions.payments.domain import Payment, ProviderUnavailable, Verdict
from functions.payments.providers.port import Answer
from functions.payments.providers.simulator import Simulator
from functions.payments.store import attempts, payments, refunds
from functions.seating import parameters, rules
from functions.seating.conditions import Change, Effect
from functions.seating.store import operations
from statemachines.tests.world.world import World

Plant = Callable[[pytest.MonkeyPatch, World], None]

_INDEX: Final = "attempts_one_unresolved"


def without(name: str, **parts: tuple[str, ...]) -> Plant:
    """An operation of the condition table without these parts, by the kind of item."""
    shipped = getattr(rules, name)
    steps = {}
    for kind, dropped in parts.items():
        step = getattr(shipped, kind)
        assert set(dropped) <= {part.name for part in step.parts}, dropped
        kept = tuple(part for part in step.parts if part.name not in dropped)
        steps[kind] = replace(step, parts=kept)
    return lambda patch, _: patch.setattr(operations, name, replace(shipped, **steps))


def doing(name: str, kind: str, effect: Effect) -> Plant:
    """An operation that does something else to one kind of item."""
    shipped = getattr(rules, name)
    step = replace(getattr(shipped, kind), effect=effect)
    return lambda patch, _: patch.setattr(operations, name, replace(shipped, **{kind: step}))


def unknown_is_failure(patch: pytest.MonkeyPatch, _world: World) -> None:
    ask = Simulator.charge

    def charge(self: Simulator, *asked: Any) -> Answer:
        try:
            return ask(self, *asked)
        except ProviderUnavailable:
            return Answer.declined("It did not answer.")

    patch.setattr(Simulator, "charge", charge)


def refund_key_is_new(patch: pytest.MonkeyPatch, _world: World) -> None:
    ask = Simulator.refund
    patch.setattr(Simulator, "refund", lambda self, _, *asked: ask(self, str(uuid4()), *asked))


def charge_key_is_new(patch: pytest.MonkeyPatch, _world: World) -> None:
    ask = Simulator.charge
    patch.setattr(Simulator, "charge", lambda self, _, *asked: ask(self, str(uuid4()), *asked))


def open_attempt_is_ignored(patch: pytest.MonkeyPatch, world: World) -> None:
    """By the question whether there is one and, behind it, by the index that allows no second."""
    patch.setattr(charging, "attempts", _but(attempts, find_open=lambda *_: None))
    with world.engine.begin() as connection:
        connection.execute(text(f"DROP INDEX {_INDEX}"))


def restore(world: World) -> None:
    """What a defect took from the database; the rest a patch gives back by itself."""
    world.restart()
    with world.engine.begin() as connection:
        connection.execute(
            text(
                f"CREATE UNIQUE INDEX IF NOT EXISTS {_INDEX} ON attempts (payment_id)"
                " WHERE outcome = 'UNKNOWN'"
            )
        )


def stray_money_is_kept(patch: pytest.MonkeyPatch, _world: World) -> None:
    patch.setattr(charging, "payments", _but(payments, add_stray_capture=lambda *_: None))
    patch.setattr(charging, "refunds", _but(refunds, add=lambda *_: None))
    patch.setattr(charging, "_send_back", lambda *_: None)


def cancelled_before_the_verdict(patch: pytest.MonkeyPatch, _world: World) -> None:
    patch.setattr(bookings, "_SETTLED", {"PENDING", "FAILED", "SUCCESS", "VOIDED", "REFUNDED"})


def no_reconciler(patch: pytest.MonkeyPatch, _world: World) -> None:
    patch.setattr(World, "reconcile", lambda _: None)


def no_window(patch: pytest.MonkeyPatch, _world: World) -> None:
    patch.setattr(Payment, "is_payable", lambda self, *_: self.verdict is Verdict.PENDING)


def _but(module: ModuleType, **changed: Any) -> SimpleNamespace:
    return SimpleNamespace(**{**vars(module), **changed})


DEFECTS: Final[dict[str, Plant]] = {
    "anybody releases": without(
        "RELEASE", claim=("held or our order's",), record=("active or our order's",)
    ),
    "anybody allocates": without(
        "ALLOCATE",
        claim=("paying", "ours", "our order"),
        record=("paying", "our order"),
        slot=("our slot",),
    ),
    "held seats are taken": without("RESERVE", claim=("free",)),
    "a reservation is made again": without("RESERVE", record=("new",)),
    "two active reservations": without("RESERVE", slot=("no active reservation",)),
    "secured too late": without("SECURE", claim=("in time",)),
    "time frees a paying seat": doing(
        "SECURE", "claim", Change(set={"status": "PAYING", "orderId": parameters.ORDER})
    ),
    "slot taken over while paying": doing(
        "SECURE", "slot", Change(set={"activeQty": parameters.QUANTITY})
    ),
    "resold seats are released": without("RELEASE_SOLD", claim=("our order",)),
    "unknown is failure": unknown_is_failure,
    "a new key for each refund": refund_key_is_new,
    "a new key for each charge": charge_key_is_new,
    "open attempt ignored": open_attempt_is_ignored,
    "stray money kept": stray_money_is_kept,
    "cancelled before the verdict": cancelled_before_the_verdict,
    "no reconciler": no_reconciler,
    "no payment window": no_window,
}
