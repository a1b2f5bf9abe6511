"""One run of schemathesis against a running API, as two customers and an organizer."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from e2e.client import PASSWORD, Client, hall, ok, register, sign_in

CONFIGURATION: Final = Path(__file__).with_name("schemathesis.toml")
ADMINISTRATOR: Final = ("admin", "admin-local-only")


def run_schemathesis(url: str, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Every phase and check against the API at this address; 0 is no failure at all."""
    accounts = folder / "accounts.json"
    accounts.write_text(json.dumps(_accounts(url)))
    configuration = folder / "schemathesis.toml"
    peers = f'[auth.wfc]\npath = "{accounts}"\npeers = ["one", "two"]\n'
    configuration.write_text(CONFIGURATION.read_text() + peers)
    program = Path(sys.executable).with_name("schemathesis")
    return subprocess.run(
        [program, "--config-file", configuration, "run", f"{url}/openapi.json", *options],
        cwd=folder,
        text=True,
        capture_output=True,
        check=False,
    )


def _accounts(url: str) -> dict[str, Any]:
    """Customers first: an operation that refuses them is tried as the organizer."""
    administrator = sign_in(url, *ADMINISTRATOR)
    organizer = register(url, "organizer")
    path = f"/v1/users/{organizer.user_id}/role"
    ok(administrator.send("PATCH", path, json={"role": "EVENT_ORGANIZER"}))
    people = {"one": register(url, "one"), "two": register(url, "two"), "organizer": organizer}
    # With the role comes another token.
    username = ok(organizer.get("/v1/users/me"))["username"]
    people["organizer"] = sign_in(url, username, PASSWORD)
    # Something to find, of the organizer's own.
    hall(people["organizer"], rows=10)
    return {"auth": [_account(name, person) for name, person in people.items()]}


def _account(name: str, person: Client) -> dict[str, Any]:
    # By token, as schemathesis may well rename the account it runs as. It is good for 15 minutes.
    header = {"name": "Authorization", "value": f"Bearer {person.token}"}
    return {"name": name, "fixedHeaders": [header]}
