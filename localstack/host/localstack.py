"""LocalStack as a process of this machine, in a venv of its own, with our plugins (`plugins/`)."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import ClassVar, Final

from embedded.assembly import Stack
from embedded.config import CREDENTIALS, HOST, REPOSITORY
from embedded.errors import StackError
from embedded.lambda_worker import LIVE_CODE, TEST_SWITCH
from embedded.processes import start_program
from embedded.settings import Settings
from embedded.state import StateFolder

from host import templates

INTERPRETER: Final = REPOSITORY / ".venv-localstack" / "bin" / "python"
# All that LocalStack may know of the machine it runs on.
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ")


class NotInstalledError(StackError):
    """LocalStack's venv is not there."""


class LocalStack:
    """It keeps nothing: the free edition saves no state."""

    health: ClassVar[str] = "/_localstack/health"
    start_seconds: ClassVar[float] = 120.0
    keeps_state: ClassVar[bool] = False
    metrics: ClassVar[str | None] = None

    def start(
        self, port: int, state: StateFolder, settings: Settings, log: Path
    ) -> "subprocess.Popen[bytes]":
        if not INTERPRETER.exists():
            raise NotInstalledError("LocalStack is not installed: make localstack-host does it.")
        environment = _environment(port, state)
        if settings.is_live:
            environment[LIVE_CODE] = str(state.live)
        if settings.test_switch:
            environment[TEST_SWITCH] = str(settings.test_switch)
        # Each connection and each function's process takes a few; children inherit it.
        _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        return start_program([str(INTERPRETER), "-m", "localstack.runtime.main"], log, environment)

    def adapt(self, stack: Stack) -> Stack:
        return templates.adapt(stack)

    def finish(self, assembly: Path, endpoint: str) -> None:
        templates.verify_senders(assembly, endpoint)


def _environment(port: int, state: StateFolder) -> dict[str, str]:
    """LocalStack's settings, and those of our plugins."""
    registration = REPOSITORY / "localstack" / "host" / "registration"
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **CREDENTIALS,
        # Functions find nothing of the developer's in their home, nor do LocalStack's caches.
        "HOME": str(state.temporary),
        "TMPDIR": str(state.temporary),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "localstack"), str(registration)]),
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        # It asks nobody on the internet, and tells nobody.
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DNS_ADDRESS": "0",
        "DOCKER_HOST": "unix:///nonexistent",
        "PROVIDER_OVERRIDE_DYNAMODB": "moto",
        "PROVIDER_OVERRIDE_DYNAMODBSTREAMS": "moto",
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        # A cold start beside many others takes its time.
        "LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT": "60",
        "LAMBDA_KEEPALIVE_MS": "300000",
        "BOXOFFICE_FUNCTIONS_PYTHON": sys.executable,
        "BOXOFFICE_FUNCTIONS_LOG": str(state.logs / "functions.log"),
    }
