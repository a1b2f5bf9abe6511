"""Mends of those that call functions: state machines and the API."""

import contextvars
import json
from typing import Any

from ministack.services import apigateway_v1, stepfunctions


def fail_tasks_whose_function_raised() -> None:
    """Upstream drops an exception raised by the function of a waitForTaskToken task.

    The execution then waits for its timeout; on AWS the task fails at once and may be caught.
    """
    invoke, call = stepfunctions._invoke_with_callback, stepfunctions._call_lambda
    waiting: contextvars.ContextVar[str | None] = contextvars.ContextVar("waiting", default=None)

    def invoke_with_callback(resource: str, given: object, token: str, state: object) -> object:
        reset = waiting.set(token)
        try:
            return invoke(resource, given, token, state)
        finally:
            waiting.reset(reset)

    def call_lambda(function: str, event: object) -> object:
        try:
            return call(function, event)
        except stepfunctions._ExecutionError as error:
            info = stepfunctions._task_tokens.get(waiting.get())
            # A function that answered its token before it raised has answered.
            if info is not None and not info["event"].is_set():
                info["error"] = {"Error": error.error, "Cause": error.cause}
                info["event"].set()
            raise

    stepfunctions._invoke_with_callback = invoke_with_callback
    stepfunctions._call_lambda = call_lambda


def answer_failed_functions_as_the_gateway_would() -> None:
    """Upstream answers a 502 with a failed function's error in it, past the gateway's responses.

    On AWS the API's own DEFAULT_5XX response is given, and nothing leaks.
    """
    failed = "\x1ea function failed"
    shape, invoke = apigateway_v1._lambda_proxy_response, apigateway_v1._invoke_lambda_proxy_v1
    leaking = json.dumps({"message": failed}).encode()

    def proxy_response(result: dict[str, Any]) -> tuple[object, str | None]:
        response, error = shape(result)
        return response, error and failed

    async def invoke_proxy(*given: Any, **named: Any) -> Any:
        answer = await invoke(*given, **named)
        if isinstance(answer, tuple) and answer[-1] == leaking:
            return apigateway_v1._gw_error("DEFAULT_5XX", "Internal server error")
        return answer

    apigateway_v1._lambda_proxy_response = proxy_response
    apigateway_v1._invoke_lambda_proxy_v1 = invoke_proxy
