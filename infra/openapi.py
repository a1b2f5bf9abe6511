"""Writes `functions/shared/openapi.json`: one document from the routes that all domains declare.

The routes are the only source; a test fails when the written document has fallen behind them.
"""

import importlib
import json
import os
import sys
from inspect import cleandoc
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, Tag

from functions.shared.api import Api
from infra.documentation.answers import HEADERS, describe_answers
from infra.documentation.examples import add_examples
from infra.documentation.links import add_links
from infra.documentation.parameters import describe_parameters, schemas_of
from infra.documentation.schemas import references, sent_schemas, tidy_schema

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
SETTINGS = dict.fromkeys(
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
        "TOKEN_SIGNING_KEY_ID",
        "USERS_TASKS_FUNCTION",
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
`{"items": [...], "nextCursor": ...}`; a cursor belongs to its list and filters.

Beside what each call lists, a path that nothing serves is a 404 `not-found`, another method a 405
`method-not-allowed` with `Allow`, and whoever asks too much at once gets a 429 `too-many-requests`
with `Retry-After`. HEAD is answered wherever GET is, and OPTIONS everywhere.

Unknown fields and query parameters are a 422, as is a parameter that comes twice. Numbers in a body
are numbers of JSON: no text, no boolean. A body is UTF-8 JSON, each name in an object once."""

# A webhook is another system's message: it is the provider who says what is in it.
_FOREIGN_BODY: dict[str, Any] = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object"}}},
}


def load_apis() -> dict[str, Api]:
    """Each domain's API by its tag, in the document's order."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    return {tag: importlib.import_module(module).api for tag, module in MODULES.items()}


def document() -> dict[str, Any]:
    """The whole OpenAPI 3.1 document. Raises ValueError if two domains' schemas share a name."""
    merged: dict[str, Any] = {}
    for tag, api in load_apis().items():
        part = _described(api)
        if not merged:
            merged = part
            continue
        merged["paths"].update(part["paths"])
        for kind, components in part["components"].items():
            known = merged["components"].setdefault(kind, {})
            for name, component in components.items():
                if known.setdefault(name, component) != component:
                    raise ValueError(f"{tag} has other {kind} named {name}")
    return _completed(merged)


def _described(api: Api) -> dict[str, Any]:
    """One domain's part, with what its routes declare and Powertools does not say."""
    part: dict[str, Any] = json.loads(
        api.resolver.get_openapi_json_schema(
            title="Boxoffice",
            version=VERSION,
            description=_DESCRIPTION,
            tags=[Tag(name=name) for name in MODULES],
            security_schemes={"bearer": HTTPBearer(bearerFormat="JWT")},
        )
    )
    components = part["components"]
    schemas = components.setdefault("schemas", {})
    for route in api.resolver.routes:
        path = route.path.replace("<", "{").replace(">", "}")
        operation = part["paths"].get(path, {}).get(route.method.lower())
        if operation is None:
            continue
        declared = api.declarations[route.method, route.path]
        schemas |= schemas_of(route)
        describe_parameters(operation, route)
        describe_answers(operation, declared, components)
        if declared.admission.is_foreign:
            operation["requestBody"] = _FOREIGN_BODY
    return part


def _completed(spec: dict[str, Any]) -> dict[str, Any]:
    """The merged document: tidy, in order, and with examples and links."""
    schemas = spec["components"]["schemas"]
    used = _reachable(spec)
    sent = sent_schemas(spec)
    spec["components"] |= {
        "schemas": {
            name: tidy_schema(schemas[name], is_sent=name in sent) for name in sorted(used)
        },
        "headers": HEADERS,
        "responses": dict(sorted(spec["components"]["responses"].items())),
    }
    spec["paths"] = dict(sorted(spec["paths"].items()))
    for operations in spec["paths"].values():
        for operation in operations.values():
            if "description" in operation:
                operation["description"] = cleandoc(operation["description"])
    add_examples(spec)
    add_links(spec)
    return spec


def _reachable(spec: dict[str, Any]) -> set[str]:
    """The schemas that are used; Powertools also lists those of queries."""
    waiting = references(spec["paths"]) + references(spec["components"]["responses"])
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found and name in spec["components"]["schemas"]:
            found.add(name)
            waiting += references(spec["components"]["schemas"][name])
    return found


def render() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), "utf-8")
    sys.stdout.write(f"Wrote {DOCUMENT.name}: {len(document()['paths'])} paths.\n")
