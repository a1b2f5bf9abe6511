"""The embedded Postgres keeps domains apart and what was committed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from embedded.config import POSTGRES_DOMAINS, free_port
from embedded.databases import Database
from embedded.postgres import Postgres
from embedded.postgres_home import HOUSES, RELEASE, WHEEL, find_home, remove_home


def ask(database: Database, query: str) -> str:
    """What `psql` prints. Raises CalledProcessError with what it says on stderr."""
    url = f"postgresql://{database.user}:{database.password}@{database.host}:{database.port}"
    program = str(WHEEL / RELEASE / "bin" / "psql")
    return subprocess.run(
        [program, f"{url}/{database.name}", "--no-psqlrc", "--tuples-only", "--command", query],
        check=True,
        capture_output=True,
        text=True,
        timeout=20,
    ).stdout.strip()


def refusal(database: Database, query: str = "SELECT 1") -> str:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        ask(database, query)
    return str(refused.value.stderr)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    postgres = Postgres(tmp_path / "postgres", free_port(), tmp_path / "log")
    postgres.start()
    yield postgres
    postgres.stop()
    postgres.remove()


def test_a_role_reaches_its_own_database_only(postgres: Postgres) -> None:
    users, orders = (postgres.ensure_database(f"apart_{name}", f"apart_{name}") for name in "ab")
    ask(users, "CREATE TABLE account (id int)")
    assert "permission denied for database" in refusal(replace(users, user=orders.user))
    assert "password authentication failed" in refusal(replace(users, password="guessed"))


def test_the_superuser_needs_a_password_too(postgres: Postgres) -> None:
    superuser = Database(postgres.port, "postgres", "postgres", password="postgres")
    assert "password authentication failed" in refusal(superuser)


def test_what_was_committed_survives_a_crash_of_the_server(server: Postgres) -> None:
    database = server.ensure_database("users", "users")
    ask(database, "CREATE TABLE account (id int)")
    ask(database, "INSERT INTO account VALUES (7)")
    assert server.process is not None
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait()

    server.start()
    assert ask(server.ensure_database("users", "users"), "SELECT id FROM account") == "7"


def test_a_server_that_crashed_just_before_it_was_stopped_has_lost_nothing(
    server: Postgres,
) -> None:
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    assert server.stop()


def test_a_server_that_does_not_end_when_asked_is_killed_and_has_lost_nothing(
    server: Postgres,
) -> None:
    database = server.ensure_database("users", "users")
    ask(database, "CREATE TABLE account AS SELECT 7 AS id")
    assert server.process is not None
    # It hears nothing any more.
    server.process.send_signal(signal.SIGSTOP)
    assert server.stop(seconds=0.2)
    assert server.process.poll() == -signal.SIGKILL
    server.start()
    assert ask(database, "SELECT id FROM account") == "7"


def test_what_a_killed_server_was_at_is_ended_before_another_shares_its_data(
    server: Postgres,
) -> None:
    database = server.ensure_database("users", "users")
    # Counting, it looks at nothing and so does not notice that its server is gone.
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(
            refusal, database, "SELECT count(*) FROM generate_series(1, 1000000000)"
        )
        until_counting(server)
        assert server.process is not None
        server.process.kill()
        server.process.wait()
        server.start()
        assert "server closed the connection" in counting.result(timeout=20)
    assert ask(server.ensure_database("users", "users"), "SELECT 1") == "1"


def until_counting(server: Postgres) -> None:
    connection = server.superuser()
    query = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT count%' AND state = 'active'"
    deadline = time.monotonic() + 20
    while not connection.run(query):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    connection.close()


def test_a_server_left_on_the_folder_is_ended_first(server: Postgres) -> None:
    left = server.process
    assert left is not None
    server.start()
    assert left.wait(timeout=10) == 0
    assert ask(server.ensure_database("users", "users"), "SELECT 1") == "1"


def test_a_dead_servers_lock_does_not_stop_a_start(server: Postgres) -> None:
    server.stop()
    # As after a reboot: the number in the lock is that of somebody else by now.
    lock = server.folder / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{server.folder / 'data'}\n1\n5432\n\n127.0.0.1\n\nready\n")
    server.start()
    assert ask(server.ensure_database("users", "users"), "SELECT 1") == "1"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server lives outside the state folder")
def test_roots_server_widens_no_folder_and_leaves_none_behind(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    postgres = Postgres(private / "postgres", free_port(), tmp_path / "log", durable=False)
    postgres.start()
    house = (private / "postgres").readlink()
    assert private.stat().st_mode & 0o777 == 0o700
    assert house.parent == HOUSES
    assert (house / "data").stat().st_uid != 0
    postgres.stop()

    # The state folder is deleted by hand; the next server of anybody tears its house down.
    (private / "postgres").unlink()
    find_home(tmp_path / "another")
    assert not house.exists()
    remove_home(tmp_path / "another")


@pytest.mark.parametrize("domain", POSTGRES_DOMAINS)
def test_each_domains_history_leads_to_tables_its_role_owns(
    domain: str, database: Callable[[str], Database]
) -> None:
    query = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert ask(database(domain), query) == domain
