"""What API Gateway sends to a handler, and what Lambda gives it beside."""

import json
from typing import Any
from uuid import uuid4


class FakeContext:
    """The context of one invocation."""

    function_name = "test"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:test"

    def __init__(self) -> None:
        self.aws_request_id = str(uuid4())

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 29_000


def request(
    method: str,
    path: str,
    body: Any = None,
    query: dict[str, Any] | None = None,
    token: str | None = None,
    headers: dict[str, str] | None = None,
    raw: str | None = None,
) -> dict[str, Any]:
    """A REST API proxy event; `raw` is a body as it came over the wire."""
    sent = {name.lower(): value for name, value in (headers or {}).items()}
    if body is not None:
        raw = json.dumps(body)
    if raw is not None:
        sent.setdefault("content-type", "application/json")
    if token is not None:
        sent["authorization"] = f"Bearer {token}"
    parameters = {name: str(value) for name, value in (query or {}).items()}
    return {
        "resource": "/{proxy+}",
        "httpMethod": method,
        "path": path,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": parameters or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in parameters.items()}
        or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": str(uuid4()),
            "stage": "live",
            "path": path,
            "httpMethod": method,
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": raw,
        "isBase64Encoded": False,
    }
