"""Tickets: shown to their owners, and admitted once."""

import io
from dataclasses import dataclass
from datetime import datetime

import segno

from functions.orders.domain import Ticket, TicketStatus, ticket_place
from functions.orders.orders import may_see
from functions.orders.problems import (
    TicketForAnotherEvent,
    TicketNotGenuine,
    TicketUsed,
    TicketVoid,
)
from functions.orders.store import Store
from functions.orders.ticket_codes import Admission, TicketSigner
from functions.shared.dynamodb import Refused
from functions.shared.problems import NotFound
from functions.shared.tokens import Principal


@dataclass(frozen=True)
class Tickets:
    store: Store
    signer: TicketSigner

    def read(self, ticket_id: str, viewer: Principal) -> Ticket:
        """Raises NotFound for one that is not the viewer's to see."""
        place = ticket_place(ticket_id)
        ticket = self.store.find_ticket(*place) if place else None
        if ticket is None or not may_see(viewer, ticket.user_id, ticket.organizer_id):
            raise NotFound("There is no such ticket.")
        return ticket

    def code_of(self, ticket: Ticket) -> str:
        return self.signer.code_of(Admission(ticket.order_id, ticket.line.seat_id, ticket.event_id))

    def qr_of(self, ticket: Ticket) -> str:
        """The code as a QR, an SVG document that scales."""
        drawn = io.BytesIO()
        symbol = segno.make_qr(self.code_of(ticket), error="m")
        symbol.save(drawn, kind="svg", scale=4, xmldecl=False, title=f"Ticket {ticket.ticket_id}")
        return drawn.getvalue().decode()

    def admit(self, code: str, event_id: int, viewer: Principal, now: datetime) -> Ticket:
        """Let the bearer of a code in, once.

        Raises TicketNotGenuine, TicketForAnotherEvent, TicketUsed, TicketVoid, and NotFound for an
        event that the viewer does not organize.
        """
        admission = self.signer.read(code)
        if admission is None:
            raise TicketNotGenuine.at("/code", "This code was not made here.")
        if admission.event_id != event_id:
            raise TicketForAnotherEvent.at("/code", "This ticket is for another event.")
        place = (admission.order_id, admission.seat_id)
        ticket = self.store.find_ticket(*place)
        if ticket is None or not may_see(viewer, 0, ticket.organizer_id):
            raise NotFound("There is no such ticket.")
        try:
            self.store.admit(*place, now)
        except Refused:
            ticket = self.store.find_ticket(*place) or ticket
            if ticket.status is TicketStatus.VOID:
                raise TicketVoid("Its order was refunded.") from None
            raise TicketUsed(
                f"Somebody was admitted with it at {ticket.used_at}.", usedAt=str(ticket.used_at)
            ) from None
        return ticket._replace(status=TicketStatus.USED, used_at=now)
