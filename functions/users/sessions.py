"""Sessions: signing in, going on, signing out.

A session is an access token, which runs out by itself, and a refresh token, good for one use.
"""

import hashlib
import secrets
from datetime import datetime
from typing import NamedTuple, NoReturn
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine

from functions.shared.observability import count
from functions.shared.postgres import transaction
from functions.users import passwords, store, token_store
from functions.users.access_tokens import AccessTokenSigner
from functions.users.domain import (
    REFRESH_TOKEN_LIFETIME,
    InvalidCredentials,
    InvalidRefreshToken,
    User,
)
from functions.users.token_store import RefreshToken


class Session(NamedTuple):
    access_token: str
    refresh_token: str
    user: User


def open_session(
    connection: Connection,
    signer: AccessTokenSigner,
    user: User,
    now: datetime,
    family_id: UUID | None = None,
) -> Session:
    """A new session in the caller's transaction, of the family of the one it goes on from.

    Signed before the commit: should KMS be away, nothing has happened and nothing was used up.
    """
    refresh_token = secrets.token_urlsafe(32)
    token_store.insert_token(
        connection,
        RefreshToken(_hash(refresh_token), family_id or uuid4(), user.user_id),
        now + REFRESH_TOKEN_LIFETIME,
        now,
    )
    return Session(signer.sign(user, uuid4(), now), refresh_token, user)


def sign_in(
    engine: Engine, signer: AccessTokenSigner, name: str, password: str, now: datetime
) -> Session:
    """Raises InvalidCredentials, with the same words and at the same cost whatever was wrong."""
    with transaction(engine) as connection:
        found = store.find_credentials(connection, name)
    user, stored_hash = found or (None, None)
    # Hashing takes its time, so it is done while no connection waits for it.
    is_right = passwords.is_right(stored_hash, password)
    if user is None or stored_hash is None or not is_right:
        _refuse()
    new_hash = passwords.hash_password(password) if passwords.needs_rehash(stored_hash) else None
    with transaction(engine) as connection:
        signed_in = store.record_login(connection, user.user_id, now)
        if signed_in is None:
            _refuse()
        if new_hash is not None:
            store.replace_password_hash(connection, user.user_id, stored_hash, new_hash)
        session = open_session(connection, signer, signed_in, now)
    count("user_logins_total", outcome="success")
    return session


def _refuse() -> NoReturn:
    count("user_logins_total", outcome="failure")
    raise InvalidCredentials.because("No account that may sign in has this name and password.")


def refresh(
    engine: Engine, signer: AccessTokenSigner, refresh_token: str, now: datetime
) -> Session:
    """Exchange a refresh token for a new session. Raises InvalidRefreshToken."""
    token_hash = _hash(refresh_token)
    with transaction(engine) as connection:
        owner = token_store.find_owner(connection, token_hash)
        # Locked before the token is, as a suspension does: it either is seen here, or waits and
        # then revokes the token made here; and the two never wait for each other.
        user = None if owner is None else store.lock_user(connection, owner)
        if user is None or not user.may_sign_in:
            raise _not_valid()
        used = token_store.use_token(connection, token_hash, now)
        if used is None:
            raise _not_valid()
        return open_session(connection, signer, user, now, used.family_id)


def _not_valid() -> InvalidRefreshToken:
    return InvalidRefreshToken.because("Sign in again.")


def sign_out(engine: Engine, user_id: int, refresh_token: str, now: datetime) -> None:
    """The refresh token is good for nothing any more; one that is not the user's is left alone."""
    with transaction(engine) as connection:
        token_store.revoke_token(connection, _hash(refresh_token), user_id, now)


def _hash(refresh_token: str) -> bytes:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(refresh_token.encode()).digest()
