"""Tickets: issued with the order, shown to their owners, admitted once."""

import base64
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.orders.domain import ticket_id_of, ticket_place
from functions.orders.tests.conftest import House, fresh_id
from functions.orders.ticket_codes import Admission, TicketSigner
from functions.shared.tests.deployed import Answer
from functions.shared.tests.gateway import FakeContext, request

SIGNER = TicketSigner(lambda: "s" * 64)
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def verify(house: House, code: str, event_id: int | None = None) -> Answer:
    body = {"code": code, "eventId": event_id or house.event_id}
    return house.as_organizer("POST", "/v1/tickets/verify", body)


def test_each_seat_of_a_confirmed_order_has_a_ticket(house: House) -> None:
    order_id = house.confirmed(9, 10)
    nine, ten = house.tickets(order_id)
    assert nine == {
        "ticketId": f"{order_id}-9",
        "orderId": order_id,
        "eventId": house.event_id,
        "seatId": 9,
        "section": "Stalls",
        "row": "A",
        "seatNumber": "9",
        "priceCents": 1050,
        "currency": "INR",
        "status": "VALID",
        "code": nine["code"],
        "issuedAt": nine["issuedAt"],
        "usedAt": None,
    }
    assert ten["seatId"] == 10
    assert ten["code"] != nine["code"]
    assert house("GET", f"/v1/tickets/{nine['ticketId']}").body == nine


def test_a_pending_order_has_no_tickets(house: House) -> None:
    order_id = house.placed(9)
    assert house.tickets(order_id) == []
    house("GET", f"/v1/tickets/{order_id}-9").problem(404, "not-found")


@pytest.mark.parametrize("path", ["", "/qr.svg"])
def test_somebody_elses_ticket_is_not_there(house: House, path: str) -> None:
    ticket_id = f"{house.confirmed(1)}-1"
    house.as_stranger("GET", f"/v1/tickets/{ticket_id}{path}").problem(404, "not-found")
    for absent in (f"{ticket_id}1", "x", "-", "a-b", "x-99999999999"):
        house("GET", f"/v1/tickets/{absent}{path}").problem(404, "not-found")


def test_the_qr_is_a_drawing_of_the_code(house: House) -> None:
    (ticket,) = house.tickets(house.confirmed(1))
    event = request(
        "GET",
        f"/v1/tickets/{ticket['ticketId']}/qr.svg",
        token=house.issuer.token(house.customer_id),
    )
    answer = house.client.module.handler(event, FakeContext())
    assert answer["multiValueHeaders"]["Content-Type"] == ["image/svg+xml"]
    drawing = ET.fromstring(answer["body"])
    assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
    # Version 6 is 41 modules wide, with a quiet zone of 4 on each side, drawn at 4 units each.
    assert drawing.attrib["width"] == str((41 + 8) * 4)


def test_a_ticket_admits_once(house: House) -> None:
    (ticket,) = house.tickets(house.confirmed(1))
    admitted = verify(house, ticket["code"])
    assert admitted.status == 200
    used_at = admitted.body["usedAt"]
    assert admitted.body == ticket | {"status": "USED", "usedAt": used_at}
    refused = verify(house, ticket["code"]).problem(409, "ticket-used")
    assert datetime.fromisoformat(refused["usedAt"]) == datetime.fromisoformat(used_at)
    assert house("GET", f"/v1/tickets/{ticket['ticketId']}").body["usedAt"] == used_at


def test_a_refunded_ticket_admits_nobody(house: House) -> None:
    order_id = house.confirmed(1)
    (ticket,) = house.tickets(order_id)
    house.refund(order_id)
    verify(house, ticket["code"]).problem(410, "ticket-void")
    assert house("GET", f"/v1/tickets/{ticket['ticketId']}").body["status"] == "VOID"


def test_a_ticket_for_another_event_admits_nobody(house: House) -> None:
    (ticket,) = house.tickets(house.confirmed(1))
    verify(house, ticket["code"], fresh_id()).problem(422, "ticket-for-another-event")
    assert verify(house, ticket["code"]).status == 200


def test_a_forged_code_admits_nobody(house: House) -> None:
    (ticket,) = house.tickets(house.confirmed(1))
    place = ticket_place(ticket["ticketId"])
    assert place is not None
    forged = TicketSigner(lambda: "of another house").code_of(Admission(*place, house.event_id))
    for code in (forged, "A", ticket["code"][:-8], "not base32 at all!"):
        verify(house, code).problem(422, "ticket-not-genuine")


def test_only_the_events_organizer_admits(house: House) -> None:
    (ticket,) = house.tickets(house.confirmed(1))
    body = {"code": ticket["code"], "eventId": house.event_id}
    house("POST", "/v1/tickets/verify", body).problem(403, "forbidden")
    house.as_stranger("POST", "/v1/tickets/verify", body).problem(404, "not-found")
    assert house.as_admin("POST", "/v1/tickets/verify", body).status == 200


def test_a_genuine_code_of_an_order_that_is_not_there_admits_nobody(house: House) -> None:
    signer = house.client.module.signer
    code = signer.code_of(Admission("00000000-0000-4000-8000-000000000000", 1, house.event_id))
    verify(house, code).problem(404, "not-found")


@given(st.uuids(), st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1))
def test_a_code_says_what_was_signed(order_id: Any, seat_id: int, event_id: int) -> None:
    admission = Admission(str(order_id), seat_id, event_id)
    code = SIGNER.code_of(admission)
    assert SIGNER.read(code) == admission
    assert SIGNER.read(f" {code.lower()}\n") == admission
    # Short, and nothing but the letters a QR keeps small.
    assert len(code) == 143
    assert set(code) <= set(BASE32)


@given(st.integers(0, 88), st.integers(1, 255))
def test_a_code_changed_anywhere_is_not_genuine(place: int, change: int) -> None:
    code = SIGNER.code_of(Admission("3f2b8c1e-0000-4000-8000-000000000001", 7, 9))
    signed = bytearray(base64.b32decode(code + "="))
    signed[place] ^= change
    assert SIGNER.read(base64.b32encode(bytes(signed)).decode()) is None


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert SIGNER.read(text) is None


@given(st.uuids().map(str), st.integers(1, 2**31 - 1))
def test_a_tickets_id_leads_to_it(order_id: str, seat_id: int) -> None:
    assert ticket_place(ticket_id_of(order_id, seat_id)) == (order_id, seat_id)


def test_tickets_show_when_they_were_issued(house: House) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    (ticket,) = house.tickets(house.confirmed(1))
    assert before <= datetime.fromisoformat(ticket["issuedAt"]) <= datetime.now(UTC)
