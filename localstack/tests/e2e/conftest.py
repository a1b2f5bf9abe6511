"""The stacks that the end-to-end tests speak to.

Organizers sign in once for each file: a token is good for 15 minutes, a whole run is longer.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from embedded.stack import RunningStack

from e2e.client import Client, connections, sign_in

ADMINISTRATOR = ("admin", "admin-local-only")


@pytest.fixture(scope="session", autouse=True)
def _connections() -> Iterator[None]:
    yield
    connections().close()


@pytest.fixture(scope="session")
def url(boxoffice_url: str) -> str:
    return boxoffice_url


@pytest.fixture(scope="module")
def organizer(url: str) -> Client:
    return sign_in(url, *ADMINISTRATOR)


@pytest.fixture(scope="module")
def hasty_url(hasty_stack: RunningStack) -> str:
    """A stack whose holds last 3 seconds and whose payment window is 6."""
    return hasty_stack.url


@pytest.fixture(scope="module")
def hasty_organizer(hasty_url: str) -> Client:
    return sign_in(hasty_url, *ADMINISTRATOR)


@pytest.fixture(scope="module")
def counted_metric(hasty_stack: RunningStack) -> Callable[[str], float]:
    """How much a metric of ours has counted so far, as CloudWatch says it."""
    cloudwatch = hasty_stack.client("cloudwatch")

    def counted(name: str) -> float:
        now = datetime.now(UTC)
        series = cloudwatch.list_metrics(Namespace="Boxoffice", MetricName=name)["Metrics"]
        return float(
            sum(
                point["Sum"]
                for metric in series
                for point in cloudwatch.get_metric_statistics(
                    Namespace="Boxoffice",
                    MetricName=name,
                    Dimensions=metric["Dimensions"],
                    StartTime=now - timedelta(hours=1),
                    EndTime=now + timedelta(minutes=1),
                    Period=60,
                    Statistics=["Sum"],
                )["Datapoints"]
            )
        )

    return counted
