"""An edited handler answers with its new code, without a new start of anything."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from embedded.config import REPOSITORY, free_port
from embedded.lambda_worker import LIVE_CODE
from embedded.live import LiveCode
from embedded.processes import stop
from embedded.settings import Settings
from embedded.stack import READY
from host.plugins.worker import Outcome, Worker
from own_stacks import hand_on, take_over

HANDLER = """
import os
from functions.shared.words import WORD

def handler(event, context):
    return [os.getpid(), WORD, "{said}"]
"""
SECONDS = 2.0


@pytest.fixture
def functions(tmp_path: Path) -> Path:
    """The sources of two domains, which share a word."""
    root = tmp_path / "root" / "functions"
    for package in ("shared", "box", "office"):
        (root / package / "tests").mkdir(parents=True)
        (root / package / "__init__.py").touch()
        (root / package / "tests" / "test_it.py").touch()
    (root / "__init__.py").touch()
    (root / "shared" / "words.py").write_text('WORD = "first"')
    (root / "box" / "api.py").write_text(HANDLER.format(said="old"))
    return root


@pytest.fixture
def live(functions: Path, tmp_path: Path) -> LiveCode:
    folder = tmp_path / "live"
    folder.mkdir()
    return LiveCode(folder, functions.parent)


@pytest.fixture
def ask(functions: Path, tmp_path: Path) -> Iterator[Callable[[], Outcome]]:
    """Ask a worker that runs the deployed code of `box`."""
    bundle = tmp_path / "bundle"
    for package in ("shared", "box"):
        shutil.copytree(functions / package, bundle / "functions" / package)
    (bundle / "functions" / "__init__.py").touch()
    init = {
        "function_name": "box-api",
        "memory": 128,
        "arn": "arn:box",
        "code_dir": str(bundle),
        "module": "functions.box.api",
        "handler": "handler",
    }
    environment = {
        "PATH": os.defpath,
        "TMPDIR": str(tmp_path),
        LIVE_CODE: str(tmp_path / "live"),
    }
    worker = Worker(sys.executable, bundle, environment, init)
    worker.await_ready()
    yield lambda: worker.invoke("{}", "request", "arn:box", 20)
    worker.stop()


def said(outcome: Outcome) -> Any:
    assert not outcome.is_error, outcome.payload
    return json.loads(outcome.payload)


def test_nothing_is_laid_down_while_nothing_changes(live: LiveCode, tmp_path: Path) -> None:
    assert live.look() == []
    assert list((tmp_path / "live").iterdir()) == []


def test_a_version_holds_what_a_bundle_does(
    live: LiveCode, functions: Path, tmp_path: Path
) -> None:
    (functions / "box" / "api.py").write_text(HANDLER.format(said="longer than before"))
    (functions / "office" / "new.py").touch()
    assert live.look() == ["box/api.py", "office/new.py"]
    assert (tmp_path / "live" / "version").read_text() == "1"
    bundle = tmp_path / "live" / "1" / "box"
    files = {str(path.relative_to(bundle)) for path in bundle.rglob("*") if path.is_file()}
    assert files == {
        "functions/__init__.py",
        "functions/box/__init__.py",
        "functions/box/api.py",
        "functions/shared/__init__.py",
        "functions/shared/words.py",
    }
    assert live.look() == []


def test_a_file_that_is_gone_is_gone_from_the_next_version(
    live: LiveCode, functions: Path, tmp_path: Path
) -> None:
    (functions / "shared" / "words.py").unlink()
    assert live.look() == ["shared/words.py"]
    assert not (tmp_path / "live" / "1" / "box" / "functions" / "shared" / "words.py").exists()


def test_few_versions_are_kept(live: LiveCode, functions: Path, tmp_path: Path) -> None:
    for length in range(1, 8):
        (functions / "box" / "api.py").write_text("#" * length)
        live.look()
    kept = {path.name for path in (tmp_path / "live").iterdir()} - {"version"}
    assert kept == {"5", "6", "7"}


def test_what_is_no_part_of_a_bundle_changes_nothing(live: LiveCode, functions: Path) -> None:
    (functions / "box" / "tests" / "test_it.py").write_text("# another test")
    (functions / "box" / "README.md").write_text("Words.")
    assert live.look() == []


def test_a_worker_takes_up_edited_code_and_stays_the_process_it_was(
    live: LiveCode, functions: Path, ask: Callable[[], Outcome]
) -> None:
    pid, *before = said(ask())
    assert before == ["first", "old"]
    (functions / "box" / "api.py").write_text(HANDLER.format(said="edited"))
    (functions / "shared" / "words.py").write_text('WORD = "second"')
    live.look()
    assert said(ask()) == [pid, "second", "edited"]
    assert said(ask()) == [pid, "second", "edited"]


def test_code_that_cannot_be_imported_says_so_until_it_is_mended(
    live: LiveCode, functions: Path, ask: Callable[[], Outcome]
) -> None:
    handler = functions / "box" / "api.py"
    handler.write_text("def handler(:")
    live.look()
    for _ in range(2):
        outcome = ask()
        assert outcome.is_error
        assert json.loads(outcome.payload)["errorType"] == "SyntaxError"
        assert "SyntaxError" in outcome.log
    handler.write_text(HANDLER.format(said="mended"))
    live.look()
    assert said(ask())[1:] == ["first", "mended"]


def test_edited_code_finds_no_other_domain(
    live: LiveCode, functions: Path, ask: Callable[[], Outcome]
) -> None:
    (functions / "box" / "api.py").write_text("import functions.office\n")
    live.look()
    assert json.loads(ask().payload)["errorType"] == "ModuleNotFoundError"


@pytest.fixture
def copied(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A stack as `make up` starts it, of a copy of this repository: its root and address."""
    root = tmp_path / "copy"
    for name in ("functions", "infra", "localstack", "statemachines", "events", "requirements"):
        ignored = shutil.ignore_patterns("tests")
        shutil.copytree(REPOSITORY / name, root / name, ignore=ignored)
    shutil.copy(REPOSITORY / "cdk.json", root)
    port, state = free_port(), tmp_path / "state"
    # The copy's templates are those of any stack: they are of the same sources.
    take_over(Settings(state=state))
    environment = os.environ | {
        "PYTHONPATH": f"{root / 'localstack'}{os.pathsep}{root}",
        "BOXOFFICE_PORT": str(port),
        "BOXOFFICE_STATE_DIR": str(state),
        "BOXOFFICE_DEMO": "0",
    }
    log = tmp_path / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded.up"],
            cwd=root,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while READY not in log.read_text() and process.poll() is None:
            time.sleep(0.1)
        assert READY in log.read_text(), log.read_text()
        yield root, f"http://127.0.0.1:{port}"
    finally:
        stop(process, seconds=60)
        hand_on(Settings(state=state))


def test_an_edited_handler_answers_within_two_seconds(copied: tuple[Path, str]) -> None:
    root, url = copied
    handler = root / "functions" / "shared" / "docs.py"
    with httpx.Client(base_url=url, timeout=20) as client:
        assert client.get("/health").json() == {"status": "ok"}
        took = []
        for word in ("edited", "edited again"):
            text = handler.read_text()
            assert '"ok"' in text or '"edited"' in text
            handler.write_text(text.replace('"ok"', f'"{word}"').replace('"edited"', f'"{word}"'))
            began = time.monotonic()
            while client.get("/health").json() != {"status": word}:
                assert time.monotonic() - began < 20
                time.sleep(0.02)
            took.append(time.monotonic() - began)
        print(f"took up edits in {', '.join(f'{one:.2f}' for one in took)} s")
        assert min(took) < SECONDS
