"""How functions run, and what becomes of their exceptions."""

import time

import httpx
import psutil
from embedded.config import HOST, REGION

from mends.emulators import Emulator, failure_of


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
    # It waits 50 ms for a line, however fast the machine is.
    assert fastest[True] < fastest[False]


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
