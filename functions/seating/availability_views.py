"""Availability as it is answered."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, Self

from functions.seating.availability import (
    CACHED_FOR,
    Availability,
    AvailabilityReader,
    SectionCounts,
)
from functions.seating.domain import SaleState, Seat, SeatStatus
from functions.seating.views import SeatView
from functions.shared.models import Instant, View


class SectionAvailabilityView(View):
    section: str
    general_admission: bool
    total_seats: int
    available_seats: int
    reserved_seats: int
    allocated_seats: int
    blocked_seats: int

    @classmethod
    def of(cls, counts: SectionCounts) -> Self:
        return cls(
            section=counts.section,
            general_admission=counts.general_admission,
            total_seats=counts.total,
            available_seats=counts.by_status.get(SeatStatus.AVAILABLE, 0),
            reserved_seats=counts.by_status.get(SeatStatus.RESERVED, 0),
            allocated_seats=counts.by_status.get(SeatStatus.ALLOCATED, 0),
            blocked_seats=counts.by_status.get(SeatStatus.BLOCKED, 0),
        )


class AvailabilityCountsView(View):
    event_id: int
    total_seats: int
    available_seats: int
    reserved_seats: int
    allocated_seats: int
    blocked_seats: int
    availability_by_section: list[SectionAvailabilityView]
    as_of: Instant

    @classmethod
    def of(cls, found: Availability) -> Self:
        sections = [SectionAvailabilityView.of(counts) for counts in found.sections]
        return cls(
            event_id=found.state.event_id,
            total_seats=sum(section.total_seats for section in sections),
            available_seats=sum(section.available_seats for section in sections),
            reserved_seats=sum(section.reserved_seats for section in sections),
            allocated_seats=sum(section.allocated_seats for section in sections),
            blocked_seats=sum(section.blocked_seats for section in sections),
            availability_by_section=sections,
            as_of=found.as_of,
        )


class AvailabilityView(AvailabilityCountsView):
    """`availableSeatsList` is null where there are too many seats: ask for a section."""

    available_seats_list: list[SeatView] | None


class AvailabilityAnswer(NamedTuple):
    """`body` is an AvailabilityView's JSON."""

    body: str
    etag: str
    as_of: datetime


class AvailabilityAnswers:
    """Answers ready to be sent: in a rush most readers ask for the very same one."""

    _KEPT: Final = 256

    def __init__(self, reader: AvailabilityReader) -> None:
        self._reader = reader
        self._seats = _SeatTexts()
        self._kept: dict[tuple[int, str | None], AvailabilityAnswer] = {}

    def answer(self, event_id: int, section: str | None, now: datetime) -> AvailabilityAnswer:
        """At most a second old. Raises NotFound."""
        kept = self._kept.get((event_id, section))
        if kept is not None and now - kept.as_of < CACHED_FOR:
            return kept
        found = self._reader.availability(event_id, section, now)
        counts = AvailabilityCountsView.of(found)
        seats = self._seats.free(found)
        # Weak: the same seats at another moment are the same to a reader.
        seen = counts.model_dump_json(exclude={"as_of"}) + seats
        etag = f'W/"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'
        body = f'{counts.model_dump_json()[:-1]},"availableSeatsList":{seats}}}'
        if len(self._kept) >= self._KEPT:
            self._kept.clear()
        fresh = self._kept[event_id, section] = AvailabilityAnswer(body, etag, found.as_of)
        return fresh


class _SeatTexts:
    """Free seats as JSON. A published map never changes, so each of its seats is encoded once."""

    # A text is 200 to 300 bytes, a Lambda's memory 1 GB.
    _KEPT: Final = 100_000

    def __init__(self) -> None:
        self._texts: dict[tuple[str | None, str | None], dict[int, str]] = {}

    def free(self, found: Availability) -> str:
        """JSON's list of the seats that are free, or its null."""
        seats, state = found.available_seats, found.state
        if seats is None:
            return "null"
        texts = self._texts.setdefault((state.map_id, state.currency), {})
        try:
            return _json_list([texts[seat.seat_id] for seat in seats])
        except KeyError:
            # Not all have been free before.
            texts = self._with(seats, state)
            return _json_list([texts[seat.seat_id] for seat in seats])

    def _with(self, seats: Sequence[Seat], state: SaleState) -> dict[int, str]:
        """The texts of a map's seats, these among them."""
        texts = self._texts[state.map_id, state.currency]
        missing = [seat for seat in seats if seat.seat_id not in texts]
        if len(missing) + sum(map(len, self._texts.values())) > self._KEPT:
            self._texts = {(state.map_id, state.currency): (texts := {})}
            missing = list(seats)
        for seat in missing:
            view = SeatView.of(seat, state.event_id, state.currency or "", SeatStatus.AVAILABLE)
            texts[seat.seat_id] = view.model_dump_json()
        return texts


def _json_list(texts: Sequence[str]) -> str:
    return f"[{','.join(texts)}]"
