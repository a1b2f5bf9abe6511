"""A deployment makes all databases whole, or leaves each as it was; and there is a way back."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.config import Config
from sqlalchemy.exc import DBAPIError

from functions.databases import histories, making
from functions.databases.histories import revisions
from functions.databases.making import DOMAINS, make_all, take_back
from functions.databases.owner import Owner

Asked = Callable[[str, str], list[list[object]]]
TABLES = "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public'"
REVISION = "SELECT version_num FROM alembic_version"
BROKEN = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("half", sa.Column("one", sa.Integer))
    op.execute("{does}")


def downgrade() -> None:
    op.drop_table("half")
"""


@pytest.fixture
def one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Gives a domain's history one more revision, which runs this statement."""

    def add(domain: str, does: str) -> None:
        head = revisions(domain)[-1]
        history = tmp_path / domain
        shutil.copytree(Path(histories.__file__).parents[1] / domain / "migrations", history)
        (history / "versions" / "9999_more.py").write_text(BROKEN.format(head=head, does=does))
        ours = histories._folder

        def folder(asked: str) -> Config:
            config = ours(asked)
            if asked == domain:
                config.set_main_option("script_location", str(history))
            return config

        monkeypatch.setattr(histories, "_folder", folder)

    return add


def test_a_new_cluster_gets_every_domains_tables_owned_by_the_domain(
    owner: Owner, asked: Asked
) -> None:
    moved = make_all(owner)
    for domain in DOMAINS:
        tables = asked(domain, TABLES)
        assert {owner for _, owner in tables} == {domain}
        assert {"alembic_version", "outbox"} <= {table for table, _ in tables}
        assert asked(domain, REVISION) == [[revisions(domain)[-1]]]
        assert moved[domain] == (None, revisions(domain)[-1])


def test_making_all_again_changes_nothing(owner: Owner) -> None:
    first = make_all(owner)
    again = make_all(owner)
    assert {one.before for one in again.values()} == {one.after for one in first.values()}
    assert all(one.before == one.after for one in again.values())


def test_each_role_signs_in_by_iam_and_to_its_own_database_only(owner: Owner, asked: Asked) -> None:
    make_all(owner)
    admitted = {
        (role, database)
        for role in (*DOMAINS, "auditor")
        for database in DOMAINS
        if asked("postgres", f"SELECT has_database_privilege('{role}', '{database}', 'CONNECT')")
        == [[True]]
    }
    assert admitted == {(domain, domain) for domain in DOMAINS} | {("auditor", "payments")}
    members = "SELECT pg_has_role('{}', 'rds_iam', 'MEMBER')"
    for role in (*DOMAINS, "auditor"):
        assert asked("postgres", members.format(role)) == [[True]]


def test_the_auditor_reads_payments_and_writes_nothing(owner: Owner, asked: Asked) -> None:
    make_all(owner)
    may = "SELECT has_table_privilege('auditor', 'payments', '{}')"
    assert asked("payments", may.format("SELECT")) == [[True]]
    assert asked("payments", may.format("INSERT, UPDATE, DELETE, TRUNCATE")) == [[False]]


def test_names_sort_as_on_the_machines_that_tests_run_on(owner: Owner, asked: Asked) -> None:
    make_all(owner)
    locales = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = ANY('{%s}')"
    found = asked("postgres", locales % ",".join(DOMAINS))
    assert found == [["b", "C.UTF-8"]] * len(DOMAINS)


def test_a_migration_that_fails_leaves_its_database_as_it_was(
    owner: Owner, asked: Asked, one_more: Callable[[str, str], None]
) -> None:
    make_all(owner)
    before = asked("catalog", TABLES)
    one_more("catalog", "SELECT nothing")
    with pytest.raises(DBAPIError, match="nothing"):
        make_all(owner)
    assert asked("catalog", TABLES) == before
    assert asked("catalog", REVISION) == [[revisions("catalog")[-2]]]


def test_older_code_leaves_newer_tables_as_they_are(
    owner: Owner,
    asked: Asked,
    one_more: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one_more("users", "SELECT 1")
    make_all(owner)
    monkeypatch.undo()
    assert make_all(owner)["users"] == ("9999", "9999")
    assert ["half", "users"] in asked("users", TABLES)


def test_a_migration_is_taken_back_and_made_again(owner: Owner, asked: Asked) -> None:
    make_all(owner)
    *_, before_last, last = revisions("payments")
    assert take_back(owner, "payments", before_last) == (last, before_last)
    assert asked("payments", REVISION) == [[before_last]]
    assert make_all(owner)["payments"] == (before_last, last)


def test_nothing_is_taken_back_to_what_is_not_there(owner: Owner, asked: Asked) -> None:
    make_all(owner)
    with pytest.raises(ValueError, match="0042"):
        take_back(owner, "users", "0042")
    with pytest.raises(ValueError, match="seating"):
        take_back(owner, "seating", "0001")
    assert asked("users", REVISION) == [[revisions("users")[-1]]]


def test_a_migration_that_would_hold_up_sales_gives_up(
    owner: Owner, one_more: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_all(owner)
    monkeypatch.setattr(making, "_LOCK_TIMEOUT", "100ms")
    one_more("catalog", "ALTER TABLE events ADD COLUMN one integer")
    with owner.connection("catalog") as customer, customer.begin():
        customer.exec_driver_sql("SET LOCAL ROLE catalog")
        customer.exec_driver_sql("SELECT count(*) FROM events")
        with pytest.raises(DBAPIError, match="lock timeout"):
            make_all(owner)
