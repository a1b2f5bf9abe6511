"""Mail goes out by SES as it is given; what is refused names no address."""

import json
import urllib.request
from types import ModuleType
from typing import Any

import pytest

from functions.shared.tests.deployed import load
from functions.users.domain import AddressUnusable
from functions.users.tests.conftest import SENDER


def task(to: str) -> dict[str, Any]:
    return {"task": "send_mail", "to": to, "subject": "Choose", "text": "Ünderneath\n"}


def messages(endpoint: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{endpoint}/_ministack/ses/messages") as answer:
        accounts: dict[str, list[dict[str, Any]]] = json.load(answer)["messages"]
    return [mail for of_account in accounts.values() for mail in of_account]


def test_a_mail_is_sent_as_it_is_given(mailer: ModuleType, aws_endpoint: str) -> None:
    answer = mailer.handler(task("ann@mail.com"), None)
    [mail] = [each for each in messages(aws_endpoint) if each["MessageId"] == answer["messageId"]]
    assert (mail["Source"], mail["To"], mail["Subject"]) == (SENDER, ["ann@mail.com"], "Choose")
    assert mail["BodyText"] == "Ünderneath\n"


def test_a_domain_beyond_ascii_is_written_in_ascii(mailer: ModuleType, aws_endpoint: str) -> None:
    answer = mailer.handler(task("ann@bücher.example.com"), None)
    [mail] = [each for each in messages(aws_endpoint) if each["MessageId"] == answer["messageId"]]
    assert mail["To"] == ["ann@xn--bcher-kva.example.com"]


@pytest.mark.parametrize("address", ["jörg@mail.com", "admin@localhost", "no address"])
def test_an_address_that_ses_sends_to_by_no_means_is_refused(
    mailer: ModuleType, address: str
) -> None:
    with pytest.raises(AddressUnusable):
        mailer.handler(task(address), None)


def test_a_refusal_of_ses_is_told_without_the_address(
    environment: dict[str, str], aws_endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = load("functions.users.mailer", environment | {"MAIL_SENDER": "no@unverified.example"})
    with pytest.raises(nobody.MailNotSent, match="MessageRejected") as refused:
        nobody.handler(task("canary@mail.com"), None)
    printed = capsys.readouterr()
    assert "canary" not in str(refused.value) + printed.out + printed.err
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    "wrong", [{"to": ""}, {"subject": ""}, {"text": ""}, {"text": "x" * 10_001}]
)
def test_a_mail_that_is_none_is_not_valid(mailer: ModuleType, wrong: dict[str, str]) -> None:
    answer = mailer.handler(task("ann@mail.com") | wrong | {"answerProblems": True}, None)
    assert answer["problem"]["code"] == "validation-failed"
