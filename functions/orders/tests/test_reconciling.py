"""One order, whatever cell of the table it was left in: driven to its end, once."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.orders.decisions import TABLE, Record, Stage, Step, Verdict
from functions.orders.neighbours import Held
from functions.orders.refund_terms import RefundWanted
from functions.orders.sagas import Run
from functions.orders.tests.conftest import House
from functions.orders.tests.standing_still import (
    PATIENCE,
    REFUND_ID,
    WINDOW,
    Where,
    in_memory,
    leave,
    new_era,
)
from functions.shared.problems import Conflict, NotFound

UNPAID = (Verdict.PENDING, Record.PAYING, Stage.PENDING)
PAID = (Verdict.SUCCESS, Record.PAYING, Stage.PENDING)
REFUNDING = (Verdict.SUCCESS, Record.COMPLETED, Stage.REFUNDING)
DAMAGED = (Verdict.VOIDED, Record.COMPLETED, Stage.PENDING)
RUNNING = Run("arn:running", "RUNNING")


def contradictions(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [each for each in caplog.records if each.message == "contradiction"]


@pytest.mark.parametrize("where", TABLE, ids=" x ".join)
def test_an_order_is_driven_from_its_cell_to_an_end_and_a_repeat_changes_nothing(
    house: House,
    caplog: pytest.LogCaptureFixture,
    where: Where,
) -> None:
    left = leave(in_memory(house), where)
    cell = TABLE[where]
    caplog.set_level(logging.ERROR)
    reconciled = left.reconcile()
    taken = [] if cell.step in (Step.DONE, Step.DAMAGE) else [cell.step]
    assert list(reconciled.steps[:1]) == taken
    assert cell.is_contradiction == bool(contradictions(caplog))

    end, rows = left.end(), left.rows()
    if cell.step is Step.DONE:
        assert reconciled.outcome == "nothing"
    elif reconciled.outcome == "damaged":
        # Left to a person: no money of an order that was given up is kept all the same.
        assert where[2] not in (Stage.CANCELLED, Stage.FAILED) or end["payment"] != "SUCCESS"
    else:
        assert not end["is open"]
        has_tickets = [status for _, status in end["tickets"] if status == "VALID"]
        is_confirmed = end["order"][0] == "CONFIRMED"
        if where[2] is Stage.REPAID:
            assert (end["order"][0], has_tickets) == ("PARTIALLY_REFUNDED", ["VALID"])
        else:
            assert bool(has_tickets) == (end["payment"] == "SUCCESS") == is_confirmed
        assert end["record"] != Held("PAYING", left.order_id)

    caplog.clear()
    again = left.reconcile()
    assert again.outcome == ("damaged" if reconciled.outcome == "damaged" else "nothing")
    assert (again.steps, left.end(), left.rows()) == ((), end, rows)
    assert not contradictions(caplog)


def test_an_order_nobody_paid_is_given_up_in_the_sagas_words(house: House) -> None:
    left = leave(house, UNPAID)
    assert left.reconcile().steps == (Step.SETTLE, Step.RELEASE, Step.CANCEL)
    assert left.end()["order"] == ("FAILED", "payment-timed-out", "VOIDED")


def test_an_order_is_given_up_for_the_reason_its_payment_was_voided_for(house: House) -> None:
    left = leave(house, (Verdict.VOIDED, Record.PAYING, Stage.PENDING))
    left.reconcile()
    assert left.end()["order"] == ("FAILED", "reservation-expired", "VOIDED")


def test_an_order_that_turns_out_to_be_paid_is_confirmed(house: House) -> None:
    left = leave(house, UNPAID)
    house.payments.verdict = "CAPTURED"
    assert left.reconcile().steps == (Step.SETTLE, Step.ALLOCATE, Step.CONFIRM)
    end = left.end()
    assert end["order"] == ("CONFIRMED", None, "SUCCESS")
    assert end["tickets"] == [(1, "VALID"), (2, "VALID")]


def test_seats_lost_after_capture_are_paid_back_once_as_the_booking_would(house: House) -> None:
    left = leave(house, PAID)
    house.seating.lost = True
    assert left.reconcile().outcome == "given-up"
    end = left.end()
    assert end["order"] == ("FAILED", "seats-lost", "REFUNDED")
    assert end["refunds"] == [(left.order_id, left.order_id, "SeatsLost")]
    assert end["record"].status == "RELEASED"
    assert not end["is open"]


def test_an_unknown_verdict_waits_for_the_next_pass(house: House) -> None:
    left = leave(house, UNPAID)
    house.payments.verdict = "UNKNOWN"
    before = left.end()
    assert left.reconcile().outcome == "waits"
    assert left.end() == before
    house.payments.verdict = "CAPTURED"
    assert left.reconcile().outcome == "confirmed"


def test_an_order_waits_while_payments_is_away(house: House) -> None:
    left = leave(house, UNPAID)
    house.payments.away = True
    assert left.reconcile().outcome == "waits"
    assert left.end()["is open"]


def test_money_that_is_on_its_way_back_is_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for, and not there yet: a stray charge beside it is still being paid back, say."""
    left = leave(house, REFUNDING)
    monkeypatch.setattr(house.payments, "refund", lambda *_: None)
    assert left.reconcile() == (left.order_id, "waits", (Step.REFUND,))


@pytest.mark.parametrize("where", [UNPAID, PAID, REFUNDING, DAMAGED])
def test_a_running_saga_is_stopped_before_anything_else(house: House, where: Where) -> None:
    left = leave(house, where)
    house.sagas.runs = [Run("arn:earlier", "FAILED"), RUNNING]
    before = left.end()
    found: list[Any] = []
    stop = house.sagas.stop

    def look_then_stop(run: Run) -> None:
        found.append(left.end())
        stop(run)

    house.sagas.stop = look_then_stop  # type: ignore[method-assign]
    left.reconcile()
    assert house.sagas.stopped == [RUNNING]
    assert found == [before]


def test_nothing_is_stopped_for_an_order_that_is_done(house: House) -> None:
    left = leave(house, (Verdict.SUCCESS, Record.COMPLETED, Stage.CONFIRMED))
    house.sagas.runs = [RUNNING]
    assert left.reconcile().outcome == "nothing"
    assert house.sagas.stopped == []


@pytest.mark.parametrize("runs", [[], ["RUNNING"], ["SUCCEEDED"], ["FAILED", "RUNNING"]])
@pytest.mark.parametrize(
    ("where", "lasts"), [(UNPAID, WINDOW), (PAID, WINDOW), (REFUNDING, timedelta(minutes=3))]
)
def test_nothing_is_touched_within_its_window(
    house: House,
    where: Where,
    lasts: timedelta,
    runs: list[str],
) -> None:
    placed_at = new_era()
    left = leave(house, where, era=placed_at)
    house.sagas.runs = [Run(f"arn:{place}", status) for place, status in enumerate(runs)]
    before = left.end(), left.rows()
    due = placed_at + lasts + PATIENCE
    early = left._replace(now=due - timedelta(milliseconds=1))
    assert early.reconcile().outcome == "in-time"
    assert ((left.end(), left.rows()), house.sagas.stopped) == (before, [])
    assert left._replace(now=due).reconcile().steps


@pytest.mark.parametrize("ended", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_saga_that_broke_off_is_taken_up_at_once(house: House, ended: str) -> None:
    placed_at = new_era()
    left = leave(house, PAID, era=placed_at)._replace(now=placed_at)
    house.sagas.runs = [Run("arn:1", ended)]
    assert left.reconcile().outcome == "confirmed"


@pytest.mark.parametrize(
    ("done", "steps"),
    [
        (0, ()),
        (1, (Step.REFUND, Step.CLOSE)),
        (2, (Step.CLOSE,)),
        (3, (Step.CLOSE,)),
        (4, ()),
    ],
)
def test_a_refund_that_stands_still_after_any_of_its_steps_is_finished_once(
    house: House, done: int, steps: tuple[Step, ...]
) -> None:
    left = leave(house, (Verdict.SUCCESS, Record.COMPLETED, Stage.CONFIRMED))
    begun_at = left.now
    order = house.store.find_order(left.order_id)
    assert order is not None
    saga: list[Callable[[], object]] = [
        lambda: house.void(order.order_id, refund_id=REFUND_ID, at=begun_at),
        lambda: house.payments.refund(order.order_id, REFUND_ID, "cancelled"),
        lambda: house.seating.release_sold(order, [1, 2]),
        lambda: house.refunds.close(order.order_id, REFUND_ID, begun_at),
    ]
    for step in saga[:done]:
        step()
    left = left._replace(now=begun_at + timedelta(hours=1))
    assert left.reconcile().steps == steps
    assert left.reconcile().steps == ()
    end = left.end()
    if done == 0:
        # Not begun: the tickets are as good as ever, and so is the money.
        assert end["order"] == ("CONFIRMED", None, "SUCCESS")
        return
    assert end["order"] == ("REFUNDED", "refunded", "REFUNDED")
    assert {status for _, status in end["tickets"]} == {"VOID"}
    assert [refund_id for _, refund_id, _ in end["refunds"]] == [REFUND_ID]
    assert (left.order_id, 1, 2) in house.seating.freed
    assert not end["is open"]


@pytest.mark.parametrize("is_paid", [False, True])
def test_a_part_refund_beside_another_is_finished_with_its_own_tickets_and_money(
    house: House, is_paid: bool
) -> None:
    """The payment is PARTIALLY_REFUNDED before this refund and after it."""
    left = leave(house, (Verdict.SUCCESS, Record.COMPLETED, Stage.CONFIRMED))
    house.payments.refund(left.order_id, "earlier", None, 1102)
    house.void(left.order_id, 1, refund_id="earlier", at=left.now)
    house.refunds.close(left.order_id, "earlier", left.now)
    wanted = RefundWanted(REFUND_ID, (2,), 500, "cannot come")
    house.refunds.open(left.order_id, wanted, left.now)
    if is_paid:
        house.payments.refund(left.order_id, REFUND_ID, "cannot come", 500)
    late = left._replace(now=left.now + timedelta(hours=1))
    steps = (Step.CLOSE,) if is_paid else (Step.REFUND, Step.CLOSE)
    assert late.reconcile() == (left.order_id, "refunded", steps)
    assert late.reconcile().steps == ()
    assert house.payments.repaid[left.order_id, REFUND_ID] == 500
    assert [refund_id for _, refund_id, _ in late.end()["refunds"]] == ["earlier", REFUND_ID]
    assert house.seating.freed == [(left.order_id, 2)]
    order = house.store.find_order(left.order_id)
    assert order is not None
    assert (order.status, order.refunded_cents, order.refund_id) == (
        "PARTIALLY_REFUNDED",
        1602,
        None,
    )
    assert not late.end()["is open"]


def test_a_contradiction_is_reported_once_and_looked_at_each_hour(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    left = leave(house, DAMAGED)
    for hours in range(3):
        later = left._replace(now=left.now + timedelta(hours=hours))
        assert left.order_id in house.store.overdue(later.now, 50)
        assert later.reconcile().outcome == "damaged"
        assert left.order_id not in house.store.overdue(later.now + timedelta(minutes=59), 50)
    assert [each.found for each in contradictions(caplog)] == ["VOIDED x COMPLETED x PENDING"]
    assert left.end()["is open"]


def test_another_contradiction_of_the_same_order_is_news(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    left = leave(house, (Verdict.SUCCESS, Record.COMPLETED, Stage.CANCELLED))
    assert left.reconcile().outcome == "damaged"
    assert [each.found for each in contradictions(caplog)] == [
        "SUCCESS x COMPLETED x CANCELLED",
        "REFUNDED x COMPLETED x CANCELLED",
    ]


@pytest.mark.parametrize("reading", [1, 2])
def test_what_moved_while_it_was_read_is_no_contradiction(
    house: House, caplog: pytest.LogCaptureFixture, reading: int
) -> None:
    """The order is read as PENDING, its payment as REFUNDED: all the rest happened in between."""
    caplog.set_level(logging.ERROR)
    left = leave(house, PAID)
    read = house.seating.read_record
    readings: list[str] = []

    def go_on_meanwhile(reservation_id: str) -> Held | None:
        readings.append(reservation_id)
        if len(readings) == reading:
            house.seating.allocate(reservation_id, left.order_id)
            house.confirm(left.order_id)
            house.void(left.order_id, refund_id=REFUND_ID, at=left.now)
            house.payments.refund(left.order_id, REFUND_ID, "cancelled")
            house.refunds.close(left.order_id, REFUND_ID, left.now)
        return read(reservation_id)

    house.seating.read_record = go_on_meanwhile  # type: ignore[method-assign]
    assert left.reconcile() == (left.order_id, "nothing", ())
    assert not contradictions(caplog)


def test_an_order_that_is_not_there_is_said_to_be_so(house: House) -> None:
    with pytest.raises(NotFound):
        house.reconciler.reconcile("absent", new_era())


def test_a_wish_to_cancel_is_remembered(house: House) -> None:
    left = leave(house, UNPAID)
    house.store.request_cancel(left.order_id, left.now)
    left.reconcile()
    assert left.end()["order"][:2] == ("CANCELLED", "cancelled")


def test_a_step_that_is_refused_because_somebody_was_quicker_is_no_failure(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = leave(house, REFUNDING)

    pay_back = house.payments.refund

    def refunded_otherwise(*given: Any) -> None:
        pay_back(*given)
        raise Conflict("All of this payment has been refunded.")

    monkeypatch.setattr(house.payments, "refund", refunded_otherwise)
    assert left.reconcile() == (left.order_id, "refunded", (Step.REFUND, Step.CLOSE))


def test_what_became_of_an_order_is_counted(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    left = leave(house, UNPAID)
    capsys.readouterr()
    left.reconcile()
    left.reconcile()
    out = capsys.readouterr().out
    assert out.count('"orders_reconciled_total":[1.0]') == 1
    assert '"outcome":"given-up"' in out
