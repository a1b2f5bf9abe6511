"""Where lines are: the file that the embedded stack writes, or CloudWatch Logs."""

import re
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from embedded.errors import StackError
from embedded.trace.lines import Line

# Logs Insights takes so many log groups and answers so many lines a query.
_GROUPS: Final = 50
_LINES: Final = 10_000
_POLL_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 120


class Source(Protocol):
    def find(self, words: Iterable[str]) -> list[Line]:
        """Every line that has one of these words in it, whatever it means there."""


class LogFile:
    """What `embedded/mends/logs.py` writes: a function's name, a space, and what it logged."""

    def __init__(self, path: Path) -> None:
        try:
            self._lines = path.read_text(errors="replace").splitlines()
        except FileNotFoundError as error:
            raise StackError(
                f"There is no log {path}. BOXOFFICE_STATE_DIR names the folder of a stack."
            ) from error

    def find(self, words: Iterable[str]) -> list[Line]:
        wanted = re.compile(_any_of(words))
        found = [text.partition(" ") for text in self._lines if wanted.search(text)]
        lines = (Line.read(function, text) for function, _, text in found)
        return [line for line in lines if line is not None]


class CloudWatchLogs:
    """The log groups of an environment's functions, asked by Logs Insights."""

    def __init__(self, client: Any, prefix: str, since: datetime, until: datetime) -> None:
        self._client = client
        self._since, self._until = since, until
        pages = client.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=f"/aws/lambda/{prefix}-"
        )
        self._groups = [group["logGroupName"] for page in pages for group in page["logGroups"]]
        if not self._groups:
            raise StackError(f"There are no log groups /aws/lambda/{prefix}-... in this account.")

    def find(self, words: Iterable[str]) -> list[Line]:
        query = query_of(words)
        rows = [
            {field["field"]: field["value"] for field in row}
            for start in range(0, len(self._groups), _GROUPS)
            for row in self._ask(query, self._groups[start : start + _GROUPS])
        ]
        lines = (
            # `@log` is the account and the group.
            Line.read(row["@log"].rpartition("/")[2], row["@message"].strip())
            for row in rows
        )
        return [line for line in lines if line is not None]

    def _ask(self, query: str, groups: list[str]) -> list[Any]:
        asked = self._client.start_query(
            logGroupNames=groups,
            startTime=int(self._since.timestamp()),
            endTime=int(self._until.timestamp()),
            queryString=query,
            limit=_LINES,
        )
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self._client.get_query_results(queryId=asked["queryId"])
            if answer["status"] == "Complete":
                results: list[Any] = answer["results"]
                return results
            if answer["status"] not in ("Scheduled", "Running"):
                raise StackError(f"Logs Insights ended the query: {answer['status']}.")
            time.sleep(_POLL_SECONDS)
        raise StackError("Logs Insights has not answered within two minutes.")


def query_of(words: Iterable[str]) -> str:
    """The Logs Insights query of every line with one of these words, oldest first."""
    wanted = _any_of(words)
    return (
        f"fields @timestamp, @log, @message | filter @message like /{wanted}/ | sort @timestamp asc"
    )


def _any_of(words: Iterable[str]) -> str:
    """As a regular expression, in which a hyphen means itself anyway."""
    return "|".join(re.escape(word).replace(r"\-", "-") for word in sorted(words))
