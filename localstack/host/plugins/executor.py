"""LocalStack's functions as processes of this machine instead of containers.

They run on the interpreter that BOXOFFICE_FUNCTIONS_PYTHON names, which has their packages. What
they log goes to CloudWatch, as everywhere, and to the file BOXOFFICE_FUNCTIONS_LOG.
"""

import os
import threading
from pathlib import Path
from typing import Any, ClassVar, Final

from embedded.config import HOST
from embedded.lambda_worker import LIVE_CODE, TEST_SWITCH
from localstack.config import GATEWAY_LISTEN
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from host.plugins.worker import Outcome, StartFailedError, Worker

PYTHON: Final = "BOXOFFICE_FUNCTIONS_PYTHON"
LOG: Final = "BOXOFFICE_FUNCTIONS_LOG"
# All that a function may know of the machine it runs on.
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", LIVE_CODE, TEST_SWITCH)


class ProcessExecutor(RuntimeExecutor):  # type: ignore[misc]
    """One environment of a function's version: its process, which is begun again when it died."""

    _file: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, executor_id: str, function_version: FunctionVersion) -> None:
        super().__init__(executor_id, function_version)
        self._environment: dict[str, str] = {}
        self._worker: Worker | None = None
        self._stopped = False

    def start(self, env_vars: dict[str, Any]) -> None:
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        timeout = str(self.function_version.config.timeout)
        own = {name: str(value) for name, value in env_vars.items()}
        self._environment = kept | own | {"TZ": "UTC", "_LAMBDA_TIMEOUT": timeout}
        self._begin()

    def stop(self) -> None:
        self._stopped = True
        if self._worker is not None:
            self._worker.stop()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Run the handler. Raises StatusErrorException when it can't be imported again."""
        worker = self._worker
        if worker is None or not worker.is_alive:
            worker = self._begin()
        request_id = payload["invoke-id"]
        outcome = worker.invoke(
            payload["payload"],
            request_id,
            payload["invoked-function-arn"],
            self.function_version.config.timeout,
        )
        self._write_down(outcome.log)
        log = self._framed(outcome, request_id)
        return InvocationResult(request_id, outcome.payload, outcome.is_error, log)

    def _begin(self) -> Worker:
        """Start the process. Raises StatusErrorException, which LocalStack tells the caller."""
        version = self.function_version
        code = Path(version.config.code.get_unzipped_code_location())
        module, _, handler = version.config.handler.rpartition(".")
        init = {
            "function_name": version.id.function_name,
            "memory": version.config.memory_size,
            "arn": version.qualified_arn,
            "code_dir": str(code),
            "module": module.replace("/", "."),
            "handler": handler,
        }
        self._worker = worker = Worker(os.environ[PYTHON], code, self._environment, init)
        if self._stopped:
            # By another thread, whose patience with our start has ended.
            worker.stop()
        try:
            worker.await_ready()
        except StartFailedError as error:
            self._write_down(str(error))
            raise StatusErrorException("The function did not start.", error.payload) from error
        return worker

    def _write_down(self, log: str) -> None:
        if not (file := os.environ.get(LOG)):
            return
        name = self.function_version.id.function_name
        lines = [line for line in log.split("\n") if line and '"_aws"' not in line]
        with self._file, Path(file).open("a", encoding="utf-8") as output:
            output.writelines(f"{name} {line}\n" for line in lines)

    def _framed(self, outcome: Outcome, request_id: str) -> str:
        """The log between the lines that Lambda puts around it."""
        milliseconds = outcome.seconds * 1000
        return (
            f"START RequestId: {request_id} Version: {self.function_version.id.qualifier}\n"
            + (f"{outcome.log}\n" if outcome.log else "")
            + f"END RequestId: {request_id}\n"
            f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\t"
            f"Billed Duration: {int(milliseconds) + 1} ms\t"
            f"Memory Size: {self.function_version.config.memory_size} MB\n"
        )

    # Of an environment that LocalStack could reach by address; ours is a child of it.

    def get_address(self) -> str:
        return HOST

    def get_endpoint_from_executor(self) -> str:
        return HOST

    def get_runtime_endpoint(self) -> str:
        return f"http://{HOST}:{GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self) -> str:
        """Nothing: each invocation's log has gone with its result."""
        return ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        if function_version.config.code:
            function_version.config.code.destroy_cached()


class ProcessExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]
    """What `LAMBDA_RUNTIME_EXECUTOR=process` asks for."""

    name = "process"

    def load(self, *_args: object, **_named: object) -> type[RuntimeExecutor]:
        return ProcessExecutor
