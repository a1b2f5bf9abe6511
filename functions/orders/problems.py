"""What orders refuses, each with one name: class, problem code and saga error.

Refusals of other domains that reach our clients are named here too, so that they are documented.
"""

from functions.shared.problems import Conflict, Gone, TooManyRequests, ValidationFailed


class SeatsUnavailable(Conflict):
    """Seating's; `unavailableSeats` names exactly the seats that were taken."""

    title = "Some of those seats are taken"


class EventNotOnSale(Conflict):
    """Seating's."""

    title = "The event is not on sale"


class EventCancelled(Conflict):
    """Not even what is held of it may be ordered any more."""

    title = "The event is cancelled"


class ActiveReservationExists(Conflict):
    """Seating's."""

    title = "There is an active reservation for this event already"


class TicketLimitReached(Conflict):
    """Seating's."""

    title = "Nobody may have more tickets for one event"


class TooManyHolds(TooManyRequests):
    """Seating's."""

    title = "Too many reservations for this event came to nothing"


class SeatsJustHeld(TooManyRequests):
    """Seating's; `unavailableSeats` names them."""

    title = "Others may have these seats first"


class ReservationExpired(Gone):
    title = "The reservation's time is over"


class ReservationReleased(Gone):
    title = "This reservation was given up"


class ReservationOrdered(Conflict):
    title = "There is an order for this reservation already"


class OrderFailed(Conflict):
    """`reason` is the order's."""

    title = "The order did not come about"


class PaymentCaptured(Conflict):
    title = "The order is paid and about to be confirmed"


class PaymentInProgress(Conflict):
    title = "What became of the payment is not known yet"


class TicketUsed(Conflict):
    """`usedAt` says when."""

    title = "The ticket has been used"


class TicketVoid(Gone):
    title = "The ticket is void"


class TicketNotGenuine(ValidationFailed):
    title = "The code is not one of ours"


class TicketForAnotherEvent(ValidationFailed):
    title = "The ticket is for another event"


class OrderNotPending(Conflict):
    title = "The order is decided"


class OrderNotConfirmed(Conflict):
    title = "The order is not confirmed"


class OrderNotRefundable(Conflict):
    """Other refunds have these tickets or this money, or there never were any."""

    title = "The order has nothing left that this could refund"


class RefundInProgress(Conflict):
    title = "Another refund of this order is under way"


class RefundNotOffered(Conflict):
    """By the policy that the event had when the order was placed."""

    title = "The event's policy gives nothing back for this"


class MoreThanCaptured(Conflict):
    title = "A refund is at most what was captured"


class PaymentNotSettled(Conflict):
    title = "The order's payment is neither void nor given back"
