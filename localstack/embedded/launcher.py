"""Starts the parts of a stack one after the other, watches over them, and ends them."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from embedded.administrator import ensure_administrator
from embedded.config import ACCOUNT, CREDENTIALS, HOST, POSTGRES_DOMAINS, REGION
from embedded.databases import Database, Server
from embedded.demo import load_demo
from embedded.deploy import Deployment
from embedded.emulated_aws import EmulatedAws
from embedded.errors import StackError
from embedded.interrupts import Interrupts
from embedded.live import LiveCode
from embedded.migrate import upgrade
from embedded.postgres import STOP_SIGNAL, Postgres
from embedded.processes import await_answer, await_port, start_module, stop
from embedded.progress import Progress
from embedded.settings import Settings
from embedded.state import STOP_SECONDS, StateFolder
from embedded.synth import synthesize
from embedded.warm import warm
from infra.names import Names

NAMES: Final = Names("local")
_START_SECONDS: Final = 30
_STEPS: Final = 9


class PartEndedError(StackError):
    """A part of the stack ended by itself; the message says which and where its log is."""


@dataclass(frozen=True)
class Part:
    """A process of ours, its log, how it is ended, and how begun again if a crash loses nothing."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    end: Callable[[], bool]
    begin_again: Callable[[], subprocess.Popen[bytes]] | None = None


class Launcher:
    """One stack, from nothing to ready and back."""

    def __init__(
        self, settings: Settings, state: StateFolder, interrupts: Interrupts, aws: EmulatedAws
    ) -> None:
        self._aws = aws
        self._settings = settings
        self._state = state
        self._interrupts = interrupts
        self._parts: list[Part] = []
        self._reached: dict[str, object] = {}
        self._progress = Progress(_STEPS)

    def start(self) -> None:
        """Bring everything up, showing each step. Stops between steps as asked."""
        self._state.prepare()
        postgres = self._start_postgres()
        endpoint = self._start_emulator()
        self._synthesize(postgres.port)
        upstream = self._deploy(endpoint)
        audited = self._migrate(postgres)
        with self._progress.step("Functions warmed") as step:
            step.result = f"{warm(upstream)} of them"
        with self._progress.step("Administrator"):
            ensure_administrator(endpoint, NAMES.function("users", "tasks"))
        # Opened last: customers who wait at the door would each have a cold function started.
        self._start_edge(upstream, endpoint)
        with self._progress.step("Demo data") as step:
            loaded = self._settings.with_demo and load_demo(self._settings.url)
            step.result = "loaded" if loaded else "as it was" if self._settings.with_demo else "off"
        self._reached = {
            "url": self._settings.url,
            "endpoint": endpoint,
            "databasePort": postgres.port,
            "audit": _audit(endpoint, audited),
        }
        self._describe()

    def watch(self) -> None:
        """Return never: raise Stopped when asked to stop, PartEndedError when a part has ended.

        A part that has crashed and lost nothing by it is begun again instead. Raises StackError
        when that fails.
        """
        live = LiveCode(self._state.live) if self._settings.is_live else None
        while True:
            if live and (changed := live.look()):
                print(f"Edited: {', '.join(changed)}. The next request meets it.", flush=True)
            for part in self._parts:
                if (code := part.process.poll()) is not None:
                    said = f"{part.name} ended by itself (exit code {code}); see {part.log}."
                    if part.begin_again is None or code == 0:
                        raise PartEndedError(said)
                    print(f"{said} It is started again.", flush=True)
                    self._begin_again(part, part.begin_again)
            time.sleep(0.3)

    def stop(self) -> list[str]:
        """End every part, the newest first, and name those that had to be killed for it.

        Each writes its state down when it ends.
        """
        self._state.describe(None)
        killed = [part.name for part in reversed(self._parts) if not part.end()]
        self._parts.clear()
        self._state.forget_processes()
        return killed

    def _begin_again(self, part: Part, begin: Callable[[], subprocess.Popen[bytes]]) -> None:
        with self._interrupts.held():
            fresh = replace(part, process=begin())
            self._parts[self._parts.index(part)] = fresh
            self._state.record_process(part.name, fresh.process.pid, STOP_SIGNAL)
        self._describe()

    def _describe(self) -> None:
        processes = {part.name: part.process.pid for part in self._parts}
        self._state.describe(self._reached | {"processes": processes})

    def _start_postgres(self) -> Server:
        with self._progress.step("Postgres"):
            log = self._state.logs / "postgres.log"
            postgres = Postgres(self._state.postgres, self._state.port("postgres"), log)
            postgres.prepare()
            with self._interrupts.held():
                process = postgres.launch()
                self._parts.append(Part("postgres", process, log, postgres.stop, postgres.start))
                self._state.record_process("postgres", process.pid, STOP_SIGNAL)
            postgres.await_ready()
        return postgres

    def _start_emulator(self) -> str:
        with self._progress.step("Emulated AWS"):
            port = self._state.port("emulator")
            part = self._start_part(
                "emulator", lambda log: self._aws.start(port, self._state, self._settings, log)
            )
            endpoint = f"http://{HOST}:{port}"
            health, seconds = endpoint + self._aws.health, self._aws.start_seconds
            await_answer(health, part.process, seconds, part.log)
        return endpoint

    def _synthesize(self, database_port: int) -> None:
        with self._progress.step("Templates") as step:
            context = {
                "environment": "local",
                **self._database_context(database_port),
                "reservationSeconds": str(self._settings.reservation_seconds),
                "paymentSeconds": str(self._settings.payment_seconds),
                "holdsCountedSeconds": str(self._settings.holds_counted_seconds),
                "stripeApi": self._settings.stripe_api or "",
            }
            changed = synthesize(context, self._state.assembly)
            step.result = "synthesized" if changed else "unchanged"

    def _database_context(self, port: int) -> dict[str, str]:
        """Where functions find Postgres."""
        return {"databasePort": str(port)}

    def _deploy(self, endpoint: str) -> str:
        """Deploy what has changed; the address of the API's stage."""
        with self._progress.step("Deployment") as step:
            deployment = Deployment(endpoint, self._aws.adapt)
            outputs = deployment.deploy(self._state.assembly)[NAMES.stack("api")]
            self._aws.finish(self._state.assembly, endpoint)
            count = len(deployment.changed)
            step.result = f"{count} stacks" if count else "unchanged"
        stage = outputs["ApiUrl"].rstrip("/").rsplit("/", 1)[1]
        return f"{endpoint}/restapis/{outputs['ApiId']}/{stage}/_user_request_"

    def _migrate(self, postgres: Server) -> Database:
        """What the audit may read of it."""
        with self._progress.step("Migrations"):
            for domain in POSTGRES_DOMAINS:
                upgrade(domain, postgres.ensure_database(domain, domain))
            return postgres.ensure_auditor(postgres.ensure_database("payments", "payments"))

    def _start_edge(self, upstream: str, endpoint: str) -> None:
        with self._progress.step("Edge"):
            arguments = ["--port", str(self._settings.port), "--upstream", upstream]
            if self._aws.metrics is not None:
                arguments += ["--metrics", endpoint + self._aws.metrics]
            part = self._start_part(
                "edge", lambda log: start_module("embedded.edge", arguments, log)
            )
            await_port(self._settings.port, part.process, _START_SECONDS, part.log)

    def _start_part(self, name: str, begin: Callable[[Path], subprocess.Popen[bytes]]) -> Part:
        log = self._state.logs / f"{name}.log"
        with self._interrupts.held():
            process = begin(log)
            part = Part(name, process, log, lambda: stop(process, seconds=STOP_SECONDS))
            self._parts.append(part)
            self._state.record_process(name, process.pid)
        return part


def _audit(endpoint: str, audited: Database) -> dict[str, Any]:
    """How `make audit` reaches this stack: `functions/audit/settings.py` reads it."""
    return {
        "seating_table": NAMES.table("seating"),
        "orders_table": NAMES.table("orders"),
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/{NAMES.auditor}",
        "database_url": audited.url,
        "aws": {
            "endpoint_url": endpoint,
            "region_name": REGION,
            "aws_access_key_id": CREDENTIALS["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        },
    }
