"""Every route, in every role, on a running stack: each cell of the matrix."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from e2e.client import ok

from authorization.matrix import IN, MATRIX, OWN_ONLY, Role, Route
from authorization.requests import REQUESTS, Asked
from authorization.scene import Scene

ROUTES = [pytest.param(route, id=str(route)) for route in MATRIX]
NOT_LET_IN = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
)
# The gateway's own ids among them.
_OF_EACH_ANSWER = {
    *("x-request-id", "x-amzn-requestid", "x-amz-request-id", "date", "content-length"),
}
CODES = {401: "unauthenticated", 403: "forbidden", 404: "not-found"}
FOREIGN = [
    pytest.param(route, role, id=f"{route} by {role}")
    for route, row in MATRIX.items()
    for role, expected in row.items()
    # A genuine code names its ticket: there is none of a ticket that is not there.
    if expected == 404 and route.path != "/v1/tickets/verify"
]


@pytest.mark.parametrize("route", ROUTES)
def test_each_role_gets_what_the_matrix_says(scene: Scene, route: Route) -> None:
    for role, expected in MATRIX[route].items():
        answer = scene.ask(role, route, REQUESTS[route])
        if expected == IN:
            assert answer.status_code not in NOT_LET_IN, (role, answer.text)
            assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, (role, answer.text)
        else:
            assert answer.status_code == expected, (role, answer.text)
            assert answer.json()["code"] == CODES[answer.status_code], (role, answer.text)


@pytest.mark.parametrize(("route", "role"), FOREIGN)
def test_what_is_somebody_elses_is_told_as_what_is_not_there(
    scene: Scene, route: Route, role: Role
) -> None:
    """To the letter, but for the id that was asked about."""
    asked = REQUESTS[route]
    foreign, absent = (
        _told(scene, role, route, asked),
        _told(scene, role, route, asked, absent=True),
    )
    assert foreign == absent


@pytest.mark.parametrize("route", sorted(OWN_ONLY), ids=str)
def test_what_all_may_ask_for_shows_others_nothing(scene: Scene, route: Route) -> None:
    asked = REQUESTS[route]
    mine = ok(scene.ask(Role.ORGANIZER, route, asked))
    theirs = ok(scene.ask(Role.RIVAL, route, asked))
    nothing = ok(scene.ask(Role.RIVAL, route, asked, **scene.absent()))
    assert theirs | {"eventId": None} == nothing | {"eventId": None}
    assert mine != theirs


def _told(
    scene: Scene, role: Role, route: Route, asked: Asked, *, absent: bool = False
) -> dict[str, Any]:
    # Its owner's own, not a new one: a refusal takes nothing away.
    others = scene.absent() if absent else {"user_id": scene.things["user_id"]}
    answer = scene.ask(role, route, asked, **others)
    text = answer.text
    things = (scene.things | others).values()
    for value in sorted(map(str, things), key=len, reverse=True):
        text = re.sub(rf"(?<![\w-]){re.escape(value)}(?![\w-])", "<>", text)
    headers = {name: value for name, value in answer.headers.items() if name not in _OF_EACH_ANSWER}
    return {"status": answer.status_code, "headers": headers, "text": text}
