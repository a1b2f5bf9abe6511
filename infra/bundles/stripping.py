"""Takes the names of inner functions out of a library, as `strip` does, for any machine's.

Rust's are a quarter of a library, and nothing but a debugger reads them.
"""

import struct
from typing import Any, Final

_ELF_64_LITTLE: Final = b"\x7fELF\x02\x01"
_HEADER: Final = struct.Struct("<16xHHIQQQIHHHHHH")
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_SYMBOLS: Final = 2
_WITHOUT_BYTES: Final = 8
_LOADED: Final = 0x2


def stripped(library: bytes) -> bytes:
    """The library without its table of symbols; as it is, if that is not at its end."""
    if not library.startswith(_ELF_64_LITTLE):
        return library
    header: list[Any] = list(_HEADER.unpack_from(library))
    table, count, names_at = header[5], header[11], header[12]
    sections: list[tuple[int, ...]] = [
        _SECTION.unpack_from(library, table + number * _SECTION.size) for number in range(count)
    ]
    symbols = next((i for i, one in enumerate(sections) if one[1] == _SYMBOLS), None)
    if symbols is None:
        return library
    strings = sections[symbols][6]
    gone = {symbols, strings}
    # Sections are named by number: only the last ones can go without telling the others.
    if gone | {names_at} != set(range(count - 3, count)) or strings == names_at:
        return library
    names = sections[names_at]
    if any(one[2] & _LOADED for one in (sections[symbols], sections[strings], names)):
        return library
    body_ends = sections[symbols][4]
    if any(
        body_ends < one[4] + one[5] for one in sections[1 : count - 3] if one[1] != _WITHOUT_BYTES
    ):
        return library
    kept_names = library[names[4] : names[4] + names[5]]
    padding = -(body_ends + len(kept_names)) % 8
    header[5] = body_ends + len(kept_names) + padding
    header[11], header[12] = count - 2, count - 3
    moved = (*names[:4], body_ends, *names[5:])
    head = library[:16] + _HEADER.pack(*header)[16:]
    body = head + library[len(head) : body_ends] + kept_names + b"\0" * padding
    return body + b"".join(_SECTION.pack(*one) for one in (*sections[: count - 3], moved))
