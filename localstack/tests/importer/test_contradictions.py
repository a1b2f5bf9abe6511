"""The contradictions are counted, all of them and nothing else."""

from pathlib import Path

from embedded.importer.contradictions import find_contradictions
from embedded.importer.dataset import read_data_set


def _ids(folder: Path) -> list[tuple[int, ...]]:
    return [contradiction.ids for contradiction in find_contradictions(read_data_set(folder))]


def test_each_contradiction_of_the_small_set_is_found_with_its_ids(etsr: Path) -> None:
    assert _ids(etsr) == [
        (128, 137, 138),
        (102, 104, 113, 114, 115),
        (102, 113, 114, 115),
        (7,),
        (7, 10, 14, 15, 16, 17),
        (8, 12),
    ]


def test_two_tickets_of_one_order_for_a_seat_are_no_second_order(own_etsr: Path) -> None:
    with (own_etsr / "etsr_tickets.csv").open("a") as tickets:
        tickets.write("99,6,2,125,512.35\n")
    _, resold, in_several_orders, *_ = _ids(own_etsr)
    assert 125 in resold
    assert 125 not in in_several_orders


def test_the_real_set_has_exactly_the_known_contradictions(real_etsr: Path) -> None:
    assert [len(ids) for ids in _ids(real_etsr)] == [67, 56, 5, 24, 48, 8]
