"""Access tokens for thousands of buyers, signed as users signs them: signing in is another rush."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Final
from uuid import uuid4

from embedded.stack import RunningStack
from functions.shared.tokens import Role
from functions.users.access_tokens import AccessTokenSigner

# Far above whoever has signed up: these people are in no database, and nobody asks one for them.
_FIRST_ID: Final = 1_000_000
_THREADS: Final = 4


def tokens(stack: RunningStack, count: int) -> list[str]:
    """One for each of so many people."""
    said = stack.client("lambda").get_function_configuration(
        FunctionName=stack.names.function("users", "api")
    )["Environment"]["Variables"]
    signer = AccessTokenSigner(
        stack.client("kms"), said["TOKEN_SIGNING_KEY_ID"], said["TOKEN_ISSUER"]
    )
    now = datetime.now(UTC)
    signer.sign(_person(0), uuid4(), now)
    with ThreadPoolExecutor(_THREADS) as signing:
        people = map(_person, range(count))
        return list(signing.map(lambda person: signer.sign(person, uuid4(), now), people))


def _person(number: int) -> Any:
    """As much of a user as a token tells."""
    return SimpleNamespace(user_id=_FIRST_ID + number, role=Role.CUSTOMER)
