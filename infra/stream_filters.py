"""Which changes of a table its stream's function is called for, as data.

What matches no filter is passed over by Lambda, for nothing: a booking that goes well changes its
seats three times, and seating tells nobody of it. A filter may let too much through, never too
little: `tests/test_stream_filters.py` holds them against what the functions do.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Filter = Mapping[str, Any]

_CLAIMS: Final = {"PK": {"S": [{"prefix": "CLAIMS#"}]}}

STREAM_FILTERS: Final[Mapping[str, Sequence[Filter]]] = {
    "seating": (
        # A seat that is free again.
        {"eventName": ["REMOVE"], "dynamodb": {"Keys": _CLAIMS}},
        # A hold whose time was over, overwritten. One that is paid for stays whose it was.
        {
            "eventName": ["MODIFY"],
            "dynamodb": {
                "Keys": _CLAIMS,
                "OldImage": {"status": {"S": ["HELD"]}},
                "NewImage": {"status": {"S": [{"anything-but": ["PAYING"]}]}},
            },
        },
        # A reservation's end without a sale.
        {
            "dynamodb": {
                "Keys": {"SK": {"S": ["RECORD"]}},
                "NewImage": {"status": {"S": ["RELEASED", "EXPIRED"]}},
            }
        },
    ),
    "orders": (
        # Orders, not their tickets, refunds and reservations.
        {
            "eventName": ["INSERT", "MODIFY"],
            "dynamodb": {"Keys": {"PK": {"S": [{"prefix": "ORDER#"}]}, "SK": {"S": ["ORDER"]}}},
        },
    ),
}
