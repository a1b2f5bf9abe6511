"""A user's copy of their orders: all of them, and nobody else's."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.orders import exports
from functions.orders.tests.conftest import House, fresh_id
from functions.shared.problems import ValidationFailed

Run = Callable[..., Any]


def exported(run_task: Run, user_id: int) -> list[list[dict[str, Any]]]:
    """The pages of it."""
    pages: list[list[dict[str, Any]]] = []
    cursor: str | None = None
    while True:
        page = run_task("export_user", userId=user_id, cursor=cursor)
        pages.append(page["orders"])
        cursor = page["cursor"]
        if cursor is None:
            return pages


def test_an_order_is_exported_with_its_tickets_void_ones_too(house: House, run_task: Run) -> None:
    order_id = house.confirmed(1, 2)
    house.refund(order_id, 2)
    [[order]] = exported(run_task, house.customer_id)
    told = house("GET", f"/v1/orders/{order_id}").body
    assert {name: order[name] for name in told if name not in ("tickets", "payment")} == {
        name: told[name] for name in told if name not in ("tickets", "payment")
    }
    assert [(ticket["seatId"], ticket["status"]) for ticket in order["tickets"]] == [
        (1, "VALID"),
        (2, "VOID"),
    ]


def test_no_ticket_of_an_export_lets_anybody_in(house: House, run_task: Run) -> None:
    order_id = house.confirmed(1)
    [[order]] = exported(run_task, house.customer_id)
    [ticket] = house.tickets(order_id)
    assert ticket["code"]
    assert "code" not in order["tickets"][0]
    assert ticket["code"] not in str(order)


def test_all_orders_are_exported_page_by_page(
    house: House, run_task: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_PAGE", 2)
    placed = [house.placed(number) for number in range(1, 6)]
    pages = exported(run_task, house.customer_id)
    assert [len(page) for page in pages] == [2, 2, 1]
    assert sorted(order["orderId"] for page in pages for order in page) == sorted(placed)


def test_nobody_elses_order_is_exported(house: House, run_task: Run) -> None:
    house.placed(1)
    assert exported(run_task, fresh_id()) == [[]]
    assert exported(run_task, house.organizer_id) == [[]]


def test_the_cursor_of_somebody_elses_export_is_refused(
    house: House, run_task: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "_PAGE", 1)
    for number in (1, 2):
        house.placed(number)
    cursor = run_task("export_user", userId=house.customer_id)["cursor"]
    with pytest.raises(ValidationFailed):
        run_task("export_user", userId=fresh_id(), cursor=cursor)
