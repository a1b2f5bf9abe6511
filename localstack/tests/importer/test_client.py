"""How the importer speaks to an API that is busy, forgetful, wrong or gone."""

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
from embedded.config import HOST, free_port
from embedded.importer.client import Api
from embedded.importer.transport import MAX_FAILURES, PATIENCE_SECONDS, ImportStopped, Refused
from starlette.responses import JSONResponse, PlainTextResponse

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


def busy() -> JSONResponse:
    return JSONResponse({}, 503, {"Retry-After": "5"})


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
    fake.instead = lambda number: None if number % 3 == 0 else busy()
    for _ in range(5):
        api.post("/v1/venues", VENUE)
    assert len(fake.shop.venues) == 5


def test_an_api_that_stays_busy_stops_the_import(api: Api, fake: FakeApi, clock: Clock) -> None:
    api.sign_in()
    began = clock()
    fake.instead = lambda _: busy()
    with pytest.raises(ImportStopped, match=r"/v1/venues at \S+ is not answered: status 503"):
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
        pytest.raises(ImportStopped, match="does not let the administrator in: 401 invalid-cred"),
    ):
        api.sign_in()


def test_a_stack_that_is_not_there_stops_the_import_at_once(clock: Clock) -> None:
    url = f"http://{HOST}:{free_port()}"
    with (
        Api(url, "admin", "x", sleep=clock.sleep, clock=clock) as api,
        pytest.raises(ImportStopped, match=f"^Nobody answers at {url}"),
    ):
        api.sign_in()


class Dropping:
    """A server that reads each request and hangs up."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self._socket = socket.create_server((HOST, 0))
        self.url = f"http://{HOST}:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                request = connection.recv(65536)
                if request == b"end":
                    return
                self.requests.append(request)

    def close(self) -> None:
        with socket.create_connection(self._socket.getsockname()) as connection:
            connection.sendall(b"end")
        self._thread.join()
        self._socket.close()


@pytest.fixture
def dropping() -> Iterator[Dropping]:
    server = Dropping()
    yield server
    server.close()


def test_a_write_is_not_sent_again_when_its_answer_is_lost(
    api: Api, dropping: Dropping, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.sign_in()
    monkeypatch.setattr(api._transport, "_http", httpx.Client(base_url=dropping.url))
    with pytest.raises(ImportStopped, match=r"^POST /v1/venues at \S+ broke off: "):
        api.post("/v1/venues", VENUE)
    assert len(dropping.requests) == 1


def test_what_may_be_repeated_is_sent_again_when_its_answer_is_lost(
    api: Api, dropping: Dropping, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.sign_in()
    monkeypatch.setattr(api._transport, "_http", httpx.Client(base_url=dropping.url))
    with pytest.raises(ImportStopped, match="is not answered"):
        api.post_once("/v1/orders", {}, "key-1")
    assert len(dropping.requests) > 1
    assert all(b"key-1" in request for request in dropping.requests)


def test_a_write_that_fails_in_the_system_is_not_sent_again(api: Api, fake: FakeApi) -> None:
    def fail(_: int) -> None:
        raise RuntimeError

    fake.after_write = fail
    with pytest.raises(
        ImportStopped, match=r"^POST /v1/venues at \S+ failed: status 500\. Run it again"
    ):
        api.post("/v1/venues", VENUE)
    assert len(fake.shop.venues) == 1


def test_what_may_be_repeated_is_sent_again_when_the_system_fails_but_not_for_ever(
    api: Api, fake: FakeApi
) -> None:
    api.sign_in()
    asked = []

    def fail(number: int) -> PlainTextResponse:
        asked.append(number)
        return PlainTextResponse("out of order", 500)

    fake.instead = fail
    with pytest.raises(ImportStopped, match=r"^GET /v1/venues at \S+ failed: status 500\. Run it"):
        api.get("/v1/venues")
    assert len(asked) == 1 + MAX_FAILURES


def test_an_account_that_may_not_import_stops_it(api: Api, fake: FakeApi) -> None:
    api.sign_in()
    fake.instead = lambda _: JSONResponse({"code": "forbidden", "detail": "no"}, 403)
    with pytest.raises(ImportStopped, match="not for this account: 403 forbidden: no"):
        api.post("/v1/venues", VENUE)


def test_something_that_is_no_api_stops_the_import(api: Api, fake: FakeApi) -> None:
    fake.instead = lambda _: PlainTextResponse("<html>Welcome</html>")
    with pytest.raises(
        ImportStopped, match=r"^POST /v1/users/login at \S+ is not answered in JSON$"
    ):
        api.sign_in()
