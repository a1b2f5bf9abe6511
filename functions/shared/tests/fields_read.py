"""Whatever a test sends to a task, the task reads. A pytest plugin.

A task ignores what it does not know, for the sake of newer askers. Within one release nobody
sends such a field: it would be a name misspelt, or one that the task has forgotten.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from functions.shared.tasks import Tasks

# What is for whoever runs the task, not for the task.
_ENVELOPE: Final = {"task", "answerProblems", "correlationId"}


@pytest.fixture(autouse=True)
def fields_unread() -> Iterator[list[str]]:
    """The fields that no task has read, of all that were sent so far."""
    found: list[str] = []
    run = Tasks._run

    def check(tasks: Tasks, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        found.extend(_unread(tasks, payload))
        return run(tasks, payload)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tasks, "_run", check)
        yield found
    assert found == [], "sent, but read by nobody"


def _unread(tasks: Tasks, payload: Mapping[str, Any]) -> list[str]:
    name = str(payload.get("task"))
    if name not in tasks.names:
        return []
    model, _ = tasks._tasks[name]
    read = {known for field, about in model.model_fields.items() for known in (field, about.alias)}
    return [f"{name} reads no {sent}" for sent in payload if sent not in read | _ENVELOPE]
