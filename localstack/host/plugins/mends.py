"""What LocalStack does slowly or not as AWS, where it matters to us. Applied when it starts.

Each function says what upstream does. What we live with instead is in README.md's table.
"""

from typing import Any, Final

from localstack.runtime import hooks
from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
    get_gateway_response_or_default,
)
from localstack.services.apigateway.next_gen.execute_api.handlers.gateway_exception import (
    GatewayExceptionHandler,
)
from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
from rolo import Response

LOOK_SECONDS: Final = 0.1
_HEADER: Final = "gatewayresponse.header."


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def apply() -> None:
    look_often_at_resources_under_way()
    answer_what_the_gateway_responses_say()


def look_often_at_resources_under_way() -> None:
    """Upstream looks each 5 seconds whether a function is made: two minutes for our stacks."""
    upstream = ResourceProviderExecutor.deploy_loop

    def deploy_loop(executor: Any, *given: Any, **named: Any) -> Any:
        return upstream(executor, *given, **{"sleep_time": LOOK_SECONDS} | named)

    ResourceProviderExecutor.deploy_loop = deploy_loop


def answer_what_the_gateway_responses_say() -> None:
    """Upstream takes a GatewayResponse's status, but neither its body nor its headers."""
    upstream = GatewayExceptionHandler.create_exception_response

    def create_exception_response(handler: Any, exception: Any, context: Any) -> Response:
        answer = upstream(handler, exception, context)
        said = get_gateway_response_or_default(
            exception.type, context.deployment.rest_api.gateway_responses
        )
        request_id = context.context_variables.get("requestId", "")
        if (template := said.get("responseTemplates", {}).get("application/json")) and (
            "$context.error" not in template
        ):
            answer.data = template.replace("$context.requestId", request_id).encode()
        for name, value in (said.get("responseParameters") or {}).items():
            is_text = value.startswith("'")
            answer.headers[name.removeprefix(_HEADER)] = value.strip("'") if is_text else request_id
        return answer

    GatewayExceptionHandler.create_exception_response = create_exception_response
