"""Card numbers never enter the system, nor its logs: whoever sends one is refused."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

# 13 to 19 digits (ISO/IEC 7812), no bank's from 0 on, in groups or not. Not a part of a word or an
# id, as digits of a UUID are, and not a telephone number as E.164 writes it.
_LIKELY: Final = re.compile(r"(?<![\w+.-])[1-9](?:[ -]?\d){12,18}(?![\w-])", re.ASCII)


def find_card_number(value: Any) -> str | None:
    """Where in a JSON value a card number stands, as an RFC 6901 pointer; None if there is none."""
    return next(_pointers(value, ""), None)


def without_card_numbers(text: str) -> str:
    """The text with every card number blotted out."""
    return _LIKELY.sub(lambda found: "****" if _is_card_number(found[0]) else found[0], text)


def _pointers(value: Any, pointer: str) -> Iterator[str]:
    if isinstance(value, str):
        if any(map(_is_card_number, _LIKELY.findall(value))):
            yield pointer
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if find_card_number(name) is not None:
                # It is not said again: the pointer ends where the name would come.
                yield pointer
            spelled = name.replace("~", "~0").replace("/", "~1")
            yield from _pointers(inner, f"{pointer}/{spelled}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _pointers(inner, f"{pointer}/{place}")


def _is_card_number(text: str) -> bool:
    """By its check digit (Luhn, ISO/IEC 7812-1 annex B)."""
    digits = [int(character) for character in reversed(text) if character.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
