"""Accounts: opened, read, changed, closed. Somebody else's account is answered as if absent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine

from functions.shared.observability import count
from functions.shared.postgres import transaction
from functions.shared.problems import NotFound
from functions.shared.tokens import Principal, Role
from functions.users import passwords, reset_store, store, token_store
from functions.users.access_tokens import AccessTokenSigner
from functions.users.domain import Profile, User, UsernameTaken, UserStatus
from functions.users.sessions import Session, open_session


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
            return store.insert_user(connection, profile, password_hash, Role.ADMIN, now), True
    except UsernameTaken:
        with transaction(engine) as connection:
            present = store.find_administrator(connection, str(profile.username))
        if present is None:
            raise
        return present, False


def read_account(engine: Engine, user_id: int, reader: Principal) -> User:
    """Raises NotFound. What is left of a DELETED user only an administrator sees."""
    with transaction(engine) as connection:
        user = store.find_user(connection, _reachable(user_id, reader))
    if user is None or (user.status is UserStatus.DELETED and not reader.is_admin):
        raise _absent()
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
    engine: Engine, user_id: int, writer: Principal, changes: Mapping[str, Any], now: datetime
) -> User:
    """`changes` are fields of a Profile. Raises NotFound, UsernameTaken or EmailTaken."""
    with transaction(engine) as connection:
        changed = store.change_user(connection, _reachable(user_id, writer), changes, now)
    if changed is None:
        raise _absent()
    return changed


def change_status(engine: Engine, user_id: int, status: UserStatus, now: datetime) -> User:
    """Whoever may no longer sign in can't go on by a refresh token either. Raises NotFound."""
    with transaction(engine) as connection:
        changed = store.change_user(connection, user_id, {"status": status}, now)
        if changed is None:
            raise _absent()
        if not changed.may_sign_in:
            token_store.revoke_tokens(connection, user_id, now)
    return changed


def change_role(engine: Engine, user_id: int, role: Role, now: datetime) -> User:
    """In force from the next access token on, which takes signing in again. Raises NotFound."""
    with transaction(engine) as connection:
        changed = store.change_user(connection, user_id, {"role": role}, now)
        if changed is None:
            raise _absent()
        token_store.revoke_tokens(connection, user_id, now)
    return changed


def close_account(engine: Engine, user_id: int, closer: Principal, now: datetime) -> None:
    """Erase the person, keep the id, end every session. Raises NotFound."""
    with transaction(engine) as connection:
        if not store.erase_user(connection, _reachable(user_id, closer), now):
            raise _absent()
        token_store.delete_tokens(connection, user_id)
        reset_store.delete_resets(connection, user_id)


def _reachable(user_id: int, caller: Principal) -> int:
    """The id, if the caller may touch whatever is behind it. Raises NotFound."""
    if not caller.is_admin and caller.user_id != user_id:
        raise _absent()
    return user_id


def _absent() -> NotFound:
    return NotFound("There is no such user.")
