"""Forgotten passwords over HTTP, and the mail that comes of them."""

import re
from datetime import UTC, datetime

from sqlalchemy import Engine

from functions.shared.tests.deployed import Answer, Client
from functions.users import password_resets
from functions.users.password_resets import Mail

NEW = "a new horse, as correct"


class Post:
    """Forgets what it is asked to, and brings the mail when asked to."""

    def __init__(self, client: Client, engine: Engine, page: str) -> None:
        self.client, self.engine, self.page = client, engine, page
        self.sent: list[Mail] = []
        self.failures: list[Exception] = []

    def forgot(self, email: str = "ann@mail.com") -> Answer:
        return self.client("POST", "/v1/users/password/forgot", {"email": email})

    def reset(self, token: str, new: str = NEW) -> Answer:
        body = {"token": token, "newPassword": new}
        return self.client("POST", "/v1/users/password/reset", body)

    def relay(self) -> list[str]:
        """The tokens that were mailed now."""
        before = len(self.sent)
        password_resets.relay(self.engine, self._take, self.page, datetime.now(UTC))
        return [self.token(mail) for mail in self.sent[before:]]

    def mailed(self, email: str = "ann@mail.com") -> str:
        assert self.forgot(email).status == 202
        [token] = self.relay()
        return token

    def _take(self, mail: Mail) -> None:
        if self.failures:
            raise self.failures.pop()
        self.sent.append(mail)

    def token(self, mail: Mail) -> str:
        [token] = re.findall(rf"{re.escape(self.page)}#token=([\w-]{{43}})\n", mail.text)
        return str(token)
