"""I1 to I11 of DESIGN.md, as far as one moment shows them, and what it is to be at rest."""

from collections.abc import Iterator
from itertools import chain

from functions.seating.tests.model.decisions import decide, record_of, stage_of
from functions.seating.tests.model.machines import ENDED
from functions.seating.tests.model.payments import is_news, status_of
from functions.seating.tests.model.seating import value
from functions.seating.tests.model.state import DUE, LIVE, PAID, Item, Scene
from functions.seating.tests.model.world import Setting


def violation(setting: Setting, number: int, scene: Scene, watching: str = "") -> str:
    """The first invariant that an order's scene breaks, or nothing; only those that begin so."""
    broken = _money(setting, scene)
    if not setting.damage:
        # A claim that vanished while it was paid for breaks what is said of seats by itself.
        broken = chain(broken, _seats(setting, number, scene))
    return next((each for each in broken if each.startswith(watching)), "")


def _money(setting: Setting, scene: Scene) -> Iterator[str]:
    order = scene.order
    claimed = len(order.refunds)
    if order.has_live_tickets and order.captured <= claimed:
        yield "I3: live tickets that no kept money covers"
    if order.captured > 1 and not setting.fickle_provider:
        yield "I4: two charges were captured for one order"
    kept = sum(each.books == "CAPTURED" for each in order.attempts) - claimed
    if kept > 1:
        yield "I4: two captured charges are kept"
    if kept < 0:
        yield "I4: refunds exceed what was captured"
    if order.has_live_tickets and order.whole:
        yield "I6: a refunded ticket is live"
    underway = order.status == "PENDING" or order.is_void or order.is_unresolved or claimed
    if order.status and not underway and kept != int(order.has_live_tickets):
        yield "I5: a closed order keeps money for no ticket"


def _seats(setting: Setting, number: int, scene: Scene) -> Iterator[str]:
    order, hold = scene.order, setting.orders[number]
    mine = [scene.claims[at] for at in setting.parties[hold].places]
    if order.has_live_tickets:
        for claim in mine:
            if not _is(claim, "ALLOCATED", hold, number):
                is_sold = value(claim, "status") == "ALLOCATED"
                yield (
                    "I1: a live ticket's seat is sold to another order"
                    if is_sold
                    else "I2: a live ticket's seat is not ALLOCATED"
                )
    is_paid = order.verdict == "SUCCESS" and order.status == "PENDING" and not order.refunds
    if order.verdict == "PENDING" or is_paid:
        stay = ("PAYING", "ALLOCATED") if is_paid else ("PAYING",)
        if not all(any(_is(claim, each, hold, number) for each in stay) for claim in mine):
            yield "I8: a seat that is being paid for is not kept for its payment"
    yield from _kept(number, scene)
    yield from _reservation(setting, hold, scene)
    yield from _slot(setting, hold, scene)
    if order.status and setting.is_as_tabled:
        # None of our writes leads to a contradiction: that is what the table says of itself.
        record = record_of(number, scene.reservation.record)
        if decide(stage_of(order), record, order).is_contradiction:
            yield f"table: {stage_of(order)} x {record} x {status_of(order)} contradict each other"


def _kept(number: int, scene: Scene) -> Iterator[str]:
    status = scene.order.status
    for claim in scene.claims:
        if value(claim, "status") not in ("PAYING", "ALLOCATED"):
            continue
        if value(claim, "orderId") is None:
            yield "I9: a seat is kept for no order"
        if value(claim, "orderId") != f"o{number}":
            continue
        if value(claim, "status") == "PAYING" and status != "PENDING":
            yield "I9: a seat is PAYING for an order that is closed"
        if value(claim, "status") == "ALLOCATED" and status not in ("PENDING", "CONFIRMED"):
            yield "I9: a seat is ALLOCATED without its CONFIRMED order"


def _reservation(setting: Setting, hold: int, scene: Scene) -> Iterator[str]:
    record, name = scene.reservation.record, f"r{hold}"
    status, payer = value(record, "status"), value(record, "orderId")
    mine = [scene.claims[at] for at in setting.parties[hold].places]
    if status == "ACTIVE" and scene.reservation.phase == LIVE:
        if not all(_is(claim, "HELD", hold) for claim in mine):
            yield "I7, I11: an unexpired hold has lost a seat"
        if value(scene.slot, "active") != name:
            yield "I10: an unexpired hold is not in its user's slot"
    if status == "PAYING" and not all(
        _is(claim, "PAYING", hold) and value(claim, "orderId") == payer for claim in mine
    ):
        yield "I8, I11: a reservation in payment has lost a seat"
    owners = {"PAYING": "PAYING", "ALLOCATED": "COMPLETED"}
    for claim in scene.claims:
        owner = owners.get(str(value(claim, "status")))
        if value(claim, "reservationId") == name and owner and status != owner:
            yield "I9: a seat is kept for a reservation that is not in payment or paid"


def _slot(setting: Setting, hold: int, scene: Scene) -> Iterator[str]:
    slot, name = scene.slot, f"r{hold}"
    status = value(scene.reservation.record, "status")
    is_kept = value(slot, "active") == name and value(slot, "activeExpiresAt") is None
    if status == "PAYING" and not is_kept:
        yield "I10: a reservation in payment does not keep its user's slot"
    if value(slot, "active") == name and status in ("RELEASED", "COMPLETED"):
        yield "I10: a slot names a reservation that is closed"
    buyer = setting.parties[hold].buyer
    theirs = {f"r{at}" for at, party in enumerate(setting.parties) if party.buyer == buyer}
    sold = sum(
        value(claim, "status") == "ALLOCATED" and value(claim, "reservationId") in theirs
        for claim in scene.claims
    )
    if (value(slot, "soldQty") or 0) != sold:
        yield "I10: a slot's count is not what a recount gives"
    if sold > setting.limit:
        yield "I10: a user has more tickets than the limit"


def _is(claim: Item, status: str, hold: int, order: int | None = None) -> bool:
    return (
        value(claim, "status") == status
        and value(claim, "reservationId") == f"r{hold}"
        and (order is None or value(claim, "orderId") == f"o{order}")
    )


def is_settled(number: int, scene: Scene) -> bool:
    """At rest for good: every seat and every payment of the order is accounted for."""
    order = scene.order
    if order.status == "PENDING" or (order.is_void and order.status != "REFUNDED"):
        return False
    if order.reconciler or order.refund or order.booking not in ("", ENDED):
        return False
    if order.is_unresolved or any(map(is_news, order.attempts)) or {DUE, PAID} & set(order.refunds):
        return False
    if order.captured - len(order.refunds) != int(order.has_live_tickets):
        return False
    return not any(
        value(claim, "orderId") == f"o{number}"
        and (value(claim, "status") == "PAYING" or not order.has_live_tickets)
        for claim in scene.claims
    )
