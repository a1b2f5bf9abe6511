"""Domain events on the bus: something that has happened, told once it is committed."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from functions.shared import correlation
from functions.shared.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

# For an event that goes back to no request that is known: it is told without an id, not under one
# that nobody was answered with.
NO_REQUEST: Final = ""
_BATCH = 10  # PutEvents takes ten entries a call.


class DomainEvent(NamedTuple):
    """`source` is `boxoffice.<domain>`; `detail` is JSON-able and carries no personal data.

    `events/schemas/<domain>/<detail_type>.json` says what is in it. It is told under the id of the
    request that it goes back to: `correlation_id`, which may be NO_REQUEST, or else that of whoever
    tells it.
    """

    source: str
    detail_type: str
    detail: dict[str, Any]
    correlation_id: str | None = None

    @property
    def told(self) -> dict[str, Any]:
        """The detail, with the id that it goes back to."""
        own = self.correlation_id
        goes_back_to = correlation.current() if own is None else own
        return {**self.detail, **({correlation.FIELD: goes_back_to} if goes_back_to else {})}


class EventsNotPublished(Exception):  # noqa: N818
    """The bus refused some entries; the caller's retry sends all of them again."""


def publish(client: "EventBridgeClient", bus_name: str, events: Iterable[DomainEvent]) -> None:
    """Send at least once. Raises EventsNotPublished, or botocore's error, if any was refused."""
    pending = list(events)
    for start in range(0, len(pending), _BATCH):
        answer = client.put_events(
            Entries=[_entry(bus_name, event) for event in pending[start : start + _BATCH]]
        )
        if answer.get("FailedEntryCount"):
            codes = sorted({entry.get("ErrorCode", "") for entry in answer["Entries"]} - {""})
            raise EventsNotPublished(f"The event bus refused entries: {', '.join(codes)}")
    for event in pending:
        _log(event)


def _log(event: DomainEvent) -> None:
    with correlation.under(
        event.correlation_id or correlation.current(), **correlation.subjects_in(event.detail)
    ):
        logger.info("told", extra={"event": event.detail_type})


def _entry(bus_name: str, event: DomainEvent) -> "PutEventsRequestEntryTypeDef":
    return {
        "EventBusName": bus_name,
        "Source": event.source,
        "DetailType": event.detail_type,
        "Detail": json.dumps(event.told, separators=(",", ":")),
    }
