"""The operations of the condition table, each run as one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from functions.seating.conditions import Operation
from functions.seating.domain import (
    TOMBSTONE,
    TTL_GRACE,
    Claim,
    HoldTerms,
    Reservation,
    Seat,
    Slot,
    seconds,
)
from functions.seating.parameters import NO_ORDER
from functions.seating.rules import (
    ALLOCATE,
    BLOCK,
    EXPIRE,
    RELEASE,
    RELEASE_SOLD,
    RESERVE,
    SECURE,
    UNBLOCK,
)
from functions.seating.store.claims import claim_of, slot_of
from functions.seating.store.keys import (
    Key,
    claim_key,
    record_key,
    slot_key,
    state_key,
)
from functions.seating.store.records import description_of, expired_counting
from functions.seating.store.writes import kind_of, write_of
from functions.shared.dynamodb import Refused, Table


class OperationRefused(Exception):  # noqa: N818 - an answer, not an error
    """Some step's conditions failed, and nothing was written.

    `claims` are those that refused, by seat, None for one that was not there or not told; `slot` is
    what the slot was if it refused.
    """

    def __init__(
        self,
        operation: Operation,
        claims: dict[int, Claim | None],
        *,
        record: bool,
        slot: Slot | None,
    ) -> None:
        super().__init__(f"{operation.name} refused")
        self.claims = claims
        self.record = record
        self.slot = slot

    @property
    def seat_ids(self) -> list[int]:
        return list(self.claims)


class _Target(NamedTuple):
    """The items an operation is about."""

    event_id: int
    seats: Sequence[Seat] = ()
    reservation_id: str = ""
    user_id: int = 0

    @classmethod
    def of(cls, reservation: Reservation) -> "_Target":
        return cls(
            reservation.event_id,
            reservation.seats,
            reservation.reservation_id,
            reservation.user_id,
        )

    def keys(self, kind: str) -> list[Key]:
        match kind:
            case "claim":
                return [claim_key(self.event_id, seat.section, seat.seat_id) for seat in self.seats]
            case "record":
                return [record_key(self.reservation_id)]
            case "slot":
                return [slot_key(self.event_id, self.user_id)]
            case "state":
                return [state_key(self.event_id)]
        raise ValueError(kind)


class Operations:
    def __init__(self, table: Table) -> None:
        self._table = table

    def reserve(
        self, reservation: Reservation, room_before: int, terms: HoldTerms, now: datetime
    ) -> None:
        """Every seat or none. Raises OperationRefused."""
        parameters = {
            "now": seconds(now),
            "reservation": reservation.reservation_id,
            "expires_at": seconds(reservation.expires_at),
            "claim_ttl": seconds(reservation.expires_at + TTL_GRACE),
            "record_ttl": seconds(reservation.expires_at + TOMBSTONE),
            "quantity": len(reservation.seats),
            "room_before": room_before,
            "user": reservation.user_id,
            "counted_since": seconds(now - terms.counts),
            "rests_since": seconds(now - terms.rests),
        }
        self._run(RESERVE, _Target.of(reservation), parameters, description_of(reservation))

    def secure(self, reservation: Reservation, order_id: str, now: datetime) -> None:
        """Every seat or none. Raises OperationRefused."""
        self._run(SECURE, _Target.of(reservation), _parameters(reservation, order_id, now))

    def allocate(self, reservation: Reservation, order_id: str, now: datetime) -> None:
        """Every seat or none. Raises OperationRefused."""
        self._run(ALLOCATE, _Target.of(reservation), _parameters(reservation, order_id, now))

    def release(self, reservation: Reservation, order_id: str | None, now: datetime) -> None:
        """Every seat at once. Raises OperationRefused."""
        parameters = _parameters(reservation, order_id or NO_ORDER, now)
        self._run(RELEASE, _Target.of(reservation), parameters)

    def release_remaining(
        self, reservation: Reservation, order_id: str | None, now: datetime
    ) -> None:
        """Each seat that is still its own by itself, then the record, and the slot if it waited.

        The record comes last, so that a run that breaks off is simply run again. Raises
        OperationRefused if the record refuses.
        """
        target = _Target.of(reservation)
        parameters = _parameters(reservation, order_id or NO_ORDER, now)
        for seat in reservation.seats:
            try:
                self._run_one(RELEASE, target._replace(seats=[seat]), parameters)
            except OperationRefused:
                continue  # Gone, or somebody else's by now.
        try:
            self._run(RELEASE, target._replace(seats=()), parameters)
        except OperationRefused as refused:
            if refused.slot is None or refused.record:
                raise
            self._run(RELEASE, target._replace(seats=()), parameters, without="slot")

    def release_sold(
        self, reservation: Reservation, seat: Seat, order_id: str, now: datetime
    ) -> None:
        """One refunded seat, taken off its owner's count with it. Raises OperationRefused."""
        target = _Target.of(reservation)._replace(seats=[seat])
        self._run(RELEASE_SOLD, target, _parameters(reservation, order_id, now))

    def expire(self, reservation: Reservation, now: datetime) -> None:
        """Once only, and counted for the report with it. Raises OperationRefused."""
        target = _Target.of(reservation)._replace(seats=())
        self._run(
            EXPIRE,
            target,
            _parameters(reservation, NO_ORDER, now),
            beside=expired_counting(self._table.name, reservation),
        )

    def block(self, event_id: int, seats: Sequence[Seat], map_id: str, now: datetime) -> None:
        """Every seat or none. Raises OperationRefused."""
        self._run(BLOCK, _Target(event_id, seats), {"now": seconds(now), "seat_map": map_id})

    def unblock(self, event_id: int, seats: Sequence[Seat]) -> None:
        """Every seat or none. Raises OperationRefused."""
        self._run(UNBLOCK, _Target(event_id, seats), {})

    def _run(
        self,
        operation: Operation,
        target: _Target,
        parameters: Mapping[str, Any],
        described_by: Mapping[str, Any] | None = None,
        *,
        without: str = "",
        beside: Sequence[dict[str, Any]] = (),
    ) -> None:
        kinds: list[str] = []
        writes: list[dict[str, Any]] = []
        for kind, step in operation.steps.items():
            if kind == without:
                continue
            for key in target.keys(kind):
                extra = described_by if kind == "record" else None
                kinds.append(kind)
                writes.append(
                    {kind_of(step): write_of(self._table.name, step, key, parameters, extra)}
                )
        try:
            self._table.transact([*writes, *beside])
        except Refused as refused:
            raise _refusal(operation, target, kinds, refused) from refused

    def _run_one(
        self, operation: Operation, target: _Target, parameters: Mapping[str, Any]
    ) -> None:
        step = operation.steps["claim"]
        (key,) = target.keys("claim")
        try:
            self._table.write(kind_of(step), write_of(self._table.name, step, key, parameters))
        except Refused as refused:
            raise _refusal(operation, target, ["claim"], refused) from refused


def _parameters(reservation: Reservation, order_id: str, now: datetime) -> dict[str, Any]:
    return {
        "now": seconds(now),
        "reservation": reservation.reservation_id,
        "order": order_id,
        "quantity": len(reservation.seats),
    }


def _refusal(
    operation: Operation, target: _Target, kinds: list[str], refused: Refused
) -> OperationRefused:
    claims = {
        target.seats[place].seat_id: claim_of(item) if item else None
        for place, item in refused.items.items()
        if kinds[place] == "claim"
    }
    by_kind = {kinds[place]: item for place, item in refused.items.items()}
    return OperationRefused(
        operation,
        claims,
        record="record" in by_kind or "state" in by_kind,
        slot=slot_of(by_kind["slot"] or {}) if "slot" in by_kind else None,
    )
