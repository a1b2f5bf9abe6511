"""What is logged, for how long, and what is counted from it."""

import json
import time

import httpx
from embedded.config import HOST
from embedded.mends.logs import METRIC_BATCH_SECONDS

from mends.emulators import Emulator


def test_a_metric_in_a_log_line_reaches_cloudwatch(mended: Emulator, unmended: Emulator) -> None:
    line = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "Boxoffice",
                    "Dimensions": [["service"]],
                    "Metrics": [{"Name": "orders_total", "Unit": "Count"}],
                }
            ],
        },
        "service": "orders",
        "orders_total": [1.0, 2.0],
    }
    sums = {}
    for emulator in (mended, unmended):
        emulator.function("counts")
        emulator.invoke("counts", say=json.dumps(line))
        time.sleep(METRIC_BATCH_SECONDS + 1)
        points = emulator.client("cloudwatch").get_metric_statistics(
            Namespace="Boxoffice",
            MetricName="orders_total",
            Dimensions=[{"Name": "service", "Value": "orders"}],
            StartTime=time.time() - 600,
            EndTime=time.time() + 600,
            Period=3600,
            Statistics=["Sum"],
        )["Datapoints"]
        sums[emulator.mended] = sum(point["Sum"] for point in points)
    assert sums == {True: 3.0, False: 0}


def test_few_log_streams_are_kept(mended: Emulator, unmended: Emulator) -> None:
    kept = {}
    for emulator in (mended, unmended):
        emulator.function("chatters")
        for number in range(25):
            emulator.invoke("chatters", say=str(number))
        logs = emulator.client("logs")
        group = "/aws/lambda/chatters"
        kept[emulator.mended] = len(logs.describe_log_streams(logGroupName=group)["logStreams"])
        messages = [
            event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]
        ]
        assert "24" in messages
    assert kept == {True: 20, False: 25}


def test_a_mail_is_logged_without_its_address(mended: Emulator, unmended: Emulator) -> None:
    for emulator in (mended, unmended):
        ses = emulator.client("ses")
        ses.verify_email_identity(EmailAddress="from@example.com")
        ses.send_email(
            Source="from@example.com",
            Destination={"ToAddresses": ["kanary@example.com"]},
            Message={"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}},
        )
        sent = httpx.get(f"http://{HOST}:{emulator.port}/_ministack/ses/messages").text
        assert "kanary@example.com" in sent
        logged = "kanary@example.com" in (emulator.folder / "log").read_text()
        assert logged is not emulator.mended
