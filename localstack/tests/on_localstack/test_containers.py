"""What Docker is told: `compose.yaml` and the launcher know the same names, and nothing is open.

No engine runs here, so that the containers themselves work is not among what these tests show.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from embedded.databases import ROLE_PASSWORD
from host import containers
from host.containers import COMPOSE, DATABASE, NoDockerError, require_docker

# What `_compose_up` is given by its two callers.
SET = {"BOXOFFICE_AWS_PORT", "BOXOFFICE_POSTGRES_PORT", "BOXOFFICE_LAYER"}
VARIABLE = re.compile(r"\$\{(\w+)(:-[^}]*)?\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return parsed


def test_the_images_are_the_last_that_ask_for_no_account_and_our_postgres(
    compose: dict[str, Any],
) -> None:
    images = {name: service["image"] for name, service in compose["services"].items()}
    assert images == {
        "localstack": "localstack/localstack:4.14.0",
        "postgres": "postgres:18.4",
    }


def test_every_service_says_whether_it_is_well(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        check = service["healthcheck"]
        assert check["test"][0] == "CMD"
        assert check["retries"] >= 30


def test_no_port_is_open_beyond_this_machine(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        [port] = service["ports"]
        assert port.startswith("127.0.0.1:")


def test_every_variable_is_set_by_the_launcher_and_has_a_default() -> None:
    # A service is started without the other's variables, and both are in one file.
    found = VARIABLE.findall(COMPOSE.read_text())
    assert {name for name, _ in found} == SET
    assert all(default for _, default in found)
    source = Path(containers.__file__).read_text()
    assert {name for name in SET if f'"{name}"' in source} == SET


def test_functions_find_postgres_under_the_name_that_templates_give_it(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    network = services["localstack"]["environment"]["LAMBDA_DOCKER_NETWORK"]
    assert compose["networks"][network]["name"] == network
    assert network in services[DATABASE["databaseHost"]]["networks"]
    assert services["postgres"]["ports"][0].endswith(f":{DATABASE['databasePort']}")
    assert services["postgres"]["environment"]["POSTGRES_PASSWORD"] == ROLE_PASSWORD


def test_postgres_forgets_with_localstack(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert "PERSISTENCE" not in services["localstack"]["environment"]
    assert services["postgres"]["tmpfs"] == ["/var/lib/postgresql"]
    assert set(compose["volumes"]) == {"localstack"}


def test_a_machine_without_docker_is_told_what_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoDockerError, match="make localstack-host"):
        require_docker()
