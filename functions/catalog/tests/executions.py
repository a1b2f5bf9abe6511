"""Executions of a state machine that does nothing but wait."""

import json
from typing import Any
from uuid import uuid4

import boto3

from functions.catalog.cancellation_machine import first_page


class Executions:
    """A state machine that waits, in the place of the one that cancels events."""

    def __init__(self) -> None:
        self._client = boto3.client("stepfunctions")
        waits = {"Type": "Wait", "Seconds": 3_600, "End": True}
        self.machine_arn = self._client.create_state_machine(
            name=f"cancellation-{uuid4().hex[:8]}",
            definition=json.dumps({"StartAt": "Wait", "States": {"Wait": waits}}),
            roleArn="arn:aws:iam::000000000000:role/machine",
        )["stateMachineArn"]

    def running(self) -> dict[str, dict[str, Any]]:
        """The input of each that runs, by its name."""
        found = self._client.list_executions(
            stateMachineArn=self.machine_arn, statusFilter="RUNNING"
        )["executions"]
        described = {
            one["name"]: self._client.describe_execution(executionArn=one["executionArn"])
            for one in found
        }
        return {name: json.loads(one["input"]) for name, one in described.items()}

    def break_off(self) -> None:
        """All that run."""
        arn = self.machine_arn.replace(":stateMachine:", ":execution:")
        for name in self.running():
            self._client.stop_execution(executionArn=f"{arn}:{name}")


def passed(**changed: Any) -> dict[str, Any]:
    """A pass that has been through all orders."""
    counts = {"refunded": 3, "voided": 1, "open": 2, "pages": 4}
    return first_page(1) | counts | changed
