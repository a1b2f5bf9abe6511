"""Accounts: opened, read, changed, closed. Somebody else's account is answered as if absent."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine

from functions.shared.observability import count
from functions.shared.postgres import transaction
from functions.shared.tokens import Principal, Role
from functions.users import (
    password_resets,
    passwords,
    reset_store,
    store,
    token_store,
    trail_store,
)
from functions.users.access_tokens import AccessTokenSigner
from functions.users.administration import keep_an_administrator
from functions.users.domain import Profile, User, UserStatus, no_such_user
from functions.users.sessions import Session, open_session
from functions.users.trail import Action, Author, Change, Entry


class UserPage(NamedTuple):
    """`next_after` is the user id to go on after, None on the last page."""

    users: list[User]
    next_after: int | None


def register(
    engine: Engine, signer: AccessTokenSigner, profile: Profile, password: str, now: datetime
) -> Session:
    """A new customer, signed in. Raises UsernameTaken or EmailTaken."""
    password_hash = passwords.hash_password(password)
    with transaction(engine) as connection:
        user = store.insert_user(connection, profile, password_hash, Role.CUSTOMER, now)
        session = open_session(connection, signer, user, now)
    count("user_registrations_total")
    return session


def read_account(engine: Engine, user_id: int, reader: Principal) -> User:
    """Raises NotFound. What is left of a DELETED user only an administrator sees."""
    with transaction(engine) as connection:
        user = store.find_user(connection, _reachable(user_id, reader))
    if user is None or (user.status is UserStatus.DELETED and not reader.is_admin):
        raise no_such_user()
    return user


def list_accounts(
    engine: Engine,
    *,
    search: str | None,
    status: UserStatus | None,
    role: Role | None,
    after_user_id: int,
    limit: int,
) -> UserPage:
    with transaction(engine) as connection:
        found = store.list_users(
            connection,
            search=search,
            status=status,
            role=role,
            after_user_id=after_user_id,
            limit=limit + 1,
        )
    page = found[:limit]
    return UserPage(page, page[-1].user_id if len(found) > limit else None)


def change_profile(
    engine: Engine,
    user_id: int,
    writer: Principal,
    changes: Mapping[str, Any],
    author: Author,
    now: datetime,
) -> User:
    """`changes` are fields of a Profile. Raises NotFound, UsernameTaken or EmailTaken.

    What users change of their own is their own affair; what somebody else does is written down.
    """
    with transaction(engine) as connection:
        before = store.lock_user(connection, _reachable(user_id, writer))
        changed = store.change_user(connection, user_id, changes, now)
        if before is None or changed is None:
            raise no_such_user()
        if author.actor_id != user_id:
            changed_fields = _differing(before, changed)
            if changed_fields:
                entry = Entry(now, user_id, author, Action.PROFILE_CHANGED, changed_fields)
                trail_store.write(connection, entry)
    return changed


def close_account(
    engine: Engine, user_id: int, closer: Principal, author: Author, now: datetime
) -> None:
    """Erase the person, keep the id, end every session. Raises NotFound or LastAdministrator."""
    with transaction(engine) as connection:
        keep_an_administrator(connection, _reachable(user_id, closer))
        before = store.lock_user(connection, user_id)
        if before is None or not store.erase_user(connection, user_id, now):
            raise no_such_user()
        token_store.delete_tokens(connection, user_id)
        reset_store.delete_resets(connection, user_id)
        password_resets.forget_requests(connection, str(before.email))
        closed = Change("status", before.status, UserStatus.DELETED)
        trail_store.write(connection, Entry(now, user_id, author, Action.ACCOUNT_CLOSED, (closed,)))


def _differing(before: Profile, after: Profile) -> tuple[Change, ...]:
    """Which fields, and nothing of what they say: the trail outlives the person's data."""
    names = [field.name for field in fields(Profile)]
    return tuple(Change(name) for name in names if getattr(before, name) != getattr(after, name))


def _reachable(user_id: int, caller: Principal) -> int:
    """The id, if the caller may touch whatever is behind it. Raises NotFound."""
    if not caller.is_admin and caller.user_id != user_id:
        raise no_such_user()
    return user_id
