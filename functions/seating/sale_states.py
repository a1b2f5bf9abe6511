"""Seating's copy of each event's sale state, moved by version, so that order does not matter."""

from datetime import datetime

from functions.seating.domain import EventStatus, SaleState
from functions.seating.problems import EventCancelled
from functions.seating.store.store import Store
from functions.shared.problems import NotFound, ServiceUnavailable
from functions.shared.tokens import Principal, Role

_TRIES = 6


def advance_state(store: Store, told: SaleState, now: datetime) -> SaleState:
    """Take over what catalog told unless something newer is known; repeats change nothing."""
    for _ in range(_TRIES):
        known = store.states.read(told.event_id)
        if known is not None and known.event_version >= told.event_version:
            return known
        closes = (
            known is not None
            and known.status is EventStatus.ON_SALE
            and told.status is not EventStatus.ON_SALE
        )
        if store.states.advance(known, told, now if closes else None):
            break
    else:
        raise ServiceUnavailable.retry_after(1, "The event's state keeps changing.")
    return told if known is None else _merged(known, told, now if closes else None)


def _merged(known: SaleState, told: SaleState, closed_at: datetime | None) -> SaleState:
    return known._replace(
        status=told.status,
        organizer_id=told.organizer_id,
        event_version=told.event_version,
        sales_closed_at=closed_at or known.sales_closed_at,
        refund_policy=told.refund_policy,
    )


def read_state(store: Store, event_id: int, *, consistent: bool = True) -> SaleState:
    """The state of an event that has seats. Raises NotFound."""
    return with_map(store.states.read(event_id, consistent=consistent), event_id)


def with_map(state: SaleState | None, event_id: int) -> SaleState:
    """The state if its event has seats. Raises NotFound."""
    if state is None or state.map_id is None:
        raise NotFound(f"Event {event_id} has no seat map.")
    return state


def check_not_cancelled(store: Store, event_id: int) -> None:
    """Raises EventCancelled. Sales that are closed otherwise keep their promise of a held seat."""
    state = store.states.read(event_id)
    if state is not None and state.status is EventStatus.CANCELLED:
        raise EventCancelled("Its seats are sold no more, held ones neither.")


def read_own_state(store: Store, event_id: int, caller: Principal) -> SaleState:
    """The same for who may manage it; somebody else's event is as good as none."""
    state = read_state(store, event_id)
    if not manages(caller, state.organizer_id):
        raise NotFound(f"Event {event_id} has no seat map.")
    return state


def manages(caller: Principal, organizer_id: int) -> bool:
    return caller.is_admin or (
        caller.role is Role.EVENT_ORGANIZER and caller.user_id == organizer_id
    )
