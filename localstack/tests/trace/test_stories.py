"""The stories of real orders on the running stack, told from what it logged."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from e2e.client import Client, created, eventually, hall, ok, problem, register, sign_in
from e2e.conftest import ADMINISTRATOR
from embedded.config import ACCOUNT, REGION
from embedded.stack import RunningStack
from embedded.trace import __main__ as program
from embedded.trace.following import Story, follow
from embedded.trace.sources import CloudWatchLogs, LogFile

TOLD_WITHIN_SECONDS = 30


class Told(NamedTuple):
    """What `make trace` answered: its exit code, and each row by column."""

    code: int
    text: str
    errors: str

    @property
    def rows(self) -> list[dict[str, str]]:
        lines = self.text.splitlines()
        [at] = [place for place, line in enumerate(lines) if line.strip().startswith("since")]
        names = lines[at].split()
        # Numbers end where their heading does, all else begins where it does.
        starts = [0, lines[at].index("took") - 5, *(lines[at].index(name) for name in names[2:])]
        rows = []
        for line in lines[at + 1 :]:
            if not line:
                break
            ends = [*starts[1:], None]
            cells = [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
            rows.append(dict(zip(names, cells, strict=True)))
        return rows

    def deeds(self, *wheres: str) -> list[str]:
        return [row["what"] for row in self.rows if not wheres or row["where"] in wheres]

    def of(self, what: str) -> dict[str, str]:
        """The row of this deed, which was done once."""
        [row] = [row for row in self.rows if row["what"] == what]
        return row


Trace = Callable[..., Told]


@pytest.fixture
def trace(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Trace:
    monkeypatch.setenv("BOXOFFICE_STATE_DIR", str(stack.state))

    def run(*arguments: str) -> Told:
        monkeypatch.setattr("sys.argv", ["trace", *arguments])
        code = program.main()
        captured = capsys.readouterr()
        return Told(code, captured.out, captured.err)

    return run


@pytest.fixture
def trace_once(trace: Trace) -> Trace:
    """The story, once this is in it: streams tell of a change a second or two after it."""

    def run(order_id: str, *awaited: str) -> Told:
        return eventually(
            lambda: trace(order_id),
            lambda told: all(each in told.text for each in awaited),
            TOLD_WITHIN_SECONDS,
        )

    return run


@pytest.fixture(scope="module")
def event_id(stack: RunningStack) -> int:
    return hall(sign_in(stack.url, *ADMINISTRATOR))


class Buyer:
    """Somebody whose every request has an id that tells what it was."""

    def __init__(self, url: str) -> None:
        self.client: Client = register(url)
        self._unique = uuid4().hex[:8]

    def id_of(self, deed: str) -> str:
        return f"{deed}-{self._unique}"

    def post(self, deed: str, path: str, body: Any) -> Any:
        return self.client.post(path, body, str(uuid4()), **{"X-Request-Id": self.id_of(deed)})

    def reserve(self, event_id: int) -> dict[str, Any]:
        wish = {"eventId": event_id, "quantity": 2}
        reservation: dict[str, Any] = created(self.post("reserved", "/v1/seats/reserve", wish))
        return reservation

    def order(self, event_id: int, token: str | None = None) -> dict[str, Any]:
        wish: dict[str, Any] = {"reservationId": self.reserve(event_id)["reservationId"]}
        if token is not None:
            wish["paymentMethod"] = {"type": "card", "token": token}
        order: dict[str, Any] = created(self.post("ordered0", "/v1/orders", wish))
        return order

    def charge(self, order: dict[str, Any], token: str = "tok_ok") -> Any:
        wish = {
            "merchantOrderId": order["orderId"],
            "amountCents": order["totalCents"],
            "paymentMethod": {"type": "card", "token": token},
        }
        return self.post("charged0", "/v1/charge", wish)


@pytest.fixture
def buyer(stack: RunningStack) -> Buyer:
    return Buyer(stack.url)


def is_in_order(wanted: list[str], seen: list[str]) -> bool:
    """Whether these were seen in this order, whatever else was between them."""
    rest = iter(seen)
    return all(each in rest for each in wanted)


def test_a_booking_is_told_from_its_reservation_to_its_tickets(
    stack: RunningStack, buyer: Buyer, event_id: int, trace_once: Trace
) -> None:
    order = buyer.order(event_id)
    created(buyer.charge(order))
    buyer.client.order_once(order["orderId"], "CONFIRMED")
    told = trace_once(order["orderId"], "told OrderConfirmed")

    assert told.code == 0
    assert is_in_order(
        [
            "POST /v1/seats/reserve",
            "POST /v1/orders",
            "execution begins",
            "SecureSeats",
            "secure_seats",
            "CollectPayment",
            "collect_payment",
            "AllocateSeats",
            "allocate_seats",
            "ConfirmOrder",
            "confirm_order",
        ],
        told.deeds(),
    ), told.text
    assert is_in_order(["POST /v1/orders", "POST /v1/charge", "AllocateSeats"], told.deeds())
    assert is_in_order(["told OrderPlaced", "told OrderConfirmed"], told.deeds("orders-streams"))
    assert "told PaymentSucceeded" in told.deeds()
    assert told.of("execution ends")["outcome"] == "SUCCEEDED"
    assert told.of("confirm_order")["outcome"] == "done"
    assert told.of("POST /v1/orders")["outcome"] == "201"
    # What each goes back to: the saga and the stream to the order, the payment to the charge.
    by_request = {row["what"]: row["request"] for row in told.rows}
    assert by_request["POST /v1/seats/reserve"] == "reserved"
    for deed in ("POST /v1/orders", "read_reservation", "secure_seats", "confirm_order"):
        assert by_request[deed] == "ordered0", deed
    assert by_request["told OrderPlaced"] == by_request["told OrderConfirmed"] == "ordered0"
    for deed in ("POST /v1/charge", "booking told", "told PaymentSucceeded"):
        assert by_request[deed] == "charged0", deed
    # It was looked at until it was confirmed, which is no part of it.
    assert f"GET /v1/orders/{order['orderId']}" not in told.text
    assert f"reservation {order['reservationId']}" in told.text


def test_a_declined_payment_is_told_with_what_came_of_it(
    buyer: Buyer, event_id: int, trace_once: Trace
) -> None:
    order = buyer.order(event_id)
    problem(buyer.charge(order, "tok_declined"), 402, "payment-declined")
    path = f"/v1/orders/{order['orderId']}/cancel"
    assert buyer.post("givenup0", path, {}).status_code == 202
    buyer.client.order_once(order["orderId"], "CANCELLED")
    told = trace_once(order["orderId"], "told OrderCancelled")

    assert told.of("POST /v1/charge")["outcome"] == "402"
    assert told.of(f"POST {path}")["request"] == "givenup0"
    assert is_in_order(
        ["POST /v1/charge", f"POST {path}", "release_seats", "cancel_order"], told.deeds()
    ), told.text
    # The verdict ends the wait; the booking is undone from there.
    assert "PaymentVoided" in told.of("CollectPayment")["outcome"]
    assert "confirm_order" not in told.deeds()


def test_an_order_that_the_reconciler_repaired_is_told_with_who_did_it(
    stack: RunningStack, buyer: Buyer, event_id: int, trace_once: Trace
) -> None:
    order = buyer.order(event_id)
    order_id = order["orderId"]
    machines = stack.client("stepfunctions")
    machine = stack.names.state_machine("booking")
    booking = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{machine}:{order_id}"
    eventually(
        lambda: machines.get_execution_history(executionArn=booking)["events"],
        lambda events: any(
            event.get("stateEnteredEventDetails", {}).get("name") == "CollectPayment"
            for event in events
        ),
    )
    machines.stop_execution(executionArn=booking, error="Broken", cause="by a test")
    asked = {"task": "reconcile_order", "orderId": order_id}
    stack.client("lambda").invoke(
        FunctionName=stack.names.function("orders", "reconciler"), Payload=json.dumps(asked)
    )
    # A function's lines come when it has ended, so the stream's may come before.
    told = trace_once(order_id, "told OrderCancelled", "given-up")

    ended = told.of("execution ends")
    assert ended["outcome"].startswith("ABORTED")
    # Another pass may have come by as well, and found less to do, or nothing.
    repair, *_ = [row for row in told.rows if row["outcome"].startswith("given-up")]
    assert (repair["what"], repair["where"]) == ("reconciled", "orders-reconciler")
    assert repair["request"] == "ordered0"
    for deed, where in {
        "settle_payment": "payments-tasks",
        "release_seats": "seating-tasks",
    }.items():
        # By two passes at once, perhaps.
        done = [row for row in told.rows if row["what"].startswith(deed)]
        assert {(row["where"], row["request"]) for row in done} == {(where, "ordered0")}


def test_of_an_order_that_nobody_knows_there_is_nothing_to_tell(trace: Trace) -> None:
    order_id = str(uuid4())
    told = trace(order_id)
    assert (told.code, told.text) == (1, "")
    assert told.errors == f"Nothing is known of an order {order_id}: no line of a log names it.\n"


@pytest.mark.parametrize("order_id", ["7", "", "../x", "0b6a1f0e-3c1d-5d0a-9a53"])
def test_what_is_no_orders_id_is_refused(trace: Trace, order_id: str) -> None:
    told = trace(order_id)
    assert (told.code, told.text) == (1, "")
    assert told.errors == f"{order_id!r} is no order's id, which is a UUID.\n"


def test_requests_that_only_read_are_told_if_asked_for(
    buyer: Buyer, event_id: int, trace: Trace
) -> None:
    order_id = buyer.order(event_id)["orderId"]
    ok(buyer.client.get(f"/v1/orders/{order_id}"))
    look = f"GET /v1/orders/{order_id}"
    eventually(lambda: trace(order_id, "--reads"), lambda told: look in told.deeds())
    assert look not in trace(order_id).deeds()
    assert "of requests that only read left out" in trace(order_id).text


def test_logs_insights_finds_the_same_lines_as_the_log_of_this_machine(
    stack: RunningStack, buyer: Buyer, event_id: int, trace_once: Trace
) -> None:
    order = buyer.order(event_id, token="tok_ok")
    trace_once(order["orderId"], "told OrderConfirmed")
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    logs = CloudWatchLogs(stack.client("logs"), stack.names.prefix, now - hour, now + hour)
    here = follow(order["orderId"], LogFile(stack.state / "logs" / "functions.log"))

    def ask() -> Story | None:
        try:
            return follow(order["orderId"], logs)
        except ClientError as error:
            # The emulator breaks off a query while another function logs.
            if error.response["Error"]["Code"] != "InternalError":
                raise
            return None

    there = eventually(ask, lambda story: story is not None)
    assert there is not None
    assert {(line.function, line.text) for line in here.lines} == {
        (line.function, line.text) for line in there.lines
    }
    assert here.subjects == there.subjects


def test_every_line_that_a_function_has_logged_goes_back_to_a_request(stack: RunningStack) -> None:
    # With two of the characters that end a line for Unicode and not in a log.
    path = "/v1/venues/a%C2%85b%E2%80%A8c"
    Client(stack.url).get(path)
    file = stack.state / "logs" / "functions.log"
    log = eventually(file.read_text, lambda log: "b\u2028c" in log)
    # What is being written has no end yet.
    lines = [line.partition(" ") for line in log.split("\n")[:-1]]
    ours = [(name, json.loads(text)) for name, _, text in lines if text.startswith("{")]
    assert ours
    assert [(name, said) for name, said in ours if not said.get("correlation_id")] == []
