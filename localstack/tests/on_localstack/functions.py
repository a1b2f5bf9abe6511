"""Functions that tests deploy by hand on LocalStack."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any, TypeVar

from on_localstack.conftest import Running

ROLE = "arn:aws:iam::000000000000:role/test"
CODE = """
import json, os, time

class SeatsLost(Exception):
    pass

def handler(event, context):
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "exit" in event:
        os._exit(event["exit"])
    if "raise" in event:
        raise SeatsLost(event["raise"])
    for record in event.get("Records", ()):
        print("TOLD", json.dumps(record["dynamodb"]["Keys"]), record["eventName"],
              json.dumps(record.get("userIdentity")))
    return {"pid": os.getpid(), "environment": dict(os.environ)}
"""
Found = TypeVar("Found")


def deploy(localstack: Running, name: str, timeout_seconds: int = 10) -> str:
    """The ARN of a new function with the code above."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", CODE)
    functions = localstack.client("lambda")
    made = functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=ROLE,
        Handler="index.handler",
        Code={"ZipFile": packed.getvalue()},
        Timeout=timeout_seconds,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    return str(made["FunctionArn"])


def invoke(localstack: Running, name: str, **event: Any) -> tuple[str | None, Any]:
    """What kind of error there was, if any, and the payload."""
    answer = localstack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return answer.get("FunctionError"), json.loads(answer["Payload"].read())


def told(localstack: Running, name: str) -> list[str]:
    """What the stream of a table has told a function so far."""
    log = localstack.state.logs / "functions.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [line.partition(" TOLD ")[2] for line in lines if line.startswith(f"{name} TOLD ")]


def until(look: Callable[[], Found], seconds: float = 30) -> Found:
    """What `look` finds, as soon as it is something, or at the end of the time."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found
