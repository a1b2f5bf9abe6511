"""What calls to DynamoDB cost: requests, read units and write units.

Write units are as the table says. Its read units are not to be trusted on the emulator, so they are
counted from the sizes of what was read, as AWS bills it: by item of GetItem and BatchGetItem
(one that is not there counts too), by page of a Query, in steps of 4 KB, half if not strong.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from threading import Lock
from typing import Any, Final

READ_UNIT_BYTES: Final = 4_096
_ENTRY_BYTES: Final = 1
_NESTED_BYTES: Final = 3
_MAX_NUMBER_BYTES: Final = 21


@dataclass
class Bill:
    """What was asked for between two moments."""

    requests: Counter[str] = field(default_factory=Counter)
    read_units: float = 0.0
    write_units: float = 0.0
    items_written: int = 0

    @property
    def total_requests(self) -> int:
        return self.requests.total()


@contextmanager
def metered(client: Any) -> Iterator[Bill]:
    """Everything this DynamoDB client is asked for meanwhile, from whichever thread."""
    bill, lock = Bill(), Lock()

    def ask(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"
        context["asked"] = params

    def answer(parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        with lock:
            add(bill, model.name, context["asked"], parsed)

    events = client.meta.events
    events.register("provide-client-params.dynamodb.*", ask)
    events.register("after-call.dynamodb.*", answer)
    try:
        yield bill
    finally:
        events.unregister("provide-client-params.dynamodb.*", ask)
        events.unregister("after-call.dynamodb.*", answer)


def add(bill: Bill, operation: str, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Add what one call was charged. Raises NotImplementedError for one that nobody has priced."""
    bill.requests[operation] += 1
    match operation:
        case "GetItem":
            bill.read_units += _units([answer.get("Item", {})], strong=_is_strong(asked))
        case "BatchGetItem":
            for name, wanted in asked["RequestItems"].items():
                found = answer["Responses"].get(name, [])
                absent = len(wanted["Keys"]) - len(found)
                for item in [*found, *[{}] * absent]:
                    bill.read_units += _units([item], strong=_is_strong(wanted))
        case "Query" | "Scan":
            bill.read_units += _units(answer["Items"], strong=_is_strong(asked))
        case "TransactWriteItems":
            bill.items_written += len(asked["TransactItems"])
        case "BatchWriteItem":
            bill.items_written += sum(len(writes) for writes in asked["RequestItems"].values())
        case "PutItem" | "UpdateItem" | "DeleteItem":
            bill.items_written += 1
        case other:
            raise NotImplementedError(f"Nobody has said what {other} costs.")
    if operation not in ("GetItem", "BatchGetItem", "Query", "Scan"):
        bill.write_units += _consumed(answer)


def _is_strong(asked: Mapping[str, Any]) -> bool:
    return bool(asked.get("ConsistentRead"))


def _units(items: list[Mapping[str, Any]], *, strong: bool) -> float:
    size = sum(item_bytes(item) for item in items)
    return max(1, ceil(size / READ_UNIT_BYTES)) * (1.0 if strong else 0.5)


def _consumed(answer: Mapping[str, Any]) -> float:
    consumed = answer.get("ConsumedCapacity", [])
    each = consumed if isinstance(consumed, list) else [consumed]
    return float(sum(capacity["CapacityUnits"] for capacity in each))


def item_bytes(item: Mapping[str, Mapping[str, Any]]) -> int:
    """The size of an item as it is billed, given as it travels: {name: {type: value}}.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(str(content).encode())
        case "B":
            return len(content)
        case "N":
            text = str(content)
            digits = text.lstrip("-").replace(".", "").strip("0")
            return min(_MAX_NUMBER_BYTES, ceil(len(digits) / 2) + 1 + text.startswith("-"))
        case "BOOL" | "NULL":
            return 1
        case "L":
            return _NESTED_BYTES + sum(_value_bytes(each) + _ENTRY_BYTES for each in content)
        case "M":
            entries = (len(name.encode()) + _value_bytes(each) for name, each in content.items())
            return _NESTED_BYTES + sum(size + _ENTRY_BYTES for size in entries)
    raise NotImplementedError(f"Nobody has said how large a {kind} is.")
