"""What the tasks of a cancellation may do, as scripts that both engines run."""

from typing import Final

from statemachines.tests.machines import Moves

ALWAYS: Final[Moves] = [{"raise": "ServiceUnavailable"}]
UNNAMED: Final[Moves] = [{"raise": "KeyError"}]
# Two orders on the first page, nothing open on the second.
PASS: Final = {"number": 1, "cursor": None, "refunded": 0, "voided": 0, "open": 0, "pages": 1}
FIRST_PAGE: Final = {
    "answer": {"orderIds": ["o-1", "o-2"], "pass": PASS | {"cursor": "there", "open": 2}}
}
LAST_PAGE: Final = {"answer": {"orderIds": [], "pass": PASS | {"pages": 2}}}
LONG_PAGE: Final = {"answer": {"orderIds": [], "pass": PASS | {"cursor": "there", "pages": 12}}}
OPEN: Final = {"answer": {"open": 2, "waitSeconds": 5, "pass": PASS | {"number": 2}}}
OPEN_FOR_LONG: Final = {"answer": {"open": 2, "waitSeconds": 5, "pass": PASS | {"pages": 12}}}
CLOSED: Final = {"answer": {"open": 0, "waitSeconds": 5, "pass": PASS | {"number": 3}}}
CANCELLATION: Final[dict[str, dict[str, Moves]]] = {
    "nothing was ever ordered": {},
    "a pass of two pages, and one that finds nothing": {
        "list_event_orders": [FIRST_PAGE, LAST_PAGE],
        "record_pass": [OPEN, CLOSED],
    },
    "an order that fails does not fail the pass": {
        "list_event_orders": [FIRST_PAGE, LAST_PAGE],
        "cancel_event_order": [*UNNAMED, *UNNAMED, *UNNAMED, {}],
    },
    "an order fails once": {
        "list_event_orders": [FIRST_PAGE, LAST_PAGE],
        "cancel_event_order": [{"exit": True}, {}],
    },
    "a pass of many pages": {"list_event_orders": [LONG_PAGE]},
    "many passes": {"record_pass": [OPEN_FOR_LONG]},
    "sales cannot be closed": {"set_event_state": ALWAYS},
    "orders cannot be listed": {"list_event_orders": UNNAMED},
    "a pass cannot be recorded": {"record_pass": ALWAYS},
    "it cannot go on elsewhere": {
        "list_event_orders": [LONG_PAGE],
        "continue_cancellation": ALWAYS,
    },
    "it cannot be finished": {"finish_cancellation": ALWAYS},
}
