"""What is wrong for a moment is no violation; what stays wrong is."""

from collections.abc import Callable, Iterable
from datetime import datetime

import pytest

from functions.audit.facts import Facts
from functions.audit.invariants import violations
from functions.audit.looking import LOOKS, Audited, audit
from functions.audit.reading import Stores
from functions.audit.tests.house import House
from functions.audit.violation import Ids, Violation


class Told:
    """A source whose looks are told beforehand: what each of them finds wrong."""

    def __init__(self, *looks: list[Violation]) -> None:
        self._looks = list(looks)
        self.asked: list[list[Ids]] = []
        self.pauses = 0

    def read(self) -> Facts:
        return Facts()

    def read_around(self, suspects: Iterable[Ids]) -> Facts:
        self.asked.append(list(suspects))
        return Facts()

    def judge(self, facts: Facts) -> list[Violation]:
        return self._looks.pop(0)

    def pause(self) -> None:
        self.pauses += 1


def wrong(seat: int, message: str = "wrong") -> Violation:
    return Violation("I7", message, Ids(event=1, seat=seat))


def look(told: Told, event_id: int | None = None) -> Audited:
    return audit(told, told.judge, told.pause, event_id)


def test_what_is_found_twice_the_same_counts() -> None:
    told = Told([wrong(1), wrong(2)], [wrong(2)])
    audited = look(told)
    assert (audited.violations, audited.suspects) == ([wrong(2)], 2)
    assert told.asked == [[wrong(1).ids, wrong(2).ids]]


def test_a_clean_look_needs_no_second_one_and_no_pause() -> None:
    told = Told([])
    assert look(told).violations == []
    assert told.pauses == 0


def test_what_a_second_look_finds_beside_its_suspects_does_not_count() -> None:
    """It reads only what is around them: what it misses elsewhere is not missing."""
    assert look(Told([wrong(1)], [wrong(9)])).violations == []


def test_a_suspect_that_has_changed_is_looked_at_again() -> None:
    assert look(Told([wrong(1, "a")], [wrong(1, "b")], [])).violations == []
    assert look(Told([wrong(1, "a")], [wrong(1, "b")], [wrong(1, "b")])).violations == [
        wrong(1, "b")
    ]


def test_a_suspect_that_never_settles_counts_in_the_end() -> None:
    looks = [[wrong(1, str(number))] for number in range(LOOKS)]
    assert look(Told(*looks)).violations == looks[-1]


def test_only_the_event_that_was_asked_for_is_told_of_and_money_at_large() -> None:
    of_none = Violation("I4", "wrong", Ids(payment="p"))
    other = wrong(1)._replace(ids=Ids(event=2))
    everything = [wrong(1), other, of_none]
    assert look(Told(everything, everything), event_id=1).violations == [of_none, wrong(1)]


def a_booking(house: House) -> None:
    house.book(1, 2)


def a_refund(house: House) -> None:
    order = house.book(3, 4)
    house.refund(order)


def a_payment_announced(house: House) -> None:
    house.begin(5, 6)


def a_hold(house: House) -> None:
    house.release(house.reserve(7, 8))
    house.reserve(7, 9)


@pytest.mark.parametrize("meanwhile", [a_booking, a_refund, a_payment_announced, a_hold])
@pytest.mark.parametrize("after", ["orders", "seating"])
def test_what_happens_between_the_stores_is_no_violation(
    house: House,
    stores: Stores,
    monkeypatch: pytest.MonkeyPatch,
    meanwhile: Callable[[House], None],
    after: str,
) -> None:
    """Everything of a booking or a refund falls between the reading of two stores."""
    table = getattr(stores, f"_{after}")
    scan = table.scan

    def scan_then() -> object:
        items = scan()
        meanwhile(house)
        return items

    monkeypatch.setattr(table, "scan", scan_then)
    audited = audit(stores, lambda facts: violations(facts, house.now), lambda: None)
    assert audited.violations == []


def test_a_refund_between_the_stores_looks_wrong_at_first(
    house: House, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the tests above are about something."""
    order = house.book(3, 4)
    table = stores._orders
    scan = table.scan

    def scan_then() -> object:
        items = scan()
        house.refund(order)
        return items

    monkeypatch.setattr(table, "scan", scan_then)
    audited = audit(stores, lambda facts: violations(facts, house.now), lambda: None)
    assert (audited.violations, audited.suspects) == ([], 3)


def planted(house: House) -> datetime:
    """One lasting violation of most kinds, each in what is otherwise sound."""
    house.free(house.book(1), 1)
    house.book(1)
    house.free(house.book(2), 2)
    house.pay_back(house.book(3))
    house.reserve(4, 5)
    house.damage(5)
    house.begin(6)
    house.damage(6)
    return house.now


def test_a_lasting_violation_is_the_same_when_only_it_is_read_again(
    house: House, stores: Stores
) -> None:
    now = planted(house)
    found = violations(stores.read(), now)
    assert {one.invariant for one in found} == {"I1", "I2", "I3", "I7", "I8"}
    for one in found:
        assert one in violations(stores.read_around([one.ids]), now)
    audited = audit(stores, lambda facts: violations(facts, now), lambda: None)
    assert audited.violations == found
