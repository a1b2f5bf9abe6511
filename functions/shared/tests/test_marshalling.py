"""What is marshalled is what boto3's own serializer makes of it, and comes back as it was."""

from decimal import Decimal
from enum import StrEnum

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from functions.shared.marshalling import marshal, unmarshal


class Status(StrEnum):
    HELD = "HELD"


KEPT = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), KEPT))
def test_an_item_is_what_boto3_makes_of_it_and_comes_back(item: dict[str, object]) -> None:
    marshalled = marshal(item)
    assert marshalled == {name: TypeSerializer().serialize(each) for name, each in item.items()}
    assert unmarshal(marshalled) == item


def test_fractions_come_back_as_floats_and_whole_numbers_as_ints() -> None:
    stored = marshal({"x": 1.5, "y": 2.0, "z": Decimal("0.25"), "ids": (1, 2)})
    assert stored["x"] == {"N": "1.5"}
    back = unmarshal(stored)
    assert back == {"x": 1.5, "y": 2, "z": 0.25, "ids": [1, 2]}
    assert isinstance(back["y"], int)


def test_a_member_of_an_enumeration_is_its_text() -> None:
    assert marshal({"status": Status.HELD}) == {"status": {"S": "HELD"}}
    assert type(marshal({"status": Status.HELD})["status"]["S"]) is str


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, float("nan"), Decimal("Infinity")],
    ids=["object", "set", "nan", "inf"],
)
def test_what_dynamodb_has_no_type_for_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        marshal({"x": value})


def test_a_type_that_we_never_store_is_not_guessed_at() -> None:
    with pytest.raises(TypeError, match="SS"):
        unmarshal({"x": {"SS": ["a"]}})
