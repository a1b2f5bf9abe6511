"""The reconciler's table itself: whole, the same as in the README, and true to its own rules."""

from itertools import product
from pathlib import Path

import pytest

from functions.orders.decisions import (
    MEANINGS,
    TABLE,
    Cell,
    Record,
    Stage,
    Step,
    Verdict,
    record_of,
    rendered,
    verdict_of,
)

README = Path(__file__).parents[1] / "README.md"
DECIDED = (Verdict.SUCCESS, Verdict.VOIDED, Verdict.REFUNDED, Verdict.PARTIALLY_REFUNDED)
PAID = (Verdict.SUCCESS, Verdict.PARTIALLY_REFUNDED)
GIVEN_UP = (Stage.CANCELLED, Stage.FAILED)


def test_no_cell_is_empty_and_none_is_too_many() -> None:
    assert set(TABLE) == set(product(Verdict, Record, Stage))


def test_the_readme_shows_this_very_table() -> None:
    assert rendered() in README.read_text("utf-8")


def test_every_step_is_used_and_explained() -> None:
    assert {cell.step for cell in TABLE.values()} == set(Step) == set(MEANINGS)


def test_damage_is_always_reported() -> None:
    assert all(cell.is_contradiction for cell in TABLE.values() if cell.step is Step.DAMAGE)
    assert not any(cell.is_contradiction for cell in TABLE.values() if cell.step is Step.DONE)


@pytest.mark.parametrize("where", TABLE)
def test_a_cell_keeps_the_rules(where: tuple[Verdict, Record, Stage]) -> None:
    verdict, record, stage = where
    step = TABLE[where].step
    # Nothing is decided about seats, money or the order before the verdict is.
    if verdict not in DECIDED:
        assert step in (Step.SETTLE, Step.DAMAGE)
    # After capture a pending order goes forward; seating alone turns it back.
    if (verdict, stage) == (Verdict.SUCCESS, Stage.PENDING):
        assert step in (Step.ALLOCATE, Step.CONFIRM)
    # Seats are sold only for money that is there, and given back only when none is.
    if step in (Step.ALLOCATE, Step.CONFIRM):
        assert (verdict, stage) == (Verdict.SUCCESS, Stage.PENDING)
    if step in (Step.RELEASE, Step.CANCEL):
        assert verdict in (Verdict.VOIDED, Verdict.REFUNDED)
    # Money goes back only if there is some, and no valid ticket for it.
    if step is Step.REFUND:
        assert stage in (Stage.REFUNDING, *GIVEN_UP)
        # A refund of no money may follow one of all of it.
        assert verdict in PAID or (verdict, stage) == (Verdict.REFUNDED, Stage.REFUNDING)
    # A refund is over when its money is back, whatever others have left.
    if step is Step.CLOSE:
        assert (record, stage) == (Record.COMPLETED, Stage.REPAID)
        assert verdict in (*PAID, Verdict.REFUNDED)
    # No order rests while its seats pay for it, while money of it is kept for nothing, or open.
    if step is Step.DONE:
        assert record not in (Record.ACTIVE, Record.PAYING, Record.OTHERS)
        assert stage not in (Stage.PENDING, Stage.REFUNDING, Stage.REPAID)
        if stage is Stage.PARTIALLY_REFUNDED:
            assert verdict in (*PAID, Verdict.REFUNDED)
        else:
            assert (verdict is Verdict.SUCCESS) == (stage is Stage.CONFIRMED)
        assert (record is Record.COMPLETED) == (stage not in GIVEN_UP)


def test_a_confirmed_order_without_its_seats_or_its_money_is_damage() -> None:
    for verdict, record in product(Verdict, Record):
        whole = (verdict, record) == (Verdict.SUCCESS, Record.COMPLETED)
        wanted = Cell(Step.DONE, False) if whole else Cell(Step.DAMAGE, True)
        assert TABLE[verdict, record, Stage.CONFIRMED] == wanted


def test_a_failed_order_is_mended_as_a_cancelled_one() -> None:
    for verdict, record in product(Verdict, Record):
        cells = {TABLE[verdict, record, stage] for stage in GIVEN_UP}
        assert len(cells) == 1


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (None, Verdict.NONE),
        ("FAILED", Verdict.PENDING),
        *((each.value, each) for each in Verdict if each is not Verdict.NONE),
    ],
)
def test_a_declined_attempt_is_no_verdict(status: str | None, verdict: Verdict) -> None:
    assert verdict_of(status) is verdict


def test_seats_that_another_order_pays_for_or_has_are_not_its_own() -> None:
    assert record_of(None, None, wanted="o") is Record.NONE
    for status in ("PAYING", "COMPLETED"):
        assert record_of(status, "o", wanted="o") is Record(status)
        assert record_of(status, "p", wanted="o") is Record.OTHERS
        assert record_of(status, None, wanted="o") is Record.OTHERS
    for status in ("ACTIVE", "RELEASED", "EXPIRED"):
        assert record_of(status, "p", wanted="o") is Record(status)
