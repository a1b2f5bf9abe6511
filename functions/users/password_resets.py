"""A forgotten password: a token by mail, good for one new password within 30 minutes.

Whoever asks learns nothing: the same is written and answered whether or not there is an account,
and who it belongs to is only looked up when the mail is sent, apart from the answer.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from sqlalchemy import Connection, Engine, delete, func, select

from functions.shared import outbox
from functions.shared.observability import count, logger
from functions.shared.outbox import Message
from functions.shared.postgres import transaction
from functions.users import (
    attempt_store,
    attempts,
    passwords,
    reset_store,
    store,
    token_store,
    trail_store,
)
from functions.users.domain import (
    RESET_MAILS,
    RESET_REQUESTS,
    RESET_TOKEN_LIFETIME,
    AddressUnusable,
    InvalidResetToken,
)
from functions.users.trail import Action, Author, Entry

FORGOTTEN: Final = "password-forgotten"

_SUBJECT: Final = "Choose a new password for Boxoffice"
_TEXT: Final = """Somebody asked for a new password for the Boxoffice account of this address.

To choose one, open this page within {minutes} minutes:

{link}

If it was not you, there is nothing to do: your password is what it was.
"""


class Mail(NamedTuple):
    to: str
    subject: str
    text: str


class Mailer(Protocol):
    def __call__(self, mail: Mail) -> None:
        """Raises when the mail is not on its way: AddressUnusable if it never will be."""


def ask_for_reset(engine: Engine, email: str, address: str, now: datetime) -> None:
    """Have a token mailed to whoever has this address, if anybody has. Raises TooManyAttempts
    when too many were asked for from the caller's address, for whomever.

    A mailbox that has had its share gets none, and that isn't told either.
    """
    with transaction(engine) as connection:
        attempts.admit(connection, attempts.request_key(address), RESET_REQUESTS, now)
        if attempt_store.record_attempt(connection, attempts.mail_key(email), RESET_MAILS, now):
            asked = {"email": email, "askedAt": now.isoformat()}
            outbox.append(connection, store.outbox, Message(FORGOTTEN, asked), now)


def forget_requests(connection: Connection, email: str) -> None:
    """Nobody of this address is to be mailed any more, or has asked to be.

    What is being sent in this moment is left to whoever sends it, and is gone after that.
    """
    asked = store.outbox.c.payload["email"].as_string()
    theirs = (store.outbox.c.kind == FORGOTTEN, func.lower(asked) == func.lower(email))
    idle = select(store.outbox.c.message_id).where(*theirs).with_for_update(skip_locked=True)
    connection.execute(delete(store.outbox).where(store.outbox.c.message_id.in_(idle)))
    attempt_store.forget_attempts(connection, attempts.mail_key(email))


def relay(engine: Engine, mailer: Mailer, page: str, now: datetime) -> int:
    """Send what was asked for and not sent yet; how many requests that settled.

    `page` is the address of the page that asks for the new password.
    """

    def deliver(message: Message) -> None:
        if message.kind != FORGOTTEN:
            raise ValueError(f"Nobody receives messages of kind {message.kind}.")
        asked_at = datetime.fromisoformat(message.payload["askedAt"])
        if now < asked_at + RESET_TOKEN_LIFETIME:
            mail_reset(engine, mailer, page, message.payload["email"], now)
        else:
            # It would be answered to somebody who has long given up, or asked again.
            logger.error("password reset never mailed")
            count("password_resets_total", outcome="given up")

    return outbox.drain(engine, store.outbox, deliver, now)


def mail_reset(engine: Engine, mailer: Mailer, page: str, email: str, now: datetime) -> None:
    """Mail a token to the ACTIVE user of this address, or do nothing."""
    token = secrets.token_urlsafe(32)
    with transaction(engine) as connection:
        known = store.find_credentials(connection, email)
        if known is None or not known.user.may_sign_in:
            count("password_resets_total", outcome="nobody")
            return
        expires_at = now + RESET_TOKEN_LIFETIME
        reset_store.insert_reset(connection, _hash(token), known.user.user_id, expires_at)
    # In the fragment, which a browser keeps to itself: no log and no other site sees the token.
    # To the address as its owner gave it, not as it was typed now.
    minutes = int(RESET_TOKEN_LIFETIME.total_seconds() // 60)
    text = _TEXT.format(minutes=minutes, link=f"{page}#token={token}")
    try:
        mailer(Mail(str(known.user.email), _SUBJECT, text))
    except AddressUnusable:
        # It will be no better next time.
        count("password_resets_total", outcome="unusable")
        return
    count("password_resets_total", outcome="mailed")


def reset_password(
    engine: Engine, token: str, new: str, address: str, request_id: str, now: datetime
) -> None:
    """Use a token up for a new password, and end every session. Raises InvalidResetToken.

    A token that is not one is refused before anything is hashed.
    """
    token_hash = _hash(token)
    with transaction(engine) as connection:
        user_id = reset_store.find_reset(connection, token_hash, now)
    if user_id is None:
        raise _not_valid()
    new_hash = passwords.hash_password(new)
    with transaction(engine) as connection:
        user = store.reset_password(connection, user_id, new_hash, now)
        if user is None or not reset_store.use_reset(connection, token_hash, now):
            raise _not_valid()
        reset_store.delete_resets(connection, user_id)
        token_store.revoke_tokens(connection, user_id, now)
        # Whoever forgot it has failed a few times, and may sign in now.
        for name in (user.username, user.email):
            attempt_store.forget_attempts(connection, attempts.sign_in_key(str(name), address))
        # Whoever reads the user's mail is the user, as far as we can know.
        entry = Entry(now, user_id, Author(user_id, request_id), Action.PASSWORD_RESET)
        trail_store.write(connection, entry)
    count("passwords_changed_total", by="mail")


def _not_valid() -> InvalidResetToken:
    return InvalidResetToken.at("/token", "Unknown, used before, or over. Ask for another.")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
