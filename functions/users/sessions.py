"""Sessions: signing in, going on, signing out.

A session is an access token, which runs out by itself, and a refresh token, good for one use.
"""

import hashlib
import secrets
from datetime import datetime
from typing import NamedTuple, NoReturn
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine

from functions.shared.observability import count, logger
from functions.shared.postgres import transaction
from functions.shared.problems import ServiceUnavailable
from functions.users import attempt_store, attempts, passwords, store, token_store
from functions.users.access_tokens import AccessTokenSigner
from functions.users.domain import (
    LOST_ANSWER_PERIOD,
    REFRESH_TOKEN_LIFETIME,
    SIGN_IN_FAILURES,
    InvalidCredentials,
    InvalidRefreshToken,
    TooManyAttempts,
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
    expires_at = now + REFRESH_TOKEN_LIFETIME
    token = RefreshToken(_hash(refresh_token), family_id or uuid4(), user.user_id, expires_at)
    token_store.insert_token(connection, token, now)
    return Session(signer.sign(user, uuid4(), now), refresh_token, user)


def sign_in(
    engine: Engine,
    signer: AccessTokenSigner,
    name: str,
    password: str,
    address: str,
    now: datetime,
) -> Session:
    """Raises InvalidCredentials, with the same words and at the same cost whatever was wrong, or
    TooManyAttempts, whether or not there is such a user and before anything is hashed.
    """
    key = attempts.sign_in_key(name, address)
    try:
        with transaction(engine) as connection:
            attempts.admit(connection, key, SIGN_IN_FAILURES, now)
            found = store.find_credentials(connection, name)
    except TooManyAttempts:
        count("user_logins_total", outcome="throttled")
        raise
    # Hashing takes its time, so it is done while no connection waits for it.
    is_right = passwords.is_right(found.password_hash if found else None, password)
    if found is None or not is_right:
        _refuse()
    old_hash = found.password_hash
    new_hash = passwords.hash_password(password) if passwords.needs_rehash(old_hash) else None
    try:
        with transaction(engine) as connection:
            signed_in = store.record_login(connection, found, now)
            if signed_in is None:
                _refuse()
            if new_hash is not None:
                store.replace_password_hash(connection, found, new_hash)
            attempt_store.forget_attempts(connection, key)
            session = open_session(connection, signer, signed_in, now)
    except ServiceUnavailable:
        # The password was right: nobody is kept out for what is our fault.
        with transaction(engine) as connection:
            attempt_store.forget_attempts(connection, key)
        raise
    count("user_logins_total", outcome="success")
    return session


def _refuse() -> NoReturn:
    count("user_logins_total", outcome="failure")
    raise InvalidCredentials.because("No account that may sign in has this name and password.")


def refresh(
    engine: Engine, signer: AccessTokenSigner, refresh_token: str, now: datetime
) -> Session:
    """Exchange a refresh token for a new session. Raises InvalidRefreshToken.

    A token that can't be used has come twice: one of two who hold it has stolen it, so that its
    whole family is revoked (RFC 9700, 4.14.2). But whoever comes again within seconds, while what
    the first use gave is unused, has lost that answer and gets another; what was lost is revoked.
    """
    token_hash = _hash(refresh_token)
    with transaction(engine) as connection:
        session = _go_on(connection, signer, token_hash, now)
    # Only now, as the refusal would have rolled the revocation back.
    if session is None:
        raise InvalidRefreshToken.because("Sign in again.")
    return session


def _go_on(
    connection: Connection, signer: AccessTokenSigner, token_hash: bytes, now: datetime
) -> Session | None:
    token = token_store.find_token(connection, token_hash)
    if token is None:
        return None
    # The user is locked before any token, as by everybody who revokes: whoever comes second sees
    # all that the first has done, and the two never wait for each other.
    user = store.lock_user(connection, token.user_id)
    token = token_store.find_token(connection, token_hash)
    if user is None or token is None or not user.may_sign_in:
        return None
    used_at = now
    if not token.is_live(now):
        lost = _lost_answer(connection, token, now)
        if lost is None:
            _end_family(connection, token, now)
            return None
        token_store.revoke_token(connection, lost, now)
        # Coming again and again makes the time for it no longer.
        used_at = token.used_at or now
    session = open_session(connection, signer, user, now, token.family_id)
    token_store.use_token(connection, token_hash, _hash(session.refresh_token), used_at)
    return session


def _end_family(connection: Connection, token: RefreshToken, now: datetime) -> None:
    """Unless it ran out before its first use, which is nobody's doing."""
    if token.used_at is None and token.revoked_at is None:
        return
    if token_store.revoke_family(connection, token.family_id, now):
        logger.warning("refresh token reused", extra={"userId": token.user_id})
        count("refresh_tokens_reused_total")


def _lost_answer(connection: Connection, token: RefreshToken, now: datetime) -> bytes | None:
    """The successor that never arrived, if that may be what happened."""
    if token.used_at is None or token.revoked_at is not None or token.successor_hash is None:
        return None
    if now > token.used_at + LOST_ANSWER_PERIOD:
        return None
    successor = token_store.find_token(connection, token.successor_hash)
    return token.successor_hash if successor is not None and successor.is_live(now) else None


def sign_out(engine: Engine, user_id: int, refresh_token: str, now: datetime) -> None:
    """The session goes on by no token of its family; one that is not the user's is left alone."""
    with transaction(engine) as connection:
        store.lock_user(connection, user_id)
        token = token_store.find_token(connection, _hash(refresh_token))
        if token is not None and token.user_id == user_id:
            token_store.revoke_family(connection, token.family_id, now)


def _hash(refresh_token: str) -> bytes:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(refresh_token.encode()).digest()
