"""Writes `functions/shared/openapi.json`: one document from the routes that all domains declare.

The routes are the only source; a test fails when the written document has fallen behind them.
"""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, Tag

from functions.shared.api import Api
from functions.shared.problems import CONTENT_TYPE

DOCUMENT = Path(__file__).parents[1] / "functions" / "shared" / "openapi.json"
VERSION = "0.1.0"
MODULES = {
    "users": "functions.users.api",
    "catalog": "functions.catalog.api",
    "seating": "functions.seating.api",
    "orders": "functions.orders.api",
    "payments": "functions.payments.api",
    "webhooks": "functions.payments.webhooks",
    "operations": "functions.shared.docs",
}

# The modules read their settings at import; no call is made with any of these.
_SETTINGS = dict.fromkeys(
    (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "BOOKING_STATE_MACHINE_ARN",
        "CATALOG_TASKS_FUNCTION",
        "DATABASE_HOST",
        "DATABASE_NAME",
        "DATABASE_USER",
        "EVENT_BUS_NAME",
        "NOTICES_QUEUE_URL",
        "ORDERS_TASKS_FUNCTION",
        "PAYMENTS_TASKS_FUNCTION",
        "REFUND_STATE_MACHINE_ARN",
        "EVENT_CANCELLATION_STATE_MACHINE_ARN",
        "SEATING_TASKS_FUNCTION",
        "TABLE_NAME",
        "TICKET_SECRET_ARN",
        "TOKEN_ISSUER",
        "TOKEN_KEY_IDS",
        "WEBHOOK_SECRETS_ARN",
    ),
    "none",
) | {
    "AWS_DEFAULT_REGION": "us-east-1",
    "PAYMENT_SECONDS": "900",
    "POWERTOOLS_METRICS_NAMESPACE": "Boxoffice",
    "POWERTOOLS_SERVICE_NAME": "openapi",
    "RESERVATION_SECONDS": "900",
}

_DESCRIPTION = """Reserved seats for events: hold them, pay, and get tickets or your money back.

Money is in integer minor units, times are RFC 3339 in UTC. Bodies and queries take camelCase and
snake_case. Every error is `application/problem+json` (RFC 9457) with a stable `code`. Lists are
`{"items": [...], "nextCursor": ...}`."""


def load_apis() -> dict[str, Api]:
    """Each domain's API by its tag, in the document's order."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    return {tag: importlib.import_module(module).api for tag, module in MODULES.items()}


def document() -> dict[str, Any]:
    """The whole OpenAPI 3.1 document. Raises ValueError if two domains' schemas share a name."""
    merged: dict[str, Any] = {}
    for tag, api in load_apis().items():
        part = json.loads(
            api.resolver.get_openapi_json_schema(
                title="Boxoffice",
                version=VERSION,
                description=_DESCRIPTION,
                tags=[Tag(name=name) for name in MODULES],
                security_schemes={"bearer": HTTPBearer(bearerFormat="JWT")},
            )
        )
        if not merged:
            merged = part
            continue
        merged["paths"].update(part["paths"])
        schemas = merged["components"]["schemas"]
        for name, schema in part["components"].get("schemas", {}).items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"{tag} has another schema named {name}")
    return _tidied(merged)


def _tidied(spec: dict[str, Any]) -> dict[str, Any]:
    """What the resolver documents of itself, put right: we answer neither of these two."""
    for operations in spec["paths"].values():
        for operation in operations.values():
            operation["responses"]["500"] = {
                "description": "`internal-error`",
                "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemView"}}},
            }
            for bodiless in ("204", "304"):
                operation["responses"].get(bodiless, {}).pop("content", None)
            operation["responses"] = dict(sorted(operation["responses"].items()))
    for name in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        spec["components"]["schemas"].pop(name, None)
    spec["paths"] = dict(sorted(spec["paths"].items()))
    spec["components"]["schemas"] = dict(sorted(spec["components"]["schemas"].items()))
    return spec


def render() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), "utf-8")
    sys.stdout.write(f"Wrote {DOCUMENT.name}: {len(document()['paths'])} paths.\n")
