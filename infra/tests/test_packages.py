"""Third-party packages on AWS. Locally everything is installed, so a missing one goes unnoticed."""

import sys
from importlib.metadata import packages_distributions

import pytest

from infra.bundles.packages import packages_of
from infra.tests.reach import reach
from infra.tests.test_functions import BY_ENVIRONMENT, FUNCTIONS

EVERYWHERE = FUNCTIONS | BY_ENVIRONMENT["local"] | BY_ENVIRONMENT["production"]
# Lambda's own Python has these, and what they need.
PROVIDED = {"boto3", "botocore"}


def normal(name: str) -> str:
    """A distribution's name as lock files spell it."""
    return name.lower().replace("_", "-")


@pytest.mark.parametrize("name", EVERYWHERE)
def test_what_a_handler_imports_is_deployed_with_it(name: str) -> None:
    distributions = packages_distributions()
    domain = name.split("-")[0]
    imported = reach(EVERYWHERE[name]).packages - sys.stdlib_module_names - PROVIDED
    missing = {
        package
        for package in imported
        if not {normal(one) for one in distributions[package]} & packages_of(domain).keys()
    }
    assert not missing


def test_a_handler_imports_something_at_all() -> None:
    assert {"pydantic", "sqlalchemy"} <= reach(FUNCTIONS["users-api"]).packages


def test_packages_are_pinned_by_hash() -> None:
    for entry in packages_of("users").values():
        assert "==" in entry
        assert "--hash=sha256:" in entry


def test_lambdas_own_packages_are_not_deployed_again() -> None:
    assert not {"boto3", "botocore"} & packages_of("users").keys()


def test_a_domain_without_sql_carries_no_sql() -> None:
    assert "sqlalchemy" in packages_of("payments")
    assert not {"sqlalchemy", "pg8000", "argon2-cffi"} & packages_of("seating").keys()


def test_only_payments_carries_stripe() -> None:
    stripe = {"stripe", "requests", "charset-normalizer", "certifi"}
    assert stripe <= packages_of("payments").keys()
    assert not stripe & packages_of("users").keys()
    assert not stripe & packages_of("seating").keys()
