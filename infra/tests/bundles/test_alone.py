"""Every bundle runs alone: an interpreter that has it, boto3 and nothing of this environment takes
the samples of `events/` through Lambda's own runtime client.

What is deployed is for arm64 and another Python, which can't run here. So these are the same
bundles made for this machine; `test_contents.py` says that both hold the same.
"""

import json
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from infra import ROOT
from infra.bundles.layer import layer_of
from infra.bundles.platforms import Platform
from infra.tests.bundles.conftest import Deployed
from infra.tests.bundles.lambda_runtime import Broken, Bundle, Outcome, running
from infra.tests.test_functions import BY_ENVIRONMENT, FUNCTIONS

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="AWS makes its runtime client for Linux alone"
)
EVENTS = ROOT / "events"
# Of each function what it takes, and what comes of it: a status over HTTP, the class of what a task
# raises, or None for an answer. The stores are empty, so most of it is that something is not there.
TRIGGERS: dict[str, dict[str, int | str | None]] = {
    "audit-tasks": {"audit_stores": "ClientError"},
    "catalog-api": {"api": 200},
    "catalog-tasks": {
        "describe_event": None,
        "list_on_sale": None,
        "record_pass": None,
        "relay_outbox": None,
        "resume_cancellations": None,
        "finish_cancellation": "NotFound",
    },
    "databases-migrator": {"take_back": "InterfaceError"},
    "docs-api": {"api": 200},
    "orders-api": {"api": 401},
    "orders-reconciler": {"reconcile_open_orders": None, "reconcile_execution": "NotFound"},
    "orders-rotation": {"rotate_ticket_secret": "ResourceNotFoundException"},
    "orders-streams": {"streams": None},
    "orders-tasks": {"confirm_order": "NotFound", "plan_refund": None, "report_parked": None},
    "payments-api": {"api": 401},
    "payments-notices": {"notice": None},
    "payments-provider": {"create_intent": "ProviderUnavailable"},
    "payments-simulator": {"late_charge": "LookupError"},
    "payments-tasks": {
        "collect_payment": None,
        "settle_payment": None,
        "read_payment": None,
        "refund_payment": None,
        "relay_outbox": None,
    },
    "payments-webhooks": {"webhook": 400},
    "seating-api": {"api": 404},
    "seating-events": {"event_changed": None},
    "seating-streams": {"stream": None},
    "seating-tasks": {"set_event_state": None, "reserve": None, "secure_seats": "NotFound"},
    "users-api": {"api": 201},
    "users-mailer": {"send_mail": "MailNotSent"},
    "users-tasks": {"ensure_administrator": None, "relay_outbox": None, "sweep_expired": None},
}


def sample(function: str, name: str) -> Any:
    return json.loads((EVENTS / function.split("-")[0] / f"{name}.json").read_text("utf-8"))


def kind(outcome: Outcome) -> int | str | None:
    if outcome.error:
        return outcome.error
    if isinstance(outcome.answer, dict) and "statusCode" in outcome.answer:
        return int(outcome.answer["statusCode"])
    return None


def test_every_function_that_is_deployed_is_tried_here() -> None:
    """`test_functions.py` holds the same names to the templates."""
    assert set(TRIGGERS) == {*FUNCTIONS, *chain.from_iterable(BY_ENVIRONMENT.values())}


@pytest.mark.parametrize("name", sorted(TRIGGERS))
def test_a_bundle_runs_alone(
    deployed: Callable[[str], Deployed], tmp_path: Path, name: str
) -> None:
    function = deployed(name)
    with running(*function, tmp_path / "log") as started:
        seen = {each: kind(started.invoke(sample(name, each))) for each in TRIGGERS[name]}
    assert seen == TRIGGERS[name], (tmp_path / "log").read_text("utf-8", "replace")


def test_what_a_bundle_lacks_is_not_found_elsewhere(provided: Path, tmp_path: Path) -> None:
    """This environment has aiohttp and our own code; a bundle without them must not see them."""
    code = tmp_path / "code"
    code.mkdir()
    for module in ("aiohttp", "functions", "sqlalchemy"):
        (code / "lacking.py").write_text(f"import {module}\n\n\ndef handler(*_):\n    pass\n")
        layer = layer_of("seating", Platform.here()) / "python"
        bundle = Bundle(code, layer, provided)
        log = tmp_path / f"{module}.log"
        with running(bundle, "lacking.handler", {}, log) as started, pytest.raises(Broken):
            started.invoke({})
        assert f"No module named '{module}'" in log.read_text("utf-8")
