"""What catalog says of an event, and what it is to seating when catalog does not answer."""

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest

from functions.seating.catalog import Catalog
from functions.seating.domain import EventStatus, RefundPolicy, SaleState
from functions.shared.problems import NotFound, ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


class Answering:
    """A Lambda client whose function gives this answer."""

    def __init__(self, answer: Any, **more: Any) -> None:
        self._reply = {"Payload": BytesIO(json.dumps(answer).encode()), **more}
        self.asked: dict[str, Any] = {}

    def invoke(self, **arguments: Any) -> dict[str, Any]:
        self.asked = arguments
        return self._reply


def describe(client: Answering) -> Any:
    return Catalog(cast("LambdaClient", client), "catalog-tasks").describe_event(41)


def test_an_event_is_described_with_state_currency_and_price() -> None:
    client = Answering(
        {
            "eventId": 41,
            "status": "ON_SALE",
            "organizerId": 3,
            "currency": "INR",
            "basePriceCents": 68_328,
            "version": 5,
            "title": "Workshop",
            "venueName": "Hall",
            "eventDate": "2026-12-24T20:00:00Z",
            "refundPolicy": {"fullUntil": "2026-12-22T20:00:00+00:00", "thenPercent": 50},
        }
    )
    event = describe(client)
    policy = RefundPolicy(datetime(2026, 12, 22, 20, tzinfo=UTC), 50)
    assert event.state == SaleState(41, 3, EventStatus.ON_SALE, 5, refund_policy=policy)
    assert (event.currency, event.base_price_cents) == ("INR", 68_328)
    assert client.asked["FunctionName"] == "catalog-tasks"
    asked = json.loads(client.asked["Payload"])
    assert asked == {"task": "describe_event", "answerProblems": True, "eventId": 41}


def test_an_unknown_event_is_not_found() -> None:
    with pytest.raises(NotFound):
        describe(Answering({"problem": NotFound("There is no event 41.").document()}))


def test_a_catalog_that_crashes_or_is_away_is_a_503(aws_endpoint: str) -> None:
    with pytest.raises(ServiceUnavailable):
        describe(Answering({"errorType": "KeyError"}, FunctionError="Unhandled"))
    nobody = boto3.client("lambda", endpoint_url=aws_endpoint)
    with pytest.raises(ServiceUnavailable):
        Catalog(nobody, "no-such-function").describe_event(41)
