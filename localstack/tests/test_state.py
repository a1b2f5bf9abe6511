"""The state folder and the settings."""

import socket
from pathlib import Path

import pytest
from embedded.config import HOST
from embedded.settings import Settings, SettingsError, read_settings
from embedded.state import StateError, StateFolder


def test_a_port_stays_the_same_until_somebody_takes_it(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    port = state.port("postgres")
    assert StateFolder(tmp_path).port("postgres") == port
    assert state.port("emulator") != port
    with socket.create_server((HOST, port)):
        assert StateFolder(tmp_path).port("postgres") != port


def test_one_launcher_at_a_time(tmp_path: Path) -> None:
    first, second = StateFolder(tmp_path), StateFolder(tmp_path)
    first.open()
    with pytest.raises(StateError, match="runs already"):
        second.open()
    first.close()
    second.open()
    second.close()


def test_starting_fresh_keeps_only_what_is_no_state(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    state.open()
    state.prepare()
    port = state.port("postgres")
    state.postgres.mkdir()
    (state.aws / "dynamodb.json").touch()
    (state.logs / "edge.log").touch()
    state.assembly.mkdir()
    state.empty()
    assert {path.name for path in tmp_path.iterdir()} == {
        "cdk.out",
        "lock",
        "logs",
        "ports.json",
    }
    # Its templates name the port: with another one they would be made again.
    assert state.port("postgres") == port
    assert (state.logs / "edge.log").exists()
    state.close()


def test_settings_come_from_the_environment_and_an_empty_one_is_none() -> None:
    # Whoever writes functions wants to see them at once; a test's stack stays what it was.
    assert read_settings({"BOXOFFICE_PORT": "", "HOME": "/nowhere"}) == Settings(is_live=True)
    chosen = Settings(
        port=9000,
        state=Path("/somewhere"),
        is_fresh=True,
        with_demo=False,
        reservation_seconds=3,
        payment_seconds=6,
        holds_counted_seconds=0,
    )
    assert read_settings(chosen.environment) == chosen


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("BOXOFFICE_PORT", "http", "BOXOFFICE_PORT must be a number from 1 to 65535, not 'http'."),
        ("BOXOFFICE_PORT", "0", "BOXOFFICE_PORT must be a number from 1 to 65535, not '0'."),
        (
            "BOXOFFICE_PORT",
            "70000",
            "BOXOFFICE_PORT must be a number from 1 to 65535, not '70000'.",
        ),
        ("BOXOFFICE_PORT", "٣", "BOXOFFICE_PORT must be a number from 1 to 65535, not '٣'."),
        (
            "BOXOFFICE_HOLDS_COUNTED_SECONDS",
            "86401",
            "BOXOFFICE_HOLDS_COUNTED_SECONDS must be a number from 0 to 86400, not '86401'.",
        ),
        ("BOXOFFICE_DEMO", "yes", "BOXOFFICE_DEMO must be 0 or 1, not 'yes'."),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str, complaint: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({name: value})
    assert str(refused.value) == complaint
