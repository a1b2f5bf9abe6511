"""`GET /metrics` at the edge: its own figures, and those of whoever stands behind it."""

import contextlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from embedded.config import HOST, free_port, is_port_free
from embedded.metrics.reading import Figures
from embedded.processes import start_module, stop

BEHIND = "# TYPE orders_total counter\norders_total 7.0\n"
STAGE = "/restapis/abc/live/_user_request_"


class Behind:
    """Stands for the emulator: the API, and what its functions have counted."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[str] = []
        behind = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                behind.asked.append(self.path)
                of_api = self.path.startswith(STAGE)
                body = b"{}" if of_api else BEHIND.encode()
                self.send_response(404 if of_api else behind.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PROPFIND = do_GET  # noqa: N815 - http.server's own names

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self.url = f"http://{HOST}:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def edge_of(behind: Behind, log: Path, *more: str) -> Iterator[httpx.Client]:
    port = free_port()
    arguments = ["--port", str(port), "--upstream", behind.url + STAGE, *more]
    process = start_module("embedded.edge", arguments, log)
    while is_port_free(port):
        assert process.poll() is None, log.read_text()
    with httpx.Client(base_url=f"http://{HOST}:{port}", timeout=20) as client:
        yield client
    stop(process)


@pytest.fixture(scope="module")
def behind() -> Iterator[Behind]:
    started = Behind()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def edge(behind: Behind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    log = tmp_path_factory.mktemp("door") / "log"
    with edge_of(behind, log, "--metrics", f"{behind.url}/counted") as client:
        yield client


def figures(edge: httpx.Client) -> Figures:
    return Figures.read(edge.get("/metrics").raise_for_status().text)


def test_what_is_counted_behind_is_served_beside_the_edges_own(edge: httpx.Client) -> None:
    answer = edge.get("/metrics?x=1")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"]
    assert Figures.read(answer.text).sum("orders_total") == 7


def test_requests_are_counted_by_what_came_of_them(edge: httpx.Client) -> None:
    before = figures(edge)
    edge.get("/v1/events")
    edge.request("PROPFIND", "/v1/events")
    after = figures(edge)

    def grown(name: str, **labels: str) -> float:
        return after.sum(name, **labels) - before.sum(name, **labels)

    assert grown("http_requests_total", method="GET", status="404") == 1
    assert grown("http_request_seconds_count", method="GET") == 1
    # Whatever else a client asks is one method, not as many as there are.
    assert grown("http_requests_total", method="OTHER") == 1
    assert "PROPFIND" not in {one.labels["method"] for one in after.of("http_requests_total")}


def test_asking_for_the_figures_changes_none(edge: httpx.Client) -> None:
    assert figures(edge).sum("http_requests_total") == figures(edge).sum("http_requests_total")


def test_whoever_only_asks_how_much_there_is_gets_no_body(edge: httpx.Client) -> None:
    answer = edge.head("/metrics")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize("path", ["/metrics/", "/metrics/x", "/v1/metrics", "/metric"])
def test_only_that_one_path_is_the_edges(edge: httpx.Client, behind: Behind, path: str) -> None:
    assert edge.get(path).status_code == 404
    assert behind.asked[-1] == STAGE + path


def test_only_reading_is_the_edges(edge: httpx.Client, behind: Behind) -> None:
    assert edge.post("/metrics").status_code == 404
    assert behind.asked[-1] == f"{STAGE}/metrics"


def test_figures_that_cannot_be_read_are_no_zeroes(edge: httpx.Client, behind: Behind) -> None:
    behind.status = 500
    answer = edge.get("/metrics")
    behind.status = 200
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"


def test_nobody_behind_who_counts_leaves_the_edges_own(behind: Behind, tmp_path: Path) -> None:
    """As on LocalStack."""
    with edge_of(behind, tmp_path / "log") as edge:
        edge.get("/v1/events")
        names = figures(edge).names
    assert "http_requests_total" in names
    assert "orders_total" not in names
