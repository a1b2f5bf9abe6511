"""HTTP for a domain: routes that declare who may call them, and one shape for every answer.

Powertools' resolver routes, validates and documents; this adds what our contract promises beside
it: access before validation, problem+json with CORS headers on every error, 405 with Allow,
body limits, a request id on every answer, and no leaking exception.
"""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from annotated_types import Ge, Le
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.event_handler.api_gateway import ResponseBuilder, Route
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import BeforeValidator

from functions.shared import correlation
from functions.shared.addresses import EdgeSettings, client_address
from functions.shared.admission import MAX_BODY_BYTES, Access, Admission
from functions.shared.answers import (
    Encoding,
    finish,
    preflight_answer,
    problem_answer,
    request_id_of,
)
from functions.shared.card_numbers import without_card_numbers
from functions.shared.documented import Declaration
from functions.shared.models import MAX_ID, whole_number
from functions.shared.observability import flush_metrics, logger
from functions.shared.problems import (
    InternalError,
    MethodNotAllowed,
    NotFound,
    Problem,
    ServiceUnavailable,
)
from functions.shared.refusals import refuse_invalid
from functions.shared.tasks import TaskFailed
from functions.shared.tokens import Principal, TokenVerifier

__all__ = ["MAX_BODY_BYTES", "Access", "Api", "OpaqueId", "PathId"]

_BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}

# An integer id in a path; Powertools takes no other kind of field there.
PathId = Annotated[
    int,
    Ge(1),
    Le(MAX_ID),
    BeforeValidator(whole_number),
    Path(description="A positive integer id"),
]

# An id in a path that means nothing to clients; one that is longer was not ours.
OpaqueId = Annotated[str, Path(min_length=1, max_length=100, description="An opaque id")]

RouteFunction = TypeVar("RouteFunction", bound=Callable[..., Any])


class _Resolver(APIGatewayRestResolver):
    """Powertools' resolver, asking for admission before validation (its middlewares run after)."""

    def __init__(self, admit: Callable[[Route], None], refuse: Callable[[str], None]) -> None:
        super().__init__(enable_validation=True)
        self._response_validation_middleware = Encoding()
        self._admit = admit
        self._refuse = refuse

    def _call_route(self, route: Route, route_arguments: dict[str, str]) -> ResponseBuilder[Any]:
        path = self.current_event.path
        if route not in self.serving(path):
            self._refuse(path)
        self._admit(route)
        return super()._call_route(route, route_arguments)

    def _handle_not_found(self, method: str, path: str) -> ResponseBuilder[Any]:  # noqa: ARG002
        self._refuse(path)
        raise AssertionError("a refusal raises")

    @property
    def routes(self) -> list[Route]:
        return [*self._static_routes, *self._dynamic_routes]

    def serving(self, path: str) -> list[Route]:
        """The routes of a path. One that is spelled out is no id: `me` is no user's."""
        spelled = [route for route in self._static_routes if route.rule.match(path)]
        return spelled or [route for route in self._dynamic_routes if route.rule.match(path)]


class Api:
    """The HTTP API of one domain; `handler` is what is deployed."""

    def __init__(self, tag: str, tokens: TokenVerifier | None) -> None:
        self.tag = tag
        self._tokens = tokens
        self._vouched_addresses = EdgeSettings.from_environment().vouched_addresses
        self.declarations: dict[tuple[str, str], Declaration] = {}
        self.resolver = _Resolver(self._admit, self._refuse)
        # Raised again, so that every problem becomes an answer in one place, `handler`.
        self.resolver.exception_handler(Problem)(_reraise)
        self.resolver.exception_handler(RequestValidationError)(refuse_invalid)

    def route(
        self,
        method: str,
        path: str,
        access: Access,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        also: tuple[HTTPStatus, ...] = (),
        raises: tuple[type[Problem], ...] = (),
        max_body_bytes: int = MAX_BODY_BYTES,
        documented: bool = True,
        media: tuple[str, str] = ("application/json", ""),
        is_foreign: bool = False,
    ) -> Callable[[RouteFunction], RouteFunction]:
        """Declare a route. Its docstring's first line is the summary in the OpenAPI document.

        `also` are other statuses it answers with the same model; `raises` are the problems it may
        answer with beside those every route shares. `is_foreign`: the body is another system's, and
        is taken as it is. `media` is an answer's type, with an example of what is no JSON.
        """
        admission = Admission(access, max_body_bytes, is_foreign)

        def register(function: RouteFunction) -> RouteFunction:
            summary, _, description = (function.__doc__ or "").partition("\n")
            declared = self.declarations[method, path] = Declaration(
                admission,
                (status, *also),
                frozenset({InternalError, *admission.problems(method), *raises}),
                *media,
            )
            return self.resolver.route(
                path,
                method,
                summary=summary.strip() or None,
                description=description.strip() or None,
                tags=[self.tag],
                operation_id=function.__name__,
                status_code=int(status),
                include_in_schema=documented,
                responses=declared.answers(function),
                security=None if access is Access.PUBLIC else [{"bearer": []}],
                openapi_extensions={"x-access": access.value},
            )(function)

        return register

    def get(
        self, path: str, access: Access, **declared: Any
    ) -> Callable[[RouteFunction], RouteFunction]:
        return self.route("GET", path, access, **declared)

    def post(
        self, path: str, access: Access, **declared: Any
    ) -> Callable[[RouteFunction], RouteFunction]:
        return self.route("POST", path, access, **declared)

    def put(
        self, path: str, access: Access, **declared: Any
    ) -> Callable[[RouteFunction], RouteFunction]:
        return self.route("PUT", path, access, **declared)

    def patch(
        self, path: str, access: Access, **declared: Any
    ) -> Callable[[RouteFunction], RouteFunction]:
        return self.route("PATCH", path, access, **declared)

    def delete(
        self, path: str, access: Access, **declared: Any
    ) -> Callable[[RouteFunction], RouteFunction]:
        return self.route("DELETE", path, access, **declared)

    def principal(self) -> Principal:
        """Who is calling the current route, which must not be public."""
        caller: Principal = self.resolver.context["principal"]
        return caller

    def client_address(self) -> str:
        """The address of whoever calls the current route, which no header of theirs changes."""
        return client_address(self.resolver.current_event.raw_event, self._vouched_addresses)

    def request_id(self) -> str:
        """The id of the current request, as its answer and its log lines carry it."""
        resolver = self.resolver
        return request_id_of(resolver.current_event.raw_event, resolver.lambda_context)

    def seconds_left(self) -> float:
        """How long the current invocation may still take before Lambda ends it."""
        return float(self.resolver.lambda_context.get_remaining_time_in_millis()) / 1000

    def handler(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Lambda's entry point: every outcome is an answer in the contract's shape."""
        request_id = request_id_of(event, context)
        with correlation.under(request_id):
            return self._handle(event, context, request_id)

    def _handle(self, event: dict[str, Any], context: Any, request_id: str) -> dict[str, Any]:
        started = time.perf_counter()
        method, path = event["httpMethod"].upper(), event["path"]
        if method == "OPTIONS":
            answer = self._preflight(path)
        else:
            lookup = {**event, "httpMethod": "GET"} if method == "HEAD" else event
            answer = self._answer(lookup, context, path)
        if method == "HEAD" or answer["statusCode"] in _BODILESS:
            answer["body"] = ""
        finish(answer, request_id)
        logger.info(
            "request",
            extra={
                "method": method,
                "path": without_card_numbers(path),
                "status": answer["statusCode"],
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        flush_metrics()
        return answer

    def _answer(self, event: dict[str, Any], context: Any, path: str) -> dict[str, Any]:
        try:
            return self.resolver.resolve(event, context)
        except TaskFailed:
            # Logged where it was called; which of us did not answer is not for clients.
            away = ServiceUnavailable.retry_after(1, "A part of Boxoffice did not answer.")
            return problem_answer(away, path)
        except Problem as problem:
            return problem_answer(problem, path)
        except Exception:  # noqa: BLE001 - logged whole, answered as a 500
            # The last line of defence: API Gateway would answer a 502 that leaks the message.
            logger.exception("unhandled")
            return problem_answer(InternalError("This is our fault, and it is logged."), path)

    def _admit(self, route: Route) -> None:
        admission = self.declarations[route.method, route.path].admission
        event = self.resolver.current_event
        if admission.access is not Access.PUBLIC:
            if self._tokens is None:
                raise TypeError(f"{self.tag} has no token verifier for {route.path}")
            self.resolver.context["principal"] = admission.caller(event, self._tokens)
        admission.check(event, route)

    def _methods(self, path: str) -> list[str]:
        found = {route.method for route in self.resolver.serving(path)}
        if "GET" in found:
            found.add("HEAD")
        return sorted(found)

    def _refuse(self, path: str) -> None:
        methods = self._methods(path)
        if methods:
            allow = ", ".join([*methods, "OPTIONS"])
            raise MethodNotAllowed(f"Allowed here: {allow}.", headers={"Allow": allow})
        raise NotFound("Nothing is served at this path.")

    def _preflight(self, path: str) -> dict[str, Any]:
        methods = self._methods(path)
        if not methods:
            return problem_answer(NotFound("Nothing is served at this path."), path)
        allow = ", ".join([*methods, "OPTIONS"])
        return preflight_answer(allow)


def _reraise(error: Exception) -> None:
    raise error
