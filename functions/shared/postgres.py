"""Postgres for the domains that keep their facts in SQL: one small pool a function, Core only."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from pg8000.exceptions import DatabaseError as PostgresError
from pg8000.exceptions import Error as DriverError
from pydantic import SecretStr
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError

from functions.shared.database_sign_in import sign_in_by_iam
from functions.shared.observability import logger
from functions.shared.placeholders import remember_placeholders
from functions.shared.problems import ServiceUnavailable
from functions.shared.settings import Settings

_FRESH = "fresh"
# Of PostgreSQL's types (pg_type.dat).
_TIMESTAMPTZ = 1184
STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 3_000


class DatabaseSettings(Settings):
    database_host: str
    database_port: int = 5432
    database_name: str
    database_user: str
    database_password: SecretStr = SecretStr("")

    @property
    def url(self) -> URL:
        return URL.create(
            "postgresql+pg8000",
            username=self.database_user,
            password=self.database_password.get_secret_value() or None,
            host=self.database_host,
            port=self.database_port,
            database=self.database_name,
        )


def create_pool(url: URL) -> Engine:
    """An engine for one Lambda environment, which serves one request at a time.

    Two connections: the request's own, and one for what must commit apart from it. A URL without a
    password is of a database that IAM opens, over TLS.
    """
    remember_placeholders()
    # Only loopback's server asks for a password, and it speaks no TLS. To ask it first would read
    # every certificate authority of the machine for each connection.
    encryption = {"ssl_context": False} if url.password is not None else {}
    engine = create_engine(
        url,
        pool_size=1,
        max_overflow=1,
        pool_recycle=600,
        # Parameters are people's names and addresses; a failed statement is logged without them.
        hide_parameters=True,
        connect_args={"timeout": 5, "tcp_keepalive": True, **encryption},
    )

    if url.password is None:
        sign_in_by_iam(engine)

    @event.listens_for(engine, "do_execute")
    def without_rows(cursor, statement, parameters, _context) -> bool:  # type: ignore[no-untyped-def]
        try:
            cursor.execute(statement, parameters)
        except PostgresError as error:
            _forget_row(error)
            raise
        return True

    @event.listens_for(engine, "connect")
    def bound_waiting(connection, record) -> None:  # type: ignore[no-untyped-def]
        record.info[_FRESH] = True
        # pg8000 tries format after format by `strptime`, which takes ten times as long.
        connection.register_in_adapter(_TIMESTAMPTZ, datetime.fromisoformat)
        cursor = connection.cursor()
        cursor.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
        cursor.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.close()
        connection.commit()

    @event.listens_for(engine, "checkout")
    def begin(connection, record, _proxy) -> None:  # type: ignore[no-untyped-def]
        # Each transaction begins here, so its BEGIN is also the question whether the server is
        # still there: where it is not, nothing was done yet, and the pool connects anew.
        if record.info.pop(_FRESH, False):
            return
        try:
            connection.execute_simple("begin transaction")
        except DriverError as error:
            raise DisconnectionError from error

    return engine


def _forget_row(error: PostgresError) -> None:
    """An error's detail quotes the row it is about, a person's often; and errors are logged."""
    if error.args and isinstance(error.args[0], dict):
        error.args[0].pop("D", None)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end, rolled back on any exception.

    Raises ServiceUnavailable when the database is away or too slow. An error during COMMIT leaves
    its outcome unknown, so whoever calls this must be able to be called again.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except (OperationalError, InterfaceError) as error:
        logger.exception("database away")
        raise ServiceUnavailable.retry_after(1, "The database did not answer.") from error
    except DBAPIError as error:
        if error.connection_invalidated or sql_state(error) in _PASSING_STATES:
            logger.exception("database away")
            raise ServiceUnavailable.retry_after(1, "The database did not answer.") from error
        raise


# Lock not available, query cancelled by a timeout, deadlock, serialization failure, too many
# connections, and the three ways a server says that it is going down (PostgreSQL, appendix A).
_PASSING_STATES = {"55P03", "57014", "40P01", "40001", "53300", "57P01", "57P02", "57P03"}


def sql_state(error: DBAPIError) -> str | None:
    """The SQLSTATE of a database error, as pg8000 reports it."""
    detail = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return detail.get("C") if isinstance(detail, dict) else None


def constraint(error: DBAPIError) -> str | None:
    """The name of the violated constraint, as pg8000 reports it."""
    detail = error.orig.args[0] if error.orig is not None and error.orig.args else None
    return detail.get("n") if isinstance(detail, dict) else None


def check_health(engine: Engine) -> None:
    """Raises ServiceUnavailable unless the database answers."""
    with transaction(engine) as connection:
        connection.execute(text("SELECT 1"))
