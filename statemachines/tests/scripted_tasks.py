"""A task function that does what a test wrote down, deployed in place of each domain's.

For every order, or event, there is a script, `<its id>.json`: for each task a list of moves, one a
call, of which the last one is repeated. Each call is noted in `<its id>.calls`.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

ANSWERS: dict[str, dict[str, Any]] = {
    "collect_payment": {"signal": {"paymentId": "pay-1", "status": "SUCCESS"}},
    "list_event_orders": {
        "answer": {"orderIds": [], "pass": {"number": 1, "cursor": None, "pages": 1, "open": 0}}
    },
    "record_pass": {
        "answer": {"open": 0, "waitSeconds": 5, "pass": {"number": 2, "cursor": None, "pages": 1}}
    },
    "settle_payment": {"answer": {"paymentId": "pay-1", "verdict": "VOIDED"}},
    "void_tickets": {
        "answer": {
            "reservationId": "res-1",
            "eventId": 7,
            "userId": 3,
            "seatIds": [1, 2],
            "amountCents": 2100,
        }
    },
}


def handler(payload: dict[str, Any], _context: object) -> dict[str, Any]:
    """Make the next move: `sleep`, `signal` or `signal_error`, then `exit`, `raise` or `answer`."""
    folder, task = Path(os.environ["SCRIPTS"]), payload["task"]
    ids = [str(payload[name]) for name in ("orderId", "eventId") if name in payload]
    scripted = next(each for each in ids if (folder / f"{each}.json").exists())
    calls = folder / f"{scripted}.calls"
    with calls.open("a") as notes:
        notes.write(json.dumps(payload) + "\n")
    made = sum(json.loads(line)["task"] == task for line in calls.read_text().splitlines())
    script = json.loads((folder / f"{scripted}.json").read_text())
    moves = script.get(task) or [ANSWERS.get(task, {})]
    move = moves[min(made, len(moves)) - 1]
    time.sleep(move.get("sleep", 0))
    if "signal" in move or "signal_error" in move:
        signal(payload["taskToken"], move)
    if move.get("exit"):
        os._exit(1)
    if "raise" in move:
        raise type(move["raise"], (Exception,), {})("as the test wrote")
    answer: dict[str, Any] = move.get("answer", {})
    return answer


def signal(token: str, move: dict[str, Any]) -> None:
    import boto3

    step_functions = boto3.client("stepfunctions")
    if "signal" in move:
        step_functions.send_task_success(taskToken=token, output=json.dumps(move["signal"]))
    else:
        step_functions.send_task_failure(
            taskToken=token, error=move["signal_error"], cause="as the test wrote"
        )
