"""Money and ids are read exactly, or refused."""

import pytest
from embedded.importer import cells


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        ("733.28", 73328),
        ("1095.9", 109590),
        ("0", 0),
        # Times 100 in floating point this is 113.99999999999999.
        ("1.14", 114),
        ("546.0799999999999", 54608),
        ("2114.8599999999997", 211486),
        ("10.005", None),
        ("-1", None),
        ("NaN", None),
        ("Infinity", None),
        ("1,000", None),
        ("", None),
        ("\u0661\u0662", None),
    ],
)
def test_money_is_a_whole_number_of_cents_or_refused(cell: str, cents: int | None) -> None:
    if cents is None:
        with pytest.raises(ValueError, match=r"amount|cents"):
            cells.cents(cell)
    else:
        assert cells.cents(cell) == cents


def test_only_the_noise_of_binary_fractions_counts_as_noise() -> None:
    assert cells.is_noisy("546.0799999999999")
    assert not cells.is_noisy("546.08")
    assert not cells.is_noisy("546.080000")


@pytest.mark.parametrize("cell", ["0", "-1", "1.0", " 1", "2147483648", "\u00b2", ""])
def test_an_id_is_a_positive_number_of_32_bits(cell: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        cells.identifier(cell)
