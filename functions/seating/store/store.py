"""Everything seating keeps, by kind, over one table."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.seating.store.claims import Claims
from functions.seating.store.maps import SeatMaps
from functions.seating.store.operations import Operations
from functions.seating.store.records import Records
from functions.seating.store.states import SaleStates
from functions.shared.batches import BatchTable
from functions.shared.problems import ServiceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class Store:
    def __init__(
        self,
        client: "DynamoDBClient",
        table_name: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.table = BatchTable(client, table_name, sleep)
        self.states = SaleStates(self.table)
        self.maps = SeatMaps(self.table)
        self.claims = Claims(self.table)
        self.records = Records(self.table)
        self.operations = Operations(self.table)

    def check(self) -> None:
        """Raises ServiceUnavailable unless the table can be read."""
        try:
            self.table.get({"PK": "HEALTH", "SK": "HEALTH"}, consistent=False)
        except ClientError as error:
            raise ServiceUnavailable.retry_after(5, "The table cannot be read.") from error
