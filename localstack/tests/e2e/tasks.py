"""What the stack does by a schedule, done at once."""

import json
from typing import Any

from embedded.stack import RunningStack


def run_task(stack: RunningStack, domain: str, role: str, task: str) -> Any:
    """The answer of a deployed function to one of its tasks, which must not fail."""
    answer = stack.client("lambda").invoke(
        FunctionName=stack.names.function(domain, role), Payload=json.dumps({"task": task})
    )
    said = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, said
    return said
