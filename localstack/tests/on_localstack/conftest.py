"""LocalStack itself, with our plugins and nothing deployed."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from differences import ON
from embedded.aws import client
from embedded.config import HOST, free_port
from embedded.processes import await_answer, stop
from embedded.settings import Settings
from embedded.state import StateFolder
from host.localstack import LocalStack


@dataclass(frozen=True)
class Running:
    """A LocalStack that serves."""

    endpoint: str
    state: StateFolder
    process: "subprocess.Popen[bytes]"

    def client(self, service: str) -> Any:
        return client(service, self.endpoint)


@pytest.fixture(scope="session")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    if os.environ.get(ON) != "localstack":
        pytest.skip("`make test-localstack` runs what asks LocalStack, beside the suite there.")
    settings = Settings(port=0, state=tmp_path_factory.mktemp("localstack"))
    state = StateFolder(settings.state)
    state.prepare()
    aws, port, log = LocalStack(), free_port(), settings.state / "localstack.log"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_OF_THE_HOST", "hunter2")
        process = aws.start(port, state, settings, log)
    try:
        endpoint = f"http://{HOST}:{port}"
        await_answer(endpoint + aws.health, process, aws.start_seconds, log)
        yield Running(endpoint, state, process)
    finally:
        stop(process)


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for code that is uploaded."""
    return tmp_path_factory.mktemp("code")
