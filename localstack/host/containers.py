"""`make localstack`: all of Boxoffice on LocalStack and Postgres in containers (`compose.yaml`).

Everything else is the same launcher's: templates, deployment, migrations, the edge in front.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final

from embedded.assembly import Stack
from embedded.config import REPOSITORY
from embedded.databases import ROLE_PASSWORD, PostgresError, Server
from embedded.errors import StackError
from embedded.launcher import Launcher
from embedded.processes import start_program
from embedded.settings import Settings, read_settings
from embedded.state import StateFolder
from embedded.up import FAILURES, run
from pg8000.exceptions import DatabaseError, InterfaceError

from host import packages, templates
from host.up import apart

COMPOSE: Final = REPOSITORY / "localstack" / "compose.yaml"
# The first time, images are pulled.
_START_SECONDS: Final = 900
# Where the containers of functions find Postgres: its name and port in the file's network.
DATABASE: Final = {"databaseHost": "postgres", "databasePort": "5432"}


class NoDockerError(StackError):
    """There is no Docker to run containers with."""


class ContainerPostgres(Server):
    """A container's, by its published port."""

    # As the file gives it to the image. It opens nothing but a container on this machine.
    superuser_password = ROLE_PASSWORD

    def __init__(self, port: int) -> None:
        self.port = port

    def await_ready(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        """Return once it answers. Raises PostgresError."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                self.superuser().close()
            except (DatabaseError, InterfaceError, OSError):
                time.sleep(0.2)
                continue
            return
        raise PostgresError(f"Postgres did not start; see {log}.")


class ContainerLocalStack:
    """LocalStack as its image has it, without our plugins."""

    health: ClassVar[str] = "/_localstack/health"
    start_seconds: ClassVar[float] = _START_SECONDS
    keeps_state: ClassVar[bool] = False
    metrics: ClassVar[str | None] = None

    def start(
        self,
        port: int,
        state: StateFolder,  # noqa: ARG002 - its image keeps its own
        settings: Settings,  # noqa: ARG002 - they are in the templates
        log: Path,
    ) -> "subprocess.Popen[bytes]":
        chosen = {"BOXOFFICE_AWS_PORT": str(port), "BOXOFFICE_LAYER": str(packages.fetch())}
        return _compose_up("localstack", chosen, log)

    def adapt(self, stack: Stack) -> Stack:
        return templates.adapt(stack)

    def finish(self, assembly: Path, endpoint: str) -> None:
        templates.verify_senders(assembly, endpoint)


class ContainerLauncher(Launcher):
    """The same, with Postgres in a container as well."""

    def _start_postgres(self) -> Server:
        with self._progress.step("Postgres"):
            postgres = ContainerPostgres(self._state.port("postgres"))
            chosen = {"BOXOFFICE_POSTGRES_PORT": str(postgres.port)}
            part = self._start_part("postgres", lambda log: _compose_up("postgres", chosen, log))
            postgres.await_ready(part.process, part.log)
        return postgres

    def _database_context(self, port: int) -> dict[str, str]:  # noqa: ARG002 - our side of it
        return DATABASE


def _compose_up(service: str, chosen: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """One service in the foreground: the process ends with it, and ends it when asked to."""
    command = ["docker", "compose", "--file", str(COMPOSE), "up", "--abort-on-container-exit"]
    return start_program([*command, service], log, os.environ | chosen)


def require_docker() -> None:
    """Raises NoDockerError, which says what is missing and what needs none."""
    for asked in (["docker", "compose", "version"], ["docker", "version"]):
        try:
            subprocess.run(asked, check=True, capture_output=True)  # noqa: S603
        except (OSError, subprocess.CalledProcessError) as error:
            raise NoDockerError(
                f"`{' '.join(asked)}` fails: this needs Docker with Compose, and its engine "
                "running. `make localstack-host` needs neither."
            ) from error


def main() -> None:
    try:
        require_docker()
        run(apart(read_settings(os.environ)), ContainerLocalStack(), ContainerLauncher)
    except FAILURES as failure:
        sys.exit(f"Boxoffice: {failure}")


if __name__ == "__main__":
    main()
