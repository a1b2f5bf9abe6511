"""Which lines are one order's.

An order is named by its own id, and, in the lines that name it, by those of its reservation,
payment and refunds. Whatever names one of them is of the order; and whatever goes back to the same
request as such a line is, unless it is about something else: a client may send one X-Request-Id
with all its requests, and the cancellation of an event goes through all of its orders.
"""

from collections.abc import Iterable
from typing import NamedTuple

from embedded.trace.lines import Line
from embedded.trace.sources import Source


class Story(NamedTuple):
    """An order's lines in order of time, `reads` apart: those of requests that only read.

    `subjects` are the ids by which it was found, by name.
    """

    order_id: str
    subjects: dict[str, list[str]]
    lines: list[Line]
    reads: list[Line]


def follow(order_id: str, source: Source) -> Story:
    """Everything that a source has on an order."""
    names, requests = {order_id}, set[str]()
    while True:
        found = source.find(names, requests)
        known = len(names) + len(requests)
        for line in found:
            if line.subjects.get("orderId") == order_id:
                names.update(line.subjects.values())
        own = [line for line in found if _is_of(line, order_id, names, requests)]
        reading = _only_reading(own)
        requests.update(
            line.request_id for line in own if line.request_id and line.request_id not in reading
        )
        if len(names) + len(requests) == known:
            break
    own.sort(key=lambda line: (line.began_at, line.written_at))
    return Story(
        order_id,
        _by_name(own, names),
        [line for line in own if line.request_id not in reading],
        [line for line in own if line.request_id in reading],
    )


def _is_of(line: Line, order_id: str, names: set[str], requests: set[str]) -> bool:
    subjects = line.subjects
    if subjects.get("orderId", order_id) != order_id:
        return False
    if subjects:
        return not names.isdisjoint(subjects.values())
    return line.request_id in requests or any(name in line.text for name in names)


def _only_reading(lines: Iterable[Line]) -> set[str]:
    """The ids that only requests have which read: a client may have sent one id with several."""
    asked: dict[str, set[bool]] = {}
    for line in lines:
        if line.is_request and line.request_id is not None:
            asked.setdefault(line.request_id, set()).add(line.is_read)
    return {request_id for request_id, reads in asked.items() if reads == {True}}


def _by_name(lines: Iterable[Line], names: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        for name, value in line.subjects.items():
            if value in names and value not in found.setdefault(name, []):
                found[name].append(value)
    return found
