"""The table's own stream: expired reservations are moved and counted, freed seats are told.

A record that fails is handed back by its number, so that the stream goes on from there; all
that was done before may be done again without effect.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from functions.seating import expiry
from functions.seating.domain import Claim, Reservation
from functions.seating.settings import SeatingSettings
from functions.seating.store.changes import ClaimChange, RecordChange, read_change
from functions.seating.store.store import Store
from functions.shared import aws, correlation
from functions.shared.events import publish
from functions.shared.observability import flush_metrics, logger

settings = SeatingSettings.from_environment()
store = Store(aws.dynamodb(), settings.table_name)
event_bus = aws.eventbridge()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Lambda's answer to a stream: the number of the first record that was not done, if any."""
    with correlation.under(correlation.own_id(context)):
        return _consume_all(event["Records"])


def _consume_all(records: list[dict[str, Any]]) -> dict[str, Any]:
    for place, record in enumerate(records):
        try:
            consume(record["dynamodb"], datetime.now(UTC))
        except Exception:
            logger.exception("record not consumed", extra={"place": place, "of": len(records)})
            flush_metrics()
            if place == 0:
                # Nothing of the batch is done: fail it as a whole.
                raise
            number = record["dynamodb"]["SequenceNumber"]
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    logger.info("stream", extra={"records": len(records)})
    flush_metrics()
    return {"batchItemFailures": []}


def consume(record: Mapping[str, Any], now: datetime) -> None:
    """One change of one item, seen for the first time or again."""
    change = read_change(record)
    if isinstance(change, ClaimChange):
        with _about(change.before):
            expiry.expire_reservation(store, change, now)
            publish(event_bus, settings.event_bus_name, expiry.events_of_claim(change))
    elif isinstance(change, RecordChange):
        with _about(change.after):
            publish(event_bus, settings.event_bus_name, expiry.events_of_record(change))


@contextmanager
def _about(item: Claim | Reservation | None) -> Iterator[None]:
    """Under the request that an item goes back to.

    A claim does not say which: it would be read 2,000 times with a section. It is logged under its
    reservation's id instead, and names its order, by which it is found as well.
    """
    if item is None or item.reservation_id is None:
        yield
        return
    request_id = item.request_id if isinstance(item, Reservation) else item.reservation_id
    about = {"reservationId": item.reservation_id, "orderId": item.order_id}
    with correlation.under(request_id, **about):
        yield
