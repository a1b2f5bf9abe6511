"""The webhook takes what a provider has signed, as it came, and nothing else."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
import time_machine

from functions.payments.providers.signatures import sign
from functions.payments.tests.stand_ins import KnownSecrets, RecordedQueue
from functions.shared.tests.deployed import Answer, Client
from functions.shared.tests.gateway import FakeContext, request

NOW = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
BODY = '{"id": "1",  "type": "charge.captured", "note": "ünïcode and  spaces"}'


@pytest.fixture
def at_noon() -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def post(
    module: ModuleType,
    body: str = BODY,
    secret: str = "sim-1",
    *,
    signed_at: datetime = NOW,
    signed_body: str | None = None,
    header: str = "Simulator-Signature",
    provider: str = "simulator",
) -> Answer:
    signature = sign(body if signed_body is None else signed_body, secret, signed_at)
    return Client(module)(
        "POST", f"/v1/payments/webhook/{provider}", raw=body, headers={header: signature}
    )


@pytest.mark.parametrize("secret", ["sim-1", "sim-2"])
def test_each_active_secret_is_good(
    webhooks: ModuleType, notices_queue: RecordedQueue, at_noon: Any, secret: str
) -> None:
    answer = post(webhooks, secret=secret)
    assert (answer.status, answer.body) == (200, {"received": True})
    asked_as = answer.headers["X-Request-Id"]
    notice = {"provider": "simulator", "body": BODY, "correlationId": asked_as}
    assert notices_queue == [notice]


def test_stripes_notices_are_signed_with_stripes_secret(
    webhooks: ModuleType, notices_queue: RecordedQueue, at_noon: Any
) -> None:
    signed: dict[str, Any] = {"header": "Stripe-Signature", "provider": "stripe"}
    post(webhooks, secret="sim-1", **signed).problem(400, "bad-signature")
    assert post(webhooks, secret="whsec_1", **signed).status == 200
    assert [message["provider"] for message in notices_queue] == ["stripe"]


def test_a_body_in_base64_is_the_same_body(
    webhooks: ModuleType, notices_queue: RecordedQueue, at_noon: Any
) -> None:
    event = request(
        "POST",
        "/v1/payments/webhook/simulator",
        raw=b64encode(BODY.encode()).decode(),
        headers={"Simulator-Signature": sign(BODY, "sim-1", NOW)},
    )
    answer = webhooks.handler({**event, "isBase64Encoded": True}, FakeContext())
    assert answer["statusCode"] == 200
    assert notices_queue[0]["body"] == BODY


@pytest.mark.parametrize("age_seconds", [0, 299, 300])
def test_a_signature_is_good_for_five_minutes(
    webhooks: ModuleType, at_noon: Any, age_seconds: int
) -> None:
    assert post(webhooks, signed_at=NOW - timedelta(seconds=age_seconds)).status == 200


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": "guessed"},
        {"signed_at": NOW - timedelta(seconds=301)},
        {"signed_body": BODY.replace("  ", " ")},
        {"header": "X-Signature"},
    ],
    ids=["another secret", "too old", "another body", "no signature"],
)
def test_what_is_not_signed_is_refused(
    webhooks: ModuleType, notices_queue: RecordedQueue, at_noon: Any, forged: dict[str, Any]
) -> None:
    post(webhooks, **forged).problem(400, "bad-signature")
    assert notices_queue == []


@pytest.mark.parametrize("garbage", ["", "t=,v1=", "t=1", "v1=abc", "t=x,v1=y", "=", ","])
def test_a_signature_that_is_none_is_refused(
    webhooks: ModuleType, at_noon: Any, garbage: str
) -> None:
    answer = Client(webhooks)(
        "POST",
        "/v1/payments/webhook/simulator",
        raw=BODY,
        headers={"Simulator-Signature": garbage},
    )
    answer.problem(400, "bad-signature")


def test_bytes_that_are_no_text_are_refused(webhooks: ModuleType, at_noon: Any) -> None:
    event = request(
        "POST",
        "/v1/payments/webhook/simulator",
        raw=b64encode(b"\xff\xfe").decode(),
        headers={"Simulator-Signature": "t=1,v1=ab"},
    )
    answer = webhooks.handler({**event, "isBase64Encoded": True}, FakeContext())
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "bad-signature")


def test_a_provider_without_a_secret_is_refused(
    webhooks: ModuleType, webhook_secrets: KnownSecrets, at_noon: Any
) -> None:
    webhook_secrets["simulator"] = ""
    post(webhooks, secret="").problem(400, "bad-signature")


def test_an_unknown_provider_is_not_there(webhooks: ModuleType, at_noon: Any) -> None:
    post(webhooks, provider="paypal").problem(404, "not-found")


def test_a_queue_that_is_away_has_the_provider_say_it_again(
    webhooks: ModuleType, notices_queue: RecordedQueue, at_noon: Any
) -> None:
    notices_queue.down = True
    assert "Retry-After" in _problem(post(webhooks), 503, "service-unavailable").headers


def test_a_new_secret_is_good_before_the_old_ones_are_forgotten(
    webhooks: ModuleType,
    webhook_secrets: KnownSecrets,
    at_noon: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Hands(monkeypatch)
    assert post(webhooks).status == 200
    webhook_secrets["simulator"] = "sim-2 sim-3"
    clock.seconds = 31
    assert post(webhooks, secret="sim-3").status == 200
    assert webhook_secrets.fetched == 2


def test_bad_signatures_do_not_have_the_secrets_fetched_again_and_again(
    webhooks: ModuleType,
    webhook_secrets: KnownSecrets,
    at_noon: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Hands(monkeypatch)
    for clock.seconds in range(29):
        post(webhooks, secret="guessed").problem(400, "bad-signature")
    assert webhook_secrets.fetched == 1


class Hands:
    """The clock that secrets are kept by."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0
        monkeypatch.setattr(
            "functions.payments.webhook_secrets.time.monotonic", lambda: float(self.seconds)
        )


def _problem(answer: Answer, status: int, code: str) -> Answer:
    answer.problem(status, code)
    return answer
