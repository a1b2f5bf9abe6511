"""What administrators do to accounts: let users in or not, and give them roles.

There is always one of them left: without any, nobody could ever make another.
"""

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Engine

from functions.shared.postgres import transaction
from functions.shared.tokens import Role
from functions.users import passwords, store, token_store, trail_store
from functions.users.domain import (
    LastAdministrator,
    Profile,
    User,
    UsernameTaken,
    UserStatus,
    no_such_user,
)
from functions.users.trail import OPERATOR, Action, Author, Change, Entry


def ensure_administrator(
    engine: Engine, profile: Profile, password: str, now: datetime
) -> tuple[User, bool]:
    """The administrator of this name, and whether they had to be created.

    One who is there keeps their password. Somebody else who has the name is never promoted: who
    registered it first would own the place. Raises UsernameTaken or EmailTaken then.
    """
    password_hash = passwords.hash_password(password)
    try:
        with transaction(engine) as connection:
            user = store.insert_user(connection, profile, password_hash, Role.ADMIN, now)
            made = Entry(now, user.user_id, OPERATOR, Action.ADMINISTRATOR_CREATED)
            trail_store.write(connection, made)
            return user, True
    except UsernameTaken:
        with transaction(engine) as connection:
            present = store.find_administrator(connection, str(profile.username))
        if present is None:
            raise
        return present, False


def change_status(
    engine: Engine, user_id: int, status: UserStatus, author: Author, now: datetime
) -> User:
    """Whoever may no longer sign in can't go on by a refresh token either.

    Raises NotFound or LastAdministrator.
    """
    with transaction(engine) as connection:
        if status is not UserStatus.ACTIVE:
            keep_an_administrator(connection, user_id)
        changed = _set(connection, user_id, "status", status, Action.STATUS_CHANGED, author, now)
        if not changed.may_sign_in:
            token_store.revoke_tokens(connection, user_id, now)
    return changed


def change_role(engine: Engine, user_id: int, role: Role, author: Author, now: datetime) -> User:
    """In force from the next access token on, which takes signing in again.

    Raises NotFound or LastAdministrator.
    """
    with transaction(engine) as connection:
        if role is not Role.ADMIN:
            keep_an_administrator(connection, user_id)
        changed = _set(connection, user_id, "role", role, Action.ROLE_CHANGED, author, now)
        token_store.revoke_tokens(connection, user_id, now)
    return changed


def keep_an_administrator(connection: Connection, user_id: int) -> None:
    """Raises LastAdministrator if this is the only user who administers anything.

    To be asked before the user is locked, by whoever takes that away: it locks all administrators,
    in one order, so that of two who would remove each other the second sees what the first did.
    """
    if store.lock_administrators(connection) == [user_id]:
        raise LastAdministrator("Make somebody else an administrator first.")


def _set(
    connection: Connection,
    user_id: int,
    name: Literal["role", "status"],
    value: Role | UserStatus,
    action: Action,
    author: Author,
    now: datetime,
) -> User:
    """In the trail only if it was anything else before."""
    before = store.lock_user(connection, user_id)
    if before is None or before.status is UserStatus.DELETED:
        raise no_such_user()
    changed = store.change_user(connection, user_id, {name: value}, now)
    if changed is None:
        raise no_such_user()
    earlier: Role | UserStatus = getattr(before, name)
    if earlier is not value:
        change = Change(name, earlier, value)
        trail_store.write(connection, Entry(now, user_id, author, action, (change,)))
    return changed
