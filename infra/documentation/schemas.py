"""Schemas as they are meant: whole bounds, no titles made up, and what is really taken."""

from typing import Any, Final

# As functions.shared.models writes it, and the same with something to see in it: spaces around a
# text are taken off before it is measured.
_LINE: Final = r"^[^\x00-\x1f\x7f]*$"
_VISIBLE_LINE: Final = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
# Pydantic's own names for bounds that come after a validator; and those of a moment, which JSON
# Schema has none for, as ajv-formats calls them.
_BOUNDS: Final = {"ge": "minimum", "le": "maximum"}
_OF_MOMENTS: Final = {
    "minimum": "formatMinimum",
    "maximum": "formatMaximum",
    "exclusiveMinimum": "formatExclusiveMinimum",
    "exclusiveMaximum": "formatExclusiveMaximum",
    "lt": "formatExclusiveMaximum",
    "gt": "formatExclusiveMinimum",
}
_TEXT: Final = r"^[^\x00]*$"


def tidy_schema(schema: Any, *, is_sent: bool) -> Any:
    """The schema without noise; `is_sent` by clients, so that what is refused is said."""
    if isinstance(schema, list):
        return [tidy_schema(each, is_sent=is_sent) for each in schema]
    if not isinstance(schema, dict):
        whole = isinstance(schema, float) and schema.is_integer()
        return int(schema) if whole else schema
    tidied = {
        _keyword(name, value): _tidy_properties(value, is_sent=is_sent)
        if name == "properties"
        else tidy_schema(value, is_sent=is_sent)
        for name, value in schema.items()
        # Pydantic makes a title of each name: "Eventid".
        if name != "title" or not isinstance(value, str)
    }
    if tidied.get("default", 0) is None:
        # Null where it is not taken: it is said by leaving the property out.
        del tidied["default"]
    is_text = tidied.get("type") == "string" and not tidied.keys() & {"enum", "format", "const"}
    if is_sent and is_text:
        pattern = tidied.setdefault("pattern", _TEXT)
        if pattern == _LINE and tidied.get("minLength"):
            tidied["pattern"] = _VISIBLE_LINE
    return tidied


def _keyword(name: str, value: Any) -> str:
    named = _BOUNDS.get(name, name)
    return _OF_MOMENTS.get(named, named) if isinstance(value, str) else named


def _tidy_properties(properties: Any, *, is_sent: bool) -> Any:
    # A property may itself be called `title`.
    return {name: tidy_schema(value, is_sent=is_sent) for name, value in properties.items()}


def sent_schemas(spec: dict[str, Any]) -> set[str]:
    """The names of all schemas that a request's body is made of."""
    waiting = [
        operation["requestBody"]
        for operations in spec["paths"].values()
        for operation in operations.values()
        if "requestBody" in operation
    ]
    found: set[str] = set()
    while waiting:
        for name in set(references(waiting.pop())) - found:
            found.add(name)
            waiting.append(spec["components"]["schemas"][name])
    return found


def references(value: Any) -> list[str]:
    """The names of the schemas that a part of the document refers to."""
    if isinstance(value, list):
        return [name for each in value for name in references(each)]
    if not isinstance(value, dict):
        return []
    own = value.get("$ref")
    named = [own.rpartition("/")[2]] if isinstance(own, str) else []
    return named + [name for each in value.values() for name in references(each)]
