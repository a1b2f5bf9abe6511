"""What is wrong with a request, before any route has seen it."""

import json

from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from functions.shared.card_numbers import find_card_number
from functions.shared.problems import MalformedRequest, UnsupportedMediaType, ValidationFailed


def refuse_card_numbers(event: APIGatewayProxyEvent) -> None:
    """Raises ValidationFailed if any text of the body or the query is one.

    And MalformedRequest for a body that is nested too deeply to look through.
    """
    try:
        body = json.loads(event.body or "null")
    except ValueError:
        # Not JSON, which validation says better.
        body = None
    except RecursionError as error:
        raise MalformedRequest("The body is nested too deeply.") from error
    for sent in (body, event.query_string_parameters):
        pointer = find_card_number(sent)
        if pointer is not None:
            raise ValidationFailed.at(pointer, "This looks like a card number; never send one.")


def refuse_media_type(error: RequestUnsupportedContentType) -> None:
    raise UnsupportedMediaType("Send the body as application/json.") from error


def refuse_invalid(error: RequestValidationError) -> None:
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        raise MalformedRequest("The body is not JSON.") from error
    raise ValidationFailed(
        "The request is not valid; `errors` says where.",
        errors=[{"pointer": _pointer(fault["loc"]), "detail": fault["msg"]} for fault in faults],
    ) from error


def _pointer(location: tuple[str | int, ...]) -> str:
    """An RFC 6901 pointer into the body, or `/<name>` of a path or query parameter."""
    # A query's location names the parameter model before the parameter.
    within = location[2:] if location[0] == "query" and len(location) > 2 else location[1:]
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in within)
