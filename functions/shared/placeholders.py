"""Each statement's placeholders are spelled for Postgres once, not each time it is executed.

pg8000 turns `%s` into `$1` letter by letter: half a millisecond of CPU for a statement of ours, as
much as all the rest of it. A function has few statements, and always the same.
"""

from functools import lru_cache
from typing import Any

from pg8000 import legacy

# More than any domain has; lists of ids of several lengths are among them.
_STATEMENTS = 1_000

_convert = legacy.convert_paramstyle


@lru_cache(_STATEMENTS)
def _spelled(statement: str) -> str:
    text: str = _convert("format", statement, ())[0]
    return text


def _convert_once(style: str, statement: str, values: Any) -> tuple[str, Any]:
    if style != "format":
        converted: tuple[str, Any] = _convert(style, statement, values)
        return converted
    return _spelled(statement), values


def remember_placeholders() -> None:
    """From now on, for every connection of this process."""
    legacy.convert_paramstyle = _convert_once
