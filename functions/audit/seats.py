"""I10: claims are of seats on the map, and slots are what a recount makes of them."""

from collections import Counter
from collections.abc import Iterator

from functions.audit.facts import Claim, Record, Slot
from functions.audit.view import View
from functions.audit.violation import Ids, Violation


def seats_are_free_or_claimed(view: View) -> Iterator[Violation]:
    """I10, by event. A hold that is over may be of a map that was replaced since."""
    for event in view.facts.seating.events.values():
        if not event.seats == event.total_seats == len(event.sections):
            message = (
                f"the map has {event.seats} seats under {len(event.sections)} ids, "
                f"and should have {event.total_seats}"
            )
            yield Violation("I10", message, Ids(event=event.event_id))
    for claim in view.facts.seating.claims:
        fault = None if view.is_over(claim) else _misplaced(view, claim)
        if fault:
            ids = Ids(
                event=claim.event_id,
                section=claim.section,
                seat=claim.seat_id,
                reservation=claim.reservation_id,
                order=claim.order_id,
            )
            yield Violation("I10", f"a seat is {claim.status}, but {fault}", ids)


def slots_are_a_recount(view: View) -> Iterator[Violation]:
    """I10, by user and event."""
    slots = view.facts.seating.slots
    sold = _sold(view)
    for event_id, user_id in sold.keys() | slots.keys():
        slot = slots.get((event_id, user_id), Slot(event_id, user_id, None, 0, None, 0))
        ids = Ids(event=event_id, user=user_id, reservation=slot.active)
        counted = sold[event_id, user_id]
        if slot.sold != counted:
            message = f"the slot counts {slot.sold} tickets, there are {counted}"
            yield Violation("I10", message, ids)
        fault = _wrongly_active(view, slot)
        if fault:
            yield Violation("I10", f"the slot's reservation {fault}", ids)
    for record in view.facts.seating.records.values():
        found = slots.get((record.event_id, record.user_id))
        if _needs_its_slot(view, record) and (
            found is None or found.active != record.reservation_id
        ):
            ids = Ids(event=record.event_id, user=record.user_id, reservation=record.reservation_id)
            yield Violation("I10", f"{record.status}, but not in its user's slot", ids)


def _misplaced(view: View, claim: Claim) -> str | None:
    event = view.facts.seating.events.get(claim.event_id)
    if event is None or event.map_id is None:
        return "its event has no seats"
    section = event.sections.get(claim.seat_id)
    if section is None:
        return "it is not on the map"
    return None if section == claim.section else f"it is in section {section}"


def _sold(view: View) -> Counter[tuple[int, int]]:
    """Sold seats by event and user. One without an owner is I9's to say."""
    records = view.facts.seating.records
    return Counter(
        (claim.event_id, records[claim.reservation_id].user_id)
        for claim in view.facts.seating.claims
        if claim.status == "ALLOCATED"
        and claim.reservation_id in records
        and not view.ownerless(claim)
    )


def _wrongly_active(view: View, slot: Slot) -> str | None:
    """A slot whose time is over names what it likes: the next reservation takes it."""
    if slot.active is None:
        return None
    if slot.active_expires_at and not view.clock.is_running(slot.active_expires_at):
        return None
    record = view.facts.seating.records.get(slot.active)
    if record is None or (record.event_id, record.user_id) != (slot.event_id, slot.user_id):
        return "is not there, or not its user's"
    expected = "PAYING" if slot.active_expires_at is None else "ACTIVE"
    if record.status != expected:
        return f"is {record.status}, and should be {expected}"
    return None if len(record.seats) == slot.active_seats else "has other seats"


def _needs_its_slot(view: View, record: Record) -> bool:
    if record.status == "PAYING":
        order = view.facts.sales.orders.get(record.order_id or "")
        return not view.is_being_undone(order)
    return record.status == "ACTIVE" and view.clock.is_running(record.expires_at)
