"""A write whose answer was lost: asked again, it is answered, and nothing happens twice."""

from typing import TYPE_CHECKING

import pytest

from functions.seating import booking
from functions.seating.domain import ReservationStatus, Slot
from functions.seating.rules import ALLOCATE
from functions.seating.store.keys import claim_key
from functions.seating.store.operations import OperationRefused
from functions.seating.tests.faults import losing_the_answer
from functions.seating.tests.shows import Show, new_id, new_user_id
from functions.shared.marshalling import marshal
from functions.shared.problems import ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ORDER = "order-1"


def test_every_step_of_a_booking_survives_a_lost_answer(
    show: Show, dynamodb: "DynamoDBClient"
) -> None:
    user, reservation_id = new_user_id(), new_id()
    lost = losing_the_answer(dynamodb, "TransactWriteItems")
    with lost, pytest.raises(ServiceUnavailable):
        show.reserve(1, 2, user_id=user, reservation_id=reservation_id)
    reservation = show.reserve(1, 2, user_id=user, reservation_id=reservation_id)
    assert show.claims() == {1: "HELD", 2: "HELD"}

    lost = losing_the_answer(dynamodb, "TransactWriteItems")
    with lost, pytest.raises(ServiceUnavailable):
        show.secure(reservation, ORDER)
    assert show.secure(reservation, ORDER).status is ReservationStatus.PAYING

    lost = losing_the_answer(dynamodb, "TransactWriteItems")
    with lost, pytest.raises(ServiceUnavailable):
        show.allocate(reservation, ORDER)
    assert show.allocate(reservation, ORDER).status is ReservationStatus.COMPLETED
    assert show.slot(user) == Slot(sold_qty=2)

    lost = losing_the_answer(dynamodb, "TransactWriteItems")
    with lost, pytest.raises(ServiceUnavailable):
        booking.release_sold(show.store, reservation_id, ORDER, [1, 2], show.now)
    assert booking.release_sold(show.store, reservation_id, ORDER, [1, 2], show.now) == [2]
    assert (show.claims(), show.slot(user)) == ({}, Slot(sold_qty=0))


def test_a_release_survives_a_lost_answer(show: Show, dynamodb: "DynamoDBClient") -> None:
    reservation = show.reserve(1, 2)
    lost = losing_the_answer(dynamodb, "TransactWriteItems")
    with lost, pytest.raises(ServiceUnavailable):
        show.release(reservation)
    show.release(reservation)
    assert show.claims() == {}
    assert show.record(reservation).status is ReservationStatus.RELEASED


@pytest.mark.parametrize("sold", [0, 1, 2])
def test_an_allocation_that_sees_half_of_its_own_twin_is_tried_again(
    show: Show, monkeypatch: pytest.MonkeyPatch, sold: int
) -> None:
    """As two deliveries at once might: seats sold to the order, its record not yet COMPLETED."""
    reservation = show.reserve(1, 2)
    show.secure(reservation, ORDER)
    for seat_id in range(1, sold + 1):
        show.store.table.client.update_item(
            TableName=show.store.table.name,
            Key=marshal(claim_key(show.event_id, "Stalls", seat_id)),
            UpdateExpression="SET #status = :sold",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=marshal({":sold": "ALLOCATED"}),
        )

    def refuse(*_: object) -> None:
        raise OperationRefused(ALLOCATE, {1: None}, record=True, slot=None)

    monkeypatch.setattr(show.store.operations, "allocate", refuse)
    with pytest.raises(ServiceUnavailable):
        show.allocate(reservation, ORDER)
