"""CloudFront before the API: TLS near the client, and one answer a second of what a crowd asks."""

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from constructs import Construct

from functions.shared.answers import HEADERS
from infra.constructs.acknowledged import acknowledge
from infra.constructs.routes import STAGE
from infra.edge import Domain
from infra.environments import Environment
from infra.timeouts import API_SECONDS

# The one path whose answers are kept: anybody may read it, all read the same, and the API itself
# answers it from what it read up to a second ago.
KEPT_PATH: Final = "/v1/seats/availability"
_KEPT_FOR: Final = Duration.seconds(1)
# As whom the firewall counts a request; API Gateway itself sees CloudFront's own address.
VIEWER_HEADER: Final = "x-boxoffice-viewer"
# In which API Gateway looks for a key.
EDGE_KEY_HEADER: Final = "x-api-key"
VIEWER_FUNCTION: Final = f"""\
// Whoever wrote this header before us was not to be believed.
function handler(event) {{
  event.request.headers['{VIEWER_HEADER}'] = {{ value: event.viewer.ip }};
  return event.request;
}}
"""
# CloudFront keeps these answers for 10 seconds unless told otherwise: an order that is not there
# yet, a domain that was away for a moment.
_ERRORS: Final = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)


class Distribution(cloudfront.Distribution):
    """Passes every request on as it came, but for reads of `KEPT_PATH`."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        api_host: str,
        key: str,
        domain: Domain | None,
    ) -> None:
        prefix = environment.names.prefix
        origin = origins.HttpOrigin(
            api_host,
            origin_path=f"/{STAGE}",
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            # It answers before: API Gateway waits no longer than this for a function.
            read_timeout=Duration.seconds(API_SECONDS + 1),
            keepalive_timeout=Duration.seconds(60),
            # In the place of whatever a client calls so.
            custom_headers={EDGE_KEY_HEADER: key},
        )
        viewer = cloudfront.Function(
            scope,
            "Viewer",
            function_name=f"{prefix}-viewer",
            comment="Says whose request it is",
            code=cloudfront.FunctionCode.from_inline(VIEWER_FUNCTION),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        headers = _headers(scope, prefix)

        def behavior(
            cached: cloudfront.ICachePolicy, passed_on: cloudfront.IOriginRequestPolicy
        ) -> cloudfront.BehaviorOptions:
            return cloudfront.BehaviorOptions(
                origin=origin,
                cache_policy=cached,
                origin_request_policy=passed_on,
                response_headers_policy=headers,
                # The API says which methods it has, also on the path that is kept.
                allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
                cached_methods=cloudfront.CachedMethods.CACHE_GET_HEAD,
                # A redirect would only hide that a token had been sent in the open.
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
                function_associations=[
                    cloudfront.FunctionAssociation(
                        event_type=cloudfront.FunctionEventType.VIEWER_REQUEST, function=viewer
                    )
                ],
            )

        super().__init__(
            scope,
            construct_id,
            comment=prefix,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            default_behavior=behavior(
                cloudfront.CachePolicy.CACHING_DISABLED,
                cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            ),
            additional_behaviors={
                KEPT_PATH: behavior(_for_a_second(scope, prefix), _of_nobody(scope, prefix))
            },
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0))
                for status in _ERRORS
            ],
            certificate=_certificate(scope, domain),
            domain_names=[domain.name] if domain else None,
            minimum_protocol_version=(
                cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if domain else None
            ),
        )
        _let_stand(self, has_domain=domain is not None)


def _for_a_second(scope: Construct, prefix: str) -> cloudfront.CachePolicy:
    """Answers are told apart by the whole query, as the API tells unknown parameters apart too, and
    by nothing else.

    A second it is whatever the API says of it: `no-cache`, so that browsers ask each time.
    """
    return cloudfront.CachePolicy(
        scope,
        "ForASecond",
        cache_policy_name=f"{prefix}-for-a-second",
        min_ttl=_KEPT_FOR,
        default_ttl=_KEPT_FOR,
        max_ttl=_KEPT_FOR,
        query_string_behavior=cloudfront.CacheQueryStringBehavior.all(),
        header_behavior=cloudfront.CacheHeaderBehavior.none(),
        cookie_behavior=cloudfront.CacheCookieBehavior.none(),
        enable_accept_encoding_brotli=True,
        enable_accept_encoding_gzip=True,
    )


def _of_nobody(scope: Construct, prefix: str) -> cloudfront.OriginRequestPolicy:
    """No token and no cookie goes to the API with a question whose answer others will get."""
    return cloudfront.OriginRequestPolicy(
        scope,
        "OfNobody",
        origin_request_policy_name=f"{prefix}-of-nobody",
        query_string_behavior=cloudfront.OriginRequestQueryStringBehavior.all(),
        header_behavior=cloudfront.OriginRequestHeaderBehavior.allow_list(
            VIEWER_HEADER, "x-request-id"
        ),
        cookie_behavior=cloudfront.OriginRequestCookieBehavior.none(),
    )


def _headers(scope: Construct, prefix: str) -> cloudfront.ResponseHeadersPolicy:
    """What every answer of ours tells browsers, on those of API Gateway and CloudFront too."""
    transport = HEADERS["Strict-Transport-Security"]
    return cloudfront.ResponseHeadersPolicy(
        scope,
        "Headers",
        response_headers_policy_name=f"{prefix}-headers",
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            frame_options=cloudfront.ResponseHeadersFrameOptions(
                frame_option=cloudfront.HeadersFrameOption.DENY, override=True
            ),
            referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=Duration.seconds(
                    int(transport.partition("=")[2].partition(";")[0])
                ),
                include_subdomains="includeSubDomains" in transport,
                override=True,
            ),
        ),
    )


def _certificate(scope: Construct, domain: Domain | None) -> acm.ICertificate | None:
    if domain is None:
        return None
    return acm.Certificate.from_certificate_arn(scope, "Certificate", domain.certificate_arn)


# What cdk-nag finds.
_LET_STAND: Final = {
    "CFR1": "Tickets are sold to people wherever they are just now.",
    "CFR2": "The firewall stands on the API's stage, where its refusals are answered in the API's"
    " own shape (ADR 17); nobody gets to the stage but by this.",
    "CFR3": "CloudFront would log clients' addresses; the API's own log has every request but for"
    " repeated reads within a second, and names nobody.",
}
_WITHOUT_DOMAIN: Final = {
    "CFR4": "With CloudFront's own name comes its own certificate, which speaks old TLS too; an"
    " environment with a domain asks for TLS 1.2.",
}


def _let_stand(distribution: cloudfront.Distribution, *, has_domain: bool) -> None:
    findings = _LET_STAND | ({} if has_domain else _WITHOUT_DOMAIN)
    for finding, reason in findings.items():
        acknowledge(distribution, finding, reason)
