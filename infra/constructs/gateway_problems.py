"""What API Gateway answers by itself, in the shape everything else answers in."""

import json
from typing import Final

from aws_cdk import aws_apigateway as apigateway

from functions.shared.problems import (
    Forbidden,
    InternalError,
    MalformedRequest,
    NotFound,
    PayloadTooLarge,
    Problem,
    ServiceUnavailable,
    TooManyRequests,
    Unauthenticated,
    UnsupportedMediaType,
)

_ResponseType = apigateway.ResponseType

_NO_SUCH_PATH: Final = NotFound("There is nothing at this path.")
_BUSY: Final = TooManyRequests("Too many requests at once.", retryAfter=1)
_AWAY: Final = ServiceUnavailable.retry_after(1, "The service did not answer in time.")
_UNREADABLE: Final = MalformedRequest("The request could not be read.")

PROBLEMS: Final[dict[str, Problem]] = {
    "DEFAULT_4XX": _UNREADABLE,
    "DEFAULT_5XX": InternalError("The request could not be served."),
    # A path that is not there counts as one that wants a signature.
    "MISSING_AUTHENTICATION_TOKEN": _NO_SUCH_PATH,
    "RESOURCE_NOT_FOUND": _NO_SUCH_PATH,
    "ACCESS_DENIED": Forbidden("This is not allowed."),
    "WAF_FILTERED": Forbidden("This is not allowed."),
    "UNAUTHORIZED": Unauthenticated.because("Send an access token."),
    "BAD_REQUEST_BODY": _UNREADABLE,
    "BAD_REQUEST_PARAMETERS": _UNREADABLE,
    "REQUEST_TOO_LARGE": PayloadTooLarge("The body is larger than the API takes."),
    "UNSUPPORTED_MEDIA_TYPE": UnsupportedMediaType("The API takes JSON."),
    "THROTTLED": _BUSY,
    "QUOTA_EXCEEDED": _BUSY,
    "INTEGRATION_TIMEOUT": _AWAY,
    "INTEGRATION_FAILURE": _AWAY,
}

_HEADERS: Final = {
    "Content-Type": "'application/problem+json'",
    "Cache-Control": "'no-store'",
    "Access-Control-Allow-Origin": "'*'",
    "Access-Control-Expose-Headers": "'Retry-After, WWW-Authenticate, X-Request-Id'",
    "X-Request-Id": "context.requestId",
}


def answer_in_problems(api: apigateway.RestApi) -> None:
    """Make every answer of the gateway's own a problem (RFC 9457) that a browser may read."""
    for response_type, problem in PROBLEMS.items():
        quoted = {name: f"'{value}'" for name, value in problem.headers.items()}
        api.add_gateway_response(
            response_type.title().replace("_", ""),
            type=_ResponseType.of(response_type),
            status_code=str(int(problem.status)),
            response_headers=_HEADERS | quoted,
            templates={"application/json": _template(problem)},
        )


def _template(problem: Problem) -> str:
    """The gateway knows no path it could name safely, so the instance is the request's id."""
    document = problem.document() | {"instance": "urn:uuid:$context.requestId"}
    return json.dumps(document)
