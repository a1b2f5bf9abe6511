"""A line of a function's log, and what it says."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from functions.shared.correlation import SUBJECTS

# What a line says beside what was done and how it ended.
_USUAL: Final = frozenset(
    {
        *("level", "location", "message", "timestamp", "service", "correlation_id", "task"),
        *("method", "path", "status", "milliseconds", "event", "problem", "xray_trace_id"),
        *("exception", "exception_name", "stack_trace", *SUBJECTS),
    }
)
_BAD: Final = frozenset({"WARNING", "ERROR", "CRITICAL"})


@dataclass(frozen=True)
class Line:
    """`function` is its whole name; `text` is what it wrote, as it stands in the log."""

    function: str
    text: str
    fields: dict[str, Any]

    @classmethod
    def read(cls, function: str, text: str) -> "Line | None":
        """None for what our logger did not write, such as a traceback of the interpreter's."""
        try:
            fields = json.loads(text)
        except ValueError:
            return None
        is_ours = isinstance(fields, dict) and {"timestamp", "message"} <= fields.keys()
        return cls(function, text, fields) if is_ours else None

    @cached_property
    def written_at(self) -> datetime:
        return datetime.strptime(self.fields["timestamp"], "%Y-%m-%d %H:%M:%S,%f%z")

    @property
    def began_at(self) -> datetime:
        """A line is written when something is done; that began as much earlier as it lasted."""
        return self.written_at - timedelta(milliseconds=self.milliseconds or 0)

    @property
    def milliseconds(self) -> float | None:
        lasted: float | None = self.fields.get("milliseconds")
        return lasted

    @property
    def request_id(self) -> str | None:
        found: str | None = self.fields.get("correlation_id")
        return found

    @property
    def subjects(self) -> dict[str, str]:
        """What it is about, by name."""
        return {name: str(self.fields[name]) for name in SUBJECTS if name in self.fields}

    @property
    def is_request(self) -> bool:
        return bool(self.fields["message"] == "request")

    @property
    def is_read(self) -> bool:
        """A request that changed nothing, and was answered."""
        return bool(
            self.is_request
            and self.fields["method"] in ("GET", "HEAD", "OPTIONS")
            and self.fields["status"] < 400
        )

    @property
    def deed(self) -> str:
        """What was done."""
        fields = self.fields
        if self.is_request:
            return f"{fields['method']} {fields['path']}"
        if fields["message"] == "told":
            return f"told {fields['event']}"
        if fields["message"].startswith("task "):
            return str(fields.get("task") or "an unknown task")
        return str(fields["message"])

    @property
    def outcome(self) -> str:
        """How it ended; nothing where that is all there is to say."""
        fields = self.fields
        said = [_said(name, value) for name, value in fields.items() if name not in _USUAL]
        if self.is_request:
            said.insert(0, str(fields["status"]))
        elif fields["message"].startswith("task "):
            refusal = fields.get("problem") or fields.get("exception_name")
            ending = fields["message"].removeprefix("task ")
            said.insert(0, f"{ending}: {refusal}" if refusal else ending)
        elif "exception_name" in fields:
            said.insert(0, fields["exception_name"])
        if fields["level"] in _BAD:
            said.insert(0, fields["level"])
        return ", ".join(said)


def _said(name: str, value: Any) -> str:
    if name == "outcome":
        return str(value)
    if isinstance(value, list):
        return f"{name} {' '.join(map(str, value)) or 'none'}"
    return f"{name} {value}"
