"""The page that says which test shows which defence must speak of tests that are there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
_TEST = re.compile(r"`((?:functions|infra|localstack|statemachines)/[\w/.]+)(?:::(\w+))?`")
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def sections(text: str) -> dict[str, str]:
    """What stands under each of the ten headings, by `API1` and so on."""
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return {found[0]: part for part in parts if (found := re.match(r"API\d+(?=:)", part))}


def missing(text: str) -> Iterator[str]:
    """Every test that is named and not there."""
    for path, function in _TEST.findall(text):
        file = ROOT / path
        if not file.exists():
            yield path
        elif function and not re.search(rf"^def {function}\(", file.read_text(), re.MULTILINE):
            yield f"{path}::{function}"


def test_every_test_that_is_named_is_there() -> None:
    assert list(missing(PAGE.read_text())) == []


def test_every_page_that_is_named_is_there() -> None:
    links = _LINK.findall(PAGE.read_text())
    assert [link for link in links if not (PAGE.parent / link).exists()] == []


@pytest.mark.parametrize("number", range(1, 11))
def test_each_of_the_ten_has_its_defence_its_tests_and_what_is_left(number: int) -> None:
    section = sections(PAGE.read_text())[f"API{number}"]
    for part in ("**Here**", "**Defence**", "**Shown by**", "**Left**"):
        assert section.count(part) == 1, part
    shown_by = section.partition("**Shown by**")[2].partition("**Left**")[0]
    tests = [path for path, _ in _TEST.findall(shown_by)]
    assert any(path.startswith("localstack/tests/blackbox/") for path in tests)
    assert any(not path.startswith("localstack/tests/blackbox/") for path in tests)


def test_what_is_not_there_is_found() -> None:
    here = "localstack/tests/test_security_page.py"
    assert list(missing(f"`{here}` `{here}::test_what_is_not_there_is_found`")) == []
    assert list(missing("`functions/nobody.py` `infra/tests`")) == ["functions/nobody.py"]
    gone = f"{here}::test_that_nobody_wrote"
    assert list(missing(f"`{gone}`")) == [gone]
