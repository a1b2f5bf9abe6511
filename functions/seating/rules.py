"""The condition table: what each operation asks of a seat's claim, the record and the slot.

Every operation is one transaction over all its items: each of its steps, or none. A replay is
answered by the record and never by relaxing a condition here.

Claim: one item per claimed seat. Record: one per reservation. Slot: one per user and event, which
holds both limits. The fence is the reservation's id and the order's id, never the clock: a skewed
clock may free a held seat early, but can never make two owners.
"""

from typing import Final

from functions.seating.conditions import (
    Absent,
    AtMost,
    Change,
    Delete,
    Equals,
    MoreThan,
    Operation,
    Part,
    Put,
    Step,
    all_of,
    any_of,
)
from functions.seating.domain import ClaimStatus, ReservationStatus
from functions.seating.fairness import (
    COUNTED,
    LAST_COUNT,
    NOT_COUNTED,
    NOT_THEIR_OWN_JUST_NOW,
    NOT_TOO_OFTEN,
)
from functions.seating.parameters import (
    CLAIM_TTL,
    EXPIRES_AT,
    NOW,
    ORDER,
    QUANTITY,
    RECORD_TTL,
    RESERVATION,
    ROOM_BEFORE,
    SEAT_MAP,
    USER,
)

FREE: Final = Part(
    "free",
    any_of(
        Absent("status"),
        all_of(Equals("status", ClaimStatus.HELD), AtMost("expiresAt", NOW)),
    ),
    "DynamoDB deletes expired items late, by days at worst, so expiry is decided here and TTL only "
    "sweeps up. A paying, sold or blocked seat has no expiresAt, so time never frees it.",
)
OURS: Final = Part(
    "ours",
    Equals("reservationId", RESERVATION),
    "A hold that was over may be somebody else's by now.",
)
OUR_ORDER: Final = Part(
    "our order",
    Equals("orderId", ORDER),
    "Only the order that secured the seats may have them, or give them back.",
)
OUR_SLOT: Final = Part(
    "our slot",
    Equals("active", RESERVATION),
    "The user may have begun another reservation once this one was over.",
)

RESERVE: Final = Operation(
    "RESERVE",
    claim=Step(
        (FREE, NOT_THEIR_OWN_JUST_NOW),
        Put(
            {
                "status": ClaimStatus.HELD,
                "reservationId": RESERVATION,
                "userId": USER,
                "expiresAt": EXPIRES_AT,
                "ttl": CLAIM_TTL,
            }
        ),
    ),
    record=Step(
        (
            Part(
                "new",
                Absent("status"),
                "A replay finds the record, whatever became of it since, and takes nothing.",
            ),
        ),
        Put({"status": ReservationStatus.ACTIVE, "expiresAt": EXPIRES_AT, "ttl": RECORD_TTL}),
    ),
    slot=Step(
        (
            Part(
                "no active reservation",
                any_of(Absent("active"), AtMost("activeExpiresAt", NOW)),
                "One hold per user and event, so that nobody keeps seats by starting again. While "
                "an order pays there is no activeExpiresAt, so its slot cannot be taken over.",
            ),
            Part(
                "ticket limit",
                any_of(Absent("soldQty"), AtMost("soldQty", ROOM_BEFORE)),
                "Counted here, where two reservations of one user must meet.",
            ),
            NOT_TOO_OFTEN,
        ),
        Change(
            set={
                "active": RESERVATION,
                "activeQty": QUANTITY,
                "activeExpiresAt": EXPIRES_AT,
                **COUNTED,
            },
        ),
    ),
)

SECURE: Final = Operation(
    "SECURE",
    claim=Step(
        (
            Part("held", Equals("status", ClaimStatus.HELD), "Guards against damage."),
            OURS,
            Part(
                "in time",
                MoreThan("expiresAt", NOW),
                "Once time is over anybody may take the seat, so no payment may begin for it.",
            ),
        ),
        # Without a ttl nothing but a verdict on the payment frees it.
        Change(
            set={"status": ClaimStatus.PAYING, "orderId": ORDER},
            remove=("expiresAt", "ttl", "userId"),
        ),
    ),
    record=Step(
        (
            Part(
                "active",
                Equals("status", ReservationStatus.ACTIVE),
                "One order may pay for it; one given up or expired stays so.",
            ),
        ),
        Change(set={"status": ReservationStatus.PAYING, "orderId": ORDER}, remove=("ttl",)),
    ),
    slot=Step((OUR_SLOT,), Change(remove=("activeExpiresAt",))),
)

ALLOCATE: Final = Operation(
    "ALLOCATE",
    claim=Step(
        (
            Part("paying", Equals("status", ClaimStatus.PAYING), "Guards against damage."),
            OURS,
            OUR_ORDER,
        ),
        Change(set={"status": ClaimStatus.ALLOCATED, "allocatedAt": NOW}),
    ),
    record=Step(
        (
            Part(
                "paying",
                Equals("status", ReservationStatus.PAYING),
                "Sold once; seats given back after a verdict are never sold by it.",
            ),
            OUR_ORDER,
        ),
        Change(set={"status": ReservationStatus.COMPLETED}),
    ),
    slot=Step(
        (OUR_SLOT,),
        Change(
            set=NOT_COUNTED,
            remove=("active", "activeQty", "activeExpiresAt", LAST_COUNT),
            add={"soldQty": QUANTITY},
        ),
    ),
)

RELEASE: Final = Operation(
    "RELEASE",
    claim=Step(
        (
            OURS,
            Part(
                "held or our order's",
                any_of(Equals("status", ClaimStatus.HELD), Equals("orderId", ORDER)),
                "A customer gives up a hold only; a paying seat is its own order's to give back.",
            ),
        ),
        Delete(),
    ),
    record=Step(
        (
            Part(
                "active or our order's",
                any_of(
                    Equals("status", ReservationStatus.ACTIVE),
                    all_of(
                        Equals("status", ReservationStatus.PAYING),
                        Equals("orderId", ORDER),
                    ),
                ),
                "Also once time is over: it shuts out a SECURE that is still on its way.",
            ),
        ),
        Change(set={"status": ReservationStatus.RELEASED}),
    ),
    # A slot that has moved on never fails the operation: it is left out then.
    slot=Step((OUR_SLOT,), Change(remove=("active", "activeQty", "activeExpiresAt"))),
)

RELEASE_SOLD: Final = Operation(
    "RELEASE-SOLD",
    claim=Step(
        (
            Part(
                "allocated",
                Equals("status", ClaimStatus.ALLOCATED),
                "A refund frees what was sold, nothing else.",
            ),
            Part(
                "our order",
                Equals("orderId", ORDER),
                "The seat may have been sold again since; that sale is not this refund's.",
            ),
        ),
        Delete(),
    ),
    # With the claim in one transaction, so that a repeat cannot count down twice.
    slot=Step((), Change(add={"soldQty": -1})),
)

EXPIRE: Final = Operation(
    "EXPIRE",
    record=Step(
        (
            Part(
                "active",
                Equals("status", ReservationStatus.ACTIVE),
                "So that each reservation is counted once, however often its end is seen.",
            ),
            Part("over", AtMost("expiresAt", NOW), "A hold keeps its seats until then."),
        ),
        Change(set={"status": ReservationStatus.EXPIRED}),
    ),
)

BLOCK: Final = Operation(
    "BLOCK",
    claim=Step((FREE,), Put({"status": ClaimStatus.BLOCKED})),
    # A new seat map is written only if no seat was blocked since its author looked.
    state=Step(
        (
            Part(
                "same map",
                Equals("mapId", SEAT_MAP),
                "The seats were looked up in this map; another may number them otherwise.",
            ),
        ),
        Change(add={"blocks": 1}),
    ),
)

UNBLOCK: Final = Operation(
    "UNBLOCK",
    claim=Step(
        (
            Part(
                "blocked",
                Equals("status", ClaimStatus.BLOCKED),
                "Unblocking a sold seat would sell it again.",
            ),
        ),
        Delete(),
    ),
)

OPERATIONS: Final = (
    RESERVE,
    SECURE,
    ALLOCATE,
    RELEASE,
    RELEASE_SOLD,
    EXPIRE,
    BLOCK,
    UNBLOCK,
)
