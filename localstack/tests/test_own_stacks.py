"""What a stack that has ended leaves to the next."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import own_stacks
import pytest
from embedded.settings import Settings
from own_stacks import PASSED_ON, hand_on, take_over


@pytest.fixture
def ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The session's own stacks leave nothing here, nor take anything over from here."""
    monkeypatch.setattr(own_stacks, "_left", defaultdict(list))
    settings = Settings(state=tmp_path / "ended")
    settings.state.mkdir()
    for name in (*PASSED_ON, "stack.json"):
        (settings.state / name).write_text(name)
    return settings


def found(settings: Settings) -> set[str]:
    return {path.name for path in settings.state.iterdir()} if settings.state.exists() else set()


def test_templates_and_ports_pass_on_once_and_nothing_else_does(
    ended: Settings, tmp_path: Path
) -> None:
    hand_on(ended)
    following = replace(ended, state=tmp_path / "following", with_demo=False)
    take_over(following)
    assert found(following) == set(PASSED_ON)
    assert found(ended) == {"stack.json"}
    beside = replace(ended, state=tmp_path / "beside")
    take_over(beside)
    assert found(beside) == set()
    hand_on(following)
    take_over(beside)
    assert found(beside) == set(PASSED_ON)


def test_a_stack_of_another_kind_takes_nothing_over(ended: Settings, tmp_path: Path) -> None:
    hand_on(ended)
    other = replace(ended, state=tmp_path / "other", payment_seconds=12_345)
    take_over(other)
    assert found(other) == set()


def test_one_that_did_not_get_as_far_as_templates_leaves_nothing(
    ended: Settings, tmp_path: Path
) -> None:
    (ended.state / "cdk.out.inputs").unlink()
    hand_on(ended)
    following = replace(ended, state=tmp_path / "following")
    take_over(following)
    assert found(following) == set()
