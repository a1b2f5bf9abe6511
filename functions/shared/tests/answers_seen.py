"""Every answer a test sees is one that the OpenAPI document names; a whole run sees all of them.

A pytest plugin. Handlers are watched in this process; tests that speak to a running stack tell what
they saw by `note`. A run is whole when it was asked for nothing less: `pytest` without a path, and
nothing chosen or left out. Of any run BOXOFFICE_UNSEEN=1 prints what it has not seen.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from functions.shared.api import Api

DOCUMENT: Final = Path(__file__).parents[1] / "openapi.json"


class Seen(NamedTuple):
    """One answer to one call; `code` is a problem's, or empty."""

    method: str
    path: str
    status: int
    code: str


seen: Final[set[Seen]] = set()
_undocumented: Final[list[str]] = []


def note(method: str, path: str, status: int, code: str) -> None:
    """Remember an answer, if it is one to a call of the document."""
    method = "GET" if method == "HEAD" else method
    template = _template(path)
    if template is None or method.lower() not in _document()["paths"][template]:
        # The path, or the method there, is nobody's: a 404, a 405, or a preflight.
        return
    answer = Seen(method, template, status, code)
    if answer not in documented():
        _undocumented.append(f"{method} {path} answered {status} {code}")
    seen.add(answer)


@cache
def documented() -> frozenset[Seen]:
    """Every answer that the document names."""
    return frozenset(
        Seen(method.upper(), path, int(status), code)
        for path, operations in _document()["paths"].items()
        for method, operation in operations.items()
        for status, answer in operation["responses"].items()
        for code in _codes(answer)
    )


def _codes(answer: dict[str, Any]) -> list[str]:
    if "$ref" not in answer:
        return [""]
    named = _document()["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    [media] = named["content"].values()
    codes: list[str] = media["schema"]["properties"]["code"]["enum"]
    return codes


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
    return document


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    # One that is spelled out comes before one with an id in that place.
    paths = sorted(_document()["paths"], key=lambda path: (path.count("{"), path))
    return [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in paths]


def _template(path: str) -> str | None:
    found = (template for pattern, template in _patterns() if pattern.fullmatch(path.rstrip("/")))
    return next(found, None)


def _watch(api: Api, event: dict[str, Any], context: Any) -> dict[str, Any]:
    answer: dict[str, Any] = _handle(api, event, context)
    if api.tag in _tags():
        status = int(answer["statusCode"])
        is_problem = status >= 400 and bool(answer["body"])
        code = json.loads(answer["body"])["code"] if is_problem else ""
        if status < 400 or is_problem:
            note(event["httpMethod"].upper(), event["path"], status, code)
    return answer


@cache
def _tags() -> frozenset[str]:
    return frozenset(tag["name"] for tag in _document()["tags"])


_handle: Final[Any] = Api.handler


@contextmanager
def watched() -> Iterator[None]:
    """Remember what handlers answer."""
    _undocumented.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Api, "handler", _watch)
        yield


@pytest.fixture(autouse=True)
def undocumented_answers() -> Iterator[None]:
    """No test may see an answer that the document does not name."""
    with watched():
        yield
    assert _undocumented == [], "run make openapi, or declare it where the route is"


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        # A worker of several; the controller judges.
        output["answers_seen"] = [tuple(each) for each in seen]
    elif is_whole(session.config) and session.exitstatus == pytest.ExitCode.OK and unseen():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    # A worker that crashed has told nothing.
    seen.update(Seen(*each) for each in getattr(node, "workeroutput", {}).get("answers_seen", ()))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if not (is_whole(config) or os.environ.get("BOXOFFICE_UNSEEN")):
        return
    for each in sorted(unseen()):
        terminalreporter.write_line(
            f"UNSEEN {each.method} {each.path} {each.status} {each.code}: documented, but no test "
            "saw it"
        )


def unseen() -> frozenset[Seen]:
    """What is documented and was not answered in this run."""
    return documented() - seen


def is_whole(config: pytest.Config) -> bool:
    """Whether the run was to be of all tests."""
    chosen = ("keyword", "markexpr", "lf", "last_failed", "deselect", "ignore", "ignore_glob")
    options = vars(config.option)
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(
        options.get(name) for name in (*chosen, "stepwise", "collectonly")
    )
