"""Demo data, through the public API: two venues, an organizer, an event on sale and one to come."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from embedded import administrator
from embedded.errors import StackError

ORGANIZER: Final = "organizer"
ORGANIZER_PASSWORD: Final = "organizer-local-only"  # noqa: S105
_VENUES: Final = (
    {"name": "Town Hall", "city": "Mumbai", "capacity": 200},
    {"name": "Riverside Stage", "city": "Bengaluru", "capacity": 80},
)
_CONCERT: Final = "An Evening of Raga"
_PLAY: Final = "The Understudy"
_CONCERT_MAP: Final = {
    "sections": [
        {
            "name": "Stalls",
            "category": "Standard",
            "priceCents": 120_000,
            "rows": [{"row": row, "seats": 14} for row in "ABCDEFGH"],
        },
        {
            "name": "Balcony",
            "category": "Premium",
            "priceCents": 250_000,
            "rows": [{"row": row, "seats": 12} for row in "ABC"],
        },
        {"name": "Terrace", "generalAdmission": 52, "priceCents": 60_000},
    ]
}
_PLAY_MAP: Final = {
    "sections": [
        {
            "name": "Floor",
            "category": "Standard",
            "priceCents": 80_000,
            "rows": [{"row": row, "seats": 10} for row in "ABCDEFGH"],
        }
    ]
}


class DemoError(StackError):
    """The API refused demo data; the message is its answer."""


def load_demo(url: str) -> bool:
    """Load what is missing. False if nothing was. Raises DemoError."""
    with httpx.Client(base_url=url, timeout=60) as http:
        concert = _find(http, _CONCERT)
        if concert is not None and concert["status"] != "SCHEDULED":
            # Putting it on sale comes last, so everything before it was done.
            return False
        admin = _sign_in(http, administrator.USERNAME, administrator.PASSWORD)
        organizer = _ensure_organizer(http, admin)
        hall, stage = [_ensure_venue(http, organizer, venue) for venue in _VENUES]
        path = _ensure_event(http, organizer, hall, _CONCERT, "CONCERT", _CONCERT_MAP, days=30)
        _ensure_event(http, organizer, stage, _PLAY, "THEATRE", _PLAY_MAP, days=75)
        _ok(http.patch(path, json={"status": "ON_SALE"}, headers=_as(organizer)))
    return True


def _ensure_organizer(http: httpx.Client, admin: str) -> str:
    """The token of an account that may organize events."""
    account = {
        "username": ORGANIZER,
        "email": f"{ORGANIZER}@boxoffice.example",
        "password": ORGANIZER_PASSWORD,
        "firstName": "Olga",
        "lastName": "Organizer",
    }
    answer = http.post("/v1/users/register", json=account)
    if answer.status_code != httpx.codes.CONFLICT:
        user = _ok(answer)["user"]
        role = {"role": "EVENT_ORGANIZER"}
        _ok(http.patch(f"/v1/users/{user['id']}/role", json=role, headers=_as(admin)))
    # Signed in after that, as a token carries the role it was issued with.
    return _sign_in(http, ORGANIZER, ORGANIZER_PASSWORD)


def _ensure_venue(http: httpx.Client, organizer: str, venue: dict[str, Any]) -> int:
    for known in _ok(http.get("/v1/venues", params={"limit": 100}))["items"]:
        if known["name"] == venue["name"]:
            return int(known["venueId"])
    made = _ok(http.post("/v1/venues", json=venue, headers=_as(organizer)))
    return int(made["venueId"])


def _ensure_event(
    http: httpx.Client,
    organizer: str,
    venue: int,
    title: str,
    kind: str,
    seat_map: dict[str, Any],
    *,
    days: int,
) -> str:
    """The event's path."""
    event = _find(http, title)
    if event is None:
        evening = datetime.now(UTC).replace(hour=14, minute=0, second=0, microsecond=0)
        event = _ok(
            http.post(
                "/v1/events",
                json={
                    "venueId": venue,
                    "title": title,
                    "eventType": kind,
                    "eventDate": (evening + timedelta(days=days)).isoformat(),
                    "basePriceCents": 60_000,
                    "currency": "INR",
                    "status": "SCHEDULED",
                },
                headers=_as(organizer),
            )
        )
    path = f"/v1/events/{event['eventId']}"
    # A map may be replaced while its event is SCHEDULED, so a load that broke off is done again.
    if event["status"] == "SCHEDULED":
        _ok(http.put(f"{path}/seats", json=seat_map, headers=_as(organizer)))
    return path


def _find(http: httpx.Client, title: str) -> dict[str, Any] | None:
    for event in _ok(http.get("/v1/events/search", params={"q": title}))["items"]:
        if event["title"] == title:
            return dict(event)
    return None


def _sign_in(http: httpx.Client, username: str, password: str) -> str:
    given = {"usernameOrEmail": username, "password": password}
    return str(_ok(http.post("/v1/users/login", json=given))["token"])


def _as(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _ok(answer: httpx.Response) -> Any:
    if answer.is_error:
        request = answer.request
        raise DemoError(f"{request.method} {request.url.path} answers {answer.text}")
    return answer.json()
