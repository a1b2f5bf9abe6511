"""What a request must be before its route is asked: allowed, of a size, and readable."""

from enum import StrEnum
from typing import Any, Final, NamedTuple

from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent

from functions.shared.json_bodies import decoded_body, read_json
from functions.shared.pagination import ask_for, list_name
from functions.shared.problems import (
    Forbidden,
    MalformedRequest,
    PayloadTooLarge,
    Problem,
    Unauthenticated,
    UnsupportedMediaType,
    ValidationFailed,
)
from functions.shared.query_names import filters_of, refuse_other_parameters
from functions.shared.refusals import refuse_card_numbers
from functions.shared.tokens import Principal, Role, TokenVerifier

MAX_BODY_BYTES: Final = 64 * 1024
BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})
_JSON: Final = "application/json"


class Access(StrEnum):
    """Who may call a route. Whose things they may touch is part of each query."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    ORGANIZER = "organizer"
    ADMIN = "admin"


_ROLES: Final = {
    Access.SIGNED_IN: frozenset(Role),
    Access.ORGANIZER: frozenset({Role.EVENT_ORGANIZER, Role.ADMIN}),
    Access.ADMIN: frozenset({Role.ADMIN}),
}


class Admission(NamedTuple):
    """What one route asks of a request. A foreign body is another system's, taken as it is."""

    access: Access
    max_body_bytes: int
    is_foreign: bool

    def problems(self, method: str) -> frozenset[type[Problem]]:
        """What a request may be refused with before its route is asked."""
        found: set[type[Problem]] = {ValidationFailed}
        if not (self.is_foreign and method in BODY_METHODS):
            found.add(MalformedRequest)
        if self.access is not Access.PUBLIC:
            found.add(Unauthenticated)
        if self.access in (Access.ORGANIZER, Access.ADMIN):
            found.add(Forbidden)
        if method in BODY_METHODS:
            found |= {PayloadTooLarge, UnsupportedMediaType}
        return frozenset(found)

    def caller(self, event: APIGatewayProxyEvent, tokens: TokenVerifier) -> Principal:
        """Who is calling a route that is not public. Raises Unauthenticated and Forbidden."""
        caller = tokens.principal_of(event.headers.get("Authorization"))
        if caller.role not in _ROLES[self.access]:
            raise Forbidden(f"This is for the role {self.access.value}.")
        return caller

    def check(self, event: APIGatewayProxyEvent, route: Route) -> None:
        """Read the body, and find fault with it and with the query. Raises a Problem."""
        if event.body and route.method not in BODY_METHODS:
            raise MalformedRequest(f"A {route.method} has no body.")
        if event.body:
            self._check_envelope(event)
        if self.is_foreign:
            return
        # Read here, once, by our own rules; validation finds it read.
        text = decoded_body(event.body, is_base64=bool(event.is_base64_encoded))
        body = event.json_body = read_json(text) if text else None
        _refuse_other_bodies(route, body)
        query = event.multi_value_query_string_parameters
        refuse_other_parameters(route, query)
        ask_for(list_name(route.path, filters_of(route, query)))
        refuse_card_numbers(body, event.query_string_parameters)

    def _check_envelope(self, event: APIGatewayProxyEvent) -> None:
        body = event.body or ""
        size = len(body) * 3 // 4 if event.is_base64_encoded else len(body.encode())
        if size > self.max_body_bytes:
            raise PayloadTooLarge(f"A body here is at most {self.max_body_bytes} bytes.")
        name, content_type = next(
            ((name, value) for name, value in event["headers"].items() if _is_content_type(name)),
            ("Content-Type", ""),
        )
        if not _is_json(content_type):
            raise UnsupportedMediaType("Send the body as application/json, in UTF-8.")
        # Validation knows it in this spelling only.
        event["headers"][name] = _JSON


def _is_content_type(name: str) -> bool:
    return name.lower() == "content-type"


def _is_json(content_type: str) -> bool:
    """Whether it is JSON in UTF-8, as its parameters say (RFC 9110, 8.3.1)."""
    media_type, *parameters = content_type.lower().split(";")
    named = dict(each.strip().partition("=")[::2] for each in parameters)
    charset = named.get("charset", "utf-8").strip('"')
    return media_type.strip() == _JSON and charset in ("utf-8", "us-ascii")


def _refuse_other_bodies(route: Route, body: Any) -> None:
    """Raises ValidationFailed for a body that is no object, or that the route does not read."""
    if body is not None and not isinstance(body, dict):
        # Validation would take the first of an array.
        raise ValidationFailed.at("", "The body is a JSON object.")
    if body and not route.dependant.body_params:
        raise ValidationFailed.at("", "Nothing is read from a body here.")
