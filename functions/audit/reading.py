"""Reads every store: orders first, then seating, then payments.

The stores are not read at one moment, nor is a table that is scanned, so what happens meanwhile can
look like a violation. The order of reading decides what does. A sale goes seating (held, paying),
payments (captured), seating (sold), orders (confirmed): what comes last is read first, so that
everything a ticket rests on was there before the ticket was read, and is read after it. A sale made
meanwhile is therefore seen in part but never as "sold without ...". What still looks wrong:

- A refund goes the other way (ticket, money, seat): a ticket read live whose money or seat was
  given back before those were read (I2, I3).
- A payment announced after its seats were scanned: they are still HELD there, or free (I8, I9).
- Things of one table that a scan met on two sides of a transaction: claims, record and slot of one
  reservation (I7, I10, I11), or an order, its tickets and its refunds (I3, I5).

All are over within moments and are found by looking again at what is involved (`read_around`): by
keys, strongly, in milliseconds instead of seconds. `looking.py` does that.

Payments is one snapshot, the simulator's books with it: there nothing is in between.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from functions.audit.books import read_books, read_books_of
from functions.audit.facts import Facts
from functions.audit.neighbourhood import read_neighbourhood
from functions.audit.tables import Table, sales_of, seating_of
from functions.audit.violation import Ids

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class Stores:
    """`payments_engine` is of payments' database; a role that may only read is enough for all."""

    def __init__(
        self,
        dynamodb_client: "DynamoDBClient",
        seating_table: str,
        orders_table: str,
        payments_engine: Engine,
        segments: int = 2,
    ) -> None:
        self._seating = Table(dynamodb_client, seating_table, segments)
        self._orders = Table(dynamodb_client, orders_table, segments)
        self._engine = payments_engine

    def read(self) -> Facts:
        """Everything."""
        sales = sales_of(self._orders.scan())
        seating = seating_of(self._seating.scan())
        return Facts(seating, sales, read_books(self._engine))

    def read_around(self, suspects: Iterable[Ids]) -> Facts:
        """Only what it takes to judge these again."""
        suspects = list(suspects)
        sales, seating = read_neighbourhood(self._orders, self._seating, suspects)
        orders = {order for ids in suspects for order in (ids.order, ids.rival) if order}
        keys = {key for ids in suspects for key in (ids.attempt, ids.refund) if key}
        return Facts(seating, sales, read_books_of(self._engine, orders | set(sales.orders), keys))
