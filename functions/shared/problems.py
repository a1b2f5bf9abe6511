"""One name for one refusal: class, problem code and state machine error are one word.

`SeatsUnavailable` is raised in Python, answered to clients as `application/problem+json`
(RFC 9457) with code `seats-unavailable`, and caught in a state machine as `SeatsUnavailable`.
"""

import re
from http import HTTPStatus
from typing import Any, ClassVar, Self

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 - a problem is what RFC 9457 calls it
    """A refusal with a status, a stable code and a sentence for a person.

    `extensions` are RFC 9457 extension members in wire spelling (`unavailableSeats`,
    `retryAfter` in seconds, `errors`); `headers` go on the HTTP answer.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    title: ClassVar[str] = "Something went wrong"

    def __init__(
        self, detail: str, *, headers: dict[str, str] | None = None, **extensions: Any
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extensions = extensions
        self.headers = dict(headers or {})
        if "retryAfter" in extensions:
            self.headers.setdefault("Retry-After", str(extensions["retryAfter"]))

    @classmethod
    def code(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    def document(self) -> dict[str, Any]:
        """The members of RFC 9457, without `instance`, which only the HTTP edge knows."""
        return {
            "type": f"/problems/{self.code()}",
            "title": self.title,
            "status": int(self.status),
            "detail": self.detail,
            "code": self.code(),
            **self.extensions,
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Problem":
        """The problem another domain answered a task with, as the same class if known here."""
        known = {problem.code(): problem for problem in _descendants(Problem)}
        fields = {"type", "title", "status", "detail", "code", "instance"}
        extensions = {name: value for name, value in document.items() if name not in fields}
        found = known.get(document["code"])
        if found is None:
            found = type(
                "".join(word.capitalize() for word in document["code"].split("-")),
                (Problem,),
                {"status": HTTPStatus(document["status"]), "title": document["title"]},
            )
        problem: Problem = found(document["detail"], **extensions)
        return problem


def _descendants(problem: type[Problem]) -> list[type[Problem]]:
    children = problem.__subclasses__()
    return children + [below for child in children for below in _descendants(child)]


class MalformedRequest(Problem):
    status = HTTPStatus.BAD_REQUEST
    title = "The request could not be read"


class IdempotencyKeyRequired(Problem):
    status = HTTPStatus.BAD_REQUEST
    title = "An Idempotency-Key of 1 to 255 characters is required"


class Unauthenticated(Problem):
    status = HTTPStatus.UNAUTHORIZED
    title = "Sign in first"

    @classmethod
    def because(cls, detail: str, error: str | None = None) -> Self:
        """With the challenge of RFC 6750; `error` only when a token was sent."""
        challenge = 'Bearer realm="boxoffice"' + (f', error="{error}"' if error else "")
        return cls(detail, headers={"WWW-Authenticate": challenge})


class PaymentDeclined(Problem):
    status = HTTPStatus.PAYMENT_REQUIRED
    title = "The payment was declined"


class Forbidden(Problem):
    status = HTTPStatus.FORBIDDEN
    title = "Your role does not allow this"


class NotFound(Problem):
    status = HTTPStatus.NOT_FOUND
    title = "There is no such thing"


class MethodNotAllowed(Problem):
    status = HTTPStatus.METHOD_NOT_ALLOWED
    title = "This method is not allowed here"


class Conflict(Problem):
    status = HTTPStatus.CONFLICT
    title = "The state of things does not allow this"


class RequestInProgress(Conflict):
    title = "A request with this Idempotency-Key is still running"


class Gone(Problem):
    status = HTTPStatus.GONE
    title = "The time for this is over"


class PayloadTooLarge(Problem):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    title = "The body is too large"


class UnsupportedMediaType(Problem):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    title = "Send application/json"


class ValidationFailed(Problem):
    """`errors` names each fault as `{pointer, detail}`, the pointer an RFC 6901 JSON pointer."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The request is not valid"

    @classmethod
    def at(cls, pointer: str, detail: str) -> Self:
        return cls(detail, errors=[{"pointer": pointer, "detail": detail}])


class IdempotencyKeyReused(Problem):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "This Idempotency-Key was used with another body"


class TooManyRequests(Problem):
    status = HTTPStatus.TOO_MANY_REQUESTS
    title = "Slow down"


class InternalError(Problem):
    pass


class ServiceUnavailable(Problem):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "Try again in a moment"

    @classmethod
    def retry_after(cls, seconds: int, detail: str) -> Self:
        return cls(detail, retryAfter=seconds)
