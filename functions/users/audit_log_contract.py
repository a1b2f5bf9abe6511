"""What clients of the audit log send and get (API.md, "Users")."""

from typing import Annotated, Self

from pydantic import Field

from functions.shared.models import Cursor, Id, Instant, Limit, QueryId, Request, View
from functions.shared.pagination import encode_cursor
from functions.users.audit_log import EntryPage
from functions.users.trail import Action, KeptEntry


class ListAuditLog(Request):
    user_id: QueryId | None = None
    actor_id: QueryId | None = None
    limit: Limit = 50
    cursor: Cursor = None


class AuditLogPosition(Request):
    entry_id: Annotated[int, Field(ge=1, lt=2**63)]


class ChangeView(View):
    """`before` and `after` are null of personal data: the log says that it changed, not how."""

    field: str
    before: str | None
    after: str | None


class AuditLogEntryView(View):
    """`userId` is whose account it is; `actorId` who did it, null for an operator of the system."""

    entry_id: int
    happened_at: Instant
    action: Action
    user_id: Id
    actor_id: Id | None
    changes: list[ChangeView]
    request_id: str | None

    @classmethod
    def of(cls, kept: KeptEntry) -> Self:
        entry = kept.entry
        return cls(
            entry_id=kept.entry_id,
            happened_at=entry.happened_at,
            action=entry.action,
            user_id=entry.user_id,
            actor_id=entry.author.actor_id,
            changes=[ChangeView(**change._asdict()) for change in entry.changes],
            request_id=entry.author.request_id,
        )


class AuditLogView(View):
    items: list[AuditLogEntryView]
    next_cursor: str | None

    @classmethod
    def of(cls, page: EntryPage) -> Self:
        following = None if page.next_before is None else {"entryId": page.next_before}
        return cls(
            items=[AuditLogEntryView.of(kept) for kept in page.entries],
            next_cursor=encode_cursor(following),
        )
