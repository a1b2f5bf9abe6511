"""Tasks: what a domain does for a saga or for another domain, called by IAM, never over HTTP.

A payload is `{"task": "<name>", ...}`. A saga sees a refusal as an error of its name; a domain
that asks with `answerProblems` gets `{"problem": {...}}` instead, and `call` raises it again as
the same class, with all its fields. Whatever is asked goes on under the asker's `correlationId`.
A field that a task does not know is ignored: who asks may be of a newer release.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from functions.shared import correlation
from functions.shared.observability import flush_metrics, logger
from functions.shared.problems import Problem, ServiceUnavailable, ValidationFailed

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


class TaskInput(BaseModel):
    """camelCase or snake_case. What it knows must be right; what it does not know is not read."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )


Input = TypeVar("Input", bound=TaskInput)
Task = Callable[[Any], Mapping[str, Any]]


class Tasks:
    """The tasks of one domain: register each with `@tasks.task`, deploy `tasks.handler`."""

    def __init__(self) -> None:
        self._tasks: dict[str, tuple[type[TaskInput], Task]] = {}

    @property
    def names(self) -> list[str]:
        return sorted(self._tasks)

    def task(
        self, run: Callable[[Input], Mapping[str, Any]]
    ) -> Callable[[Input], Mapping[str, Any]]:
        """Register a function under its own name; its first annotation is its input's model."""
        model = next(hint for name, hint in run.__annotations__.items() if name != "return")
        self._tasks[run.__name__] = (model, run)
        return run

    def handler(self, payload: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
        """Lambda's entry point. Raises the task's own Problem unless asked to answer it."""
        asked_by = payload.get(correlation.FIELD) or correlation.own_id(context)
        about = correlation.subjects_in(payload)
        with correlation.under(asked_by, task=payload.get("task"), **about):
            return self._handle(payload)

    def _handle(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        started = time.perf_counter()
        try:
            answer = self._run(payload)
        except Problem as problem:
            refusal = {"problem": problem.code(), "detail": problem.detail}
            logger.info("task refused", extra={**refusal, **_lasted(started)})
            if payload.get("answerProblems"):
                return {"problem": problem.document()}
            raise
        except Exception:
            # Lambda logs it, too, but says nothing of what it was about.
            logger.exception("task broke off", extra=_lasted(started))
            raise
        else:
            logger.info("task done", extra=_lasted(started))
            return answer
        finally:
            flush_metrics()

    def _run(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        registered = self._tasks.get(str(payload.get("task")))
        if registered is None:
            raise ValidationFailed.at("/task", f"Unknown task. Known: {', '.join(self.names)}.")
        model, run = registered
        try:
            request = model.model_validate(payload)
        except ValidationError as error:
            # Without the values: they may be secrets, and this is logged.
            faults = [
                {"pointer": "".join(f"/{part}" for part in fault["loc"]), "detail": fault["msg"]}
                for fault in error.errors(include_input=False, include_url=False)
            ]
            named = ", ".join(fault["pointer"] for fault in faults)
            raise ValidationFailed(f"The input is not valid at {named}.", errors=faults) from None
        return run(request)


def _lasted(started: float) -> dict[str, float]:
    return {"milliseconds": round((time.perf_counter() - started) * 1000, 1)}


class TaskFailed(ServiceUnavailable):
    """The other domain's function failed or did not answer; what it did is not known."""


def call(
    client: "LambdaClient", function_name: str, task: str, payload: Mapping[str, Any]
) -> dict[str, Any]:
    """Ask another domain for something and wait for the answer.

    Raises the Problem it refused with, or TaskFailed when it crashed or timed out. Botocore's
    own errors (the function is not there, no permission) pass through.
    """
    request = {"task": task, "answerProblems": True, **correlation.carried(), **payload}
    reply = client.invoke(FunctionName=function_name, Payload=json.dumps(request).encode())
    answer = json.loads(reply["Payload"].read() or b"null")
    if reply.get("FunctionError") or not isinstance(answer, dict):
        logger.error(
            "task failed", extra={"function": function_name, "task": task, "answer": answer}
        )
        raise TaskFailed.retry_after(1, f"{task} did not answer.")
    if "problem" in answer:
        raise Problem.from_document(answer["problem"])
    return answer
