"""How the importer speaks to an API that is busy, forgetful, wrong or gone."""

from collections.abc import Iterator

import pytest
from embedded.config import HOST, free_port
from embedded.importer.client import PATIENCE_SECONDS, Api, Refused, Stopped

from importer.fake_api import FakeApi

VENUE = {"name": "Hall", "city": "Goa", "capacity": 5}


class Clock:
    """Seconds that pass only by sleeping."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(fake: FakeApi, clock: Clock) -> Iterator[Api]:
    with Api(fake.url, "admin", "admin-local-only", sleep=clock.sleep, clock=clock) as api:
        yield api


def test_one_sign_in_serves_until_the_token_is_about_to_expire(
    api: Api, fake: FakeApi, clock: Clock
) -> None:
    for _ in range(3):
        api.post("/v1/venues", VENUE)
    assert fake.sign_ins == 1
    clock.sleep(fake.token_seconds - 29)
    api.post("/v1/venues", VENUE)
    assert fake.sign_ins == 2


def test_a_token_the_server_no_longer_accepts_is_replaced_and_the_call_repeated(
    api: Api, fake: FakeApi
) -> None:
    api.post("/v1/venues", VENUE)
    fake.tokens.clear()
    api.post("/v1/venues", VENUE)
    assert (fake.sign_ins, len(fake.shop.venues)) == (2, 2)


def test_a_busy_api_is_asked_again_until_it_answers(api: Api, fake: FakeApi) -> None:
    fake.is_busy = lambda number: number % 3 != 0
    for _ in range(5):
        api.post("/v1/venues", VENUE)
    assert len(fake.shop.venues) == 5


def test_an_api_that_stays_busy_stops_the_import(api: Api, fake: FakeApi, clock: Clock) -> None:
    api.sign_in()
    began = clock()
    fake.is_busy = lambda _: True
    with pytest.raises(Stopped, match="/v1/venues is not answered: status 503"):
        api.post("/v1/venues", VENUE)
    assert PATIENCE_SECONDS / 2 < clock() - began <= PATIENCE_SECONDS


def test_every_page_of_a_list_is_read(api: Api, fake: FakeApi) -> None:
    for _ in range(7):
        api.post("/v1/venues", VENUE)
    assert len({venue["venueId"] for venue in api.items("/v1/venues")}) == 7


def test_a_refusal_says_what_the_problem_is(api: Api) -> None:
    with pytest.raises(Refused, match=r"^422 validation-failed: wrong \(: not exactly name "):
        api.post("/v1/venues", {**VENUE, "stars": 5})


def test_a_wrong_password_stops_the_import_in_one_line(fake: FakeApi) -> None:
    with (
        Api(fake.url, "admin", "wrong") as api,
        pytest.raises(Stopped, match="does not let the administrator in: 401 invalid-cred"),
    ):
        api.sign_in()


def test_a_stack_that_is_not_there_stops_the_import_at_once(clock: Clock) -> None:
    url = f"http://{HOST}:{free_port()}"
    with (
        Api(url, "admin", "x", sleep=clock.sleep, clock=clock) as api,
        pytest.raises(Stopped, match=f"^Nobody answers at {url}"),
    ):
        api.sign_in()


def test_a_write_whose_answer_is_lost_is_not_sent_again(api: Api, fake: FakeApi) -> None:
    def lose(_: int) -> None:
        raise ConnectionAbortedError

    fake.after_write = lose
    with pytest.raises(Stopped, match=r"^POST http://\S+/v1/venues failed: status 500$"):
        api.post("/v1/venues", VENUE)
    assert len(fake.shop.venues) == 1
