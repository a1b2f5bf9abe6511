"""Reading and releasing a reservation over HTTP."""

from functions.seating.store.store import Store
from functions.seating.tests.callers import another, reserve
from functions.seating.tests.shows import Show, new_user_id
from functions.shared.tests.deployed import Client, LocalIssuer
from functions.shared.tokens import Role


def test_a_reservation_is_read_by_its_owner_and_who_manages_the_event(
    client: Client, sale: Show, customer: str, organizer: str, admin: str, issuer: LocalIssuer
) -> None:
    made = reserve(client, customer, eventId=sale.event_id, seatIds=[1]).body
    path = f"/v1/seats/reservations/{made['reservationId']}"
    for token in (customer, organizer, admin):
        body = client("GET", path, token=token).body
        assert made.items() <= body.items()
        assert (body["status"], body["orderId"]) == ("ACTIVE", None)
    client("GET", path, token=another(issuer)).problem(404, "not-found")
    foreign = another(issuer, Role.EVENT_ORGANIZER)
    client("GET", path, token=foreign).problem(404, "not-found")
    client("GET", path).problem(401, "unauthenticated")


def test_a_reservation_shows_every_state(
    client: Client, sale: Show, store: Store, admin: str
) -> None:
    def state(reservation_id: str) -> tuple[str, str]:
        path = f"/v1/seats/reservations/{reservation_id}"
        body = client("GET", path, token=admin).body
        return body["status"], body["reservedSeats"][0]["status"]

    reservation = sale.reserve(1)
    sale.secure(reservation, "o")
    assert state(reservation.reservation_id) == ("PAYING", "RESERVED")
    sale.allocate(reservation, "o")
    assert state(reservation.reservation_id) == ("COMPLETED", "ALLOCATED")
    released = sale.reserve(2)
    sale.release(released)
    assert state(released.reservation_id) == ("RELEASED", "AVAILABLE")
    # Over by the real clock, and nothing has moved its record.
    over = sale.later(minutes=-16).reserve(3)
    assert state(over.reservation_id) == ("EXPIRED", "AVAILABLE")


def test_a_release_frees_the_seats_and_may_be_sent_again(
    client: Client, sale: Show, customer: str, issuer: LocalIssuer
) -> None:
    made = reserve(client, customer, eventId=sale.event_id, seatIds=[1]).body
    body = {"reservationId": made["reservationId"]}
    client("POST", "/v1/seats/release", body, token=another(issuer)).problem(404, "not-found")
    for _ in range(2):
        answer = client("POST", "/v1/seats/release", body, token=customer)
        assert (answer.status, answer.body) == (204, None)
    assert sale.claims() == {}
    over = sale.later(minutes=-16).reserve(3, user_id=77)
    body = {"reservation_id": over.reservation_id}
    assert client("POST", "/v1/seats/release", body, token=issuer.token(77)).status == 204


def test_what_is_paid_for_or_paid_is_not_released(
    client: Client, sale: Show, issuer: LocalIssuer
) -> None:
    user = new_user_id()
    reservation = sale.reserve(1, user_id=user)
    body = {"reservationId": reservation.reservation_id}
    sale.secure(reservation, "o")
    for token in (issuer.token(user), issuer.token(1, Role.ADMIN)):
        client("POST", "/v1/seats/release", body, token=token).problem(
            409, "reservation-in-payment"
        )
    sale.allocate(reservation, "o")
    client("POST", "/v1/seats/release", body, token=issuer.token(user)).problem(
        409, "reservation-completed"
    )
    assert sale.claims() == {1: "ALLOCATED"}
