"""DynamoDB items as plain dicts: texts, numbers, lists and bytes, and nothing of boto3's own."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def marshal(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item with its types spelled out, as DynamoDB's calls take it."""
    return {name: _serialize(_to_stored(value)) for name, value in item.items()}


def unmarshal(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item as it was before `marshal`; a whole number comes back as an int."""
    return {name: _from_stored(_deserialize(value)) for name, value in item.items()}


def _to_stored(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, list | tuple):
        return [_to_stored(each) for each in value]
    # An enumeration's member is written as its text.
    return str(value) if isinstance(value, str) else value


def _from_stored(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list):
        return [_from_stored(each) for each in value]
    # Bytes come as boto3's Binary, which only wraps them.
    return getattr(value, "value", value)
