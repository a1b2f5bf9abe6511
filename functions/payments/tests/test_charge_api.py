"""POST /v1/charge as a client sees it: every answer it declares, and one charge for a key."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Timer
from types import ModuleType
from typing import Any

import pytest

from functions.payments.cashier import Cashier
from functions.payments.domain import payment_id_of
from functions.payments.providers import simulator
from functions.payments.tests import desk
from functions.payments.tests.desk import (
    AMOUNT,
    CUSTOMER,
    outcomes,
    rows,
    settle,
)
from functions.payments.tests.stand_ins import FlakyProvider, KnownOrders
from functions.shared.tests.deployed import Answer, Client, LocalIssuer
from functions.shared.tests.gateway import FakeContext, request

Charge = Callable[..., Answer]


def announce(cashier: Cashier, order_id: str, seconds_left: float = 900, **changed: Any) -> None:
    """As of the wall clock, which the API goes by."""
    now = datetime.now(UTC)
    expires_at = now + timedelta(seconds=seconds_left)
    desk.announce(cashier, order_id, now=now, expires_at=expires_at, **changed)


def body(order_id: str, token: str | None = None, **changed: Any) -> dict[str, Any]:
    method = {} if token is None else {"paymentMethod": {"type": "card", "token": token}}
    return {"merchantOrderId": order_id, "amountCents": AMOUNT} | method | changed


@pytest.fixture
def charge(client: Client, issuer: LocalIssuer) -> Charge:
    """The customer's own charge; `key=None` sends no Idempotency-Key."""

    def charge(sent: dict[str, Any], key: str | None = "key-1", user_id: int = CUSTOMER) -> Answer:
        headers = {} if key is None else {"Idempotency-Key": key}
        token = issuer.token(user_id)
        return client("POST", "/v1/charge", sent, token=token, headers=headers)

    return charge


def test_a_charge_answers_the_payment(cashier: Cashier, charge: Charge, order_id: str) -> None:
    announce(cashier, order_id)
    answer = charge(body(order_id, currency="INR"))
    assert answer.status == 201
    times = {name: answer.body.pop(name) for name in ("createdAt", "updatedAt")}
    assert all(value.endswith("Z") for value in times.values())
    assert answer.body.pop("providerTxnId").startswith("sim_")
    assert answer.body == {
        "paymentId": payment_id_of(order_id),
        "merchantOrderId": order_id,
        "status": "SUCCESS",
        "amountCents": AMOUNT,
        "refundedCents": 0,
        "currency": "INR",
        "provider": "simulator",
    }
    assert "Idempotency-Replayed" not in answer.headers


def test_snake_case_and_the_default_token_are_accepted(
    cashier: Cashier, charge: Charge, order_id: str
) -> None:
    announce(cashier, order_id)
    sent = {
        "merchant_order_id": order_id,
        "amount_cents": AMOUNT,
        "payment_method": {"type": "card"},
    }
    assert charge(sent).status == 201


def test_a_declined_charge_is_a_402_and_another_key_may_try_again(
    cashier: Cashier, charge: Charge, order_id: str
) -> None:
    announce(cashier, order_id)
    refusal = charge(body(order_id, simulator.DECLINED)).problem(402, "payment-declined")
    assert (refusal["detail"], refusal["instance"]) == ("The card was declined.", "/v1/charge")
    assert charge(body(order_id), "key-2").status == 201


@pytest.mark.parametrize("token", [simulator.TIMEOUT_BEFORE, simulator.TIMEOUT_AFTER])
def test_an_unknown_outcome_is_a_202_and_never_a_failure(
    cashier: Cashier, charge: Charge, order_id: str, token: str
) -> None:
    announce(cashier, order_id)
    answer = charge(body(order_id, token))
    assert (answer.status, answer.body["status"]) == (202, "PENDING")
    refusal = charge(body(order_id), "key-2").problem(409, "attempt-open")
    assert refusal["retryAfter"] == 2


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (simulator.OK, 201),
        (simulator.DECLINED, 402),
        (simulator.TIMEOUT_AFTER, 202),
    ],
)
def test_the_first_answer_is_replayed_byte_for_byte(
    cashier: Cashier,
    payments_api: ModuleType,
    issuer: LocalIssuer,
    order_id: str,
    token: str,
    status: int,
) -> None:
    announce(cashier, order_id)

    def send() -> dict[str, Any]:
        event = request(
            "POST",
            "/v1/charge",
            body(order_id, token),
            token=issuer.token(CUSTOMER),
            headers={"Idempotency-Key": "key-1"},
        )
        answer: dict[str, Any] = payments_api.handler(event, FakeContext())
        return answer

    first = send()
    settle(cashier, order_id)
    second = send()
    assert first["statusCode"] == second["statusCode"] == status
    assert first["body"] == second["body"]
    content_types = [answer["multiValueHeaders"]["Content-Type"] for answer in (first, second)]
    assert content_types[0] == content_types[1]
    assert "Idempotency-Replayed" not in first["multiValueHeaders"]
    assert second["multiValueHeaders"]["Idempotency-Replayed"] == ["true"]


def test_spelling_and_order_of_a_body_do_not_count_but_its_content_does(
    cashier: Cashier, charge: Charge, order_id: str
) -> None:
    announce(cashier, order_id)
    charge(body(order_id))
    spelt = {"amount_cents": AMOUNT, "merchant_order_id": order_id}
    assert charge(spelt).headers["Idempotency-Replayed"] == "true"
    other = charge(body(order_id, simulator.DECLINED))
    other.problem(422, "idempotency-key-reused")


def test_keys_of_different_customers_are_different_keys(
    cashier: Cashier, charge: Charge, order_id: str
) -> None:
    announce(cashier, order_id)
    announce(cashier, "another", user_id=8)
    assert charge(body(order_id)).status == 201
    answer = charge(body("another"), user_id=8)
    assert (answer.status, answer.body["merchantOrderId"]) == (201, "another")
    assert "Idempotency-Replayed" not in answer.headers
    for sent, user_id in ((order_id, CUSTOMER), ("another", 8)):
        replay = charge(body(sent), user_id=user_id)
        assert replay.headers["Idempotency-Replayed"] == "true"
        assert replay.body["merchantOrderId"] == sent


def test_a_request_still_running_is_a_409_with_retry_after(
    cashier: Cashier, charge: Charge, order_id: str
) -> None:
    announce(cashier, order_id)
    charge(body(order_id))
    with cashier.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kept_answers SET status = NULL, body = NULL")
    answer = charge(body(order_id))
    answer.problem(409, "request-in-progress")
    assert answer.headers["Retry-After"] == "1"
    # Whoever ran it died: after the lock's time the request is taken up, and finds its charge.
    with cashier.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE kept_answers SET locked_until = locked_until - interval '30 s'"
        )
    assert charge(body(order_id)).status == 201
    assert outcomes(cashier) == ["CAPTURED"]


def test_a_refusal_before_anything_was_done_is_not_kept(
    cashier: Cashier, charge: Charge, order_id: str
) -> None:
    announce(cashier, order_id)
    charge(body(order_id, amountCents=1)).problem(422, "validation-failed")
    assert charge(body(order_id)).status == 201


def test_after_a_503_the_same_key_goes_on_and_another_body_is_refused(
    cashier: Cashier, charge: Charge, provider: FlakyProvider, order_id: str
) -> None:
    announce(cashier, order_id)
    charge(body(order_id, simulator.TIMEOUT_BEFORE))
    with cashier.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE attempts SET started_at = started_at - interval '20 s'")
    provider.down = True
    answer = charge(body(order_id), "key-2")
    answer.problem(503, "provider-unavailable")
    assert answer.headers["Retry-After"] == "1"
    provider.down = False
    charge(body(order_id, simulator.DECLINED), "key-2").problem(422, "idempotency-key-reused")
    assert charge(body(order_id), "key-2").status == 201


@pytest.mark.parametrize("key", [None, " ", "k" * 256])
def test_a_key_is_required(charge: Charge, order_id: str, key: str | None) -> None:
    charge(body(order_id), key).problem(400, "idempotency-key-required")


def test_an_order_nobody_knows_and_somebody_elses_are_404(
    cashier: Cashier, charge: Charge, orders: KnownOrders, order_id: str
) -> None:
    charge(body(order_id)).problem(404, "not-found")
    announce(cashier, order_id)
    charge(body(order_id), user_id=8).problem(404, "not-found")
    orders.add("not-announced", user_id=8, status="PENDING")
    charge(body("not-announced")).problem(404, "not-found")
    assert orders.asked == [(order_id, CUSTOMER), ("not-announced", CUSTOMER)]


def test_a_charge_before_the_announcement_waits_for_it(
    cashier: Cashier, charge: Charge, orders: KnownOrders, order_id: str
) -> None:
    orders.add(order_id, CUSTOMER, "PENDING")
    soon = Timer(0.15, announce, (cashier, order_id))
    soon.start()
    assert charge(body(order_id)).status == 201
    soon.join()


def test_an_order_not_announced_in_time_is_a_409_to_try_again(
    charge: Charge,
    payments_api: ModuleType,
    orders: KnownOrders,
    order_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert payments_api.ANNOUNCEMENT_PATIENCE_SECONDS == 3
    monkeypatch.setattr(payments_api, "ANNOUNCEMENT_PATIENCE_SECONDS", 0.2)
    orders.add(order_id, CUSTOMER, "PENDING")
    answer = charge(body(order_id))
    answer.problem(409, "payment-not-announced")
    assert answer.headers["Retry-After"] == "1"


def test_an_order_given_up_before_it_was_announced_is_not_payable(
    cashier: Cashier, charge: Charge, orders: KnownOrders, order_id: str
) -> None:
    orders.add(order_id, CUSTOMER, "CANCELLED")
    settle(cashier, order_id)
    charge(body(order_id)).problem(409, "payment-not-payable")


def test_a_paid_order_takes_no_second_charge(
    cashier: Cashier, charge: Charge, order_id: str
) -> None:
    announce(cashier, order_id)
    charge(body(order_id))
    charge(body(order_id), "key-2").problem(409, "payment-not-payable")


def test_the_sixth_attempt_is_refused(cashier: Cashier, charge: Charge, order_id: str) -> None:
    announce(cashier, order_id)
    for attempt in range(5):
        charge(body(order_id, simulator.DECLINED), f"key-{attempt}").problem(
            402, "payment-declined"
        )
    charge(body(order_id), "key-6").problem(409, "too-many-attempts")


def test_a_charge_within_the_margin_of_the_end_is_too_late(
    cashier: Cashier, charge: Charge, order_id: str
) -> None:
    announce(cashier, order_id, seconds_left=14)
    charge(body(order_id)).problem(410, "payment-window-over")
    assert outcomes(cashier) == []


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"amountCents": AMOUNT + 1}, "/amountCents"),
        ({"amountCents": float(AMOUNT)}, "/amountCents"),
        ({"amountCents": str(AMOUNT)}, "/amountCents"),
        ({"amountCents": None}, "/amountCents"),
        ({"currency": "EUR"}, "/currency"),
        ({"currency": "inr"}, "/currency"),
        ({"merchantOrderId": "a\x00b"}, "/merchantOrderId"),
        ({"merchantOrderId": ""}, "/merchantOrderId"),
        ({"paymentMethod": {"type": "card", "token": "tok_nonsense"}}, "/paymentMethod/token"),
        ({"paymentMethod": {"type": "boxOffice"}}, "/paymentMethod/type"),
        ({"cardNumber": "4242"}, "/cardNumber"),
    ],
)
def test_what_is_not_valid_is_named_and_charges_nothing(
    cashier: Cashier, charge: Charge, order_id: str, changed: dict[str, Any], pointer: str
) -> None:
    announce(cashier, order_id)
    assert charge(body(order_id, **changed)).faults() == {pointer}
    assert rows(cashier, "SELECT * FROM attempts") == []
