"""The emulator's side: what functions write is counted as it comes, and served beside AWS' APIs.

The edge is its only reader; nothing that is deployed has this path.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from ministack.services import lambda_svc
from prometheus_client import CollectorRegistry, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from embedded.mends.logs import metrics_in
from embedded.metrics.business import Business
from embedded.metrics.health import Calls, Waiting

PATH: Final = "/_boxoffice/metrics"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def counting(app: App) -> App:
    """The emulator's app, which then also answers what its functions have counted."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    business = Business()
    registry.register(business)
    registry.register(Waiting())
    _see_each_invocation(business, Calls(registry))

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == PATH:
            await _answer(generate_latest(registry), send)
        else:
            await app(scope, receive, send)

    return serve


def _see_each_invocation(business: Business, calls: Calls) -> None:
    upstream = lambda_svc._emit_lambda_logs

    def emit(
        func: dict[str, Any],
        request_id: str,
        log_text: str,
        error: bool,  # noqa: FBT001
        duration_ms: int,
        **named: Any,
    ) -> None:
        upstream(func, request_id, log_text, error, duration_ms, **named)
        name = (func.get("config") or func)["FunctionName"]
        calls.count(name, duration_ms / 1_000, failed=error)
        for line in log_text.splitlines():
            for request in metrics_in(line):
                business.take(request)

    lambda_svc._emit_lambda_logs = emit


async def _answer(body: bytes, send: Send) -> None:
    headers = [
        (b"content-type", CONTENT_TYPE_PLAIN_0_0_4.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
