"""Templates are made again exactly when what they are made of has changed."""

import json
import os
from pathlib import Path

import pytest
from embedded import synth
from embedded.synth import SynthError, synthesize

APP = """
import json, os, pathlib
import infra
out = pathlib.Path(os.environ["CDK_OUTDIR"])
out.mkdir()
context = json.loads(os.environ["CDK_CONTEXT_JSON"])
if context["environment"] == "nowhere":
    raise SystemExit("Unknown environment")
(out / "manifest.json").write_text(json.dumps(context))
(out / "path").write_text(os.environ["PATH"])
"""


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose app writes its context down, which takes no time."""
    root = tmp_path / "repository"
    for folder in ("infra/tests", "functions/users", "statemachines", "requirements"):
        (root / folder).mkdir(parents=True)
    (root / "infra" / "__init__.py").touch()
    (root / "infra" / "app.py").write_text(APP)
    (root / "cdk.json").touch()
    monkeypatch.setattr(synth, "REPOSITORY", root)
    return root


def test_nothing_is_made_again_while_nothing_changes(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "state" / "cdk.out"
    assert synthesize({"environment": "local"}, out)
    assert not synthesize({"environment": "local"}, out)
    (sources / "infra" / "tests" / "test_app.py").touch()
    assert not synthesize({"environment": "local"}, out)

    assert synthesize({"environment": "staging"}, out)
    assert json.loads((out / "manifest.json").read_text()) == {"environment": "staging"}
    (sources / "functions" / "users" / "api.py").write_text("handler = print")
    assert synthesize({"environment": "staging"}, out)
    (sources / "functions" / "users" / "api.py").unlink()
    assert synthesize({"environment": "staging"}, out)


def test_a_migration_is_part_of_what_is_deployed(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "state" / "cdk.out"
    synthesize({"environment": "staging"}, out)
    history = sources / "functions" / "users" / "migrations"
    history.mkdir()
    (history / "0002_more.py").touch()
    assert synthesize({"environment": "staging"}, out)


def test_a_failure_says_what_the_app_said_and_keeps_the_templates_there_were(
    sources: Path, tmp_path: Path
) -> None:
    out = tmp_path / "state" / "cdk.out"
    synthesize({"environment": "local"}, out)
    with pytest.raises(SynthError, match="Unknown environment"):
        synthesize({"environment": "nowhere"}, out)
    assert json.loads((out / "manifest.json").read_text()) == {"environment": "local"}
    assert [path.name for path in sorted(out.parent.iterdir())] == ["cdk.out", "cdk.out.inputs"]


def test_the_venvs_own_node_comes_first(sources: Path, tmp_path: Path) -> None:
    out = tmp_path / "cdk.out"
    synthesize({"environment": "local"}, out)
    first = (out / "path").read_text().split(os.pathsep)[0]
    assert (Path(first) / "node").exists()
