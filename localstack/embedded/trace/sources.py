"""Where lines are: the file that the embedded stack writes, or CloudWatch Logs."""

import re
import time
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from embedded.errors import StackError
from embedded.trace.lines import Line

# Logs Insights takes so many log groups and answers so many lines a query.
_GROUPS: Final = 50
_LINES: Final = 10_000
_SAID_BY: Final = '"correlation_id":"(%s)"'
_POLL_SECONDS: Final = 0.5
_PATIENCE_SECONDS: Final = 120


class Source(Protocol):
    def find(self, names: Collection[str], requests: Collection[str]) -> list[Line]:
        """Every line that has one of these names in it, whatever it means there, or goes back to
        one of these requests.
        """


class LogFile:
    """What `embedded/mends/logs.py` writes: a function's name, a space, and what it logged."""

    def __init__(self, path: Path) -> None:
        try:
            # Only these: JSON leaves the other ends of lines that Unicode knows as they are.
            self._lines = path.read_text(errors="replace").split("\n")
        except FileNotFoundError as error:
            raise StackError(
                f"There is no log {path}. BOXOFFICE_STATE_DIR names the folder of a stack."
            ) from error

    def find(self, names: Collection[str], requests: Collection[str]) -> list[Line]:
        wanted = re.compile(_pattern(names, requests))
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

    def find(self, names: Collection[str], requests: Collection[str]) -> list[Line]:
        query = query_of(names, requests)
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
                if len(results) >= _LINES:
                    # It leaves out what is beyond, without a word.
                    raise StackError(
                        f"More than {_LINES:,} lines may be of this order, which is more than Logs "
                        "Insights tells: look back less far by --days."
                    )
                return results
            if answer["status"] not in ("Scheduled", "Running"):
                raise StackError(f"Logs Insights ended the query: {answer['status']}.")
            time.sleep(_POLL_SECONDS)
        raise StackError("Logs Insights has not answered within two minutes.")


def query_of(names: Collection[str], requests: Collection[str]) -> str:
    """The Logs Insights query of every line with one of these, oldest first."""
    wanted = _pattern(names, requests)
    return (
        f"fields @timestamp, @log, @message | filter @message like /{wanted}/ | sort @timestamp asc"
    )


def _pattern(names: Collection[str], requests: Collection[str]) -> str:
    """What to search a log for, as a regular expression.

    A name is a UUID, so it may stand anywhere. A request's id may be a client's own, and be "1":
    it is searched for where our logger says it, to the letter.
    """
    return "|".join([_any_of(names), *([_SAID_BY % _any_of(requests)] if requests else [])])


def _any_of(words: Iterable[str]) -> str:
    """One of these; a hyphen means itself anyway."""
    return "|".join(re.escape(word).replace(r"\-", "-") for word in sorted(words))
