"""What a route declares, as the OpenAPI document says it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from functions.shared.admission import Admission
from functions.shared.models import ProblemView
from functions.shared.problems import CONTENT_TYPE, Problem


class Declaration(NamedTuple):
    """What a route asks and answers: `statuses` with its model, the usual one first.

    An answer of another media type than JSON has no model; an example stands for it.
    """

    admission: Admission
    statuses: tuple[HTTPStatus, ...]
    problems: frozenset[type[Problem]]
    media_type: str = "application/json"
    example: str = ""

    def codes(self) -> set[tuple[int, str]]:
        """Each status and problem code that it refuses with."""
        return {(int(problem.status), problem.code()) for problem in self.problems}

    def answers(self, function: Callable[..., Any]) -> dict[int, Any]:
        """As Powertools documents the answers of a route."""
        return documented_success(function, *self.statuses) | documented_problems(self.problems)


def documented_success(function: Callable[..., Any], *statuses: HTTPStatus) -> dict[int, Any]:
    """The answers a route promises: the model it returns, bare or in a `Response[...]`."""
    model = get_type_hints(function).get("return")
    if get_origin(model) is Response:
        (model,) = get_args(model)
    answers: dict[int, Any] = {}
    for status in statuses:
        answers[int(status)] = {"description": status.phrase}
        if isinstance(model, type) and issubclass(model, BaseModel):
            answers[int(status)]["content"] = {"application/json": {"model": model}}
    return answers


def documented_problems(problems: frozenset[type[Problem]]) -> dict[int, Any]:
    codes: dict[int, list[str]] = {}
    for problem in problems:
        codes.setdefault(int(problem.status), []).append(problem.code())
    return {
        status: {
            "description": " or ".join(f"`{code}`" for code in sorted(names)),
            "content": {CONTENT_TYPE: {"model": ProblemView}},
        }
        for status, names in sorted(codes.items())
    }
