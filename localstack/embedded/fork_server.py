"""Forks workers of functions that need not import again what nearly all functions import.

The emulator runs this file alone, beside itself, and asks it over a socket for one worker after the
other (`mends/forking.py`): a byte with the worker's pipes, and a line of JSON with its script,
folder and environment; the answer is a line with its process id. It ends when the emulator does.
Nothing of ours is imported here: what a worker runs is the deployed code.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

# Dear to import, and the same for every function: no module here looks at a function's environment
# while it is imported.
PRELOADED: Final = (
    "aws_lambda_powertools.event_handler.api_gateway",
    "aws_lambda_powertools.event_handler.middlewares.openapi_validation",
    "aws_lambda_powertools.event_handler.openapi.models",
    "aws_lambda_powertools.utilities.batch",
    "botocore.session",
    "jwt",
    "pg8000",
    "sqlalchemy.dialects.postgresql.pg8000",
)
# What functions are clients of.
SERVICES: Final = (
    *("dynamodb", "events", "kms", "lambda"),
    *("secretsmanager", "ses", "sqs", "stepfunctions"),
)
# stdin, stdout and stderr, and one that nobody writes to: it is closed when the worker has ended.
PIPES: Final = 4


class ReadOnce(JSONFileLoader):
    """Reads what botocore knows of AWS' services once for all workers: 0.1 s for each client."""

    _read: ClassVar[dict[str, Any]] = {}

    def load_file(self, file_path: str) -> Any:
        if file_path not in self._read:
            self._read[file_path] = super().load_file(file_path)
        return self._read[file_path]


def read_services() -> None:
    Loader.FILE_LOADER_CLASS = ReadOnce
    session = Session()
    for service in SERVICES:
        session.create_client(service, "us-east-1")


def serve(asked: socket.socket) -> None:
    """Fork until whoever asks is gone; returns in each worker, too, when that has ended."""
    # Nobody asks how a worker ended, and that it did its last pipe tells.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    lines = asked.makefile("rb")
    while True:
        byte, pipes, _, _ = socket.recv_fds(asked, 1, PIPES)
        if not byte:
            return
        worker: dict[str, Any] = json.loads(lines.readline())
        process_id = os.fork()
        if process_id == 0:
            lines.close()
            asked.close()
            become(worker, pipes)
            return
        for pipe in pipes:
            os.close(pipe)
        asked.sendall(b"%d\n" % process_id)


def become(worker: dict[str, Any], pipes: Sequence[int]) -> None:
    """Run a worker's script as its own interpreter would, in its folder and environment."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, pipe in enumerate(pipes[:-1]):
        os.dup2(pipe, number)
        os.close(pipe)
    # It has to outlive a worker that begins again (`lambda_worker.begin_again`).
    os.set_inheritable(pipes[-1], True)  # noqa: FBT003
    os.chdir(worker["folder"])
    os.environ.clear()
    os.environ.update(worker["environment"])
    sys.argv = [worker["script"]]
    sys.path.insert(0, str(Path(worker["script"]).parent))
    runpy.run_path(worker["script"], run_name="__main__")


def main() -> None:
    for module in PRELOADED:
        importlib.import_module(module)
    read_services()
    # What is there now is never looked through again, so its memory stays shared.
    gc.freeze()
    serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
