"""How much may be asked: throttles of the stage and its dearest calls, and a firewall."""

import json
import re
from typing import Any

import pytest

from functions.shared.admission import MAX_BODY_BYTES
from infra.constructs.distribution import VIEWER_HEADER
from infra.environments import environment_of
from infra.limits import FIREWALL, ROUTE_LIMITS
from infra.tests.assembly import Assembly, Json
from infra.tests.test_routes import routes

# WAF's own bounds (AWS WAF quotas).
MOST_HEADERS = 10
MOST_BODY_BYTES = 4_096


def settings_of_methods(assembly: Assembly) -> dict[str, Json]:
    [(_, _, stage)] = assembly.resources("AWS::ApiGateway::Stage")
    return {
        setting["ResourcePath"].replace("~1", "/")[1:] + " " + setting["HttpMethod"]: setting
        for setting in stage["MethodSettings"]
    }


def test_the_stage_is_throttled_as_a_whole(assembly: Assembly) -> None:
    environment = environment_of({"environment": assembly.environment})
    stage = settings_of_methods(assembly)["* *"]
    assert stage["ThrottlingRateLimit"] == environment.requests_per_second
    assert stage["ThrottlingBurstLimit"] == environment.request_burst


@pytest.mark.parametrize("name", ["staging", "production"])
def test_the_dearest_calls_are_throttled_by_themselves(
    name: str, assemblies: dict[str, Assembly]
) -> None:
    settings = settings_of_methods(assemblies[name])
    assert {limit.path for limit in ROUTE_LIMITS} >= {
        "/v1/users/login",
        "/v1/users/register",
        "/v1/seats/reserve",
        "/v1/orders",
    }
    for limit in ROUTE_LIMITS:
        setting = settings[f"{limit.path} {limit.method}"]
        assert setting["ThrottlingRateLimit"] == limit.per_second
        assert setting["ThrottlingBurstLimit"] == limit.burst
        assert limit.per_second < settings["* *"]["ThrottlingRateLimit"]


def test_a_limit_of_a_call_is_of_a_path_that_the_gateway_knows(production: Assembly) -> None:
    """For another, API Gateway would throttle nothing and say nothing."""
    assert {limit.path for limit in ROUTE_LIMITS} <= routes(production).keys()


def test_every_setting_of_the_stage_logs_and_counts(assembly: Assembly) -> None:
    for setting in settings_of_methods(assembly).values():
        assert setting["MetricsEnabled"] is True
        assert (setting["LoggingLevel"], setting["DataTraceEnabled"]) == ("ERROR", False)


def acl(assembly: Assembly) -> Json:
    [(_, _, found)] = assembly.resources("AWS::WAFv2::WebACL")
    return found


def rules(assembly: Assembly) -> dict[str, Json]:
    return {rule["Name"]: rule for rule in acl(assembly)["Rules"]}


def patterns(statement: Any) -> list[str]:
    """Every pattern on a path in a statement, in order; a negated one begins with `!`."""
    match statement:
        case {"NotStatement": {"Statement": inner}}:
            return [f"!{pattern}" for pattern in patterns(inner)]
        case {"AndStatement": {"Statements": several}}:
            return [pattern for one in several for pattern in patterns(one)]
        case {"RegexMatchStatement": {"RegexString": str(pattern)}}:
            return [pattern]
    return []


def is_meant(statement: Any, path: str) -> bool:
    """Whether a path is one that a statement is about."""
    return all(
        bool(re.search(pattern.removeprefix("!"), path)) is not pattern.startswith("!")
        for pattern in patterns(statement)
    )


def scope(rule: Json) -> Json:
    found: Json = rule["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
    return found


def test_only_production_has_a_firewall_and_its_stage_stands_behind_it(assembly: Assembly) -> None:
    stages = [
        assembly.text(stack, association["ResourceArn"])
        for stack, _, association in assembly.resources("AWS::WAFv2::WebACLAssociation")
    ]
    if assembly.environment == "production":
        [(_, stage, _)] = assembly.resources("AWS::ApiGateway::Stage")
        [arn] = stages
        assert arn.startswith("arn:aws:apigateway:region::/restapis/")
        assert arn.endswith(f"/stages/{stage}")
    else:
        assert stages == []
        assert list(assembly.resources("AWS::WAFv2::WebACL")) == []


@pytest.mark.parametrize("stage", ["", "/live"])
@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/v1/events", {"EachAddress", "EachBearer"}),
        ("/docs", {"EachAddress"}),
        ("/v1/users/login", {"EachAddress", "EachBearer", "Guessing"}),
        ("/v1/users/login/", {"EachAddress", "EachBearer", "Guessing"}),
        ("/v1/users/password/forgot", {"EachAddress", "EachBearer", "Guessing"}),
        ("/v1/users/me/password", {"EachAddress", "EachBearer", "Guessing"}),
        ("/v1/users/loginfoo", {"EachAddress", "EachBearer"}),
        ("/v1/seats/reserve", {"EachAddress", "EachBearer", "Buying"}),
        ("/v1/orders", {"EachAddress", "EachBearer", "Buying"}),
        ("/v1/orders/abc", {"EachAddress", "EachBearer"}),
        ("/v1/payments/webhook/stripe", {"EachBearer"}),
    ],
)
def test_which_calls_count_towards_which_rate(
    stage: str, path: str, meant: set[str], production: Assembly
) -> None:
    by_rate = {
        name: rule
        for name, rule in rules(production).items()
        if "RateBasedStatement" in rule["Statement"]
    }
    assert {name for name, rule in by_rate.items() if is_meant(scope(rule), stage + path)} == meant


def test_rates_are_by_address_or_by_bearer_over_five_minutes(production: Assembly) -> None:
    for wanted in FIREWALL.rates:
        rate = rules(production)[wanted.name]["Statement"]["RateBasedStatement"]
        assert (rate["Limit"], rate["EvaluationWindowSec"]) == (wanted.limit, 300)
        assert rate["AggregateKeyType"] == "CUSTOM_KEYS"
        headers = [key["Header"]["Name"] for key in rate["CustomKeys"] if "Header" in key]
        if wanted.client == "address":
            assert rate["ForwardedIPConfig"] == {
                "HeaderName": VIEWER_HEADER,
                "FallbackBehavior": "MATCH",
            }
            assert {"ForwardedIP": {}} in rate["CustomKeys"]
            # Or anybody could count for another's address: the gateway compares the key later.
            assert headers == ["x-api-key"]
        else:
            assert headers == ["authorization"]


def test_what_costs_most_is_limited_most() -> None:
    limits = {rate.name: rate.limit for rate in FIREWALL.rates}
    assert limits["Guessing"] < limits["EachAddress"]
    assert limits["Buying"] < limits["EachBearer"]


@pytest.mark.parametrize("stage", ["", "/live"])
def test_a_body_is_as_large_as_the_api_takes_but_for_a_seat_map(
    stage: str, production: Assembly
) -> None:
    statement = rules(production)["LargeBody"]["Statement"]
    [size, _] = statement["AndStatement"]["Statements"]
    assert size["SizeConstraintStatement"]["Size"] == MAX_BODY_BYTES
    assert size["SizeConstraintStatement"]["ComparisonOperator"] == "GT"
    # It looks at so much of a body and no more: what is larger has to count as too large.
    body = size["SizeConstraintStatement"]["FieldToMatch"]["Body"]
    assert body == {"OversizeHandling": "MATCH"}
    inspected = acl(production)["AssociationConfig"]["RequestBody"]["API_GATEWAY"]
    assert inspected == {"DefaultSizeInspectionLimit": f"KB_{MAX_BODY_BYTES // 1024}"}
    assert is_meant(statement, f"{stage}/v1/orders")
    assert is_meant(statement, f"{stage}/v1/events/7")
    assert not is_meant(statement, f"{stage}/v1/events/7/seats")


def test_refusals_keep_the_shape_of_every_problem(production: Assembly) -> None:
    bodies = acl(production)["CustomResponseBodies"]
    seen = {}
    for name, rule in rules(production).items():
        if "Action" in rule:
            answer = rule["Action"]["Block"]["CustomResponse"]
            body = bodies[answer["CustomResponseBodyKey"]]
            problem = json.loads(body["Content"])
            headers = {header["Name"]: header["Value"] for header in answer["ResponseHeaders"]}
            assert problem.keys() >= {"type", "title", "status", "detail", "instance", "code"}
            assert problem["status"] == answer["ResponseCode"]
            assert headers["Access-Control-Allow-Origin"] == "*"
            # WAF refuses to be told this one, and more than ten.
            assert "content-type" not in {header.lower() for header in headers}
            assert len(headers) <= MOST_HEADERS
            assert len(body["Content"]) <= MOST_BODY_BYTES
            assert ("Retry-After" in headers) is (problem["status"] == 429)
            seen[name] = (problem["status"], problem["code"])
    assert seen == {
        **{rate.name: (429, "too-many-requests") for rate in FIREWALL.rates},
        "LargeBody": (413, "payload-too-large"),
    }


def test_awss_own_groups_stand_guard_and_leave_the_refusal_to_the_gateway(
    production: Assembly,
) -> None:
    groups = {
        name: rule
        for name, rule in rules(production).items()
        if "ManagedRuleGroupStatement" in rule["Statement"]
    }
    assert tuple(groups) == FIREWALL.groups
    for rule in groups.values():
        assert rule["OverrideAction"] == {"None": {}}
    counted = {
        override["Name"]: override["ActionToUse"]
        for rule in groups.values()
        for override in rule["Statement"]["ManagedRuleGroupStatement"].get(
            "RuleActionOverrides", []
        )
    }
    assert counted == {"SizeRestrictions_BODY": {"Count": {}}}


def test_patterns_are_such_as_waf_knows(production: Assembly) -> None:
    written = [
        pattern
        for rule in rules(production).values()
        for statement in (
            rule["Statement"],
            rule["Statement"].get("RateBasedStatement", {}).get("ScopeDownStatement"),
        )
        for pattern in patterns(statement)
    ]
    assert len(written) == 6
    for pattern in written:
        assert not re.search(r"\((?!\?:)|\\[0-9]", pattern), pattern
