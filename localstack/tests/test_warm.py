"""A stack whose functions come up slowly is warmed; one that is ill is not said to be ready."""

from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Final

import pytest
from embedded.config import HOST
from embedded.warm import UnhealthyError, warm

HEALTHY_AT: Final = {"slow": 2, "ill": 1000}


@pytest.fixture
def upstream() -> Iterator[str]:
    """`/slow` is healthy when it is asked for the second time, `/ill` never."""
    asked: Counter[str] = Counter()

    class Stage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked[self.path] += 1
            kind = self.path.split("/")[1]
            self.send_response(200 if asked[self.path] >= HEALTHY_AT[kind] else 503)
            self.send_header("Retry-After", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Says nothing."""

    with ThreadingHTTPServer((HOST, 0), Stage) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_function_that_asks_to_be_asked_again_is(upstream: str) -> None:
    assert warm(f"{upstream}/slow") == 6


def test_one_that_stays_ill_is_named(upstream: str) -> None:
    with pytest.raises(UnhealthyError, match=r"/ill/health.* answers 503"):
        warm(f"{upstream}/ill")
