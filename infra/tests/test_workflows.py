"""The workflows for whoever keeps the repository on GitHub do what the repository offers."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text()


def workflow(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true.
    read: dict[str, Any] = yaml.load(path.read_text(), Loader=yaml.BaseLoader)
    return read


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in workflow(path)["jobs"].values() for step in job["steps"]]


def test_there_are_workflows_for_checking_measuring_and_deploying() -> None:
    assert [path.stem for path in WORKFLOWS] == ["bench", "ci", "deploy"]
    assert list(workflow(WORKFLOWS[2])["on"]) == ["workflow_dispatch"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_each_command_is_one_the_repository_offers(path: Path) -> None:
    for command in (step["run"] for step in steps(path) if "run" in step):
        if command == "bash .ci/run":
            assert (ROOT / ".ci" / "run").is_file()
            continue
        found = re.match(r"make ([a-z-]+)", command)
        assert found is not None, command
        assert re.search(rf"^{found[1]}:", MAKEFILE, re.MULTILINE), command


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_input_becomes_a_part_of_a_command(path: Path) -> None:
    for step in steps(path):
        assert "${{" not in step.get("run", "") + step.get("with", {}).get("script", "")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_job_has_no_more_rights_than_it_says_and_an_end(path: Path) -> None:
    read = workflow(path)
    assert read["permissions"].get("contents") == "read"
    assert set(read["permissions"]) <= {"contents", "id-token"}
    for name, job in read["jobs"].items():
        runs_our_code = any("run" in step for step in job["steps"])
        assert not runs_our_code or "timeout-minutes" in job, name
        assert not runs_our_code or "permissions" not in job, name


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.stem
)
def test_each_file_is_yaml(path: Path) -> None:
    assert isinstance(workflow(path), dict)
