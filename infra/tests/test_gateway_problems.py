"""What API Gateway answers by itself looks like what the functions answer."""

import json

import pytest

from infra.tests.assembly import Assembly, Json

# Every type AWS knows, but those whose own status is a 500: they inherit DEFAULT_5XX.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
TYPES = {
    "ACCESS_DENIED",
    "BAD_REQUEST_BODY",
    "BAD_REQUEST_PARAMETERS",
    "DEFAULT_4XX",
    "DEFAULT_5XX",
    "EXPIRED_TOKEN",
    "INTEGRATION_FAILURE",
    "INTEGRATION_TIMEOUT",
    "INVALID_API_KEY",
    "INVALID_SIGNATURE",
    "MISSING_AUTHENTICATION_TOKEN",
    "QUOTA_EXCEEDED",
    "REQUEST_TOO_LARGE",
    "RESOURCE_NOT_FOUND",
    "THROTTLED",
    "UNAUTHORIZED",
    "UNSUPPORTED_MEDIA_TYPE",
    "WAF_FILTERED",
}


@pytest.fixture
def answers(local: Assembly) -> dict[str, Json]:
    return {
        answer["ResponseType"]: answer
        for _, _, answer in local.resources("AWS::ApiGateway::GatewayResponse")
    }


def test_every_type_is_settled(answers: dict[str, Json]) -> None:
    assert answers.keys() == TYPES


def test_every_answer_is_a_problem_of_its_own_status(answers: dict[str, Json]) -> None:
    for kind, answer in answers.items():
        problem = json.loads(answer["ResponseTemplates"]["application/json"])
        members = {"type", "title", "status", "detail", "code", "instance"}
        assert members <= problem.keys(), kind
        assert str(problem["status"]) == answer["StatusCode"], kind


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", 404, "not-found"),
        ("DEFAULT_4XX", 404, "not-found"),
        ("REQUEST_TOO_LARGE", 413, "payload-too-large"),
        ("THROTTLED", 429, "too-many-requests"),
        ("INTEGRATION_TIMEOUT", 503, "service-unavailable"),
        ("DEFAULT_5XX", 503, "service-unavailable"),
    ],
)
def test_what_goes_wrong_has_the_contracts_status(
    kind: str, status: int, code: str, answers: dict[str, Json]
) -> None:
    problem = json.loads(answers[kind]["ResponseTemplates"]["application/json"])
    assert (problem["status"], problem["code"]) == (status, code)


def header(answer: Json, name: str) -> str | None:
    value = answer["ResponseParameters"].get(f"gatewayresponse.header.{name}")
    return value if value is None else str(value).strip("'")


def test_a_browser_may_read_every_answer(answers: dict[str, Json]) -> None:
    for kind, answer in answers.items():
        assert header(answer, "Access-Control-Allow-Origin") == "*", kind
        exposed = header(answer, "Access-Control-Expose-Headers") or ""
        assert {"Retry-After", "X-Request-Id"} <= set(exposed.split(", ")), kind
        assert header(answer, "Content-Type") == "application/problem+json", kind
        assert header(answer, "X-Request-Id") == "context.requestId", kind
        assert header(answer, "X-Content-Type-Options") == "nosniff", kind
        assert header(answer, "Strict-Transport-Security"), kind
        assert header(answer, "Cache-Control") == "no-store", kind


def test_who_is_turned_away_for_now_is_told_for_how_long(answers: dict[str, Json]) -> None:
    for kind in ("THROTTLED", "QUOTA_EXCEEDED", "INTEGRATION_TIMEOUT", "INTEGRATION_FAILURE"):
        assert header(answers[kind], "Retry-After") == "1"
    assert header(answers["UNAUTHORIZED"], "WWW-Authenticate") == 'Bearer realm="boxoffice"'
