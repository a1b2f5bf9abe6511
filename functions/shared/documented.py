"""What a route declares, as the OpenAPI document says it."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, get_args, get_origin, get_type_hints

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from functions.shared.models import ProblemView
from functions.shared.problems import CONTENT_TYPE, Problem


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


def documented_problems(problems: set[type[Problem]]) -> dict[int, Any]:
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
