"""What one cell of a CSV may hold. Each reader raises ValueError with the rest of a sentence."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

MAX_ID = 2**31 - 1
MAX_TEXT = 200
MAX_CENTS = 10**12

# The data carry sums made in binary floating point, as 2114.8599999999997; no more than that is
# forgiven.
FLOAT_NOISE = Decimal("0.000001")


def text(cell: str) -> str:
    if not cell.strip():
        raise ValueError("is empty")
    # A byte that is not UTF-8 is read as a surrogate, which is not printable either.
    if not cell.isprintable():
        raise ValueError("holds a character that is not text in UTF-8")
    if len(cell) > MAX_TEXT:
        raise ValueError(f"has more than {MAX_TEXT} characters")
    return cell.strip()


def email(cell: str) -> str:
    local, at, domain = text(cell).partition("@")
    if not (local and at and "." in domain) or " " in cell.strip():
        raise ValueError(f"{cell!r} is not an email address")
    return cell.strip()


def identifier(cell: str) -> int:
    """A whole number from 1 to what a 32-bit id holds."""
    if not (cell.isascii() and cell.isdigit()) or not 1 <= int(cell) <= MAX_ID:
        raise ValueError(f"{cell!r} is not a whole number from 1 to {MAX_ID}")
    return int(cell)


def cents(cell: str) -> int:
    """Major units as integer minor units: exactly, but for the noise of binary fractions."""
    amount = _amount(cell)
    whole = amount.scaleb(2).to_integral_value()
    if abs(amount.scaleb(2) - whole) > FLOAT_NOISE:
        raise ValueError(f"{cell!r} is not a whole number of cents")
    if not 0 <= whole <= MAX_CENTS:
        raise ValueError(f"{cell!r} is not an amount from 0 to {MAX_CENTS // 100}")
    return int(whole)


def is_noisy(cell: str) -> bool:
    """Whether reading this amount dropped the noise of binary fractions."""
    return _amount(cell).scaleb(2) % 1 != 0


def instant(cell: str) -> datetime:
    """`YYYY-MM-DD HH:MM:SS`. The data name no time zone; they are taken as UTC."""
    try:
        return datetime.strptime(cell, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"{cell!r} is not a time as 2025-06-07 20:35:51") from error


def one_of(*choices: str) -> Callable[[str], str]:
    def read(cell: str) -> str:
        if cell not in choices:
            raise ValueError(f"{cell!r} is none of {', '.join(choices)}")
        return cell

    return read


def _amount(cell: str) -> Decimal:
    try:
        amount = Decimal(cell)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not cell.isascii():
        raise ValueError(f"{cell!r} is not an amount of money")
    return amount
