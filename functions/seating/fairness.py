"""What slows those who hold seats again and again without buying any. All of it is conditions.

A slot keeps when its user's latest holds of the event began, newest first: `begun1` to `begun10`. A
new one moves each of them back by one place, a sale takes its own out again. So the oldest says
without any sum whether the limit is reached, however the requests are spread over the time.
"""

from typing import Any, Final

from functions.seating.conditions import Absent, AtMost, Differs, Former, Part, any_of
from functions.seating.domain import HOLDS_COUNTED
from functions.seating.parameters import COUNTED_SINCE, NOW, RESTS_SINCE, USER

_NEVER: Final = 0


def _begun(place: int) -> str:
    return f"begun{place}"


LAST_COUNT: Final = _begun(HOLDS_COUNTED)

NOT_TOO_OFTEN: Final = Part(
    "not too often",
    any_of(Absent(LAST_COUNT), AtMost(LAST_COUNT, COUNTED_SINCE)),
    "Nobody keeps seats from others by taking them and giving them back: so many holds that came "
    "to nothing, in so much time, and the next one waits.",
)
NOT_THEIR_OWN_JUST_NOW: Final = Part(
    "not their own just now",
    any_of(Differs("userId", USER), AtMost("expiresAt", RESTS_SINCE)),
    "Who let a hold run out lets others have these seats first. TTL leaves the claim there for "
    "longer than that, and any other seat may be held at once.",
)

# What RESERVE sets in the slot: one more hold.
COUNTED: Final[dict[str, Any]] = {
    **{_begun(place): Former(_begun(place - 1), _NEVER) for place in range(HOLDS_COUNTED, 1, -1)},
    _begun(1): NOW,
}
# What ALLOCATE sets, and it removes `LAST_COUNT`: the newest hold was bought. It is this
# reservation's own, since no other can begin meanwhile.
NOT_COUNTED: Final[dict[str, Any]] = {
    _begun(place): Former(_begun(place + 1), _NEVER) for place in range(1, HOLDS_COUNTED)
}
