"""The stores, watched: real DynamoDB and real Postgres, each write with its moments."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from functions.seating.tests.faults import refusal
from statemachines.tests.world.step_functions import aws_timeout
from statemachines.tests.world.switchboard import Effect, Switchboard

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

WRITES: Final = ("TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem")


class WatchedTables:
    """Hooks on botocore: each write that this client makes passes the board.

    A doubled write is made by `unwatched` first, unheard; a contended one is refused once, as
    DynamoDB refuses what meets another transaction; one whose answer is lost was committed.
    """

    def __init__(
        self, client: "DynamoDBClient", unwatched: "DynamoDBClient", board: Switchboard
    ) -> None:
        self._unwatched = unwatched
        self._board = board
        self._contended: list[Effect] = []
        hooks: Any = client.meta.events
        for operation in WRITES:
            hooks.register_last(f"before-parameter-build.dynamodb.{operation}", self._remember)
            hooks.register_first(f"before-call.dynamodb.{operation}", self._begin)
            hooks.register_first(f"before-send.dynamodb.{operation}", self._send)
            hooks.register_last(f"after-call.dynamodb.{operation}", self._end)

    def _remember(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["given"] = params

    def _begin(self, model: Any, context: dict[str, Any], **_: Any) -> None:
        effect = self._board.begin(f"{model.name} {_table(context['given'])}")
        context["effect"] = effect
        if effect.is_doubled:
            # Refused, perhaps; then the second is too, and the product looks into why.
            with suppress(ClientError):
                getattr(self._unwatched, _method(model.name))(**context["given"])
        if effect.is_contended:
            self._contended.append(effect)

    def _send(self, event_name: str, **_: Any) -> AWSResponse | None:
        if not self._contended:
            return None
        self._contended.pop()
        if event_name.endswith("TransactWriteItems"):
            return refusal("TransactionCanceledException", "TransactionConflict")
        return refusal("TransactionConflictException")

    def _end(self, http_response: Any, context: dict[str, Any], **_: Any) -> None:
        effect: Effect = context["effect"]
        if http_response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            effect.changes = False
            return
        self._board.end(effect)
        if effect.is_lost:
            raise aws_timeout()


def _method(operation: str) -> str:
    return {
        "TransactWriteItems": "transact_write_items",
        "PutItem": "put_item",
        "UpdateItem": "update_item",
        "DeleteItem": "delete_item",
    }[operation]


def _table(given: dict[str, Any]) -> str:
    if "TransactItems" in given:
        (write,) = given["TransactItems"][0].values()
        return str(write["TableName"])
    return str(given["TableName"])


class WatchedEngine:
    """An engine whose every transaction passes the board; one that only read changes nothing."""

    def __init__(self, engine: Engine, board: Switchboard) -> None:
        self._engine = engine
        self._board = board
        event.listen(engine, "before_cursor_execute", _note_writing)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        effect = self._board.begin("commit")
        effect.changes = False
        with self._engine.begin() as connection:
            connection.info.pop("writes", None)
            yield connection
            effect.changes = bool(connection.info.get("writes"))
        self._board.end(effect)
        if effect.is_lost:
            # The database has committed, and its word of it never came.
            raise OperationalError("COMMIT", {}, Exception("the connection was lost"))


def _note_writing(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    if not statement.startswith("SELECT"):
        connection.info["writes"] = True
