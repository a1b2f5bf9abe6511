"""The API's own pages: `/openapi.json`, `/docs` (loads nothing from elsewhere), `/health`."""

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.swagger_ui import generate_swagger_html

from functions.shared.api import Access, Api
from functions.shared.models import View

api = Api("operations", tokens=None)


_PUBLIC = "public, max-age=300"


class HealthView(View):
    status: str


@cache
def _document() -> str:
    return files("functions.shared").joinpath("openapi.json").read_text("utf-8")


@cache
def _page() -> str:
    assets = files("aws_lambda_powertools.event_handler.openapi.swagger_ui")
    return generate_swagger_html(
        # The page carries the document inside a script element, which `</` would end.
        spec=_document().replace("</", "<\\/"),
        swagger_js=assets.joinpath("swagger-ui-bundle.min.js").read_text("utf-8"),
        swagger_css=assets.joinpath("swagger-ui.min.css").read_text("utf-8"),
        swagger_base_url="",
        oauth2_config=None,
    )


@cache
def _policy() -> str:
    """What the page may do: run its own two scripts, style itself, and call this API."""
    scripts = re.findall(r"<script>(.*?)</script>", _page(), re.DOTALL)
    hashes = (b64encode(sha256(script.encode()).digest()).decode() for script in scripts)
    sources = " ".join(f"'sha256-{each}'" for each in hashes)
    return (
        f"default-src 'none'; script-src {sources}; style-src 'unsafe-inline'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@api.get("/health", Access.PUBLIC)
def read_health() -> HealthView:
    """Whether the API answers at all."""
    return HealthView(status="ok")


@api.get("/openapi.json", Access.PUBLIC, documented=False)
def read_openapi() -> Response[str]:
    """This document."""
    return Response(200, "application/json", _document(), {"Cache-Control": _PUBLIC})


@api.get("/docs", Access.PUBLIC, documented=False)
def read_docs() -> Response[str]:
    """This document as a page."""
    headers = {"Content-Security-Policy": _policy(), "Cache-Control": _PUBLIC}
    return Response(200, "text/html; charset=utf-8", _page(), headers)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api.handler(event, context)
