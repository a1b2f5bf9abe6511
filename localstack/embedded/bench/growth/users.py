"""What is asked of accounts, and told to them."""

from datetime import timedelta
from functools import partial
from hashlib import md5
from itertools import count
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Engine

from embedded.bench.growth.filling import BEGIN, COMMON
from embedded.bench.growth.paths import Path, grows
from functions.shared.postgres import transaction
from functions.shared.tokens import Role
from functions.users import attempt_store, reset_store, store, sweeping, token_store, trail_store
from functions.users.domain import Limit, Profile, UserStatus
from functions.users.token_store import RefreshToken
from functions.users.trail import Action, Author, Entry

_PAGE: Final = 21
_NOBODYS: Final = "of no user's name"
_LIMIT: Final = Limit(5, timedelta(minutes=15))


def paths(engine: Engine, users: int) -> list[Path]:
    does = partial(_does, engine)
    middle = users // 2
    return [*_accounts(engine, does, middle), *_lists(does, middle), _sweep(engine)]


def _does(engine: Engine, step: Any, *arguments: Any, **named: Any) -> object:
    with transaction(engine) as connection:
        return step(connection, *arguments, **named)


def _accounts(engine: Engine, does: Any, middle: int) -> list[Path]:
    serial = count(1)

    def register() -> None:
        name = f"new{next(serial)}"
        does(store.insert_user, _profile(name), "x", Role.CUSTOMER, BEGIN)

    def sign_in() -> None:
        with transaction(engine) as connection:
            found = store.find_credentials(connection, f"User{middle}@Example.com")
            if found is None:
                raise LookupError("That user was to be there.")
            attempt_store.record_attempt(connection, uuid4().bytes, _LIMIT, BEGIN)
            store.record_login(connection, found, BEGIN)
            token = RefreshToken(uuid4().bytes, uuid4(), middle, BEGIN + timedelta(days=30))
            token_store.insert_token(connection, token, BEGIN)

    def renew() -> None:
        known = md5(str(middle).encode(), usedforsecurity=False).digest()
        with transaction(engine) as connection:
            token_store.find_token(connection, known)
            token_store.use_token(connection, known, uuid4().bytes, BEGIN)

    def sign_out() -> None:
        family = md5(f"family{middle}".encode(), usedforsecurity=False).hexdigest()
        with transaction(engine) as connection:
            token_store.revoke_family(connection, UUID(family), BEGIN)
            token_store.revoke_tokens(connection, middle, BEGIN)

    def reset() -> None:
        known = uuid4().bytes
        with transaction(engine) as connection:
            reset_store.insert_reset(connection, known, middle, BEGIN + timedelta(hours=1))
            reset_store.use_reset(connection, known, BEGIN)
            reset_store.delete_resets(connection, middle)

    return [
        Path("account: register", register),
        Path("account: sign in", sign_in),
        Path("account: renew a token", renew),
        Path("account: sign out everywhere", sign_out),
        Path("account: reset a password", reset),
        Path("account: read", partial(does, store.find_user, middle)),
        Path("account: change", partial(does, store.change_user, middle, {"city": "Pune"}, BEGIN)),
        Path("account: its sessions", partial(does, token_store.list_sessions, middle)),
    ]


def _lists(does: Any, middle: int) -> list[Path]:
    """What administrators look at."""

    def listed(**wanted: Any) -> Any:
        asked: dict[str, Any] = {"search": None, "status": None, "role": None}
        place = {"after_user_id": middle, "limit": _PAGE}
        return partial(does, store.list_users, **asked | wanted, **place)

    def searched(words: str) -> Any:
        return partial(listed(search=words), after_user_id=0)

    entry = Entry(BEGIN, middle, Author(1), Action.STATUS_CHANGED)
    log = partial(does, trail_store.list_entries, limit=_PAGE)
    return [
        Path("users: a page", listed(), is_hot=False),
        Path("users: suspended ones", listed(status=UserStatus.SUSPENDED), is_hot=False),
        Path("users: organizers", listed(role=Role.EVENT_ORGANIZER), is_hot=False),
        Path("users: a name that a tenth have", searched(f"first{COMMON}"), is_hot=False),
        grows(
            "users: a name that nobody has",
            searched(_NOBODYS),
            "an administrator's; part of a text is looked for in all accounts, by their ids",
        ),
        Path("administrators", partial(does, store.lock_administrators), is_hot=False),
        Path("audit log: newest", log, is_hot=False),
        Path("audit log: about a user", partial(log, user_id=middle), is_hot=False),
        Path("audit log: by an actor", partial(log, actor_id=2), is_hot=False),
        Path("audit log: a page in the middle", partial(log, before_entry_id=middle), is_hot=False),
        Path("audit log: write", partial(does, trail_store.write, entry), is_hot=False),
    ]


def _sweep(engine: Engine) -> Path:
    def sweep() -> None:
        # Before anything of these books is over.
        with transaction(engine) as connection:
            for table in sweeping.SWEPT:
                sweeping.sweep(connection, table, BEGIN)

    return Path("what has expired: sweep", sweep, is_hot=False)


def _profile(name: str) -> Profile:
    fields: dict[str, Any] = dict.fromkeys(Profile.__dataclass_fields__)
    return Profile(**fields | {"username": name, "email": f"{name}@example.com"})
