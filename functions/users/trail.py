"""The audit trail: who did what to whose account, and when.

It outlives the accounts it is about, so it knows people by their ids alone: of personal data it
says which fields were changed, never what they said.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Action(StrEnum):
    ADMINISTRATOR_CREATED = "ADMINISTRATOR_CREATED"
    STATUS_CHANGED = "STATUS_CHANGED"
    ROLE_CHANGED = "ROLE_CHANGED"
    # By somebody else than its owner.
    PROFILE_CHANGED = "PROFILE_CHANGED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - what happened to one  # nosec B105 - the name of an action
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105  # nosec B105 - likewise
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"


class Change(NamedTuple):
    """`before` and `after` are None of a field that is nobody's business."""

    field: str
    before: str | None = None
    after: str | None = None


class Author(NamedTuple):
    """Who does something, in which request. No actor is an operator, past the API."""

    actor_id: int | None
    request_id: str | None = None


OPERATOR = Author(None)


class Entry(NamedTuple):
    """`user_id` is whose account it is about."""

    happened_at: datetime
    user_id: int
    author: Author
    action: Action
    changes: tuple[Change, ...] = ()


class KeptEntry(NamedTuple):
    """A higher id was given later."""

    entry_id: int
    entry: Entry
