"""The owner of the cluster gets in by whichever way Aurora takes from it at the time."""

from collections.abc import Iterator

import pytest
from embedded.postgres import Postgres
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from functions.databases.owner import Owner
from functions.databases.tests.conftest import engine_of


def owner_with(server: Postgres, *passwords: str) -> tuple[Owner, list[str]]:
    """One who tries these one after the other, and what was tried."""
    tried: list[str] = []

    def engines(database: str) -> Iterator[Engine]:
        for password in passwords:
            tried.append(password)
            yield engine_of(server, database, password)

    return Owner(engines), tried


def test_what_is_refused_first_gives_way_to_the_other_way(server: Postgres) -> None:
    owner, tried = owner_with(server, "a token", "owners-own")
    with owner.connection("postgres") as connection:
        assert connection.exec_driver_sql("SELECT current_user").scalar() == "owner"
    assert tried == ["a token", "owners-own"]


def test_the_password_is_not_fetched_where_the_first_way_opens(server: Postgres) -> None:
    owner, tried = owner_with(server, "owners-own", "never asked for")
    with owner.connection("postgres"):
        pass
    assert tried == ["owners-own"]


def test_whoever_is_refused_both_ways_is_told_so(server: Postgres) -> None:
    owner, _ = owner_with(server, "wrong", "wrong too")
    with pytest.raises(DBAPIError, match="28P01"), owner.connection("postgres"):
        pass


def test_another_fault_is_no_reason_to_try_a_password(server: Postgres) -> None:
    owner, tried = owner_with(server, "owners-own", "owners-own")
    with pytest.raises(DBAPIError, match="3D000"), owner.connection("nowhere"):
        pass
    assert len(tried) == 1
