"""What an operator, or the local launcher, asks of the users domain."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field, SecretStr

from functions.shared.models import Line
from functions.shared.postgres import DatabaseSettings, create_pool
from functions.shared.tasks import TaskInput, Tasks
from functions.users import accounts, passwords
from functions.users.domain import Profile

settings = DatabaseSettings.from_environment()
engine = create_pool(settings.url)
tasks = Tasks()


class EnsureAdministrator(TaskInput):
    username: Annotated[Line, Field(min_length=3, max_length=50, pattern="^[^@]*$")]
    # An operator's own address may be of a place no public address is in, like localhost.
    email: Annotated[Line, Field(min_length=3, max_length=254, pattern="@")]
    password: Annotated[
        SecretStr, Field(min_length=passwords.MIN_LENGTH, max_length=passwords.MAX_LENGTH)
    ]


@tasks.task
def ensure_administrator(request: EnsureAdministrator) -> Mapping[str, Any]:
    """There is an administrator of this name; made with this password if there was none."""
    profile = Profile(request.username, request.email, "Administrator", "of Boxoffice")
    user, created = accounts.ensure_administrator(
        engine, profile, request.password.get_secret_value(), datetime.now(UTC)
    )
    return {"userId": user.user_id, "created": created}


def handler(payload: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return tasks.handler(payload, context)
