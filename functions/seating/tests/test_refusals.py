"""A refusal is cheap: what nobody could get a moment ago is not looked for again."""

from copy import copy
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import pytest

from functions.seating import blocks, booking
from functions.seating.domain import Claim
from functions.seating.drafts import DraftRow, DraftSeat, DraftSection
from functions.seating.problems import SeatsUnavailable
from functions.seating.refusals import Refusals
from functions.seating.store.claims import Claims
from functions.seating.store.store import Store
from functions.seating.tests.callers import another, reserve
from functions.seating.tests.shows import Show, floor, hall, new_user_id
from functions.seating.tests.slowed import OVER
from functions.shared.tests.deployed import Client, LocalIssuer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@pytest.fixture
def show(store: Store) -> Show:
    """Rows of five and four, told apart by what the function that sells them has seen."""
    show = Show(store, hall(5), hall(4, name="Balcony"))
    show.refusals = Refusals(lambda: show.now)
    return show


def refused(show: Show, quantity: int, reads: int = 9, **wish: Any) -> bool:
    """Whether so many are refused, if asked through a client that breaks after so many queries."""
    seen = show.breaking_after(reads, "query")
    try:
        seen.reserve(quantity=quantity, **wish)
    except SeatsUnavailable:
        return True
    return False


def test_who_asks_after_a_refusal_costs_no_look_at_the_claims(show: Show) -> None:
    show.reserve(3)
    assert refused(show, 5, reads=2)
    assert refused(show, 5, reads=0)
    assert refused(show, 6, reads=0)


def test_fewer_seats_are_looked_for(show: Show) -> None:
    show.reserve(3)
    assert refused(show, 5)
    assert [seat.seat_id for seat in show.reserve(quantity=2).seats] == [1, 2]


def test_each_section_is_seen_by_itself(show: Show) -> None:
    show.reserve(3)
    assert refused(show, 4, section="Stalls")
    assert [seat.section for seat in show.reserve(quantity=4).seats] == ["Balcony"] * 4


def test_each_category_is_seen_by_itself(store: Store) -> None:
    seats = (DraftSeat("1", "", category="VIP"), DraftSeat("2", "", category="VIP"))
    show = Show(store, DraftSection("Box", "", (DraftRow("A", (*seats, DraftSeat("3", ""))),)))
    show.refusals = Refusals(lambda: show.now)
    assert refused(show, 3, category="VIP")
    assert not refused(show, 3)


def test_a_category_that_no_seat_has_costs_no_look_at_the_claims(show: Show) -> None:
    assert refused(show, 1, reads=0, category="VIP")


def test_seats_given_back_are_offered_a_second_later(show: Show) -> None:
    held = show.reserve(3)
    assert refused(show, 5)
    show.release(held)
    assert refused(show, 5)
    show.later(seconds=0.9)
    assert refused(show, 5)
    show.later(seconds=0.1)
    assert not refused(show, 5)


def test_where_all_are_sold_it_takes_five_seconds(show: Show) -> None:
    sold = show.sell(3)
    assert refused(show, 5, section="Stalls")
    booking.release_sold(show.store, sold.reservation_id, "o", [3], show.now)
    show.later(seconds=4.9)
    assert refused(show, 5, section="Stalls")
    show.later(seconds=0.1)
    assert not refused(show, 5, section="Stalls")


def test_seats_are_offered_the_moment_their_hold_runs_out(show: Show) -> None:
    show.reserve(3)
    show.later(**OVER).later(seconds=-0.5)
    assert refused(show, 5)
    show.later(seconds=0.5)
    assert not refused(show, 5)


def test_house_seats_that_are_unblocked_are_offered_a_second_later(show: Show) -> None:
    blocks.block(show.store, show.published.state, [3], show.now)
    assert refused(show, 5, section="Stalls")
    blocks.unblock(show.store, show.published.state, [3])
    show.later(seconds=1)
    assert not refused(show, 5, section="Stalls")


class _Slow:
    """A DynamoDB client whose queries take a while, of the time that the test moves."""

    def __init__(self, show: Show, **takes: float) -> None:
        self._client = show.store.table.client
        self._show = show
        self._takes = takes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def query(self, **asked: Any) -> Any:
        answer = self._client.query(**asked)
        self._show.later(**self._takes)
        return answer


def test_a_hold_that_runs_out_during_the_look_is_seen_by_the_next(show: Show) -> None:
    show.sell(1, 2, 4, 5)
    show.reserve(3)
    show.later(**OVER).later(seconds=-0.1)
    show.store = Store(cast("DynamoDBClient", _Slow(show, seconds=0.2)), show.store.table.name)
    assert refused(show, 1, section="Stalls")
    assert not refused(show, 1, section="Stalls")


def test_a_look_that_takes_long_is_not_taken_again(show: Show) -> None:
    show.reserve(3)
    show.store = Store(cast("DynamoDBClient", _Slow(show, seconds=2)), show.store.table.name)
    assert refused(show, 5, section="Stalls")
    assert refused(show, 5, reads=0, section="Stalls")


class _SeesNoClaim(Claims):
    """What an eventually consistent read may say of claims that were made just now."""

    def of_section(
        self, event_id: int, section: str, *, consistent: bool = False
    ) -> dict[int, Claim]:
        return {}


def test_who_lost_a_race_for_claims_not_seen_yet_stands_in_nobodys_way(show: Show) -> None:
    held = show.reserve(3)
    late = copy(show)
    late.store = copy(show.store)
    late.store.claims = _SeesNoClaim(show.store.table)
    with pytest.raises(SeatsUnavailable) as lost:
        late.reserve(quantity=5, section="Stalls")
    assert lost.value.extensions["unavailableSeats"] == []
    show.release(held)
    assert not refused(show, 5, section="Stalls")


def test_a_function_remembers_what_it_refused(
    client: Client,
    sale: Show,
    issuer: LocalIssuer,
    seating_api: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = []
    claims = seating_api.store.claims

    def of_section(event_id: int, section: str) -> dict[int, Claim]:
        looks.append(section)
        return Claims.of_section(claims, event_id, section)

    monkeypatch.setattr(claims, "of_section", of_section)
    for _ in range(2):
        answer = reserve(
            client, another(issuer), eventId=sale.event_id, quantity=6, section="Floor"
        )
        answer.problem(409, "seats-unavailable")
    assert looks == ["Floor"]


def test_general_admission_too(store: Store) -> None:
    show = Show(store, floor(4))
    show.refusals = Refusals(lambda: show.now)
    show.sell(1, 2)
    assert refused(show, 3, reads=1)
    assert refused(show, 3, reads=0)
    assert not refused(show, 2)


def test_who_is_refused_only_for_seats_that_rest_stands_in_nobodys_way(show: Show) -> None:
    user = new_user_id()
    show.reserve(3, user_id=user)
    show.later(**OVER)
    mine = partial(refused, show, 5, section="Stalls", user_id=user)
    assert mine()
    assert not refused(show, 5, section="Stalls")


def test_a_look_back_by_an_earlier_clock_sees_nothing(show: Show) -> None:
    held = show.reserve(3)
    assert refused(show, 5)
    show.release(held)
    show.later(seconds=-2)
    assert not refused(show, 5)
