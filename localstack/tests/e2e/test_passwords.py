"""A forgotten password as a whole: asked for, mailed, used up."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from embedded.stack import RunningStack

from e2e.books import let_all_ask_for_mail
from e2e.client import PASSWORD, Client, eventually, ok, problem, register

NEW = "another horse, as correct"
pytestmark = pytest.mark.stack


def test_a_forgotten_password_is_replaced_by_a_mailed_token(stack: RunningStack) -> None:
    user = register(stack.url)
    account = ok(user.get("/v1/users/me"))
    anybody = Client(stack.url)
    let_all_ask_for_mail(stack)
    asked = anybody.post("/v1/users/password/forgot", {"email": account["email"]})
    nobody = anybody.post("/v1/users/password/forgot", {"email": f"{uuid4().hex}@example.com"})
    assert (asked.status_code, asked.json()) == (nobody.status_code, nobody.json())
    assert asked.status_code == 202
    # Sent off at once: the rule of every minute would take longer.
    mail = eventually(lambda: _mail_to(stack, account["email"]), bool, seconds=15)[0]
    [token] = re.findall(r"#token=([\w-]+)", mail["BodyText"])
    reset = {"token": token, "newPassword": NEW}
    assert anybody.post("/v1/users/password/reset", reset).status_code == 204
    problem(anybody.post("/v1/users/password/reset", reset), 422, "invalid-reset-token")
    name = {"usernameOrEmail": account["username"]}
    old = anybody.post("/v1/users/login", name | {"password": PASSWORD})
    problem(old, 401, "invalid-credentials")
    ok(anybody.post("/v1/users/login", name | {"password": NEW}))


def _mail_to(stack: RunningStack, address: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{stack.endpoint}/_ministack/ses/messages").json()["messages"]
    return [mail for mails in answer.values() for mail in mails if mail["To"] == [address]]
