"""The one REST API in front of the domains' functions, and the page that describes it."""

from typing import cast

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.constructs.acknowledged import acknowledge
from infra.constructs.arns import function_arn
from infra.constructs.domain_function import DomainFunction
from infra.constructs.edge_keys import EdgeKeys
from infra.constructs.gateway_problems import answer_in_problems
from infra.constructs.log_group import OwnLogGroup
from infra.constructs.release import release, released_name
from infra.constructs.routes import DOMAINS, OPERATIONS, STAGE, WEBHOOKS
from infra.constructs.web_acl import WebAcl
from infra.environments import Environment
from infra.timeouts import API_SECONDS


class ApiStack(Stack):
    """Outputs `ApiId` and `ApiUrl`. With an edge before it, `edge_key` is what that has to send."""

    def __init__(self, scope: Construct, environment: Environment) -> None:
        super().__init__(scope, environment.names.stack("api"))
        api = apigateway.RestApi(
            self,
            "Api",
            rest_api_name=environment.names.api,
            description="Boxoffice",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            # Access logs need a role that API Gateway has once for the whole account.
            cloud_watch_role=True,
            deploy_options=apigateway.StageOptions(
                stage_name=STAGE,
                throttling_rate_limit=environment.requests_per_second,
                throttling_burst_limit=environment.request_burst,
                method_options={
                    f"{limit.path}/{limit.method}": _observed(limit.per_second, limit.burst)
                    for limit in environment.route_limits
                },
                tracing_enabled=True,
                metrics_enabled=_observed().metrics_enabled,
                logging_level=_observed().logging_level,
                data_trace_enabled=_observed().data_trace_enabled,
                access_log_destination=apigateway.LogGroupLogDestination(
                    OwnLogGroup(
                        self,
                        "AccessLog",
                        environment=environment,
                        name=f"/aws/apigateway/{environment.names.api}",
                    )
                ),
                access_log_format=apigateway.AccessLogFormat.json_with_standard_fields(
                    # No address of a caller: a log is no place for personal data.
                    caller=False,
                    http_method=True,
                    ip=False,
                    protocol=False,
                    request_time=True,
                    resource_path=True,
                    response_length=True,
                    status=True,
                    user=False,
                ),
            ),
        )
        self.rest_api = api
        self.edge_key: secretsmanager.ISecret | None = None
        if environment.edge is not None:
            self.edge_key = EdgeKeys(
                self, "EdgeKeys", environment=environment, edge=environment.edge, api=api
            ).sent
        _ask_for_new_tls(api)
        acknowledge(
            api,
            "APIG2",
            "Functions hold each request against its model, and say what is wrong with it in the"
            " API's own words.",
        )
        acknowledge(
            api.node.find_child("CloudWatchRole"),
            "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
            "AmazonAPIGatewayPushToCloudWatchLogs]",
            "It is what API Gateway asks of the one role that an account gives it for logs.",
        )
        if environment.firewall is None:
            acknowledge(
                api.deployment_stage,
                "APIG3",
                "Outside production the stage's throttles have to do: a firewall costs monthly.",
            )
        else:
            WebAcl(
                self,
                "Firewall",
                environment=environment,
                firewall=environment.firewall,
                stage=api.deployment_stage,
            )
        # API Gateway would make it, to be kept for ever.
        api.deployment_stage.node.add_dependency(
            OwnLogGroup(
                self,
                "ExecutionLog",
                environment=environment,
                name=f"API-Gateway-Execution-Logs_{api.rest_api_id}/{STAGE}",
            )
        )
        answer_in_problems(api)
        docs = DomainFunction(
            self,
            "Docs",
            environment=environment,
            domain="docs",
            role="api",
            handler="functions.shared.docs.handler",
            package="shared",
            timeout_seconds=API_SECONDS,
        )
        keyed = environment.edge is not None
        _route(api, release(docs, environment), OPERATIONS, keyed=keyed)
        for domain, paths in DOMAINS.items():
            _route(api, _function(self, environment, domain, "api"), paths, keyed=keyed)
        webhooks = _function(self, environment, "payments", "webhooks")
        _route(api, webhooks, WEBHOOKS, keyed=keyed)

        CfnOutput(self, "ApiId", value=api.rest_api_id)
        CfnOutput(self, "ApiUrl", value=api.url)


def _observed(
    per_second: int | None = None, burst: int | None = None
) -> apigateway.MethodDeploymentOptions:
    """What each method of the stage says of itself. A method's own settings take the place of the
    stage's, all of them.
    """
    return apigateway.MethodDeploymentOptions(
        throttling_rate_limit=per_second,
        throttling_burst_limit=burst,
        metrics_enabled=True,
        # What went wrong between the gateway and a function, without what was sent.
        logging_level=apigateway.MethodLoggingLevel.ERROR,
        data_trace_enabled=False,
    )


def _ask_for_new_tls(api: apigateway.RestApi) -> None:
    """At least TLS 1.2, and 1.3 with whoever knows it; the gateway's default still takes 1.0."""
    resource = cast("apigateway.CfnRestApi", api.node.default_child)
    resource.security_policy = "SecurityPolicy_TLS13_1_2_PQ_2025_09"
    # Such a policy has to come with it; STRICT would also hold the name in TLS to that of the host.
    resource.endpoint_access_mode = "BASIC"


def _function(stack: Stack, environment: Environment, domain: str, role: str) -> lambda_.IFunction:
    """Another stack's function by its name, so that this stack, not that one, lets the API in."""
    name = released_name(environment.names.function(domain, role), environment)
    return lambda_.Function.from_function_attributes(
        stack,
        (domain if role == "api" else role).title(),
        function_arn=function_arn(stack, name),
        same_environment=True,
    )


def _route(
    api: apigateway.RestApi, function: lambda_.IFunction, paths: tuple[str, ...], *, keyed: bool
) -> None:
    """Every method of these paths goes to the function, which may answer nobody else's API; only
    for whoever has a key, if they are `keyed`.
    """
    integration = apigateway.LambdaIntegration(function, scope_permission_to_method=False)
    for path in paths:
        method = api.root.resource_for_path(path).add_method(
            "ANY", integration, api_key_required=keyed or None
        )
        for finding in ("APIG4", "COG4"):
            acknowledge(
                method,
                finding,
                "Each function knows what its routes ask for and verifies the access token itself;"
                " a test fails on a route that asks for nothing unawares.",
            )
