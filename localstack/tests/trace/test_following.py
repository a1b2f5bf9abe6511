"""Which lines are one order's, out of logs in which many orders are."""

import io
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from embedded.errors import StackError
from embedded.trace.following import Story, follow
from embedded.trace.sources import CloudWatchLogs, LogFile, query_of

MINE, OTHERS = "0b6a1f0e-3c1d-5d0a-9a53-2f4e0a4a1f52", "1c7b2f1f-4d2e-5e1b-8b64-3f5f1b5b2f63"
BEGAN = datetime(2026, 11, 22, 12, tzinfo=UTC)


def line(second: float, request_id: str, message: str = "task done", **fields: Any) -> str:
    at = BEGAN + timedelta(seconds=second)
    said = {
        "level": "INFO",
        "message": message,
        "timestamp": f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03}+0000",
        "correlation_id": request_id,
        **fields,
    }
    return f"boxoffice-local-orders-tasks {json.dumps(said, separators=(',', ':'))}"


def asked(second: float, request_id: str, method: str, path: str, **fields: Any) -> str:
    said = {"method": method, "path": path, "status": 200} | fields
    return line(second, request_id, "request", **said)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "functions.log"


def story(log: Path, *lines: str) -> Story:
    log.write_text("".join(f"{line}\n" for line in lines))
    return follow(MINE, LogFile(log))


def deeds(story: Story) -> list[str]:
    return [line.deed for line in story.lines]


def test_a_reservation_that_was_ordered_later_is_of_the_order(log: Path) -> None:
    told = story(
        log,
        asked(1, "a", "POST", "/v1/seats/reserve", reservationId="r-1"),
        asked(2, "b", "POST", "/v1/orders", orderId=MINE, reservationId="r-1"),
        asked(3, "c", "POST", "/v1/seats/reserve", reservationId="r-2"),
    )
    assert deeds(told) == ["POST /v1/seats/reserve", "POST /v1/orders"]
    assert told.subjects == {"reservationId": ["r-1"], "orderId": [MINE]}


def test_what_names_nothing_is_found_by_its_request(log: Path) -> None:
    told = story(
        log,
        line(1, "a", "a domain is away"),
        line(2, "b", "the table is contended"),
        asked(3, "a", "POST", "/v1/orders", orderId=MINE),
    )
    assert deeds(told) == ["a domain is away", "POST /v1/orders"]


def test_another_order_of_the_same_request_is_left_out(log: Path) -> None:
    """A client's own X-Request-Id, or an event that is cancelled with all its orders."""
    told = story(
        log,
        line(1, "all", task="cancel_event_order", orderId=MINE, reservationId="r-1"),
        line(2, "all", task="cancel_event_order", orderId=OTHERS, reservationId="r-2"),
        asked(3, "all", "POST", "/v1/seats/reserve", reservationId="r-3"),
        line(4, "all", "told", event="SeatsFreed", reservationId="r-1"),
        line(5, "all", task="set_event_state"),
    )
    assert deeds(told) == ["cancel_event_order", "told SeatsFreed", "set_event_state"]


def test_a_line_that_names_an_order_in_passing_is_not_about_it(log: Path) -> None:
    told = story(
        log,
        line(1, "a", task="cancel_order", orderId=MINE),
        line(2, "b", "not relayed", orderId=OTHERS, detail=f"after {MINE}"),
    )
    assert deeds(told) == ["cancel_order"]


def test_lines_come_in_the_order_in_which_things_began(log: Path) -> None:
    told = story(
        log,
        line(2, "a", task="secure_seats", orderId=MINE, milliseconds=100),
        asked(3, "a", "POST", "/v1/orders", orderId=MINE, milliseconds=2500),
    )
    assert deeds(told) == ["POST /v1/orders", "secure_seats"]


def test_requests_that_only_read_are_told_apart_with_what_they_asked_for(log: Path) -> None:
    path = f"/v1/orders/{MINE}"
    told = story(
        log,
        asked(1, "a", "POST", "/v1/orders", orderId=MINE),
        line(2, "b", task="read_payment", orderId=MINE),
        asked(2, "b", "GET", path),
        asked(3, "c", "GET", path, status=404),
        asked(4, "d", "GET", path),
        asked(5, "d", "POST", f"{path}/cancel"),
    )
    assert deeds(told) == ["POST /v1/orders", f"GET {path}", f"GET {path}", f"POST {path}/cancel"]
    assert [line.request_id for line in told.lines] == ["a", "c", "d", "d"]
    assert [line.deed for line in told.reads] == ["read_payment", f"GET {path}"]


def test_what_our_logger_has_not_written_is_no_line(log: Path) -> None:
    told = story(log, f"fn Traceback of {MINE}", f'fn ["{MINE}"]', f'fn {{"orderId": "{MINE}"}}')
    assert (told.lines, told.reads, told.subjects) == ([], [], {})


def test_a_log_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="There is no log"):
        LogFile(tmp_path / "functions.log")


def test_a_request_id_is_searched_for_where_our_logger_says_it(tmp_path: Path) -> None:
    """A client may call each of its requests 1, which is in nearly every line."""
    written = io.StringIO()
    logger = Logger(service="orders", logger_handler=logging.StreamHandler(written))
    for request_id, message in (("1", "mine"), ("11", "another's"), ("b-1", "1")):
        logger.info(message, correlation_id=request_id, milliseconds=1)
    log = tmp_path / "functions.log"
    log.write_text("".join(f"fn {line}\n" for line in written.getvalue().splitlines()))
    [found] = LogFile(log).find([MINE], ["1"])
    assert (found.request_id, found.deed) == ("1", "mine")
    assert '"correlation_id":"(1)"' in query_of([MINE], ["1"])
    assert "correlation_id" not in query_of([MINE], [])


def test_what_a_client_wrote_ends_no_line(log: Path) -> None:
    said = {"timestamp": "now", "message": f"a\x85b\u2028c of {MINE}"}
    text = json.dumps(said, ensure_ascii=False)
    log.write_text(f"fn {text}\n")
    [found] = LogFile(log).find([MINE], [])
    assert json.loads(found.text) == json.loads(text)


class Insights:
    """Logs Insights, whose every answer is `status`; the groups and the queries that it got."""

    def __init__(self, groups: int, *statuses: str, lines: int = 1) -> None:
        self.lines = lines
        self.groups = [f"/aws/lambda/boxoffice-staging-{number}" for number in range(groups)]
        self.statuses = list(statuses)
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, _name: str) -> "Insights":
        return self

    def paginate(self, logGroupNamePrefix: str) -> list[Any]:  # noqa: N803
        assert logGroupNamePrefix == "/aws/lambda/boxoffice-staging-"
        return [{"logGroups": [{"logGroupName": name} for name in self.groups]}]

    def start_query(self, **asked: Any) -> dict[str, str]:
        self.asked.append(asked)
        return {"queryId": str(len(self.asked))}

    def get_query_results(self, queryId: str) -> dict[str, Any]:  # noqa: N803
        row = {
            "@log": "1:/aws/lambda/boxoffice-staging-0",
            "@message": line(1, "a").split(" ", 1)[1],
        }
        fields = [{"field": name, "value": value} for name, value in row.items()]
        return {"status": self.statuses.pop(0), "results": [fields] * self.lines}


def insights(client: Any) -> CloudWatchLogs:
    return CloudWatchLogs(client, "boxoffice-staging", BEGAN, BEGAN + timedelta(hours=1))


def test_logs_insights_is_asked_for_fifty_groups_at_a_time_until_it_has_answered() -> None:
    client = Insights(60, "Scheduled", "Complete", "Complete")
    found = insights(client).find([MINE], ["b", "a"])
    assert [(each.function, each.request_id) for each in found] == [
        ("boxoffice-staging-0", "a")
    ] * 2
    assert [len(asked["logGroupNames"]) for asked in client.asked] == [50, 10]
    assert {asked["queryString"] for asked in client.asked} == {query_of([MINE], ["a", "b"])}
    assert client.asked[0]["startTime"] == int(BEGAN.timestamp())


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Timeout", "Unknown"])
def test_a_query_that_fails_is_said_so(status: str) -> None:
    with pytest.raises(StackError, match=status):
        insights(Insights(1, "Running", status)).find([MINE], [])


def test_an_answer_that_is_cut_off_is_said_so() -> None:
    complete = insights(Insights(1, "Complete", lines=9_999))
    assert len(complete.find([MINE], [])) == 9_999
    with pytest.raises(StackError, match="--days"):
        insights(Insights(1, "Complete", lines=10_000)).find([MINE], [])


def test_an_environment_without_logs_is_said_so() -> None:
    with pytest.raises(StackError, match="boxoffice-staging"):
        insights(Insights(0))
