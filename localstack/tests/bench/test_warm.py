"""What is compared has made the same calls, or nothing is compared."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import boto3
import botocore.handlers
import pytest
from embedded.bench.warm import GOAL, Warm, findings
from embedded.bench.warm.wire import OffScript, Wire
from embedded.config import CREDENTIALS


class Table(BaseHTTPRequestHandler):
    asked = 0

    def do_POST(self) -> None:
        Table.asked += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        body = f'{{"Item": {{"n": {{"N": "{Table.asked}"}}}}}}'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    # What a wire puts in here stays in its own process otherwise.
    monkeypatch.setattr(
        botocore.handlers, "BUILTIN_HANDLERS", list(botocore.handlers.BUILTIN_HANDLERS)
    )
    Table.asked = 0
    server = HTTPServer(("127.0.0.1", 0), Table)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_was_recorded_is_answered_again_and_nobody_is_asked(endpoint: str) -> None:
    wire = Wire()
    client = boto3.session.Session().client("dynamodb", endpoint_url=endpoint)

    def get() -> str:
        answer = client.get_item(TableName="t", Key={"k": {"S": "1"}})
        return answer["Item"]["n"]["N"]

    assert get() == "1"
    with wire.recording():
        recorded = [get(), get()]
    assert recorded == ["2", "3"]
    assert [(call.of, call.how) for call in wire.calls] == [("dynamodb", "GetItem")] * 2
    assert wire.calls[0].named == {"TableName": "t", "Key": {"k": {"S": "1"}}}
    for _ in range(2):
        with wire.playing():
            assert [get(), get()] == recorded
    assert Table.asked == 3
    assert get() == "4"


@pytest.mark.parametrize("times", [0, 1, 3])
def test_a_handler_that_asks_less_or_more_ends_the_measurement(endpoint: str, times: int) -> None:
    wire = Wire()
    client = boto3.session.Session().client("dynamodb", endpoint_url=endpoint)

    def get() -> None:
        client.get_item(TableName="t", Key={"k": {"S": "1"}})

    def play() -> None:
        with wire.playing():
            for _ in range(times):
                get()

    with wire.recording():
        get()
        get()
    with pytest.raises(OffScript):
        play()


def test_a_ratio_above_its_goal_is_a_miss_and_each_profile_is_a_table() -> None:
    profile = [["built-in method builtins.len", 12.0, 0.25]]
    found = findings(
        {
            "reserve": Warm(0.0013, 0.001, 4, 0, profile),
            "charge": Warm(0.0131, 0.01, 2, 33, profile),
        }
    )
    assert GOAL == 1.3
    assert [(goal.seen, goal.is_met) for goal in found.goals] == [("1.30", True), ("1.31", False)]
    assert [table.title for table in found.tables[1:]] == [
        "Top ten of reserve",
        "Top ten of charge",
    ]
    assert found.tables[0].rows[1] == ["charge", "13.10 ms", "10.00 ms", "1.31", "2", "33"]
