"""Where clients come in on AWS: by CloudFront alone, which keeps one answer, for a second."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from functions.shared.answers import HEADERS
from infra.app import new_app
from infra.constructs.distribution import KEPT_PATH, VIEWER_FUNCTION, VIEWER_HEADER
from infra.edge import Domain, Edge
from infra.environments import Environment, environment_of
from infra.limits import FIREWALL
from infra.stacks.api import ApiStack
from infra.stacks.edge import EdgeStack
from infra.tests.assembly import Assembly, Json
from infra.tests.test_routes import DOCUMENT

ON_AWS = ("staging", "production")
# AWS's own policies, by the ids that are the same in every account.
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_THE_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
# What CloudFront would keep for 10 seconds (its guide, "How CloudFront caches HTTP 4xx and 5xx").
KEPT_ERRORS = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/abc"
DOMAIN = Domain("tickets.example.com", CERTIFICATE, zone_name="example.com", zone_id="Z1")


@pytest.fixture(params=ON_AWS)
def on_aws(request: pytest.FixtureRequest, assemblies: dict[str, Assembly]) -> Assembly:
    return assemblies[request.param]


def distribution(assembly: Assembly) -> Json:
    [(_, _, found)] = assembly.resources("AWS::CloudFront::Distribution")
    config: Json = found["DistributionConfig"]
    return config


def origin(assembly: Assembly) -> Json:
    [found] = distribution(assembly)["Origins"]
    return dict(found)


def policy(assembly: Assembly, kind: str, config: str) -> Json:
    [(_, _, found)] = assembly.resources(f"AWS::CloudFront::{kind}")
    return dict(found[config])


def kept(assembly: Assembly) -> Json:
    [found] = distribution(assembly)["CacheBehaviors"]
    return dict(found)


def laid_out(folder: Path, edge: Edge) -> Assembly:
    """The API of staging and its edge, told something else."""
    environment = replace(
        environment_of({"environment": "staging", "vendored": "false"}), edge=edge
    )
    app = new_app(outdir=str(folder))
    api = ApiStack(app, environment)
    assert api.edge_key is not None
    EdgeStack(app, environment, edge=edge, api=api.rest_api, key=api.edge_key)
    app.synth()
    return Assembly("staging", folder)


def test_clients_of_the_local_stack_reach_its_api_themselves(local: Assembly) -> None:
    assert not list(local.resources("AWS::CloudFront::Distribution"))
    assert not list(local.resources("AWS::ApiGateway::ApiKey"))
    for _, _, method in local.resources("AWS::ApiGateway::Method"):
        assert "ApiKeyRequired" not in method


def test_no_path_of_the_api_is_answered_to_whoever_comes_around_the_edge(on_aws: Assembly) -> None:
    methods = list(on_aws.resources("AWS::ApiGateway::Method"))
    assert methods
    for _, logical_id, method in methods:
        assert method["ApiKeyRequired"] is True, logical_id


def test_the_edge_shows_a_key_that_the_api_accepts_and_no_template_has(on_aws: Assembly) -> None:
    [header] = origin(on_aws)["OriginCustomHeaders"]
    assert header["HeaderName"] == "x-api-key"
    sent = on_aws.text("edge", header["HeaderValue"])
    [(stack, key_id, key)] = on_aws.resources("AWS::ApiGateway::ApiKey")
    accepted = on_aws.text(stack, key["Value"])
    assert sent == accepted
    assert sent.startswith("{{resolve:secretsmanager:")
    assert key["Enabled"] is True
    [(_, plan_id, plan)] = on_aws.resources("AWS::ApiGateway::UsagePlan")
    [(_, _, membership)] = on_aws.resources("AWS::ApiGateway::UsagePlanKey")
    assert membership["KeyId"] == {"Ref": key_id}
    assert membership["UsagePlanId"] == {"Ref": plan_id}
    [(_, stage, _)] = on_aws.resources("AWS::ApiGateway::Stage")
    assert plan["ApiStages"][0]["Stage"] == {"Ref": stage}
    # One key for all clients may not be what slows them.
    assert not plan.keys() & {"Throttle", "Quota"}


def test_a_key_is_replaced_while_the_old_one_is_still_good(tmp_path: Path) -> None:
    both = laid_out(tmp_path, Edge(keys=(2, 1)))
    accepted = {
        key["Name"].rpartition("-")[2]: both.text(stack, key["Value"])
        for stack, _, key in both.resources("AWS::ApiGateway::ApiKey")
    }
    assert len(set(accepted.values())) == 2
    [header] = origin(both)["OriginCustomHeaders"]
    assert both.text("edge", header["HeaderValue"]) == accepted["2"]


def test_no_step_of_a_rotation_takes_away_what_the_edge_of_the_step_before_reads(
    tmp_path: Path,
) -> None:
    """The API is deployed first, and CloudFormation keeps it from dropping what is imported."""
    read: set[str] = set()
    for step, keys in enumerate([(1,), (2, 1), (2,)]):
        assembly = laid_out(tmp_path / str(step), Edge(keys=keys))
        exported = {
            output["Export"]["Name"]
            for output in assembly.templates["api"]["Outputs"].values()
            if "Export" in output
        }
        assert read <= exported, keys
        edge = json.dumps(assembly.templates["edge"])
        read = set(re.findall(r'"Fn::ImportValue": "([^"]+)"', edge))
        assert any("EdgeKeysSecret" in name for name in read)


@pytest.mark.parametrize("keys", [(), (1, 1)], ids=["none", "one twice"])
def test_an_edge_has_keys_each_once(keys: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="key"):
        Edge(keys=keys)


def test_one_path_is_kept_for_a_second_and_nothing_else(on_aws: Assembly) -> None:
    default = distribution(on_aws)["DefaultCacheBehavior"]
    assert default["CachePolicyId"] == CACHING_DISABLED
    assert default["OriginRequestPolicyId"] == ALL_BUT_THE_HOST
    assert kept(on_aws)["PathPattern"] == KEPT_PATH == "/v1/seats/availability"
    cached = policy(on_aws, "CachePolicy", "CachePolicyConfig")
    assert (cached["MinTTL"], cached["DefaultTTL"], cached["MaxTTL"]) == (1, 1, 1)


def test_what_is_kept_is_a_read_that_anybody_may_make() -> None:
    documented = json.loads(DOCUMENT.read_text("utf-8"))["paths"][KEPT_PATH]
    assert documented.keys() == {"get"}
    assert not documented["get"].get("security")


def test_kept_answers_are_told_apart_by_the_whole_query_and_by_nobodys_token(
    on_aws: Assembly,
) -> None:
    key = policy(on_aws, "CachePolicy", "CachePolicyConfig")[
        "ParametersInCacheKeyAndForwardedToOrigin"
    ]
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "all"}
    assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    passed_on = policy(on_aws, "OriginRequestPolicy", "OriginRequestPolicyConfig")
    assert passed_on["HeadersConfig"] == {
        "HeaderBehavior": "whitelist",
        "Headers": [VIEWER_HEADER, "x-request-id"],
    }
    assert passed_on["CookiesConfig"] == {"CookieBehavior": "none"}


def test_no_refusal_and_no_failure_is_kept(on_aws: Assembly) -> None:
    told = {
        one["ErrorCode"]: one["ErrorCachingMinTTL"]
        for one in distribution(on_aws)["CustomErrorResponses"]
    }
    assert told == dict.fromkeys(KEPT_ERRORS, 0)


def test_every_method_reaches_the_api_which_says_what_it_allows(on_aws: Assembly) -> None:
    for behavior in (distribution(on_aws)["DefaultCacheBehavior"], kept(on_aws)):
        methods = {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
        assert set(behavior["AllowedMethods"]) == methods
        assert set(behavior["CachedMethods"]) == {"GET", "HEAD"}


def test_nothing_is_said_in_the_open(on_aws: Assembly) -> None:
    for behavior in (distribution(on_aws)["DefaultCacheBehavior"], kept(on_aws)):
        assert behavior["ViewerProtocolPolicy"] == "https-only"
    behind = origin(on_aws)["CustomOriginConfig"]
    assert behind["OriginProtocolPolicy"] == "https-only"
    assert behind["OriginSSLProtocols"] == ["TLSv1.2"]


def test_the_edge_waits_as_long_as_the_gateway_does(on_aws: Assembly) -> None:
    assert origin(on_aws)["CustomOriginConfig"]["OriginReadTimeout"] == 30
    assert origin(on_aws)["OriginPath"] == "/live"
    host = on_aws.text("edge", origin(on_aws)["DomainName"])
    assert host.endswith(".execute-api.region.AWS::URLSuffix")


def test_browsers_are_told_by_the_edge_what_functions_tell_them(on_aws: Assembly) -> None:
    config = policy(on_aws, "ResponseHeadersPolicy", "ResponseHeadersPolicyConfig")
    told: dict[str, Any] = config["SecurityHeadersConfig"]
    transport = told["StrictTransportSecurity"]
    seconds = transport["AccessControlMaxAgeSec"]
    assert HEADERS["Strict-Transport-Security"] == f"max-age={seconds}; includeSubDomains"
    assert transport["IncludeSubdomains"] is True
    assert told["ReferrerPolicy"]["ReferrerPolicy"] == HEADERS["Referrer-Policy"]
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    assert told["ContentTypeOptions"] == {"Override": True}
    assert told["FrameOptions"]["FrameOption"] == "DENY"
    [(_, policy_id, _)] = on_aws.resources("AWS::CloudFront::ResponseHeadersPolicy")
    for behavior in (distribution(on_aws)["DefaultCacheBehavior"], kept(on_aws)):
        assert behavior["ResponseHeadersPolicyId"] == {"Ref": policy_id}


def test_a_name_of_our_own_speaks_new_tls_by_both_protocols(tmp_path: Path) -> None:
    named = laid_out(tmp_path, Edge(domain=DOMAIN))
    config = distribution(named)
    assert config["Aliases"] == ["tickets.example.com"]
    certificate = config["ViewerCertificate"]
    assert certificate["AcmCertificateArn"] == CERTIFICATE
    assert certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert certificate["SslSupportMethod"] == "sni-only"
    records = {
        record["Type"]: record["Name"]
        for _, _, record in named.resources("AWS::Route53::RecordSet")
    }
    assert records == dict.fromkeys(("A", "AAAA"), "tickets.example.com.")
    assert named.templates["edge"]["Outputs"]["Url"]["Value"] == "https://tickets.example.com"


def test_a_name_whose_dns_is_elsewhere_makes_no_records(tmp_path: Path) -> None:
    named = laid_out(tmp_path, Edge(domain=Domain("tickets.example.com", CERTIFICATE)))
    assert not list(named.resources("AWS::Route53::RecordSet"))
    assert "Host" in named.templates["edge"]["Outputs"]


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"certificate_arn": CERTIFICATE.replace("us-east-1", "ap-south-1")}, "us-east-1"),
        ({"zone_id": ""}, "a name and an id"),
        ({"zone_name": "ample.com"}, "not in the zone"),
    ],
    ids=["a certificate elsewhere", "half a zone", "another zone"],
)
def test_a_domain_that_cloudfront_would_refuse_is_refused_here(
    told: dict[str, str], fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        replace(DOMAIN, **told)


def test_the_viewer_is_whom_cloudfront_saw_whatever_a_client_says() -> None:
    event = {
        "viewer": {"ip": "203.0.113.9"},
        "request": {"uri": "/v1/x", "headers": {VIEWER_HEADER: {"value": "198.51.100.1"}}},
    }
    script = f"{VIEWER_FUNCTION}\nconsole.log(JSON.stringify(handler({json.dumps(event)})))"
    node = Path(sys.executable).with_name("node")
    done = subprocess.run([node, "-e", script], check=True, capture_output=True, text=True)
    passed_on = json.loads(done.stdout)
    assert passed_on["headers"] == {VIEWER_HEADER: {"value": "203.0.113.9"}}
    assert passed_on["uri"] == "/v1/x"


def test_the_viewer_is_asked_for_on_every_path(on_aws: Assembly) -> None:
    [(_, viewer, _)] = on_aws.resources("AWS::CloudFront::Function")
    for behavior in (distribution(on_aws)["DefaultCacheBehavior"], kept(on_aws)):
        [association] = behavior["FunctionAssociations"]
        assert association["EventType"] == "viewer-request"
        assert association["FunctionARN"] == {"Fn::GetAtt": [viewer, "FunctionARN"]}


def test_functions_take_the_address_that_the_edge_saw(on_aws: Assembly) -> None:
    """X-Forwarded-For ends with the client, added by CloudFront, and CloudFront, by the gateway."""
    for properties in on_aws.functions().values():
        assert properties["Environment"]["Variables"]["VOUCHED_ADDRESSES"] == "2"


def test_who_vouches_for_addresses_goes_with_who_stands_before_the_api() -> None:
    staging: Environment = environment_of({"environment": "staging"})
    with pytest.raises(ValueError, match="vouch"):
        replace(staging, vouched_addresses=0)
    with pytest.raises(ValueError, match="vouch"):
        replace(staging, edge=None)
    with pytest.raises(ValueError, match="firewall"):
        replace(staging, edge=None, vouched_addresses=0, firewall=FIREWALL)
