"""DynamoDB items as plain dicts: texts, numbers, lists and bytes, and nothing of boto3's own.

Not by boto3's serializer: to import it is a fifth of a cold start.
"""

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Any


def marshal(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item with its types spelled out, as DynamoDB's calls take it. Raises TypeError."""
    return {name: _stored(value) for name, value in item.items()}


def unmarshal(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item as it was before `marshal`; a whole number comes back as an int."""
    return {name: _read(value) for name, value in item.items()}


def _stored(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            # An enumeration's member is written as its text.
            return {"S": str(value)}
        case int():
            return {"N": str(int(value))}
        case float() | Decimal() if isfinite(value):
            return {"N": str(value)}
        case bytes() | bytearray():
            return {"B": bytes(value)}
        case list() | tuple():
            return {"L": [_stored(each) for each in value]}
        case Mapping():
            return {"M": marshal(value)}
    raise TypeError(f"DynamoDB has no type for {type(value).__name__}.")


def _read(stored: Mapping[str, Any]) -> Any:
    [(kind, value)] = stored.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            number = Decimal(value)
            return int(number) if number == number.to_integral_value() else float(number)
        case "L":
            return [_read(each) for each in value]
        case "M":
            return unmarshal(value)
        case "B":
            return bytes(value)
        case "NULL":
            return None
    raise TypeError(f"Nothing of ours is stored as {kind}.")
