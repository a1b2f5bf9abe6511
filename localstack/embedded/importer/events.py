"""Events: the same venue, title and moved date is the same event.

All dates are moved by one number of whole days. Later runs find that number again by comparing
the dates in the system with those in the file, so that they recognise the events on any day.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from embedded.importer.client import Api
from embedded.importer.matching import match, new_shift, shift_of
from embedded.importer.outcome import Outcome
from embedded.importer.progress import Bars
from embedded.importer.records import Event
from embedded.importer.transport import Json, Refused

CURRENCY = "INR"
OPEN = ("SCHEDULED", "ON_SALE")


def import_events(
    api: Api, events: tuple[Event, ...], venue_ids: dict[int, int], now: datetime, bars: Bars
) -> tuple[Outcome, timedelta]:
    """What became of them, and by how much their dates are moved."""
    existing = sorted(api.items("/v1/events"), key=lambda event: int(event["eventId"]))
    known = shift_of(
        (place, event.event_date, _date(one))
        for place, event in enumerate(events)
        for one in existing
        if (one["venueId"], one["title"]) == (venue_ids.get(event.venue_id), event.title)
    )
    shift = known if known is not None else new_shift(_open_dates(events), now)
    outcome = Outcome("events")
    for event, found in bars.each("events", _pairs(events, existing, venue_ids, shift)):
        if found is not None:
            outcome.ids[event.event_id] = found["eventId"]
            outcome.found += 1
            continue
        if event.venue_id not in venue_ids:
            outcome.refused.append(f"event {event.event_id}: without its venue {event.venue_id}")
            continue
        try:
            outcome.ids[event.event_id] = _create(api, event, venue_ids[event.venue_id], shift)
            outcome.created += 1
        except Refused as refusal:
            outcome.refused.append(f"event {event.event_id}: {refusal}")
    return outcome, shift


def _pairs(
    events: tuple[Event, ...], existing: list[Json], venue_ids: dict[int, int], shift: timedelta
) -> list[tuple[Event, Json | None]]:
    """By date first; then, if an event was put off since, by all else that it is."""
    by_date = match(
        events,
        existing,
        wanted_key=lambda event: (
            venue_ids.get(event.venue_id),
            event.title,
            event.event_date + shift,
        ),
        found_key=lambda event: (event["venueId"], event["title"], _date(event)),
    )
    taken = {found["eventId"] for _, found in by_date if found is not None}
    by_the_rest = match(
        (event for event, found in by_date if found is None),
        (one for one in existing if one["eventId"] not in taken),
        wanted_key=lambda event: (
            venue_ids.get(event.venue_id),
            event.title,
            event.event_type,
            event.base_price_cents,
        ),
        found_key=lambda event: (
            event["venueId"],
            event["title"],
            event["eventType"],
            event["basePriceCents"],
        ),
    )
    put_off = {event.event_id: found for event, found in by_the_rest}
    return [(event, found or put_off[event.event_id]) for event, found in by_date]


def _create(api: Api, event: Event, venue_id: int, shift: timedelta) -> int:
    body = {
        "venueId": venue_id,
        "title": event.title,
        "eventType": event.event_type,
        "eventDate": (event.event_date + shift).isoformat(),
        "basePriceCents": event.base_price_cents,
        "currency": CURRENCY,
        "status": event.status,
    }
    event_id: int = api.post("/v1/events", body)["eventId"]
    return event_id


def _open_dates(events: Sequence[Event]) -> list[datetime]:
    return [event.event_date for event in events if event.status in OPEN]


def _date(event: Json) -> datetime:
    return datetime.fromisoformat(event["eventDate"])
