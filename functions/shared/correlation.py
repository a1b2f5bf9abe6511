"""One id from the edge to the last log line: the request that everything goes back to.

It is the request's id that its answer carries. Whatever is caused by it goes on under it, at once
or later: a task's payload, a saga's input, an item that a stream tells of, a message of the outbox
or of a queue, and a domain event all carry it as `correlationId`. What came with none goes on under
an id of its own.

It is kept where it is written: among the logger's keys, of which each thread has its own.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any, Final, TypeVar
from uuid import uuid4

from functions.shared.observability import logger

FIELD: Final = "correlationId"
# The names by which log lines say what they are about, and by which one order's are found.
SUBJECTS: Final = ("orderId", "reservationId", "paymentId", "refundId")
_LOGGED_AS: Final = "correlation_id"

Given = TypeVar("Given")
Result = TypeVar("Result")


@contextmanager
def under(correlation_id: str | None, **keys: str | None) -> Iterator[None]:
    """Everything within goes back to this request, and is about nothing but `keys`; then it is as
    it was before. Without an id it gets one that nobody else has.
    """
    before = dict(logger.thread_safe_get_current_keys())
    logger.thread_safe_clear_keys()
    about(**{_LOGGED_AS: correlation_id or str(uuid4())} | keys)
    try:
        yield
    finally:
        logger.thread_safe_clear_keys()
        about(**before)


def about(**keys: str | None) -> None:
    """Say in each further line of this invocation what it is about, now that it is known."""
    logger.thread_safe_append_keys(**keys)


def in_threads(run: Callable[[Given], Result]) -> Callable[[Given], Result]:
    """The same, for a pool of threads, which on their own would not know what they work for."""
    context = copy_context()
    return lambda given: context.copy().run(run, given)


def current() -> str | None:
    """The id of the request that is being served; None outside of any."""
    found: str | None = logger.thread_safe_get_current_keys().get(_LOGGED_AS)
    return found


def carried() -> dict[str, str]:
    """What goes along with whatever is caused now."""
    correlation_id = current()
    return {} if correlation_id is None else {FIELD: correlation_id}


def subjects_in(named: Mapping[str, Any]) -> dict[str, str]:
    """What a payload or an event says it is about."""
    return {name: named[name] for name in SUBJECTS if isinstance(named.get(name), str)}


def own_id(context: Any) -> str | None:
    """The id of an invocation that nobody's request has caused, such as a schedule's."""
    return getattr(context, "aws_request_id", None)
