"""What an operator, the local launcher, a rule of every minute, and our own API ask of users."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import Field, SecretStr

from functions.shared import aws
from functions.shared.models import Line
from functions.shared.postgres import DatabaseSettings, create_pool, transaction
from functions.shared.tasks import TaskInput, Tasks, call
from functions.users import administration, password_resets, passwords
from functions.users.domain import Profile
from functions.users.password_resets import Mail
from functions.users.sweeping import SWEPT, sweep


class TasksSettings(DatabaseSettings):
    users_mailer_function: str
    password_reset_page: str


settings = TasksSettings.from_environment()
engine = create_pool(settings.url)
functions = aws.functions()
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
    user, created = administration.ensure_administrator(
        engine, profile, request.password.get_secret_value(), datetime.now(UTC)
    )
    return {"userId": user.user_id, "created": created}


class NoInput(TaskInput):
    pass


@tasks.task
def relay_outbox(_request: NoInput) -> Mapping[str, Any]:
    """Send the mail that was asked for."""
    page = settings.password_reset_page
    return {"settled": password_resets.relay(engine, _send, page, datetime.now(UTC))}


@tasks.task
def sweep_expired(_request: NoInput) -> Mapping[str, Any]:
    """Delete rows that are over, so many of each table at a time."""
    deleted = {}
    for table in SWEPT:
        with transaction(engine) as connection:
            deleted[table.name] = sweep(connection, table, datetime.now(UTC))
    return {"deleted": deleted}


def _send(mail: Mail) -> None:
    call(functions, settings.users_mailer_function, "send_mail", mail._asdict())


def handler(payload: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    return tasks.handler(payload, context)
