"""Many customers at once.

Registering one costs 54 ms of CPU, for the password. Here they come with what registering would
have given them: an access token of the stack's own key, signed by the users domain's own code.
Seats, orders and payments know a customer by the token alone.
"""

import itertools
from datetime import UTC, datetime
from uuid import uuid4

from embedded.stack import RunningStack

from e2e.client import Client
from functions.shared.tokens import Role
from functions.users.access_tokens import AccessTokenSigner
from functions.users.domain import User, UserStatus

# Far above the ids of those who really register.
_ids = itertools.count(1_000_000_001)


def customers(stack: RunningStack, count: int) -> list[Client]:
    """So many, each somebody else. Their tokens are good for 15 minutes."""
    functions = stack.client("lambda")
    deployed = functions.get_function_configuration(
        FunctionName=stack.names.function("users", "api")
    )["Environment"]["Variables"]
    alias = deployed["TOKEN_SIGNING_KEY_ID"]
    signer = AccessTokenSigner(stack.client("kms"), alias, deployed["TOKEN_ISSUER"])
    now = datetime.now(UTC)
    users = [_customer(user_id, now) for user_id in itertools.islice(_ids, count)]
    return [Client(stack.url, signer.sign(user, uuid4(), now), user.user_id) for user in users]


def _customer(user_id: int, now: datetime) -> User:
    return User(
        user_id=user_id,
        username=None,
        email=None,
        first_name=None,
        last_name=None,
        role=Role.CUSTOMER,
        status=UserStatus.ACTIVE,
        created_at=now,
        updated_at=now,
        last_login_at=None,
    )
