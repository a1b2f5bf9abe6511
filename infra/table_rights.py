"""What each function does to its domain's table, as data: templates grant it, and every test that
runs a handler holds the handler's calls to it.
"""

from dataclasses import dataclass
from typing import Final

# A transaction asks for the right to each of its parts; there is none to itself.
_CHANGE: Final = ("dynamodb:PutItem", "dynamodb:UpdateItem")


@dataclass(frozen=True)
class TableRights:
    """`actions` on items, by their keys; in partitions that begin with one of `partitions`, or in
    all of them. `indexes` are queried; `scans`: the whole table is read, in no index's order.
    """

    actions: tuple[str, ...]
    partitions: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    scans: bool = False

    def allow(self, action: str, partition: str) -> bool:
        """Whether this may be done to an item of this partition."""
        return action in self.actions and (
            not self.partitions or partition.startswith(self.partitions)
        )


TABLE_RIGHTS: Final = {
    "seating-api": TableRights(
        (
            "dynamodb:GetItem",
            "dynamodb:Query",
            *_CHANGE,
            "dynamodb:DeleteItem",
            "dynamodb:BatchGetItem",
            "dynamodb:BatchWriteItem",
        )
    ),
    "seating-tasks": TableRights(
        (
            "dynamodb:GetItem",
            "dynamodb:Query",
            *_CHANGE,
            "dynamodb:DeleteItem",
            "dynamodb:BatchGetItem",
        )
    ),
    # It moves the records of reservations whose time is over, and counts them.
    "seating-streams": TableRights(
        ("dynamodb:GetItem", "dynamodb:UpdateItem"), ("RESERVATION#", "EXPIRED#")
    ),
    # It takes over an event's sale state.
    "seating-events": TableRights(("dynamodb:GetItem", "dynamodb:UpdateItem"), ("EVENT#",)),
    "orders-api": TableRights(
        ("dynamodb:GetItem", "dynamodb:Query", *_CHANGE),
        ("ORDER#", "RESERVATION#"),
        indexes=("byUser", "byEvent"),
        # An administrator's list of all orders.
        scans=True,
    ),
    # Which reservation is ordered is decided where orders are placed, and nowhere else.
    "orders-tasks": TableRights(
        ("dynamodb:GetItem", "dynamodb:Query", *_CHANGE), ("ORDER#",), indexes=("byUser", "byEvent")
    ),
    "orders-reconciler": TableRights(
        ("dynamodb:GetItem", "dynamodb:Query", *_CHANGE), ("ORDER#",), indexes=("open",)
    ),
}
