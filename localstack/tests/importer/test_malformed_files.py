"""Whatever is wrong with a file, one line names the file, the row and the column."""

from collections.abc import Callable
from pathlib import Path

import pytest
from embedded.importer.dataset import read_data_set
from embedded.importer.tables import Malformed


def _replace(old: str, new: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        text = path.read_text()
        assert text.count(old) >= 1
        path.write_text(text.replace(old, new, 1))

    return spoil


def _append(row: bytes) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        path.write_bytes(path.read_bytes() + row)

    return spoil


def _empty(path: Path) -> None:
    path.write_text("")


@pytest.mark.parametrize(
    ("file", "spoil", "line"),
    [
        (
            "events",
            _replace("base_price", "price"),
            "etsr_events.csv, row 1, column base_price: the column is missing",
        ),
        (
            "users",
            _replace("phone", "email"),
            "etsr_users.csv, row 1, column email: the column is there more than once",
        ),
        (
            "venues",
            _empty,
            "etsr_venues.csv, row 1, column venue_id: the column is missing",
        ),
        (
            "seats",
            _replace("102,1,B,10,11,400.5", "102,1,B,10,11,400.505"),
            "etsr_seats.csv, row 3, column price: '400.505' is not a whole number of cents",
        ),
        (
            "seats",
            _replace("102,1,B,10,11,400.5", "102,1,,10,11,400.5"),
            "etsr_seats.csv, row 3, column section: is empty",
        ),
        (
            "orders",
            _replace("2,2,1,CONFIRMED", "2,2,1,SHIPPED"),
            (
                "etsr_orders.csv, row 3, column status: 'SHIPPED' is none of "
                "CREATED, CONFIRMED, CANCELLED"
            ),
        ),
        (
            "events",
            _replace("2024-01-12 19:00:00", "2024-02-30 19:00:00"),
            (
                "etsr_events.csv, row 3, column event_date: '2024-02-30 19:00:00' is not a time as "
                "2025-06-07 20:35:51"
            ),
        ),
        (
            "events",
            _replace("1,1,Weekly", "1,9,Weekly"),
            "etsr_events.csv, row 2, column venue_id: there is no venue_id 9",
        ),
        (
            "tickets",
            _replace("1,1,1,101,", "1,1,1,999,"),
            "etsr_tickets.csv, row 2, column seat_id: there is no seat_id 999",
        ),
        (
            "tickets",
            _replace("1,1,1,101,", "1,1,1,125,"),
            (
                "etsr_tickets.csv, row 2, column event_id: event 1, but its order is for event 1 "
                "and its seat of event 2"
            ),
        ),
        (
            "payments",
            _replace("2,2,", "1,2,"),
            "etsr_payments.csv, row 3, column payment_id: 1 is in row 2 already",
        ),
        (
            "users",
            _replace("user2@mail.example", "ASHA.rao@mail.example"),
            "etsr_users.csv, row 3, column email: 'asha.rao@mail.example' is in row 2 already",
        ),
        (
            "users",
            _replace("user2@mail.example", "user2"),
            "etsr_users.csv, row 3, column email: 'user2' is not an email address",
        ),
        (
            "venues",
            _append(b"3,Assembly Rooms\n"),
            "etsr_venues.csv, row 4, column city: the row has 2 cells where the header has 4",
        ),
        (
            "venues",
            _append(b"3,Assembly Rooms,Goa,80,90\n"),
            "etsr_venues.csv, row 4, column capacity: the row has 5 cells where the header has 4",
        ),
        (
            "venues",
            _append(b"\n3,Caf\xe9,Goa,80\n"),
            "etsr_venues.csv, row 5, column name: holds a character that is not text in UTF-8",
        ),
        (
            "venues",
            _append(b'3,"Assembly Rooms,Goa,80\n'),
            "etsr_venues.csv, row 4: is not CSV: unexpected end of data",
        ),
    ],
)
def test_a_fault_is_named_by_file_row_and_column(
    own_etsr: Path, file: str, spoil: Callable[[Path], None], line: str
) -> None:
    spoil(own_etsr / f"etsr_{file}.csv")
    with pytest.raises(Malformed) as fault:
        read_data_set(own_etsr)
    assert str(fault.value) == line


def test_a_missing_file_is_named(own_etsr: Path) -> None:
    (own_etsr / "etsr_tickets.csv").unlink()
    with pytest.raises(Malformed, match=r"^etsr_tickets\.csv, row 1: cannot be read: No such file"):
        read_data_set(own_etsr)


def test_quotes_a_byte_order_mark_and_further_columns_are_no_faults(own_etsr: Path) -> None:
    path = own_etsr / "etsr_venues.csv"
    path.write_text(
        '\ufeff"capacity",city,name,venue_id,stars\r\n120,Pune,"Town, Hall",1,5\r\n80,Goa,X,2,\r\n'
    )
    venues = read_data_set(own_etsr).venues
    assert [(venue.venue_id, venue.name, venue.capacity) for venue in venues] == [
        (1, "Town, Hall", 120),
        (2, "X", 80),
    ]
