"""Ids and texts that are meant to do harm."""

from typing import Final

# As they stand in a path. None is an id of anything, and none leads anywhere else: these are
# text like any other, so an opaque id that is absent, and an integer id that is none.
TEXT_IDS: Final[dict[str, str]] = {
    "a way out, twice encoded": "..%252Fx",
    "two dots": "%2E%2E",
    "SQL": "'%20OR%201=1--",
    "SQL that waits": "1;SELECT%20pg_sleep(9)--",
    "a script": "%3Cscript%3E",
    "a template": "$%7B7*7%7D",
    "a wildcard": "%25",
    "a star": "*",
    "half a percent sign": "%",
    "a number beyond 64 bits": "99999999999999999999",
    "zero": "0",
    "below zero": "-1",
    "a part": "1.5",
    "a power": "1e3",
    "hexadecimal": "0x1",
    "another alphabet's digits": "%D9%A1",
    "true": "true",
    "null": "null",
    "a blank": "%20",
}
# With these in it, a path is none that anything is served at.
NOWHERE: Final[dict[str, str]] = {
    "a way out": "../x",
    "a way out, encoded": "..%2Fx",
    "a back slash": "..%5Cx",
    "a NUL": "%00",
    "a NUL behind a number": "1%00",
    "a line's end": "1%0D%0AX-Injected:%201",
    "no UTF-8": "%FF",
    "a key's separator": "ORDER%23x",
    "emoji": "%F0%9F%8E%AB",
}
LONG_IDS: Final[dict[str, str]] = {
    "10,000 characters": "x" * 10_000,
    "10,000 digits": "9" * 10_000,
}

# As a value of a query or a body; text that is allowed and matches nothing.
HOSTILE_TEXTS: Final[dict[str, str]] = {
    "SQL": "' OR 1=1--",
    "SQL wildcards": "%_%",
    "SQL that waits": "'; SELECT pg_sleep(9); --",
    "a script": "<script>alert(1)</script>",
    "a template": "${7*7}",
    "a way out": "../../etc/passwd",
    "JSON": '{"$ne": null}',
    "another alphabet": "कटहल",
}
