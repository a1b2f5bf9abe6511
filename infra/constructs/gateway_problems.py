"""What API Gateway answers by itself, in the shape everything else answers in."""

from typing import Final

from aws_cdk import aws_apigateway as apigateway

from functions.shared.answers import finish, problem_answer
from functions.shared.problems import (
    Forbidden,
    MalformedRequest,
    NotFound,
    PayloadTooLarge,
    Problem,
    ServiceUnavailable,
    TooManyRequests,
    Unauthenticated,
    UnsupportedMediaType,
)

_NO_SUCH_PATH: Final = NotFound("There is nothing at this path.")
_BUSY: Final = TooManyRequests("Too many requests at once.", retryAfter=1)
_AWAY: Final = ServiceUnavailable.retry_after(1, "The service did not answer.")
_NOT_ALLOWED: Final = Forbidden("This is not allowed.")
_UNREADABLE: Final = MalformedRequest("The request could not be read.")

# Every type the gateway knows, but those that inherit DEFAULT_5XX with its status: another type
# left out would get the text of DEFAULT_4XX under a status of its own.
PROBLEMS: Final[dict[str, Problem]] = {
    # No path of ours wants a signature by AWS. The gateway only asks for one, or finds fault with
    # it, where there is no path: a bearer token there is a signature it can't read.
    "DEFAULT_4XX": _NO_SUCH_PATH,
    "MISSING_AUTHENTICATION_TOKEN": _NO_SUCH_PATH,
    "INVALID_SIGNATURE": _NO_SUCH_PATH,
    "EXPIRED_TOKEN": _NO_SUCH_PATH,
    "RESOURCE_NOT_FOUND": _NO_SUCH_PATH,
    "UNAUTHORIZED": Unauthenticated.because("Send an access token."),
    "ACCESS_DENIED": _NOT_ALLOWED,
    "INVALID_API_KEY": _NOT_ALLOWED,
    "WAF_FILTERED": _NOT_ALLOWED,
    "BAD_REQUEST_BODY": _UNREADABLE,
    "BAD_REQUEST_PARAMETERS": _UNREADABLE,
    "REQUEST_TOO_LARGE": PayloadTooLarge("The body is larger than the API takes."),
    "UNSUPPORTED_MEDIA_TYPE": UnsupportedMediaType("The API takes JSON."),
    "THROTTLED": _BUSY,
    "QUOTA_EXCEEDED": _BUSY,
    "INTEGRATION_TIMEOUT": _AWAY,
    "INTEGRATION_FAILURE": _AWAY,
    # Functions answer every error themselves, so one that did not has died or hangs.
    "DEFAULT_5XX": _AWAY,
}


def answer_in_problems(api: apigateway.RestApi) -> None:
    """Make every answer of the gateway's own what a function would have answered."""
    for response_type, problem in PROBLEMS.items():
        # The gateway knows no path it could name safely: the instance is this very request.
        answer = problem_answer(problem, "urn:uuid:$context.requestId")
        finish(answer, "")
        quoted = {name: f"'{value}'" for name, [value] in answer["multiValueHeaders"].items()}
        api.add_gateway_response(
            response_type.title().replace("_", ""),
            type=apigateway.ResponseType.of(response_type),
            status_code=str(answer["statusCode"]),
            response_headers=quoted | {"X-Request-Id": "context.requestId"},
            templates={"application/json": answer["body"]},
        )
