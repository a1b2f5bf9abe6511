"""Refunds of parts of an order: decided once, by what is left, and never twice for a ticket."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.orders.domain import Order, amounts_of, shares_of
from functions.orders.problems import OrderNotRefundable, TicketUsed
from functions.orders.refund_terms import Refund, RefundWanted
from functions.orders.store import Store
from functions.orders.tests.conftest import House
from functions.shared.dynamodb import Refused
from functions.shared.problems import ServiceUnavailable

# Seats 1 to 3 at 1050 cents each: 3308 with tax.
SHARES = {1: 1102, 2: 1103, 3: 1103}


def now() -> datetime:
    return datetime.now(UTC)


@given(st.lists(st.integers(0, 10**7), max_size=10))
def test_shares_are_the_total_to_the_cent_and_none_is_negative(prices: list[int]) -> None:
    shares = shares_of(prices)
    assert sum(shares) == amounts_of(prices).total_cents
    # A ticket's share is its price with tax, give or take the cent that rounding moves.
    assert all(
        abs(share * 100 - price * 105) <= 100 for share, price in zip(shares, prices, strict=True)
    )
    assert all(share >= 0 for share in shares)


def find(house: House, order_id: str) -> Order:
    order = house.store.find_order(order_id)
    assert order is not None
    return order


def carry_out(
    house: House,
    order_id: str,
    refund_id: str,
    seat_ids: tuple[int, ...] | None = None,
    amount_cents: int | None = None,
    **more: Any,
) -> Refund:
    wanted = RefundWanted(refund_id, seat_ids, amount_cents, **more)
    _, refund = house.refunds.open(order_id, wanted, now())
    house.refunds.close(order_id, refund_id, now())
    return refund


def test_an_order_is_refunded_ticket_by_ticket(house: House) -> None:
    order_id = house.confirmed(1, 2, 3)
    assert find(house, order_id).shares == SHARES
    left = []
    for seat_id in (3, 1, 2):
        assert (
            carry_out(house, order_id, f"refund-{seat_id}", (seat_id,)).amount_cents
            == (SHARES[seat_id])
        )
        order = house("GET", f"/v1/orders/{order_id}").body
        left.append((order["status"], order["refundedCents"], order["payment"]["status"]))
    assert left == [
        ("PARTIALLY_REFUNDED", 1103, "PARTIALLY_REFUNDED"),
        ("PARTIALLY_REFUNDED", 2205, "PARTIALLY_REFUNDED"),
        ("REFUNDED", 3308, "REFUNDED"),
    ]
    assert [ticket.refund_id for ticket in house.store.tickets_of(order_id)] == [
        "refund-1",
        "refund-2",
        "refund-3",
    ]


def test_the_tickets_that_are_left_still_admit(house: House) -> None:
    order_id = house.confirmed(1, 2)
    carry_out(house, order_id, "refund-1", (1,))
    void, valid = house.tickets(order_id)
    body = {"code": valid["code"], "eventId": house.event_id}
    assert house.as_organizer("POST", "/v1/tickets/verify", body).status == 200
    body["code"] = void["code"]
    house.as_organizer("POST", "/v1/tickets/verify", body).problem(410, "ticket-void")


def test_what_was_given_for_no_ticket_is_taken_off_the_last_ones(house: House) -> None:
    order_id = house.confirmed(1, 2, 3)
    assert carry_out(house, order_id, "goodwill", (), 2000).seat_ids == ()
    order = find(house, order_id)
    assert (order.status, order.live_seat_ids, order.refunded_cents) == (
        "PARTIALLY_REFUNDED",
        (1, 2, 3),
        2000,
    )
    given_back = [carry_out(house, order_id, f"r-{n}", (n,)).amount_cents for n in (1, 2, 3)]
    assert given_back == [1102, 206, 0]
    assert find(house, order_id).status == "REFUNDED"


def test_all_that_is_left_includes_what_a_policy_kept(house: House) -> None:
    order_id = house.confirmed(1, 2)
    assert carry_out(house, order_id, "by-policy", (1, 2), 1101).amount_cents == 1101
    order = find(house, order_id)
    assert (order.status, order.reason, order.left_cents) == ("PARTIALLY_REFUNDED", None, 1104)
    whole = carry_out(house, order_id, "whole")
    assert (whole.seat_ids, whole.amount_cents) == ((), 1104)
    assert (find(house, order_id).status, find(house, order_id).reason) == ("REFUNDED", "refunded")
    with pytest.raises(OrderNotRefundable):
        carry_out(house, order_id, "more")


def test_more_than_is_left_is_refused_and_voids_nothing(house: House) -> None:
    order_id = house.confirmed(1)
    with pytest.raises(OrderNotRefundable):
        carry_out(house, order_id, "goodwill", (), 1103)
    carry_out(house, order_id, "goodwill-2", (), 1102)
    with pytest.raises(OrderNotRefundable):
        carry_out(house, order_id, "goodwill-3", (), 1)
    assert [ticket.status for ticket in house.store.tickets_of(order_id)] == ["VALID"]


def test_a_free_order_is_refunded_by_its_tickets(house: House) -> None:
    order_id = house.confirmed(1, 2)
    free = find(house, order_id)._replace(amounts=amounts_of([0, 0]), refunds=1, refund_id="r")
    refund = Refund("r", order_id, (1,), 0, "requested", now())
    part = free._replace(void_seat_ids=(1,)).without(refund, now())
    assert (part.status, part.payment and part.payment.status) == ("PARTIALLY_REFUNDED", "REFUNDED")
    assert free._replace(void_seat_ids=(1, 2)).without(refund, now()).status == "REFUNDED"


@pytest.mark.parametrize("seat_ids", [(1,), (4,), (1, 2)])
def test_a_ticket_that_is_not_there_to_be_had_is_refused(
    house: House, seat_ids: tuple[int, ...]
) -> None:
    order_id = house.confirmed(1, 2)
    carry_out(house, order_id, "refund-1", (1,))
    before = find(house, order_id)
    with pytest.raises(OrderNotRefundable):
        carry_out(house, order_id, "refund-2", seat_ids)
    assert find(house, order_id) == before


def rows(house: House, order_id: str) -> list[dict[str, Any]]:
    return list(house.store._table.query(f"ORDER#{order_id}", consistent=True))


def test_an_older_refunds_steps_weeks_late_change_nothing(house: House) -> None:
    order_id = house.confirmed(1, 2, 3)
    first = RefundWanted("first", (1,), 500, "cannot come")
    house.refunds.open(order_id, first, now())
    house.refunds.close(order_id, "first", now())
    house.void(order_id, 2, refund_id="second")
    before, late = rows(house, order_id), now() + timedelta(weeks=3)
    # Asked for something else by then, it is still what it was.
    for wanted in (first, RefundWanted("first"), RefundWanted("first", (3,), 1)):
        _, refund = house.refunds.open(order_id, wanted, late)
        assert (refund.seat_ids, refund.amount_cents, refund.reason) == ((1,), 500, "cannot come")
    assert house.refunds.close(order_id, "first", late).refund_id == "second"
    assert rows(house, order_id) == before


def test_two_refunds_one_after_the_other_never_meet(house: House) -> None:
    """Whatever comes between reading an order and writing its refund is seen by the write."""
    order_id = house.confirmed(1, 2, 3)
    open_refund, meanwhile = Store.open_refund, [(1,), (2,), ()]

    class Interrupted(Store):
        def open_refund(self, order: Order, refund: Refund, *, is_forced: bool) -> None:
            if meanwhile:
                seat_ids = meanwhile.pop()
                amount = None if seat_ids else 1000
                carry_out(house, order_id, f"other-{seat_ids}", seat_ids, amount)
            open_refund(self, order, refund, is_forced=is_forced)

    slow = house._replace(store=Interrupted(house.store._table))
    _, refund = slow.refunds.open(order_id, RefundWanted("whole"), now())
    assert (refund.seat_ids, refund.amount_cents) == ((3,), 3308 - 1000 - 1103 - 1102)


def test_an_order_that_never_comes_to_rest_is_asked_about_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise Refused({0: None})

    monkeypatch.setattr(Store, "open_refund", refuse)
    with pytest.raises(ServiceUnavailable):
        house.void(house.confirmed(1))


def test_whoever_was_admitted_keeps_the_ticket_unless_it_is_forced(house: House) -> None:
    order_id = house.confirmed(1, 2)
    house.store.admit(order_id, 1, now())
    with pytest.raises(TicketUsed):
        carry_out(house, order_id, "refund-1")
    carry_out(house, order_id, "refund-2", (2,))
    carry_out(house, order_id, "refund-3", is_forced=True)
    assert find(house, order_id).status == "REFUNDED"
