"""What the running stack has counted, as Prometheus would scrape it."""

from collections.abc import Callable

import httpx
import pytest
from embedded.metrics.reading import Figures
from embedded.stack import RunningStack

Scrape = Callable[[], Figures]


@pytest.fixture(scope="session")
def scrape(stack: RunningStack) -> Scrape:
    return lambda: Figures.read(
        httpx.get(f"{stack.url}/metrics", timeout=60).raise_for_status().text
    )
