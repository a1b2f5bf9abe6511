"""`make metrics`: the figures in a terminal."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from embedded.config import HOST, free_port
from embedded.metrics.__main__ import main
from embedded.metrics.reading import Durations, Figures
from embedded.metrics.table import Row, health_of, rows_of

TEXT = """\
# TYPE seat_reservations_total counter
seat_reservations_total{service="seating"} 12
# TYPE seat_reservations_failed untyped
seat_reservations_failed{reason="seats-unavailable",service="seating"} 3000.0
seat_reservations_failed{reason="too-many-holds",service="seating"} 0
# TYPE booking_seconds histogram
booking_seconds_bucket{le="1.0",service="orders"} 0
booking_seconds_bucket{le="2.0",service="orders"} 4
booking_seconds_bucket{le="+Inf",service="orders"} 4
booking_seconds_count{service="orders"} 4
booking_seconds_sum{service="orders"} 6
# TYPE oldest_open_order_seconds gauge
oldest_open_order_seconds{service="orders"} 1234
# TYPE http_requests_total counter
http_requests_total{method="GET",status="200"} 1000
http_requests_total{method="POST",status="201"} 20
http_requests_total{method="POST",status="409"} 5
# TYPE queue_messages gauge
queue_messages{queue="parked-bookings"} 2
queue_messages{queue="payments-notices"} 0
# TYPE function_seconds histogram
function_seconds_bucket{function="orders-api",le="+Inf"} 2
function_seconds_count{function="orders-api"} 2
function_seconds_sum{function="orders-api"} 1
# TYPE function_errors_total counter
function_errors_total{function="orders-api"} 1
"""


def test_a_figure_is_told_with_what_it_is_made_up_of() -> None:
    made, refused, *_ = rows_of(Figures.read(TEXT), "seating")
    assert made == Row("Reservations made", "12")
    assert refused == Row("Reservations refused", "3,000", "seats-unavailable 3,000")


def test_durations_are_told_by_their_mean_and_quantiles() -> None:
    rows = {row.says: row for row in rows_of(Figures.read(TEXT), "orders")}
    took = rows["From an order to its tickets"]
    assert (took.value, took.details) == ("1.50 s", "on average, p50 1.50 s, p99 1.99 s")
    late = rows["For how long the oldest open order should have been decided"]
    assert late.value == "1,234 s"


def test_health_is_told_by_what_there_is_to_tell() -> None:
    rows = {row.says: row for row in health_of(Figures.read(TEXT))}
    assert rows["Requests"] == Row("Requests", "1,025", "2xx 1,020, 4xx 5")
    assert rows["Waiting in parked-bookings"].value == "2"
    assert "Waiting in payments-notices" not in rows
    assert rows["Calls of orders-api"].details.endswith("1 failed")


@pytest.mark.parametrize(("share", "seconds"), [(0.25, 1.0), (0.5, 1.5), (0.75, 2.0), (1.0, 2.0)])
def test_a_quantile_is_prometheus_own(share: float, seconds: float) -> None:
    durations = Durations(4, 0, [(1.0, 1), (2.0, 3), (float("inf"), 4)])
    assert durations.quantile(share) == seconds


def test_of_nothing_there_is_no_quantile() -> None:
    assert Durations(0, 0, [(1.0, 0)]).quantile(0.5) == 0
    assert Durations(0, 0, []).mean == 0


@pytest.fixture
def served() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/metrics" else 404)
            self.end_headers()
            self.wfile.write(TEXT.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer((HOST, 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{HOST}:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_command_finds_the_running_stack(
    served: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "stack.json").write_text(json.dumps({"url": served}))
    monkeypatch.setenv("BOXOFFICE_STATE_DIR", str(tmp_path))
    assert main([]) == 0
    said = capsys.readouterr().out
    assert "seats-unavailable 3,000" in said
    assert "Waiting in parked-bookings" in said
    # What it was not told of is no 0.
    assert "Accounts" not in said


def test_without_a_stack_the_command_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOXOFFICE_STATE_DIR", str(tmp_path))
    assert main([]) == 1
    assert "make up" in capsys.readouterr().err
    (tmp_path / "stack.json").write_text(json.dumps({"url": f"http://{HOST}:{free_port()}"}))
    assert main([]) == 1
    assert "gives no figures" in capsys.readouterr().err
