"""The README, pasted into a shell: what it promises is what a newcomer gets."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded.readme import README, check
from embedded.settings import Settings
from own_stacks import own_stack


@pytest.fixture
def demo_url(tmp_path: Path) -> Iterator[str]:
    """A stack with its demo data, or the one that BOXOFFICE_URL names."""
    if "BOXOFFICE_URL" in os.environ:
        yield os.environ["BOXOFFICE_URL"]
        return
    with own_stack(Settings(port=0, state=tmp_path / "state")) as stack:
        yield stack.url


def test_every_command_of_the_readme_answers_what_it_promises(demo_url: str) -> None:
    assert check(README, demo_url) == []
