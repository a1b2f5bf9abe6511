"""What each run of an operation brings along, under the names that the rules know it by."""

from typing import Final

from functions.seating.conditions import Parameter

NOW: Final = Parameter("now")
RESERVATION: Final = Parameter("reservation")
ORDER: Final = Parameter("order")
EXPIRES_AT: Final = Parameter("expires_at")
CLAIM_TTL: Final = Parameter("claim_ttl")
RECORD_TTL: Final = Parameter("record_ttl")
QUANTITY: Final = Parameter("quantity")
# The limit less this reservation's seats: DynamoDB's conditions cannot add.
ROOM_BEFORE: Final = Parameter("room_before")
SEAT_MAP: Final = Parameter("seat_map")
USER: Final = Parameter("user")
# Holds that began by then count no more; seats whose hold ended by then are anybody's again.
COUNTED_SINCE: Final = Parameter("counted_since")
RESTS_SINCE: Final = Parameter("rests_since")

# In place of an order's id where none is involved; no order is ever called so.
NO_ORDER: Final = "none"
