"""The edge's side: what it counts itself, and `GET /metrics`, which is of this machine alone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from functions.shared.problems import ServiceUnavailable

PATH: Final = "/metrics"
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
# There are dozens of others, which nobody here needs to tell apart.
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_AWAY: Final = "What functions count can't be read just now."


class Door:
    """`behind` is where the emulated AWS says what its functions have counted; None if it doesn't
    (LocalStack).
    """

    def __init__(self, behind: str | None, session: aiohttp.ClientSession) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._behind = behind
        self._session = session
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "http_requests_total", "Requests", ["method", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "http_request_seconds",
            "What requests took, to the end of the answer",
            ["method"],
            registry=self._registry,
            buckets=_SECONDS,
        )

    @staticmethod
    def is_asked(request: web.BaseRequest) -> bool:
        return request.method in ("GET", "HEAD") and request.raw_path.split("?")[0] == PATH

    @contextmanager
    def counted(self, method: str) -> Iterator[list[int]]:
        """One request. The status of its answer is put into the list; without, nobody waited."""
        named = method if method in _METHODS else "OTHER"
        answered: list[int] = []
        began = time.perf_counter()
        try:
            yield answered
        finally:
            for status in answered:
                self._requests.labels(named, str(status)).inc()
                self._seconds.labels(named).observe(time.perf_counter() - began)

    async def answer(self) -> web.Response:
        """All that is counted, in Prometheus' text format. Raises ServiceUnavailable."""
        body = generate_latest(self._registry)
        if self._behind is not None:
            try:
                async with self._session.get(self._behind) as counted:
                    if counted.status != HTTPStatus.OK:
                        raise ServiceUnavailable.retry_after(1, _AWAY)
                    body += await counted.read()
            except aiohttp.ClientError as error:
                raise ServiceUnavailable.retry_after(1, _AWAY) from error
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})
