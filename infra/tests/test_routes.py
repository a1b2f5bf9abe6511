"""The REST API: every call of the contract reaches the function of its own domain."""

import json
import re

import pytest

from infra import ROOT
from infra.tests.assembly import Assembly, Json

DOCUMENT = ROOT / "functions" / "shared" / "openapi.json"
# The tag of a documented operation is its domain; these are of no domain.
OPERATIONS = "operations"


def routes(assembly: Assembly) -> dict[str, str]:
    """Each path of the API, and the function that answers it."""
    resources = assembly.templates["api"]["Resources"]

    def path(logical_id: str) -> str:
        properties = resources[logical_id]["Properties"]
        parent = properties["ParentId"].get("Ref")
        return (path(parent) if parent else "") + "/" + str(properties["PathPart"])

    return {
        path(method["ResourceId"]["Ref"]): function_of(assembly, method)
        for _, _, method in assembly.resources("AWS::ApiGateway::Method")
    }


def function_of(assembly: Assembly, method: Json) -> str:
    uri = assembly.text("api", method["Integration"]["Uri"])
    [name] = re.findall(rf"boxoffice-{assembly.environment}-([a-z-]+)", uri)
    return str(name)


def answering(path: str, known: dict[str, str]) -> str | None:
    """The function API Gateway sends a request to: the most exact path, part by part."""
    parts = path.strip("/").split("/")
    matches = [
        (ranks, function)
        for pattern, function in known.items()
        if (ranks := fit(parts, pattern.strip("/").split("/"))) is not None
    ]
    return min(matches)[1] if matches else None


def fit(parts: list[str], pattern: list[str]) -> list[int] | None:
    """How loosely each part fits: 0 word for word, 1 a parameter, 2 all the rest; None if not."""
    ranks: list[int] = []
    for index, wanted in enumerate(pattern):
        if index >= len(parts):
            return None
        if wanted.endswith("+}"):
            return [*ranks, 2]
        if wanted.startswith("{"):
            ranks.append(1)
        elif wanted == parts[index]:
            ranks.append(0)
        else:
            return None
    return ranks if len(parts) == len(pattern) else None


@pytest.mark.parametrize(
    ("path", "function"),
    [
        ("/v1/users", "users-api"),
        ("/v1/users/token/refresh", "users-api"),
        ("/.well-known/jwks.json", "users-api"),
        ("/v1/venues/7", "catalog-api"),
        ("/v1/events/search", "catalog-api"),
        ("/v1/events/7/cancel", "catalog-api"),
        ("/v1/events/7/seats", "seating-api"),
        ("/v1/seats", "seating-api"),
        ("/v1/seats/reservations/abc", "seating-api"),
        ("/v1/seats/allocate", "orders-api"),
        ("/v1/orders/abc/tickets", "orders-api"),
        ("/v1/tickets/abc/qr.svg", "orders-api"),
        ("/v1/charge", "payments-api"),
        ("/v1/refund", "payments-api"),
        ("/v1/payments/webhook/stripe", "payments-webhooks"),
        ("/health", "docs-api"),
        ("/openapi.json", "docs-api"),
        ("/docs", "docs-api"),
        ("/health/seating", "seating-api"),
        ("/health/nothing", None),
        ("/v2/users", None),
        ("/", None),
    ],
)
def test_a_path_reaches_its_domain(path: str, function: str | None, assembly: Assembly) -> None:
    assert answering(path, routes(assembly)) == function


# Parts of the document that are no domain's own.
ANSWERING = {OPERATIONS: "docs-api", "webhooks": "payments-webhooks"}


def test_every_documented_call_reaches_its_domain(assembly: Assembly) -> None:
    known = routes(assembly)
    documented = json.loads(DOCUMENT.read_text("utf-8"))["paths"]
    assert documented
    for path, item in documented.items():
        sample = re.sub(r"\{\w+\}", "7", path)
        for method, operation in item.items():
            [tag] = operation["tags"]
            wanted = ANSWERING.get(tag, f"{tag}-api")
            assert answering(sample, known) == wanted, f"{method} {path}"


def test_functions_answer_methods_they_do_not_know_themselves(assembly: Assembly) -> None:
    for _, _, method in assembly.resources("AWS::ApiGateway::Method"):
        assert method["HttpMethod"] == "ANY"
        assert method["Integration"]["Type"] == "AWS_PROXY"
        assert method["AuthorizationType"] == "NONE"


def test_the_api_is_let_in_to_each_function_once(assembly: Assembly) -> None:
    permissions = [
        assembly.text("api", permission["FunctionName"])
        for stack, _, permission in assembly.resources("AWS::Lambda::Permission")
        if stack == "api"
    ]
    assert len(permissions) == len(set(permissions)) == len(set(routes(assembly).values()))


def test_the_stage_is_throttled_logged_and_traced(assembly: Assembly) -> None:
    [(_, _, stage)] = assembly.resources("AWS::ApiGateway::Stage")
    assert stage["StageName"] == "live"
    assert stage["TracingEnabled"] is True
    settings, *_ = stage["MethodSettings"]
    assert settings["ThrottlingRateLimit"] > 0
    assert settings["ThrottlingBurstLimit"] >= settings["ThrottlingRateLimit"]
    logged = json.loads(stage["AccessLogSetting"]["Format"])
    assert logged["requestId"] == "$context.requestId"
    assert not {"ip", "user", "caller"} & logged.keys()


def test_whoever_deploys_is_told_where_the_api_is(assembly: Assembly) -> None:
    assert {"ApiId", "ApiUrl"} <= assembly.templates["api"]["Outputs"].keys()
