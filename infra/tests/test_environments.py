"""Environments as data."""

import pytest

from infra.environments import PlainPostgres, Windows, environment_of


def test_local_is_meant_where_nothing_is_said() -> None:
    assert environment_of({}).name == "local"


def test_an_unknown_environment_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="prod"):
        environment_of({"environment": "prod"})


def test_local_takes_its_port_and_windows_from_the_context() -> None:
    context = {"databasePort": "6000", "reservationSeconds": "5", "paymentSeconds": "6"}
    local = environment_of(context)
    assert isinstance(local.database, PlainPostgres)
    assert local.database.port == 6000
    assert (local.windows.reservation_seconds, local.windows.payment_seconds) == (5, 6)


def test_production_takes_no_windows_from_the_context() -> None:
    context = {"environment": "production", "paymentSeconds": "6", "holdsCountedSeconds": "0"}
    production = environment_of(context)
    assert production.windows == Windows(reservation_seconds=900, payment_seconds=900)
    assert production.windows.holds_counted_seconds == 600


def test_holds_count_for_nothing_where_a_local_context_says_so() -> None:
    assert environment_of({"holdsCountedSeconds": "0"}).windows.holds_counted_seconds == 0
    assert environment_of({}).windows.holds_counted_seconds == 600
    with pytest.raises(ValueError, match="hold counts"):
        Windows(holds_counted_seconds=-1)


@pytest.mark.parametrize(("lasts", "rests"), [(900, 60), (1_800, 60), (300, 20), (3, 0)])
def test_seats_rest_for_a_minute_or_a_fifteenth_of_a_shorter_hold(lasts: int, rests: int) -> None:
    assert Windows(reservation_seconds=lasts).seats_rest_seconds == rests


@pytest.mark.parametrize("answer", ["false", "False", False])
def test_third_party_packages_can_be_left_out_to_read_templates(answer: object) -> None:
    assert environment_of({"environment": "staging"}).vendored
    assert not environment_of({"environment": "staging", "vendored": answer}).vendored


@pytest.mark.parametrize(
    ("payment_seconds", "margin", "collect"),
    [(900, 15, 930), (90, 15, 120), (60, 10, 80), (6, 1, 8), (7, 7 / 6, 10)],
)
def test_charging_ends_before_the_window_and_the_saga_waits_beyond_it(
    payment_seconds: int, margin: float, collect: int
) -> None:
    windows = Windows(payment_seconds=payment_seconds)
    assert windows.payment_margin_seconds == pytest.approx(margin)
    assert windows.collect_payment_timeout_seconds == collect


def test_no_window_is_shorter_than_a_second() -> None:
    with pytest.raises(ValueError, match="second"):
        Windows(payment_seconds=0)
