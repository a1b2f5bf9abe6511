"""The table of users: the only file that knows it and its SQL."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

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
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

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

_USER = [column for column in users.c if column.name != "password_hash"]
_TAKEN = {
    "users_username_unique": UsernameTaken("Another account has this username."),
    "users_email_unique": EmailTaken("Another account has this e-mail address."),
}


def insert_user(
    connection: Connection, profile: Profile, password_hash: str, role: Role, now: datetime
) -> User:
    """Raises UsernameTaken or EmailTaken."""
    row = insert(users).values(
        **asdict(profile),
        password_hash=password_hash,
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


def find_credentials(connection: Connection, name: str) -> tuple[User, str] | None:
    """The user of this username or e-mail address, whichever its spelling, and the stored hash."""
    # No username has an @, so a name can't mean one user's username and another's address.
    column = users.c.email if "@" in name else users.c.username
    query = select(*_USER, users.c.password_hash).where(func.lower(column) == func.lower(name))
    row = connection.execute(query).one_or_none()
    return None if row is None else (_user(row), str(row.password_hash))


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


def record_login(connection: Connection, user_id: int, now: datetime) -> User | None:
    """The user, signed in now; None for one who is no longer ACTIVE."""
    change = update(users).where(users.c.user_id == user_id, users.c.status == UserStatus.ACTIVE)
    row = connection.execute(change.values(last_login_at=now).returning(*_USER)).one_or_none()
    return None if row is None else _user(row)


def replace_password_hash(connection: Connection, user_id: int, old: str, new: str) -> None:
    """Unless the password was changed meanwhile."""
    same = (users.c.user_id == user_id, users.c.password_hash == old)
    connection.execute(update(users).where(*same).values(password_hash=new))


def lock_user(connection: Connection, user_id: int) -> User:
    """The user as they are until this transaction ends: a change of status waits for it."""
    query = select(*_USER).where(users.c.user_id == user_id).with_for_update(read=True)
    return _user(connection.execute(query).one())


def _present(user_id: int) -> ColumnElement[bool]:
    return (users.c.user_id == user_id) & (users.c.status != UserStatus.DELETED)


def _user(row: Row[*tuple[Any, ...]]) -> User:
    fields = {name: value for name, value in row._asdict().items() if name != "password_hash"}
    return User(**fields | {"role": Role(row.role), "status": UserStatus(row.status)})


def _taken(error: IntegrityError) -> Exception:
    taken = _TAKEN.get(constraint(error) or "")
    return error if taken is None else type(taken)(taken.detail)
