"""A launcher as a process of its own, as a user starts it."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil
from embedded.config import free_port
from embedded.processes import start_module
from embedded.settings import Settings
from embedded.stack import READY


class Run:
    """One `make up`, without make."""

    def __init__(self, state: Path, log: Path, **environment: str) -> None:
        self.state = state
        self.log = log
        settings = Settings(port=free_port(), state=state).environment | environment
        self.process = start_module("embedded.up", [], log, os.environ | settings)

    @property
    def said(self) -> str:
        return self.log.read_text()

    def says(self, text: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.said and self.process.poll() is None:
            assert time.monotonic() < deadline, f"It never said {text!r}:\n{self.said}"
            time.sleep(0.05)
        assert text in self.said, self.said

    def ends(self, seconds: float = 40) -> int:
        return self.process.wait(timeout=seconds)

    def running(self) -> list[psutil.Process]:
        """Every process that has to do with the state folder, the launcher apart."""
        places = {str(self.state), str((self.state / "postgres").resolve())}
        return [
            process
            for process in psutil.process_iter(["cmdline", "status"])
            if process.pid != self.process.pid
            and process.info["status"] != psutil.STATUS_ZOMBIE
            and any(place in word for word in process.info["cmdline"] or [] for place in places)
        ]

    def serving(self) -> httpx.Client:
        """A client of its API, once it is ready."""
        self.says(READY, seconds=180)
        url = json.loads((self.state / "stack.json").read_text())["url"]
        return httpx.Client(base_url=url, timeout=60)


Launch = Callable[..., Run]
