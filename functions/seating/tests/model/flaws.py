"""Rules of the model itself that can be taken out, to see what they are for."""

from enum import StrEnum


class Flaw(StrEnum):
    """What a careless implementation would do. Seating's rules are taken out of the rules."""

    UNKNOWN_IS_FAILURE = "an outcome that is not known is taken for a decline"
    NO_VOID = "an unresolved attempt is given up without cancelling it at the provider"
    NEW_KEY = "each retry of a charge brings a new key"
    NO_ATTEMPT_FENCE = "a charge is attempted while another is unresolved"
    NO_STRAY_REFUND = "money that arrives after the verdict VOIDED is kept"
    VERDICT_OVERWRITTEN = "a verdict is made where one was made before"
    KEEP_LOST = "seats that are lost are not refunded, by the saga or the reconciler"
    NO_RECONCILER = "there is no reconciler"
    RUNNING_NOT_STOPPED = "the reconciler does not stop a running saga first"
    CANCEL_UNPAID_OR_NOT = "CancelOrder does not ask for the verdict"
    CONFIRM_CLOSED = "ConfirmOrder does not ask where the order came from"
    TORN_LOOK = "the record is read in the middle of a twin's commit, and seats seem lost"
    REFUND_WITHOUT_LIMIT = "a refund is not held to what was captured"
