"""What is to be done next about an order that nobody drives any more: one table, no cell empty.

A cell is found by the verdict on the order's payment, the record of its reservation, and the order
itself. Its step is taken, all three are read again, and so on until there is nothing left to do.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from functions.orders.domain import Order


class Verdict(StrEnum):
    """On the payment; `none`: payments has not heard of it. A declined attempt is no verdict."""

    NONE = "none"
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    VOIDED = "VOIDED"
    REFUNDED = "REFUNDED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"


class Record(StrEnum):
    """The reservation, as it was written down: time alone changes nothing here.

    PAYING and COMPLETED for this very order; for another one they are `other's`.
    """

    NONE = "none"
    ACTIVE = "ACTIVE"
    PAYING = "PAYING"
    COMPLETED = "COMPLETED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    OTHERS = "other's"


class Stage(StrEnum):
    """The order; REFUNDING is one with a refund open whose money is still to be given back, and
    REPAID one of which it has been.
    """

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    REFUNDING = "REFUNDING"
    REPAID = "REPAID"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    REFUNDED = "REFUNDED"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"


class Step(StrEnum):
    SETTLE = "settle"
    ALLOCATE = "allocate"
    CONFIRM = "confirm"
    REFUND = "refund"
    RELEASE = "release"
    CANCEL = "cancel"
    CLOSE = "close"
    DONE = "done"
    DAMAGE = "damage"


MEANINGS: Final[Mapping[Step, str]] = {
    Step.SETTLE: "make the verdict, or find it made; while it is unknown, wait for the next pass",
    Step.ALLOCATE: "sell the seats to the order; if they are lost, pay all of it back",
    Step.CONFIRM: "confirm the order and issue its tickets",
    Step.REFUND: "pay back what the open refund gives, once, by its id; with none open all that is"
    " left, by the order's",
    Step.RELEASE: "give back the seats that are still held for it",
    Step.CANCEL: "close the order as given up, for the reason its payment was voided for",
    Step.CLOSE: "free the seats of the refund's tickets, then close it",
    Step.DONE: "nothing: what was promised holds",
    Step.DAMAGE: "nothing that would be safe: report it and leave it to a person",
}


class Cell(NamedTuple):
    """`is_contradiction`: none of our writes leads here, so it is reported, whatever is done."""

    step: Step
    is_contradiction: bool


_GRIDS: Final[Mapping[Stage, str]] = {
    # Before capture: the verdict first, then whatever it says. After it the only way is forward,
    # and only seating's word that the seats are lost turns back.
    Stage.PENDING: """
                        none       ACTIVE     PAYING     COMPLETED  RELEASED   EXPIRED    other's
    none                settle     settle     settle     damage!    settle     settle     settle!
    PENDING             settle     settle     settle     damage!    settle     settle     settle!
    SUCCESS             allocate!  allocate!  allocate   confirm    allocate!  allocate!  allocate!
    VOIDED              cancel     release    release    damage!    cancel     cancel     cancel!
    REFUNDED            cancel     release    release    damage!    cancel     cancel     cancel!
    PARTIALLY_REFUNDED  damage!    damage!    damage!    damage!    damage!    damage!    damage!
    """,
    Stage.CONFIRMED: """
                        none       ACTIVE     PAYING     COMPLETED  RELEASED   EXPIRED    other's
    none                damage!    damage!    damage!    damage!    damage!    damage!    damage!
    PENDING             damage!    damage!    damage!    damage!    damage!    damage!    damage!
    SUCCESS             damage!    damage!    damage!    done       damage!    damage!    damage!
    VOIDED              damage!    damage!    damage!    damage!    damage!    damage!    damage!
    REFUNDED            damage!    damage!    damage!    damage!    damage!    damage!    damage!
    PARTIALLY_REFUNDED  damage!    damage!    damage!    damage!    damage!    damage!    damage!
    """,
    # The tickets are void, so the money goes back even where the seats are not as they should be.
    # Earlier refunds may have given back some of it, or all: this one gives what its row says.
    Stage.REFUNDING: """
                        none       ACTIVE     PAYING     COMPLETED  RELEASED   EXPIRED    other's
    none                damage!    damage!    damage!    damage!    damage!    damage!    damage!
    PENDING             damage!    damage!    damage!    damage!    damage!    damage!    damage!
    SUCCESS             refund!    refund!    refund!    refund     refund!    refund!    refund!
    VOIDED              damage!    damage!    damage!    damage!    damage!    damage!    damage!
    REFUNDED            refund!    refund!    refund!    refund     refund!    refund!    refund!
    PARTIALLY_REFUNDED  refund!    refund!    refund!    refund     refund!    refund!    refund!
    """,
    # SUCCESS: what it gave back is nothing, for tickets that cost nothing.
    Stage.REPAID: """
                        none       ACTIVE     PAYING     COMPLETED  RELEASED   EXPIRED    other's
    none                damage!    damage!    damage!    damage!    damage!    damage!    damage!
    PENDING             damage!    damage!    damage!    damage!    damage!    damage!    damage!
    SUCCESS             damage!    damage!    damage!    close      damage!    damage!    damage!
    VOIDED              damage!    damage!    damage!    damage!    damage!    damage!    damage!
    REFUNDED            damage!    damage!    damage!    close      damage!    damage!    damage!
    PARTIALLY_REFUNDED  damage!    damage!    damage!    close      damage!    damage!    damage!
    """,
    # Given up: no money may stay, and none may come any more.
    Stage.CANCELLED: """
                        none       ACTIVE     PAYING     COMPLETED  RELEASED   EXPIRED    other's
    none                settle!    settle!    settle!    settle!    settle!    settle!    settle!
    PENDING             settle!    settle!    settle!    settle!    settle!    settle!    settle!
    SUCCESS             refund!    refund!    refund!    refund!    refund!    refund!    refund!
    VOIDED              done       release!   release!   damage!    done       done       damage!
    REFUNDED            done       release!   release!   damage!    done       done       damage!
    PARTIALLY_REFUNDED  refund!    refund!    refund!    refund!    refund!    refund!    refund!
    """,
    Stage.FAILED: """
                        none       ACTIVE     PAYING     COMPLETED  RELEASED   EXPIRED    other's
    none                settle!    settle!    settle!    settle!    settle!    settle!    settle!
    PENDING             settle!    settle!    settle!    settle!    settle!    settle!    settle!
    SUCCESS             refund!    refund!    refund!    refund!    refund!    refund!    refund!
    VOIDED              done       release!   release!   damage!    done       done       damage!
    REFUNDED            done       release!   release!   damage!    done       done       damage!
    PARTIALLY_REFUNDED  refund!    refund!    refund!    refund!    refund!    refund!    refund!
    """,
    # A record stays COMPLETED for ever: what is sold again is sold by another reservation.
    Stage.REFUNDED: """
                        none       ACTIVE     PAYING     COMPLETED  RELEASED   EXPIRED    other's
    none                damage!    damage!    damage!    damage!    damage!    damage!    damage!
    PENDING             damage!    damage!    damage!    damage!    damage!    damage!    damage!
    SUCCESS             damage!    damage!    damage!    damage!    damage!    damage!    damage!
    VOIDED              damage!    damage!    damage!    damage!    damage!    damage!    damage!
    REFUNDED            damage!    damage!    damage!    done       damage!    damage!    damage!
    PARTIALLY_REFUNDED  damage!    damage!    damage!    damage!    damage!    damage!    damage!
    """,
    # REFUNDED with tickets left: all was given back for none of them, or they cost nothing.
    Stage.PARTIALLY_REFUNDED: """
                        none       ACTIVE     PAYING     COMPLETED  RELEASED   EXPIRED    other's
    none                damage!    damage!    damage!    damage!    damage!    damage!    damage!
    PENDING             damage!    damage!    damage!    damage!    damage!    damage!    damage!
    SUCCESS             damage!    damage!    damage!    done       damage!    damage!    damage!
    VOIDED              damage!    damage!    damage!    damage!    damage!    damage!    damage!
    REFUNDED            damage!    damage!    damage!    done       damage!    damage!    damage!
    PARTIALLY_REFUNDED  damage!    damage!    damage!    done       damage!    damage!    damage!
    """,
}


def _cells(grid: str) -> dict[tuple[Verdict, Record], Cell]:
    head, *rows = (line.split() for line in grid.strip().splitlines())
    return {
        (Verdict(verdict), Record(record)): Cell(Step(text.rstrip("!")), text.endswith("!"))
        for verdict, *texts in rows
        for record, text in zip(head, texts, strict=True)
    }


TABLE: Final[Mapping[tuple[Verdict, Record, Stage], Cell]] = {
    (verdict, record, stage): cell
    for stage, grid in _GRIDS.items()
    for (verdict, record), cell in _cells(grid).items()
}


def stage_of(order: Order, *, is_repaid: bool) -> Stage:
    """`is_repaid`: payments says so of the refund that is open."""
    if order.is_refunding:
        return Stage.REPAID if is_repaid else Stage.REFUNDING
    return Stage(order.status)


def verdict_of(payment_status: str | None) -> Verdict:
    """`payment_status` is payments' word for it; None if it has none."""
    if payment_status is None:
        return Verdict.NONE
    return Verdict.PENDING if payment_status == "FAILED" else Verdict(payment_status)


def record_of(status: str | None, order_id: str | None, *, wanted: str) -> Record:
    """`status` and `order_id` are seating's words; None if it has no such record."""
    if status is None:
        return Record.NONE
    record = Record(status)
    if record in (Record.PAYING, Record.COMPLETED) and order_id != wanted:
        return Record.OTHERS
    return record


def rendered() -> str:
    """The table in Markdown, as the README has it: for each order's state, payments by records."""
    head = "| payment / record | " + " | ".join(Record) + " |\n|---|" + "---|" * len(Record)
    tables = []
    for stage in Stage:
        rows = [
            f"| {verdict} | " + " | ".join(_text(verdict, each, stage) for each in Record) + " |"
            for verdict in Verdict
        ]
        tables.append("\n".join((f"**{stage}**\n", head, *rows)))
    steps = "\n".join(f"- **{step}**: {meaning}." for step, meaning in MEANINGS.items())
    return "\n\n".join((steps, *tables))


def _text(verdict: Verdict, record: Record, stage: Stage) -> str:
    cell = TABLE[verdict, record, stage]
    return f"{cell.step}{'!' if cell.is_contradiction else ''}"
