"""Emulators to be compared, and functions that run in them."""

import io
import json
import subprocess
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from embedded.aws import client
from embedded.config import HOST, free_port
from embedded.processes import await_answer, start_module

ROLE = "arn:aws:iam::000000000000:role/test"


FUNCTION = """
import json, os

class SeatsLost(Exception):
    pass

def handler(event, context):
    if "say" in event:
        print(event["say"])
    if event.get("fail"):
        raise SeatsLost("gone")
    if "Records" in event:
        print(json.dumps([record["eventName"] for record in event["Records"]]))
        changes = [record["dynamodb"] for record in event["Records"]]
        poison = [one["SequenceNumber"] for one in changes if one["Keys"]["id"]["S"] == "poison"]
        return {"batchItemFailures": [{"itemIdentifier": number} for number in poison]}
    return {"pid": os.getpid(), "environment": dict(os.environ)}
"""


@dataclass
class Emulator:
    """One running emulator."""

    folder: Path
    mended: bool
    port: int
    process: subprocess.Popen[bytes]

    def client(self, service: str) -> Any:
        return client(service, f"http://{HOST}:{self.port}")

    def function(self, name: str, handler: str = "index.handler") -> str:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", FUNCTION)
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=ROLE,
            Handler=handler,
            Code={"ZipFile": packed.getvalue()},
            Timeout=10,
        )
        return str(made["FunctionArn"])

    def invoke(self, name: str, **event: Any) -> tuple[str | None, Any]:
        answer = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())


def start(folder: Path, *, mended: bool, secret: str = "hunter2") -> Emulator:
    port = free_port()
    arguments = ["--port", str(port), "--state", str(folder), *([] if mended else ["--unmended"])]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "SECRET_OF_THE_HOST": secret}
    process = start_module("embedded.emulator", arguments, folder / "log", environment)
    await_answer(f"http://{HOST}:{port}/_ministack/health", process, 30, folder / "log")
    return Emulator(folder, mended, port, process)


Found = TypeVar("Found")


def until(look: Callable[[], Found], seconds: float = 8) -> Found:
    """What `look` finds, as soon as it is something, or at the end of the time."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def failure_of(emulator: Emulator, state: dict[str, Any], seconds: float = 8) -> str | None:
    """The error that an execution of one Task state fails with, or None if it goes on."""
    states = emulator.client("stepfunctions")
    definition = {"StartAt": "Task", "States": {"Task": state | {"Type": "Task", "End": True}}}
    name = f"machine-{time.monotonic_ns()}"
    machine = states.create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=ROLE
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]

    def failed() -> dict[str, Any] | None:
        described: dict[str, Any] = states.describe_execution(executionArn=execution)
        return described if described["status"] == "FAILED" else None

    found = until(failed, seconds)
    return None if found is None else str(found["error"])
