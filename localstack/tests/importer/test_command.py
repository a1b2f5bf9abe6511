"""The command: one line and exit code 1 when it can't, a report when it can."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from embedded.importer.__main__ import main

from importer.fake_api import FakeApi


def test_a_malformed_file_is_one_line_and_nothing_is_written(
    fake: FakeApi, own_etsr: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    payments = own_etsr / "etsr_payments.csv"
    payments.write_text(payments.read_text().replace("17,17,", "17,99,"))
    assert main([str(own_etsr), "--url", fake.url]) == 1
    out, err = capfd.readouterr()
    assert (out, err) == (
        "",
        "etsr_payments.csv, row 18, column order_id: there is no order_id 99\n",
    )
    assert (fake.writes, fake.sign_ins) == ([], 0)


def test_a_folder_that_is_not_there_is_one_line(
    fake: FakeApi, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "none"), "--url", fake.url]) == 1
    assert re.fullmatch(
        r"etsr_venues\.csv, row 1: cannot be read: No such file or directory \(.*\)\n",
        capfd.readouterr().err,
    )


def test_a_wrong_password_is_one_line(
    fake: FakeApi,
    etsr: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BOXOFFICE_ADMIN_PASSWORD", "wrong")
    assert main([str(etsr), "--url", fake.url]) == 1
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert "does not let the administrator in: 401 invalid-credentials" in line


REPORT = """\
12 seat prices as 2114.8599999999997 are read to the nearest cent.

              created    found  refused
venues              2        0        0
events              6        0        0
seat maps           5        0        0
users               4        0        0
orders              4        0        3

7 of 17 orders are replayed: CONFIRMED, with a SUCCESS payment, on an ON_SALE event.
Refused: 3
      order 1 of 2023-12-03 10:00:00: 409 seats-unavailable: taken (seat 102 went to order 2)
      order 3 of 2023-12-04 10:00:00: 422 validation-failed: wrong (/seatIds: 1 to 10 seats)
      order 5 of 2023-12-06 10:00:00: 409 ticket-limit-reached: 10 tickets
Total differs from the data's order_total: 1
      order 6 of 2023-12-01 10:00:00: 537.97, not 538.47

Contradictions in the data:
"""


def test_the_report_says_all_that_was_done_and_found(
    fake: FakeApi, etsr: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([str(etsr), "--url", fake.url]) == 0
    head, report = capfd.readouterr().out.split("\n12 seat prices", 1)
    report = f"12 seat prices{report}"
    assert re.fullmatch(
        rf"ETSR import into {fake.url}, \d+ s\n"
        r"Every event's date is [\d,]+ days later than in the data\.",
        head,
    )
    assert report.startswith(REPORT)
    assert re.findall(r"^ {3}(\d)", report.removeprefix(REPORT), re.MULTILINE) == list("354162")


def test_a_second_run_says_that_it_changed_nothing(
    fake: FakeApi, etsr: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([str(etsr), "--url", fake.url]) == 0
    assert "Nothing was changed" not in capfd.readouterr().out
    assert main([str(etsr), "--url", fake.url]) == 0
    assert "Nothing was changed" in capfd.readouterr().out


def test_the_real_data_come_to_the_known_figures(
    fake: FakeApi, real_etsr: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([str(real_etsr), "--url", fake.url]) == 0
    out = capfd.readouterr().out
    assert re.findall(r"^(venues|events|seat maps|users|orders) +(\d+) +0 +(\d+)$", out, re.M) == [
        ("venues", "15", "0"),
        ("events", "60", "0"),
        ("seat maps", "60", "0"),
        ("users", "80", "0"),
        ("orders", "22", "1"),
    ]
    assert "order 27 of 2025-04-30 18:24:20: 409 seats-unavailable" in out
    assert "went to order 140)" in out
    assert "Total differs from the data's order_total: none" in out
    assert re.findall(r"^ +(\d+)  \w", out, re.M) == ["67", "56", "5", "24", "48", "8"]
    assert sum(map(len, fake.shop.seats.values())) == 7301
    for event in fake.shop.events:
        if event["status"] in ("SCHEDULED", "ON_SALE"):
            assert datetime.fromisoformat(event["eventDate"]) > datetime.now(UTC)
