"""House seats and the report over HTTP, and the health of the table."""

from types import ModuleType

import pytest

from functions.seating.tests.callers import another, reserve
from functions.seating.tests.faults import answering, refusal
from functions.seating.tests.shows import Show
from functions.shared.tests.deployed import Client, LocalIssuer
from functions.shared.tokens import Role


def test_house_seats_are_blocked_and_unblocked(
    client: Client, sale: Show, customer: str, organizer: str
) -> None:
    body = {"eventId": sale.event_id, "seatIds": [1, 2]}
    answer = client("POST", "/v1/seats/block", body, token=organizer)
    assert answer.body == {"eventId": sale.event_id, "seatIds": [1, 2], "status": "BLOCKED"}
    refused = reserve(client, customer, eventId=sale.event_id, seatIds=[2, 3])
    assert refused.problem(409, "seats-unavailable")["unavailableSeats"] == [2]
    reserve(client, customer, eventId=sale.event_id, seatIds=[3])
    refused = client("POST", "/v1/seats/block", body | {"seatIds": [3, 4]}, token=organizer)
    assert refused.problem(409, "seats-unavailable")["unavailableSeats"] == [3]
    answer = client("POST", "/v1/seats/unblock", body, token=organizer)
    assert answer.body["status"] == "AVAILABLE"
    refused = client("POST", "/v1/seats/unblock", body | {"seatIds": [3]}, token=organizer)
    assert refused.problem(409, "seats-not-blocked")["unavailableSeats"] == [3]


def test_seats_of_a_map_that_is_just_replaced_are_not_blocked(
    client: Client, sale: Show, organizer: str, seating_api: ModuleType
) -> None:
    body = {"eventId": sale.event_id, "seatIds": [1]}
    # The event's own summary, which names its map, is what the last condition is on.
    replaced = refusal("TransactionCanceledException", "None", "ConditionalCheckFailed")
    with answering(seating_api.store.table.client, "TransactWriteItems", replaced):
        answer = client("POST", "/v1/seats/block", body, token=organizer)
    answer.problem(409, "conflict")


@pytest.mark.parametrize("path", ["/v1/seats/block", "/v1/seats/unblock"])
def test_only_who_manages_the_event_blocks_its_seats(
    client: Client, sale: Show, customer: str, issuer: LocalIssuer, organizer: str, path: str
) -> None:
    body = {"eventId": sale.event_id, "seatIds": [1]}
    client("POST", path, body).problem(401, "unauthenticated")
    client("POST", path, body, token=customer).problem(403, "forbidden")
    foreign = another(issuer, Role.EVENT_ORGANIZER)
    client("POST", path, body, token=foreign).problem(404, "not-found")
    answer = client("POST", path, body | {"seatIds": [999, 1]}, token=organizer)
    assert answer.faults() == {"/seatIds/0"}
    answer = client("POST", path, body | {"seatIds": [1, 1]}, token=organizer)
    assert answer.faults() == {"/seatIds"}


def test_the_report_adds_up(
    client: Client, sale: Show, customer: str, organizer: str, issuer: LocalIssuer
) -> None:
    sale.sell(1, 2)
    reserve(client, customer, eventId=sale.event_id, seatIds=[3])
    query = {"eventId": sale.event_id}
    body = client("GET", "/v1/seats/report", query=query, token=organizer).body
    assert {name: body[name] for name in ("totalSeats", "soldValueCents", "heldValueCents")} == {
        "totalSeats": 25,
        "soldValueCents": 2_000,
        "heldValueCents": 1_000,
    }
    assert body["lines"][0] == {
        "section": "Stalls",
        "category": "STANDARD",
        "priceCents": 1_000,
        "totalSeats": 20,
        "availableSeats": 17,
        "reservedSeats": 1,
        "allocatedSeats": 2,
        "blockedSeats": 0,
        "heldValueCents": 1_000,
        "soldValueCents": 2_000,
        "expiredHolds": 0,
    }
    (day,) = body["sellThrough"]
    assert (day["soldSeats"], day["soldSeatsSoFar"], day["share"]) == (2, 2, 0.08)
    assert day["day"] == sale.now.date().isoformat()
    client("GET", "/v1/seats/report", query=query, token=customer).problem(403, "forbidden")
    foreign = another(issuer, Role.EVENT_ORGANIZER)
    client("GET", "/v1/seats/report", query=query, token=foreign).problem(404, "not-found")
    client("GET", "/v1/seats/report", query=query).problem(401, "unauthenticated")


def test_health_reads_the_table(client: Client, seating_api: ModuleType) -> None:
    assert client("GET", "/health/seating").body == {"status": "ok"}
    broken = refusal("ResourceNotFoundException")
    with answering(seating_api.store.table.client, "GetItem", broken):
        client("GET", "/health/seating").problem(503, "service-unavailable")
