"""Availability as it is sent: text that is put together, and is what its model says."""

from datetime import timedelta

import pytest

from functions.seating.availability import AvailabilityReader
from functions.seating.availability_views import AvailabilityAnswers, AvailabilityView, _SeatTexts
from functions.seating.domain import EventStatus, SeatStatus
from functions.seating.store.store import Store
from functions.seating.tests.shows import Show, floor, hall
from functions.seating.views import SeatView


def answered(answers: AvailabilityAnswers, show: Show) -> AvailabilityView:
    text = answers.answer(show.event_id, None, show.now).body
    return AvailabilityView.model_validate_json(text)


def sections(answers: AvailabilityAnswers, show: Show) -> list[str]:
    return [seat.section for seat in answered(answers, show).available_seats_list or ()]


@pytest.fixture
def answers(store: Store) -> AvailabilityAnswers:
    return AvailabilityAnswers(AvailabilityReader(store))


def test_the_text_is_that_of_the_model(store: Store, answers: AvailabilityAnswers) -> None:
    show = Show(store, hall(3, name='Stalls "é" \\'), floor(2))
    show.reserve(2)
    text = answers.answer(show.event_id, None, show.now).body
    view = AvailabilityView.model_validate_json(text)
    assert view.model_dump_json() == text
    seats = [
        seat for section in show.published.sections for seat in section.seats if seat.seat_id != 2
    ]
    assert view.available_seats_list == [
        SeatView.of(seat, show.event_id, show.published.state.currency or "", SeatStatus.AVAILABLE)
        for seat in seats
    ]


def test_a_new_map_is_told_with_its_own_seats(store: Store, answers: AvailabilityAnswers) -> None:
    show = Show(store, hall(3), status=EventStatus.SCHEDULED)
    assert sections(answers, show) == ["Stalls"] * 3
    show.publish(floor(2))
    show.later(seconds=2)
    assert sections(answers, show) == ["Floor"] * 2


def test_the_texts_of_seats_that_are_kept_are_bounded(
    store: Store, answers: AvailabilityAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_SeatTexts, "_KEPT", 5)
    shows = [Show(store, hall(4)), Show(store, hall(3)), Show(store, hall(6))]
    for show in [*shows, *shows]:
        show.now += timedelta(seconds=2)
        assert (
            len(answered(answers, show).available_seats_list or ())
            == show.published.state.total_seats
        )
        assert sum(map(len, answers._seats._texts.values())) <= 6
