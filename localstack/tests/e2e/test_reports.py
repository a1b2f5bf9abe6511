"""An event's money on the running stack: what its report says, and what the provider says of it."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from embedded.config import REPOSITORY
from embedded.stack import RunningStack

from e2e.client import Client, created, hall, ok, problem, register


def test_a_report_follows_the_money_and_the_provider_agrees(
    stack: RunningStack, organizer: Client, url: str
) -> None:
    began, event_id, buyer = datetime.now(UTC), hall(organizer), register(url)
    reservation = buyer.reserve(event_id, [1, 2])
    card = {"type": "card", "token": "tok_ok"}
    order = buyer.order(reservation["reservationId"], paymentMethod=card)
    order = buyer.order_once(order["orderId"], "CONFIRMED")
    assert _totals(organizer, event_id) == {
        "currency": order["currency"],
        "charges": 1,
        "refunds": 0,
        "capturedCents": order["totalCents"],
        "refundedCents": 0,
        "netCents": order["totalCents"],
        "taxCents": order["taxCents"],
    }
    ticket, _ = ok(buyer.get(f"/v1/orders/{order['orderId']}/tickets"))["items"]
    asked = {"paymentId": order["payment"]["paymentId"], "ticketIds": [ticket["ticketId"]]}
    refund = created(buyer.post("/v1/refund", asked, key=str(uuid4())))
    buyer.order_once(order["orderId"], "PARTIALLY_REFUNDED")
    totals = _totals(organizer, event_id)
    assert (totals["refunds"], totals["refundedCents"]) == (1, refund["amountCents"])
    assert totals["netCents"] == order["totalCents"] - refund["amountCents"]
    assert 0 < totals["taxCents"] < order["taxCents"]
    problem(buyer.get("/v1/payments/report", eventId=event_id), 403, "forbidden")

    done = subprocess.run(
        [sys.executable, "-m", "functions.payments.reconciliation", "--since", began.isoformat()],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=REPOSITORY,
        env=os.environ | {"BOXOFFICE_STATE_DIR": str(stack.state)},
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith("No differences. Compared ")


def _totals(organizer: Client, event_id: int) -> dict[str, Any]:
    report = ok(organizer.get("/v1/payments/report", eventId=event_id))
    (totals,) = report["totals"]
    (day,) = report["days"]
    assert day == {"day": f"{datetime.now(UTC):%Y-%m-%d}", **totals}
    money: dict[str, Any] = totals
    return money
