"""Workers are forked, and differ from those that are started in nothing but what it costs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from embedded.config import REPOSITORY
from embedded.fork_server import PRELOADED, SERVICES
from embedded.mends.forking import Forked, ForkServer
from embedded.processes import stop

from mends.emulators import Emulator, start, until

SCRIPT = """
import json, os, sys
print(json.dumps({
    "argv": sys.argv, "path": sys.path, "folder": os.getcwd(), "environment": dict(os.environ),
    "modules": list(sys.modules), "parent": os.getppid(), "said": sys.stdin.readline(),
}), flush=True)
print("logged", file=sys.stderr)
sys.stdin.read()
"""

_OF_FUNCTIONS = ("AWS_", "BOXOFFICE_", "POWERTOOLS_")

Fork = Callable[[str], Forked]


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    server = ForkServer()
    yield server
    server.close()


@pytest.fixture
def fork(server: ForkServer, tmp_path: Path) -> Iterator[Fork]:
    forked: list[Forked] = []

    def run(script: str) -> Forked:
        file = tmp_path / "worker.py"
        file.write_text(script)
        forked.append(server.fork(str(file), str(tmp_path), {"NAME": "it", "PATH": "/bin"}))
        return forked[-1]

    yield run
    for worker in forked:
        worker.kill()
        worker.wait(timeout=30)
        worker.close()


def test_a_worker_has_its_own_folder_environment_and_pipes(fork: Fork, tmp_path: Path) -> None:
    worker = fork(SCRIPT)
    worker.stdin.write("hello\n")
    said = json.loads(worker.stdout.readline())
    assert worker.stderr.readline() == "logged\n"
    assert said["argv"] == [str(tmp_path / "worker.py")]
    assert said["folder"] == str(tmp_path)
    assert said["environment"] == {"NAME": "it", "PATH": "/bin"}
    assert said["said"] == "hello\n"
    assert psutil.Process(worker.pid).ppid() == said["parent"] != os.getpid()
    assert worker.poll() is None
    worker.stdin.close()
    assert worker.wait(timeout=30) == 0
    assert worker.poll() == 0


def test_a_worker_has_what_is_dear_to_import_and_nothing_of_ours(fork: Fork) -> None:
    worker = fork(SCRIPT)
    worker.stdin.write("\n")
    said = json.loads(worker.stdout.readline())
    assert set(PRELOADED) <= set(said["modules"])
    assert not any(name.startswith(("functions", "embedded")) for name in said["modules"])
    assert not any(Path(path, "functions").exists() for path in said["path"])


def test_a_worker_reads_nothing_again_that_is_known_of_aws(fork: Fork) -> None:
    worker = fork(
        "import botocore.loaders, botocore.session\n"
        "botocore.loaders.JSONFileLoader._load_file = None\n"
        "session = botocore.session.get_session()\n"
        f"for service in {SERVICES}: session.create_client(service, 'us-east-1')\n"
        "print('made', flush=True)\n"
    )
    assert worker.stdout.readline() == "made\n", worker.stderr.read()


@pytest.mark.parametrize("end", [Forked.terminate, Forked.kill])
def test_a_worker_that_is_ended_is_seen_to_have_ended(
    fork: Fork, end: Callable[[Forked], None]
) -> None:
    worker = fork("import time; time.sleep(600)")
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(timeout=0.01)
    end(worker)
    assert worker.wait(timeout=30) == 0
    # Its pipes are closed a moment before it is gone.
    assert until(lambda: not psutil.pid_exists(worker.pid))
    # A second time nobody else is signalled who has its number now.
    end(worker)


def test_a_worker_that_begins_again_is_still_the_same(fork: Fork) -> None:
    worker = fork(
        "import os, sys\n"
        "if 'AGAIN' in os.environ: print('again', flush=True); sys.stdin.read()\n"
        "else: os.execve(sys.executable, [sys.executable, __file__], {'AGAIN': '1'})\n"
    )
    assert worker.stdout.readline() == "again\n"
    assert worker.poll() is None
    worker.stdin.close()
    assert worker.wait(timeout=30) == 0


def test_a_fork_server_that_has_ended_is_named(tmp_path: Path) -> None:
    server = ForkServer()
    server._process.kill()
    server._process.wait()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="fork server has ended"):
            server.fork("worker.py", str(tmp_path), {})
    server.close()


def test_who_is_asked_again_after_it_was_killed_answers(mended: Emulator) -> None:
    mended.function("killed")
    _, before = mended.invoke("killed")
    psutil.Process(before["pid"]).kill()
    until(lambda: not psutil.pid_exists(before["pid"]))
    _, after = mended.invoke("killed")
    assert after["pid"] != before["pid"]


def test_no_process_is_left_of_an_emulator_that_has_ended(tmp_path: Path) -> None:
    emulator = start(tmp_path, mended=True)
    emulator.function("left")
    _, answer = emulator.invoke("left")
    worker = psutil.Process(answer["pid"])
    server = worker.parent()
    assert server is not None
    assert server.ppid() == emulator.process.pid
    # As when the machine takes its memory back: nobody can tell the others.
    emulator.process.kill()
    emulator.process.wait()
    psutil.wait_procs([worker, server], timeout=30)
    assert not worker.is_running()
    assert not server.is_running()
    stop(emulator.process)


def test_what_is_imported_for_all_asks_for_no_functions_settings(mended: Emulator) -> None:
    program = f"""
import importlib, json, os

class Environment(dict):
    def get(self, name, default=None):
        asked.append(name)
        return super().get(name, default)
    def __getitem__(self, name):
        asked.append(name)
        return super().__getitem__(name)
    def __contains__(self, name):
        asked.append(name)
        return super().__contains__(name)

asked = []
os.environ = Environment(os.environ)
os.getenv = os.environ.get
for module in {PRELOADED!r}:
    importlib.import_module(module)
print(json.dumps(asked))
"""
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    asked = {name for name in json.loads(ended.stdout) if name.startswith(_OF_FUNCTIONS)}
    # Botocore and Powertools look at these, and nobody here sets them.
    assert asked <= {
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_NEW_RETRIES_2026",
        "POWERTOOLS_DEBUG",
        "POWERTOOLS_TRACE_MIDDLEWARES",
    }
    mended.function("settings")
    _, answer = mended.invoke("settings")
    assert asked.isdisjoint(answer["environment"])
    templates = (REPOSITORY / "infra" / "constructs" / "domain_function.py").read_text()
    assert not any(name in templates for name in asked)
