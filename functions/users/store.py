"""The table of users: the only file that knows it and its SQL."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    Update,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from functions.shared.outbox import outbox_table
from functions.shared.postgres import constraint
from functions.shared.tokens import Role
from functions.users.domain import EmailTaken, Profile, User, UsernameTaken, UserStatus

metadata = MetaData()

users = Table(
    "users",
    metadata,
    Column("user_id", Integer, Identity(), primary_key=True),
    Column("username", Text),
    Column("email", Text),
    Column("password_hash", Text),
    # By whom it belongs to, not by a new hash of the same.
    Column("password_changed_at", DateTime(timezone=True), nullable=False),
    Column("first_name", Text),
    Column("last_name", Text),
    Column("phone_number", Text),
    Column("address", Text),
    Column("city", Text),
    Column("state", Text),
    Column("zip_code", Text),
    Column("country", Text),
    Column("role", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("last_login_at", DateTime(timezone=True)),
    # A deleted account keeps its id, for the orders that name it, and nothing that tells whose.
    CheckConstraint(
        "(status = 'DELETED') = (username IS NULL) AND (status = 'DELETED') = (email IS NULL)"
        " AND (status = 'DELETED') = (password_hash IS NULL)",
        name="users_erased_when_deleted",
    ),
    Index("users_status", "status", "user_id"),
    Index("users_role", "role", "user_id"),
)
# Two spellings of one name are one user.
Index("users_username_unique", func.lower(users.c.username), unique=True)
Index("users_email_unique", func.lower(users.c.email), unique=True)

outbox = outbox_table(metadata)

_SECRET = {"password_hash", "password_changed_at"}
_USER = [column for column in users.c if column.name not in _SECRET]
_TAKEN = {
    "users_username_unique": UsernameTaken("Another account has this username."),
    "users_email_unique": EmailTaken("Another account has this e-mail address."),
}


class Credentials(NamedTuple):
    """What a password is held against, and since when."""

    user: User
    password_hash: str
    password_changed_at: datetime


def insert_user(
    connection: Connection, profile: Profile, password_hash: str, role: Role, now: datetime
) -> User:
    """Raises UsernameTaken or EmailTaken."""
    row = insert(users).values(
        **asdict(profile),
        password_hash=password_hash,
        password_changed_at=now,
        role=role,
        status=UserStatus.ACTIVE,
        created_at=now,
        updated_at=now,
    )
    try:
        return _user(connection.execute(row.returning(*_USER)).one())
    except IntegrityError as error:
        raise _taken(error) from error


def find_user(connection: Connection, user_id: int) -> User | None:
    row = connection.execute(select(*_USER).where(users.c.user_id == user_id)).one_or_none()
    return None if row is None else _user(row)


def find_credentials(connection: Connection, name: str) -> Credentials | None:
    """Of the user of this username or e-mail address, whichever its spelling."""
    # No username has an @, so a name can't mean one user's username and another's address.
    column = users.c.email if "@" in name else users.c.username
    return _credentials(connection, func.lower(column) == func.lower(name))


def credentials_of(connection: Connection, user_id: int) -> Credentials | None:
    """None for one who is not there or DELETED."""
    return _credentials(connection, _present(user_id))


def _credentials(connection: Connection, whose: ColumnElement[bool]) -> Credentials | None:
    columns = (users.c.password_hash, users.c.password_changed_at)
    row = connection.execute(select(*_USER, *columns).where(whose)).one_or_none()
    if row is None:
        return None
    return Credentials(_user(row), str(row.password_hash), row.password_changed_at)


def find_administrator(connection: Connection, username: str) -> User | None:
    same_name = func.lower(users.c.username) == func.lower(username)
    query = select(*_USER).where(same_name, users.c.role == Role.ADMIN)
    row = connection.execute(query).one_or_none()
    return None if row is None else _user(row)


def list_users(
    connection: Connection,
    *,
    search: str | None,
    status: UserStatus | None,
    role: Role | None,
    after_user_id: int,
    limit: int,
) -> list[User]:
    """In order of their ids; `search` is part of a name or an address, in any case."""
    query = select(*_USER).where(users.c.user_id > after_user_id)
    if search is not None:
        named = (users.c.username, users.c.email, users.c.first_name, users.c.last_name)
        query = query.where(or_(*(part.icontains(search, autoescape=True) for part in named)))
    if status is not None:
        query = query.where(users.c.status == status)
    if role is not None:
        query = query.where(users.c.role == role)
    return [_user(row) for row in connection.execute(query.order_by(users.c.user_id).limit(limit))]


def change_user(
    connection: Connection, user_id: int, changes: Mapping[str, Any], now: datetime
) -> User | None:
    """The user as changed; None for one who is not there or DELETED.

    Raises UsernameTaken or EmailTaken.
    """
    change = update(users).where(_present(user_id)).values(**changes, updated_at=now)
    try:
        row = connection.execute(change.returning(*_USER)).one_or_none()
    except IntegrityError as error:
        raise _taken(error) from error
    return None if row is None else _user(row)


def erase_user(connection: Connection, user_id: int, now: datetime) -> bool:
    """Keep the id and forget the person. False for one who is not there or DELETED."""
    erased = dict.fromkeys((*Profile.__dataclass_fields__, "password_hash", "last_login_at"))
    husk = change_user(connection, user_id, {**erased, "status": UserStatus.DELETED}, now)
    return husk is not None


def record_login(connection: Connection, credentials: Credentials, now: datetime) -> User | None:
    """The user, signed in now; None for one who is no longer ACTIVE or has another password."""
    change = update(users).where(*_still(credentials)).values(last_login_at=now)
    row = connection.execute(change.returning(*_USER)).one_or_none()
    return None if row is None else _user(row)


def replace_password_hash(connection: Connection, credentials: Credentials, new: str) -> None:
    """With another hash of the same password, unless that was changed meanwhile."""
    connection.execute(update(users).where(*_still(credentials)).values(password_hash=new))


def change_password(
    connection: Connection, credentials: Credentials, new_hash: str, now: datetime
) -> bool:
    """Whether it was still these credentials' to change."""
    change = _new_password(new_hash, now).where(*_still(credentials))
    return connection.execute(change).rowcount == 1


def reset_password(
    connection: Connection, user_id: int, new_hash: str, now: datetime
) -> User | None:
    """The user, with this password from now on; None for one who is not ACTIVE."""
    change = _new_password(new_hash, now).where(users.c.user_id == user_id, _ACTIVE)
    row = connection.execute(change.returning(*_USER)).one_or_none()
    return None if row is None else _user(row)


def lock_user(connection: Connection, user_id: int) -> User | None:
    """The user as they are until this transaction ends: every other change of theirs waits for it.

    Whatever is done to a user's refresh tokens is done under this lock, or that of an UPDATE.
    """
    # Of NO KEY, so that rows which refer to the user may be written meanwhile.
    query = select(*_USER).where(users.c.user_id == user_id).with_for_update(key_share=True)
    row = connection.execute(query).one_or_none()
    return None if row is None else _user(row)


def lock_administrators(connection: Connection) -> list[int]:
    """The ids of all who administer, who stay what they are until this transaction ends."""
    query = select(users.c.user_id).where(users.c.role == Role.ADMIN, _ACTIVE)
    in_order = query.order_by(users.c.user_id).with_for_update(key_share=True)
    return list(connection.execute(in_order).scalars())


_ACTIVE = users.c.status == UserStatus.ACTIVE


def _still(credentials: Credentials) -> tuple[ColumnElement[bool], ...]:
    """They are the same as when they were read, and may be used."""
    return (
        users.c.user_id == credentials.user.user_id,
        users.c.password_changed_at == credentials.password_changed_at,
        _ACTIVE,
    )


def _new_password(new_hash: str, now: datetime) -> Update:
    return update(users).values(password_hash=new_hash, password_changed_at=now, updated_at=now)


def _present(user_id: int) -> ColumnElement[bool]:
    return (users.c.user_id == user_id) & (users.c.status != UserStatus.DELETED)


def _user(row: Row[*tuple[Any, ...]]) -> User:
    fields = {name: value for name, value in row._asdict().items() if name not in _SECRET}
    return User(**fields | {"role": Role(row.role), "status": UserStatus(row.status)})


def _taken(error: IntegrityError) -> Exception:
    taken = _TAKEN.get(constraint(error) or "")
    return error if taken is None else type(taken)(taken.detail)
