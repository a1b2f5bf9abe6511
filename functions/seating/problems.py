"""What seating refuses, each with one name: class, problem code and saga error."""

from functions.shared.problems import Conflict, Gone, ServiceUnavailable, TooManyRequests


class SeatsUnavailable(Conflict):
    """`unavailableSeats` names exactly the seats that were taken."""

    title = "Some of those seats are taken"


class EventNotOnSale(Conflict):
    title = "The event is not on sale"


class EventCancelled(Conflict):
    """Not even what is held of it may be ordered any more."""

    title = "The event is cancelled"


class ActiveReservationExists(Conflict):
    """`reservationId` is the one to pay for, or to release first."""

    title = "There is an active reservation for this event already"


class TicketLimitReached(Conflict):
    title = "Nobody may have more tickets for one event"


class TooManyHolds(TooManyRequests):
    """Only for this event, and for no user but this one."""

    title = "Too many reservations for this event came to nothing"


class SeatsJustHeld(TooManyRequests):
    """`unavailableSeats` names the seats that a hold of the user's own has just run out on."""

    title = "Others may have these seats first"


class ReservationInPayment(Conflict):
    title = "An order is paying for this reservation"


class ReservationCompleted(Conflict):
    title = "This reservation is paid"


class ReservationReleased(Gone):
    title = "This reservation was given up"


class ReservationExpired(Gone):
    title = "The reservation's time is over"


class SeatsLost(Conflict):
    """A paying order's seats are not its own: the one refusal that leads to a refund."""

    title = "The order no longer holds its seats"


class SeatsNotBlocked(Conflict):
    """`unavailableSeats` names the seats that are not blocked."""

    title = "Some of those seats are not blocked"


class SeatMapFixed(Conflict):
    title = "The seat map can no longer be replaced"


class SeatMapMissing(ServiceUnavailable):
    """The map that was to be read is gone: a newer one was published meanwhile."""

    title = "The seat map was replaced just now"
