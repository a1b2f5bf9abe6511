"""What is wrong with a request, said as the contract says it."""

from typing import Any

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from functions.shared.card_numbers import find_card_number
from functions.shared.problems import ValidationFailed


def refuse_card_numbers(*sent: Any) -> None:
    """Raises ValidationFailed if any text of the body or the query is one."""
    for value in sent:
        pointer = find_card_number(value)
        if pointer is not None:
            raise ValidationFailed.at(pointer, "This looks like a card number; never send one.")


def refuse_invalid(error: RequestValidationError) -> None:
    raise ValidationFailed(
        "The request is not valid; `errors` says where.",
        errors=[
            {"pointer": _pointer(fault["loc"]), "detail": fault["msg"]} for fault in error.errors()
        ],
    ) from error


def _pointer(location: tuple[str | int, ...]) -> str:
    """An RFC 6901 pointer into the body, or `/<name>` of a path or query parameter."""
    # A query's location names the parameter model before the parameter.
    within = location[2:] if location[0] == "query" and len(location) > 2 else location[1:]
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in within)
