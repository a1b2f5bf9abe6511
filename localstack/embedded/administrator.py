"""The local administrator. These credentials open nothing but a stack on this machine."""

import json
from typing import Final

from embedded.aws import client
from embedded.errors import StackError

USERNAME: Final = "admin"
PASSWORD: Final = "admin-local-only"  # noqa: S105
EMAIL: Final = "admin@boxoffice.example"


class AdministratorError(StackError):
    """The users' task refused; the message says why."""


def ensure_administrator(endpoint: str, function: str) -> None:
    """Make sure that the account exists. Raises AdministratorError."""
    task = {
        "task": "ensure_administrator",
        "username": USERNAME,
        "email": EMAIL,
        "password": PASSWORD,
    }
    answer = client("lambda", endpoint).invoke(FunctionName=function, Payload=json.dumps(task))
    payload = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise AdministratorError(f"The administrator could not be created: {payload}")
