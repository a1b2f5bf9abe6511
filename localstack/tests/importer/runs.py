"""Running the import against the fake API, and what it is to come to with the small data set."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from embedded.importer.client import Api
from embedded.importer.dataset import read_data_set
from embedded.importer.progress import bars
from embedded.importer.report import Result
from embedded.importer.run import run_import

from importer.fake_api import PASSWORDS, FakeApi
from importer.fake_shop import Shop

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Two venues, six events of which one has no seats, five maps, four users, four of seven orders.
WRITES = 2 + 6 + 5 + 4 + 4


def run(fake: FakeApi, folder: Path, now: datetime = NOW, username: str = "admin") -> Result:
    with Api(fake.url, username, PASSWORDS[username], sleep=_no_time) as api, bars() as shown:
        return run_import(api, read_data_set(folder), now, shown)


def _no_time(_: float) -> None:
    pass


def counts(result: Result) -> list[tuple[str, int, int, int]]:
    return [(o.kind, o.created, o.found, len(o.refused)) for o in result.outcomes]


def everything(shop: Shop) -> Any:
    """All that was imported, without what differs from run to run.

    That is the system's own ids, the passwords nobody knows, and the day it began: dates are
    counted from the first event's.
    """
    dates = {event["eventId"]: datetime.fromisoformat(event["eventDate"]) for event in shop.events}
    start = min(dates.values())
    venue = {venue["venueId"]: (venue["name"], venue["city"]) for venue in shop.venues}
    event = {
        event["eventId"]: (
            *venue[event["venueId"]],
            *(event[name] for name in ("title", "eventType", "status")),
            dates[event["eventId"]] - start,
        )
        for event in shop.events
    }
    email = {user["id"]: user["email"] for user in shop.users}
    return (
        sorted(venue.values()),
        sorted(event.values()),
        sorted(email.values()),
        {event[event_id]: seats for event_id, seats in shop.seats.items()},
        [
            (email[order["userId"]], event[order["eventId"]], order["items"], order["totalCents"])
            for order in shop.orders
        ],
    )


FIRST = [
    ("venues", 2, 0, 0),
    ("events", 6, 0, 0),
    ("seat maps", 5, 0, 0),
    ("users", 4, 0, 0),
    ("orders", 4, 0, 3),
]
AGAIN = [
    ("venues", 0, 2, 0),
    ("events", 0, 6, 0),
    ("seat maps", 0, 5, 0),
    ("users", 0, 4, 0),
    ("orders", 0, 4, 3),
]
