"""Has the machine look for every defect that we know how to plant: a matter of minutes each.

pytest -s statemachines/tests/soak/search.py [-k "part of a name"]
"""

import logging
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings

from statemachines.tests.soak.defects import DEFECTS, restore
from statemachines.tests.test_any_order_of_events import ROUND, run_round
from statemachines.tests.world.world import World

_LONG = settings(ROUND, max_examples=100, phases=[Phase.generate])


@pytest.fixture(autouse=True)
def _restored(world: World) -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    restore(world)


@pytest.mark.timeout(0)
@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    tally = Counter[str]()
    DEFECTS[name](monkeypatch, world)
    with pytest.raises(Exception) as found:
        run_round(world, 1, _LONG, tally)
    with capsys.disabled():
        print(f"\n{name}: after {tally['runs']} runs: {str(found.value).splitlines()[0]}")
