"""Makes everything a domain's functions expect of Postgres, and takes a migration back."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from functions.databases.histories import Moved, downgrade, upgrade
from functions.databases.owner import Owner
from functions.databases.roles import act_as, act_as_oneself, ensure_database, ensure_role
from functions.shared.observability import logger

DOMAINS: Final = ("users", "catalog", "payments")
AUDITED: Final = "payments"
AUDITOR: Final = "auditor"
_AUDITOR: Final = Path(__file__).parents[1] / "audit" / "auditor.sql"
_MAINTENANCE: Final = "postgres"
# Whoever waits for a table's lock makes everybody wait who comes after: better to fail, and be
# deployed again, than to stop sales.
_LOCK_TIMEOUT: Final = "5s"
# Any number will do, if nobody else takes it for a lock of theirs.
_ONE_AT_A_TIME: Final = 7_071_914


def make_all(owner: Owner) -> dict[str, Moved]:
    """Roles, databases and tables of all domains, and the audit's user; again is harmless.

    Each database is brought to the newest revision whole, or left as it was. Raises DBAPIError.
    """
    with owner.connection(_MAINTENANCE) as connection:
        each = connection.execution_options(isolation_level="AUTOCOMMIT")
        for role in (*DOMAINS, AUDITOR):
            ensure_role(each, role)
        for domain in DOMAINS:
            ensure_database(each, domain)
    return {domain: _make(owner, domain) for domain in DOMAINS}


def take_back(owner: Owner, domain: str, revision: str) -> Moved:
    """Undo this domain's migrations after `revision`, all of them or none.

    Raises ValueError on a domain or revision that is not known, DBAPIError.
    """
    if domain not in DOMAINS:
        raise ValueError(f"Unknown domain {domain!r}: {', '.join(DOMAINS)}.")
    with owner.connection(domain) as connection, connection.begin():
        _alone(connection, domain)
        moved = downgrade(connection, domain, revision)
    _log(domain, moved)
    return moved


def _make(owner: Owner, domain: str) -> Moved:
    with owner.connection(domain) as connection, connection.begin():
        _alone(connection, domain)
        moved = upgrade(connection, domain)
        if domain == AUDITED:
            act_as_oneself(connection)
            connection.exec_driver_sql(_AUDITOR.read_text("utf-8"))
    _log(domain, moved)
    return moved


def _alone(connection: Connection, domain: str) -> None:
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
    connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
    act_as(connection, domain)


def _log(domain: str, moved: Moved) -> None:
    logger.info("database migrated", extra={"database": domain, **moved._asdict()})
