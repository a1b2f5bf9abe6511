"""Expressions applied to many items, by an emulator in a program of its own."""

import json
from typing import Any, Final

import pytest

from mends.test_saving import start_program

APPLYING: Final = """
import json, sys
from pathlib import Path
from embedded.emulator import configure
configure(0, Path(sys.argv[1]), Path(sys.argv[1]))
from embedded.mends.expiry import dynamodb
read = []
def counted(name):
    upstream = getattr(dynamodb, name)
    setattr(dynamodb, name, lambda text, *more: read.append(text) or upstream(text, *more))
for name in ("_tokenize", "_condition_syntax_error", "_parse_projection_path"):
    counted(name)
if sys.argv[2] == "mended":
    from embedded.mends.expressions import read_each_expression_once
    read_each_expression_once()
names = {"#s": "status", "#a": "at"}
conditions, projections = json.loads(sys.argv[3])
def answered(apply):
    try:
        return apply()
    except ValueError as error:
        return str(error)
def item(status):
    return {"PK": {"S": "1"}, "status": {"S": status}, "at": {"M": {"row": {"S": "A"}}}}
def holds(text, status, *slot):
    values = {":held": {"S": "HELD"}}
    return dynamodb._evaluate_condition(text, item(status), values, names, *slot)
def projected(text, status):
    return dynamodb._project_item(item(status), text, names)
def renamed(text):
    # The same words, of other attributes.
    return dynamodb._project_item(item("HELD"), text, {"#s": "PK", "#a": "PK"})
def of_all(apply, texts):
    items = ["HELD", "PAYING"] * 10
    return {text: [answered(lambda: apply(text, status)) for status in items] for text in texts}
print(json.dumps({
    "conditions": of_all(holds, conditions),
    "projections": of_all(projected, projections),
    "read": len(read),
    "renamed": [answered(lambda: renamed(text)) for text in projections],
    "of a filter": [
        answered(lambda: holds(text, "HELD", "FilterExpression")) for text in conditions
    ],
    "changed": [dynamodb._tokenize("PK").clear(), dynamodb._tokenize("PK")],
}))
"""
RIGHT: Final = ["#s = :held", "#s <> :held AND attribute_exists(#s)"]
WRONG: Final = ["#s = = :held", "((#s = :held))", "status = :held"]
WHOLE: Final = ["PK, #s", "#s,absent"]
PARTS: Final = ["#a.row, PK", "PK, PK", "status"]
ASIDE: Final = ("renamed", "of a filter", "changed")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    answers = {}
    expressions = json.dumps([RIGHT + WRONG, WHOLE + PARTS])
    for kind in ("mended", "unmended"):
        state = str(tmp_path_factory.mktemp(kind))
        process = start_program(APPLYING, state, kind, expressions)
        assert process.returncode == 0, process.stderr
        answers[kind] = json.loads(process.stdout.splitlines()[-1])
    return answers


def test_an_expression_is_read_once_for_all_items(said: dict[str, Any]) -> None:
    assert 3 * said["mended"]["read"] < said["unmended"]["read"]


def test_conditions_say_the_same_of_each_item_and_of_each_fault(said: dict[str, Any]) -> None:
    found = said["mended"]["conditions"]
    assert found == said["unmended"]["conditions"]
    assert [found[text][:2] for text in RIGHT] == [[True, False], [False, True]]
    assert all(str(each).startswith("Invalid ") for text in WRONG for each in found[text])


def test_projections_say_the_same_of_each_item_and_of_each_fault(said: dict[str, Any]) -> None:
    found = said["mended"]["projections"]
    assert found == said["unmended"]["projections"]
    assert found["PK, #s"][1] == {"PK": {"S": "1"}, "status": {"S": "PAYING"}}
    assert found["#a.row, PK"][0] == {"PK": {"S": "1"}, "at": {"M": {"row": {"S": "A"}}}}
    assert all(str(each).startswith("Invalid ") for each in found["PK, PK"] + found["status"])


def test_what_was_read_before_is_nothing_to_another_request(said: dict[str, Any]) -> None:
    mended, unmended = ({name: of[name] for name in ASIDE} for of in said.values())
    assert mended == unmended
    assert mended["renamed"][0] != said["mended"]["projections"]["PK, #s"][0]
    assert "FilterExpression" in mended["of a filter"][-2]
    assert mended["changed"][1]
