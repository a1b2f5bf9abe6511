"""What time makes of claims and reservations: of held ones and active ones only. Pure."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.seating.domain import (
    MAX_SEATS_A_RESERVATION,
    MAX_TICKETS_A_USER,
    TOMBSTONE,
    Claim,
    ClaimStatus,
    Reservation,
    ReservationStatus,
    SeatStatus,
    seat_status,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
SEEN = {
    ClaimStatus.HELD: SeatStatus.RESERVED,
    ClaimStatus.PAYING: SeatStatus.RESERVED,
    ClaimStatus.ALLOCATED: SeatStatus.ALLOCATED,
    ClaimStatus.BLOCKED: SeatStatus.BLOCKED,
}


def test_a_held_seat_is_free_from_the_moment_its_time_is_up() -> None:
    held = Claim(1, ClaimStatus.HELD, "r-1", expires_at=NOON)
    assert (held.is_live(NOON - TICK), held.is_live(NOON)) == (True, False)
    assert seat_status(held, NOON - TICK) is SeatStatus.RESERVED
    assert seat_status(held, NOON) is SeatStatus.AVAILABLE


@pytest.mark.parametrize("status", ClaimStatus)
def test_what_has_no_end_is_never_over(status: ClaimStatus) -> None:
    claim = Claim(1, status, "r-1", "o-1")
    assert claim.is_live(NOON)
    assert seat_status(claim, NOON) is SEEN[status]


@pytest.mark.parametrize("status", sorted(set(ClaimStatus) - {ClaimStatus.HELD}))
def test_time_frees_no_seat_that_waits_for_a_decision(status: ClaimStatus) -> None:
    """Not even one that damage has left an end."""
    claim = Claim(1, status, "r-1", "o-1", expires_at=NOON)
    assert claim.is_live(NOON + timedelta(days=365))


def test_a_seat_without_a_claim_is_free() -> None:
    assert seat_status(None, NOON) is SeatStatus.AVAILABLE


@pytest.mark.parametrize("status", ReservationStatus)
def test_only_an_active_reservation_is_over_by_itself(status: ReservationStatus) -> None:
    reservation = Reservation("r-1", 7, 3, 5, (), "INR", NOON, "0" * 64, status)
    assert reservation.status_at(NOON - TICK) is status
    is_active = status is ReservationStatus.ACTIVE
    assert reservation.status_at(NOON) is (ReservationStatus.EXPIRED if is_active else status)


def test_the_limits_are_those_that_are_promised() -> None:
    """DESIGN.md: at most ten seats a transaction, ten tickets a user and event, a tombstone of a
    day or more.
    """
    assert (MAX_SEATS_A_RESERVATION, MAX_TICKETS_A_USER) == (10, 10)
    assert timedelta(days=1) <= TOMBSTONE
