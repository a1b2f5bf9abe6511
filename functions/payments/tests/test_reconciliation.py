"""The command: what it says and how it ends, run as people run it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from embedded.config import free_port
from sqlalchemy import text

from functions.payments.cashier import Cashier
from functions.payments.tests.desk import NOW, give, sell
from functions.payments.tests.stripe_peers import KEY

ROOT = Path(__file__).parents[3]
TAMPER = "UPDATE simulator_charges SET amount_cents = 1"


def run(
    cashier: Cashier, *arguments: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    url = cashier.engine.url.render_as_string(hide_password=False)
    return subprocess.run(
        [sys.executable, "-m", "functions.payments.reconciliation", *arguments],
        cwd=ROOT,
        env={**os.environ, "RECONCILE_DATABASE_URL": url, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def change(cashier: Cashier, statement: str) -> None:
    with cashier.engine.begin() as connection:
        connection.execute(text(statement))


def test_without_differences_it_says_what_was_compared(cashier: Cashier) -> None:
    give(cashier, sell(cashier, "o-1", 105), None, NOW)
    done = run(cashier)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        "No differences. Compared 1 charges and 1 refunds of simulator.\n",
        "",
    )


def test_a_difference_is_a_line_and_an_exit_code(cashier: Cashier) -> None:
    sell(cashier, "o-1", 105)
    change(cashier, TAMPER)
    done = run(cashier, "--grace", "0", "--since", "2026-05-01")
    line, summary = done.stdout.splitlines()
    assert line.startswith(
        "charge-amount-differs: simulator: it moved 1 INR, we 105 INR (order=o-1"
    )
    assert summary == "1 difference. Compared 1 charges and 0 refunds of simulator."
    assert (done.returncode, done.stderr) == (1, "")


def test_it_may_be_one_json_document(cashier: Cashier) -> None:
    sell(cashier, "o-1", 105)
    change(cashier, TAMPER)
    done = run(cashier, "--json")
    document = json.loads(done.stdout)
    (difference,) = document["differences"]
    assert (difference["name"], difference["order_id"]) == ("charge-amount-differs", "o-1")
    assert document["compared"] == {"simulator": {"charges": 1, "refunds": 0}}
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"RECONCILE_DATABASE_URL": "", "BOXOFFICE_STATE_DIR": "/nowhere"}, "no stack runs on"),
        ({"RECONCILE_DATABASE_URL": "nonsense"}, "Could not parse"),
        ({"RECONCILE_DATABASE_URL": f"postgresql+pg8000://a@127.0.0.1:{free_port()}/b"}, "did not"),
        ({}, "there are payments by stripe"),
        (
            {
                "RECONCILE_STRIPE_KEY": KEY,
                "RECONCILE_STRIPE_API": f"http://127.0.0.1:{free_port()}",
            },
            "Stripe did not answer",
        ),
    ],
)
def test_books_that_cannot_be_read_are_neither_equal_nor_different(
    cashier: Cashier, environment: dict[str, str], said: str
) -> None:
    sell(cashier, "o-1", 105)
    change(cashier, "UPDATE attempts SET provider = 'stripe'")
    done = run(cashier, **environment)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("Could not compare: ")
    assert said in line
