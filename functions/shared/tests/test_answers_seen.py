"""What watches the answers of all tests sees them, and knows a whole run from a part."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from functions.shared.tests import answers_seen
from functions.shared.tests.answers_seen import Seen, documented, is_whole, note


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> tuple[set[Seen], list[str]]:
    """What is seen meanwhile, and what of it is not documented."""
    seen: set[Seen] = set()
    undocumented: list[str] = []
    monkeypatch.setattr(answers_seen, "seen", seen)
    monkeypatch.setattr(answers_seen, "_undocumented", undocumented)
    return seen, undocumented


def test_an_answer_is_noted_under_its_call(told: tuple[set[Seen], list[str]]) -> None:
    note("GET", "/v1/users/me", 200, "")
    note("GET", "/v1/users/7", 404, "not-found")
    note("HEAD", "/v1/seats/7/", 200, "")
    assert told == (
        {
            Seen("GET", "/v1/users/me", 200, ""),
            Seen("GET", "/v1/users/{user_id}", 404, "not-found"),
            Seen("GET", "/v1/seats/{seat_id}", 200, ""),
        },
        [],
    )


def test_what_the_document_does_not_name_is_told(told: tuple[set[Seen], list[str]]) -> None:
    note("GET", "/v1/users/me", 418, "teapot")
    note("GET", "/v1/users/me", 404, "gone-fishing")
    assert told[1] == [
        "GET /v1/users/me answered 418 teapot",
        "GET /v1/users/me answered 404 gone-fishing",
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/nothing"), ("BREW", "/v1/users/me"), ("OPTIONS", "/v1/users"), ("GET", "/docs")],
)
def test_what_is_no_call_of_the_document_is_passed_over(
    method: str, path: str, told: tuple[set[Seen], list[str]]
) -> None:
    note(method, path, 405, "method-not-allowed")
    assert told == (set(), [])


def test_what_other_processes_saw_counts(told: tuple[set[Seen], list[str]]) -> None:
    session: Any = SimpleNamespace(config=SimpleNamespace(workeroutput={}))
    note("GET", "/v1/users/me", 200, "")
    answers_seen.pytest_sessionfinish(session)
    told[0].clear()
    answers_seen.pytest_testnodedown(SimpleNamespace(workeroutput=session.config.workeroutput))
    # One that crashed has no word to say.
    answers_seen.pytest_testnodedown(SimpleNamespace())
    assert told[0] == {Seen("GET", "/v1/users/me", 200, "")}


def test_the_document_is_read_with_its_codes() -> None:
    assert Seen("POST", "/v1/orders", 410, "reservation-expired") in documented()
    assert Seen("GET", "/health", 200, "") in documented()
    assert len(documented()) > 400


def run(**options: Any) -> Any:
    source = options.pop("source", pytest.Config.ArgsSource.TESTPATHS)
    return SimpleNamespace(args_source=source, option=SimpleNamespace(**options))


def test_a_run_that_chooses_or_leaves_out_is_not_whole() -> None:
    assert is_whole(run())
    assert is_whole(run(keyword="", markexpr="", lf=False, deselect=None))
    assert not is_whole(run(source=pytest.Config.ArgsSource.ARGS))
    for left_out in (
        {"keyword": "orders"},
        {"markexpr": "not stack"},
        {"lf": True},
        {"deselect": ["a"]},
        {"ignore": ["a"]},
        {"stepwise": True},
    ):
        assert not is_whole(run(**left_out))


ROOT = Path(__file__).parents[3]
TEST = """
def test_nothing():
    pass
"""


@pytest.mark.parametrize(("arguments", "status"), [([], 1), (["test_one.py"], 0)])
def test_only_a_whole_run_fails_for_what_it_has_not_seen(
    arguments: list[str], status: int, tmp_path: Path
) -> None:
    (tmp_path / "test_one.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = test_one.py\n")
    plugin = ["-p", "functions.shared.tests.answers_seen", "-p", "no:schemathesis"]
    for workers in ([], ["--numprocesses", "1"]):
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *plugin, *workers, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True,
            capture_output=True,
            check=False,
        )
        assert ended.returncode == status, ended.stdout
        assert ("UNSEEN POST /v1/orders 201" in ended.stdout) == bool(status)
