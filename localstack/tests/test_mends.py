"""Each mend works, and is still needed: the unmended emulator still shows the fault.

A test that fails on its *unmended* half says that upstream has mended it: delete ours.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
import pytest
from embedded.aws import client
from embedded.config import HOST, REGION, free_port
from embedded.mends.logs import METRIC_BATCH_SECONDS
from embedded.processes import await_answer, start_module, stop

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


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = start(tmp_path_factory.mktemp("mended"), mended=True)
    yield emulator
    stop(emulator.process)


@pytest.fixture(scope="module")
def unmended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = start(tmp_path_factory.mktemp("unmended"), mended=False)
    yield emulator
    stop(emulator.process)


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


def test_an_exception_keeps_its_class_on_its_way_to_a_catch(
    mended: Emulator, unmended: Emulator
) -> None:
    for emulator, expected in ((mended, "SeatsLost"), (unmended, "Runtime.HandlerError")):
        arn = emulator.function("raises")
        error, payload = emulator.invoke("raises", fail=True)
        assert (error, payload["errorType"]) == ("Unhandled", expected)
        assert payload["errorMessage"] == "gone"
        assert failure_of(emulator, {"Resource": arn, "Parameters": {"fail": True}}) == expected


def test_a_worker_survives_the_exception_of_its_handler(
    mended: Emulator, unmended: Emulator
) -> None:
    survived = {}
    for emulator in (mended, unmended):
        emulator.function("survives")
        _, before = emulator.invoke("survives", say="one")
        emulator.invoke("survives", fail=True)
        _, after = emulator.invoke("survives", say="two")
        survived[emulator.mended] = before["pid"] == after["pid"]
    assert survived == {True: True, False: False}


def test_an_invocation_that_logs_nothing_is_not_kept_waiting(
    mended: Emulator, unmended: Emulator
) -> None:
    fastest = {}
    for emulator in (mended, unmended):
        emulator.function("silent")
        emulator.invoke("silent")
        spent = []
        for _ in range(10):
            began = time.perf_counter()
            emulator.invoke("silent")
            spent.append(time.perf_counter() - began)
        fastest[emulator.mended] = min(spent)
    assert fastest[True] < 0.045
    assert fastest[False] > 0.050


def test_a_task_with_a_token_fails_at_once_when_its_function_raises(
    mended: Emulator, unmended: Emulator
) -> None:
    for emulator, expected in ((mended, "SeatsLost"), (unmended, "States.Timeout")):
        arn = emulator.function("forgets")
        state = {
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {
                "FunctionName": arn,
                "Payload": {"fail": True, "token.$": "$$.Task.Token"},
            },
            "TimeoutSeconds": 3,
        }
        assert failure_of(emulator, state) == expected


def test_a_failed_function_is_answered_by_the_gateway_and_leaks_nothing(
    mended: Emulator, unmended: Emulator
) -> None:
    leaked = {}
    for emulator in (mended, unmended):
        gateway = emulator.client("apigateway")
        uri = (
            f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/"
            f"{emulator.function('breaks', handler='index.missing')}/invocations"
        )
        api = gateway.create_rest_api(name="breaking")["id"]
        root = gateway.get_resources(restApiId=api)["items"][0]["id"]
        method = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
        gateway.put_method(**method, authorizationType="NONE")
        gateway.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
        gateway.put_gateway_response(
            restApiId=api,
            responseType="DEFAULT_5XX",
            statusCode="500",
            responseTemplates={"application/json": '{"code": "internal-error"}'},
        )
        gateway.create_deployment(restApiId=api, stageName="live")
        address = f"http://{HOST}:{emulator.port}/restapis/{api}/live/_user_request_/"
        answer = httpx.get(address, timeout=20)
        leaked[emulator.mended] = "missing" in answer.text
        if emulator.mended:
            assert (answer.status_code, answer.json()) == (500, {"code": "internal-error"})
    assert leaked == {True: False, False: True}


def test_an_expired_item_is_deleted_within_seconds_and_into_the_stream(
    mended: Emulator, unmended: Emulator
) -> None:
    deleted = {}
    for emulator in (mended, unmended):
        table, stream = table_with_stream(emulator, "expiring")
        dynamodb = emulator.client("dynamodb")
        dynamodb.update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"},
        )
        over, ahead = str(int(time.time()) - 1), str(int(time.time()) + 600)
        for key, ttl in (("over", {"N": over}), ("ahead", {"N": ahead}), ("text", {"S": over})):
            dynamodb.put_item(TableName=table, Item={"id": {"S": key}, "ttl": ttl})

        def removed(emulator: Emulator = emulator, stream: str = stream) -> list[str]:
            return [
                record["dynamodb"]["Keys"]["id"]["S"]
                for record in records_of(emulator, stream)
                if record["eventName"] == "REMOVE"
            ]

        deleted[emulator.mended] = until(removed, 5)
        left = {item["id"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}
        assert left == {"over", "ahead", "text"} - set(deleted[emulator.mended])
    assert deleted == {True: ["over"], False: []}


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


def test_functions_see_nothing_of_the_machine_they_run_on(
    mended: Emulator, unmended: Emulator
) -> None:
    seen = {}
    for emulator in (mended, unmended):
        emulator.function("looks")
        _, answer = emulator.invoke("looks", say="hello")
        seen[emulator.mended] = answer["environment"]
    assert "SECRET_OF_THE_HOST" not in seen[True]
    assert seen[True]["HOME"] != str(mended.folder)
    assert seen[False]["SECRET_OF_THE_HOST"] == "hunter2"
    assert seen[False]["HOME"] == str(unmended.folder)


def test_the_emulator_listens_on_loopback_only(mended: Emulator) -> None:
    connections = psutil.Process(mended.process.pid).net_connections("inet")
    listening = {one.laddr for one in connections if one.status == psutil.CONN_LISTEN}
    assert listening == {(HOST, mended.port)}


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


def test_a_batch_with_a_failure_is_tried_again(mended: Emulator, unmended: Emulator) -> None:
    tried_again = {}
    for emulator in (mended, unmended):
        put(emulator, read_table(emulator, "poisoned"), "poison")
        tried_again[emulator.mended] = until(partial(is_read_twice, emulator), 6)
    assert tried_again == {True: True, False: False}


def is_read_twice(emulator: Emulator) -> bool:
    return reads(emulator) >= 2


STOPPING = """
import os, sys
from embedded.emulator import configure
from pathlib import Path
configure(0, Path(sys.argv[1]), Path(sys.argv[1]))
from ministack import app
if sys.argv[2] == "mended":
    from embedded.mends.saving import save_what_changes_meanwhile
    save_what_changes_meanwhile()
changes = ["dictionary changed size during iteration"] * 3
def get_state():
    if changes:
        raise RuntimeError(changes.pop())
    return {"executions": 1}
app.save_all({"stepfunctions": get_state})
"""


def test_a_state_that_changes_while_it_is_saved_is_saved(tmp_path: Path) -> None:
    saved = {}
    for kind in ("mended", "unmended"):
        state = tmp_path / kind
        state.mkdir()
        process = start_program(STOPPING, str(state), kind)
        assert process.returncode == 0, process.stderr
        saved[kind] = (state / "services" / "stepfunctions.json").exists()
    assert saved == {"mended": True, "unmended": False}


def start_program(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A program of its own, as the emulator reads its settings when it is first imported."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.fixture
def starts() -> Iterator[Callable[..., Emulator]]:
    """Starts emulators that are stopped in the end, however the test goes."""
    with contextlib.ExitStack() as ends:

        def run(folder: Path, *, mended: bool) -> Emulator:
            emulator = start(folder, mended=mended)
            ends.callback(stop, emulator.process)
            return emulator

        yield run


@pytest.mark.parametrize("is_mended", [True, False])
def test_a_stream_is_read_from_its_first_record_after_a_restart(
    tmp_path: Path, starts: Callable[..., Emulator], *, is_mended: bool
) -> None:
    emulator = starts(tmp_path, mended=is_mended)
    table = read_table(emulator, "restarted")
    for key in ("one", "two", "three"):
        put(emulator, table, key)
    assert until(lambda: reads(emulator) == 3)
    stop(emulator.process)

    again = starts(tmp_path, mended=is_mended)
    put(again, table, "four")
    assert until(lambda: reads(again) == 4, 8 if is_mended else 3) == is_mended


def read_table(emulator: Emulator, name: str) -> str:
    """A new table whose stream is read by the function `reads`."""
    table, stream = table_with_stream(emulator, name)
    emulator.function("reads")
    emulator.invoke("reads", say="so that there is a log")
    emulator.client("lambda").create_event_source_mapping(
        EventSourceArn=stream, FunctionName="reads", StartingPosition="LATEST"
    )
    return table


def put(emulator: Emulator, table: str, key: str) -> None:
    emulator.client("dynamodb").put_item(TableName=table, Item={"id": {"S": key}})


def reads(emulator: Emulator) -> int:
    """How many records the function has said it read."""
    events = emulator.client("logs").filter_log_events(logGroupName="/aws/lambda/reads")
    lines = [event["message"] for event in events["events"]]
    return sum(len(json.loads(line)) for line in lines if line.startswith("["))


def table_with_stream(emulator: Emulator, name: str) -> tuple[str, str]:
    """The name of a new table and its stream."""
    made = emulator.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]
    return name, made["LatestStreamArn"]


def records_of(emulator: Emulator, stream: str) -> list[dict[str, Any]]:
    streams = emulator.client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator)["Records"]
    return records


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
