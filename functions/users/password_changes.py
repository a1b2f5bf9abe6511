"""A user's own password, changed by whoever knows the old one."""

from datetime import datetime

from sqlalchemy import Engine

from functions.shared.observability import count
from functions.shared.postgres import transaction
from functions.shared.problems import Unauthenticated
from functions.users import (
    attempt_store,
    attempts,
    passwords,
    reset_store,
    store,
    token_store,
    trail_store,
)
from functions.users.domain import SIGN_IN_FAILURES, WrongPassword
from functions.users.trail import Action, Author, Entry


def change_password(
    engine: Engine,
    user_id: int,
    current: str,
    new: str,
    address: str,
    request_id: str,
    now: datetime,
) -> None:
    """Every session ends, with the access tokens that are out. Raises WrongPassword, or
    TooManyAttempts: whoever found an access token guesses here no longer than at sign-in, as
    failures count together. Raises Unauthenticated for a user who may not sign in any more.
    """
    with transaction(engine) as connection:
        known = store.credentials_of(connection, user_id)
        if known is None or not known.user.may_sign_in:
            raise Unauthenticated.because("Sign in again.", "invalid_token")
        key = attempts.sign_in_key(str(known.user.username), address)
        attempts.admit(connection, key, SIGN_IN_FAILURES, now)
    if not passwords.is_right(known.password_hash, current):
        raise _wrong()
    new_hash = passwords.hash_password(new)
    with transaction(engine) as connection:
        if not store.change_password(connection, known, new_hash, now):
            raise _wrong()
        token_store.revoke_tokens(connection, user_id, now)
        reset_store.delete_resets(connection, user_id)
        attempt_store.forget_attempts(connection, key)
        entry = Entry(now, user_id, Author(user_id, request_id), Action.PASSWORD_CHANGED)
        trail_store.write(connection, entry)
    count("passwords_changed_total", by="password")


def _wrong() -> WrongPassword:
    return WrongPassword.at("/currentPassword", "This is not the current password.")
