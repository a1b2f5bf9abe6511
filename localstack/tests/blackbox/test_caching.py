"""Availability is read over and over by everybody: who knows it already is told so."""

import time

import httpx
import pytest

from blackbox.accounts import Accounts
from blackbox.caller import Caller, gave, refused
from blackbox.routes import ABSENT_ID
from blackbox.show import SEATS, Show


@pytest.fixture(scope="module")
def path(show: Show) -> str:
    return f"/v1/seats/availability?eventId={show.event_id}"


def known(anybody: Caller, path: str, tags: str) -> httpx.Response:
    return anybody.ask("GET", path, headers={"If-None-Match": tags})


@pytest.mark.parametrize("tags", ["{}", "W/{}", '"x", {}', '{} , "y"', '"a,b", W/{}', "*"])
def test_who_knows_it_gets_a_304(anybody: Caller, path: str, tags: str) -> None:
    tag = anybody.get(path).headers["etag"]
    answer = known(anybody, path, tags.replace("{}", tag.removeprefix("W/")))
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag


@pytest.mark.parametrize("tags", ['"x"', "", "x", 'W/"x"', '"*"', ",", '"', "{}x", "x{}"])
def test_who_knows_another_state_gets_this_one(anybody: Caller, path: str, tags: str) -> None:
    # As a list of tags this is none, or has not this one.
    bare = anybody.get(path).headers["etag"].removeprefix("W/").strip('"')
    answer = known(anybody, path, tags.replace("{}", bare))
    assert gave(answer)["totalSeats"] == SEATS
    assert answer.headers["etag"]


def test_a_part_of_the_tag_is_not_the_tag(anybody: Caller, path: str) -> None:
    tag = anybody.get(path).headers["etag"].removeprefix("W/").strip('"')
    gave(known(anybody, path, f'"{tag[:4]}"'))
    gave(known(anybody, path, f'"{tag}{tag}"'))


def test_the_tag_changes_with_the_seats(
    anybody: Caller, accounts: Accounts, show: Show, path: str
) -> None:
    before = anybody.get(path)
    tag, free = before.headers["etag"], gave(before)["availableSeats"]
    someone = accounts.register()
    held = someone.reserve(show.event_id, 3)
    after = known(anybody, path, tag)
    # What was read in the last second may be said again.
    deadline = time.monotonic() + 5
    while after.status_code == 304 and time.monotonic() < deadline:
        time.sleep(0.1)
        after = known(anybody, path, tag)
    assert gave(after)["availableSeats"] == free - 3
    someone.post("/v1/seats/release", {"reservationId": held["reservationId"]})


def test_availability_may_be_kept_only_to_be_asked_about(anybody: Caller, path: str) -> None:
    answer = anybody.get(path)
    assert "no-cache" in answer.headers["cache-control"]
    assert "public" not in answer.headers["cache-control"]


def test_a_section_has_a_tag_of_its_own(anybody: Caller, path: str) -> None:
    whole = anybody.get(path).headers["etag"]
    section = known(anybody, f"{path}&section=Stalls", whole)
    assert section.status_code in (200, 304)
    refused(anybody.get(f"{path}&section=Nowhere"), 404, "not-found")


def test_nothing_is_known_of_what_is_not(anybody: Caller) -> None:
    absent = f"/v1/seats/availability?eventId={ABSENT_ID}"
    refused(known(anybody, absent, "*"), 404, "not-found")
