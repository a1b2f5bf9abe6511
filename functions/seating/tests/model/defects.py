"""Rules taken out, one at a time, and what must be found to go wrong then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from functions.seating.conditions import Change, Equals, Part, all_of, any_of
from functions.seating.domain import ClaimStatus
from functions.seating.parameters import RESERVATION
from functions.seating.rules import FREE, RESERVE
from functions.seating.tests.model.flaws import Flaw
from functions.seating.tests.model.machines import Machine, definition
from functions.seating.tests.model.search import Found, Search
from functions.seating.tests.model.settings import (
    ALONE,
    DAMAGED,
    FICKLE,
    PLAIN,
    RIVALS,
    SECOND_THOUGHTS,
)
from functions.seating.tests.model.world import Setting, World

STUCK: Final = "stuck"


@dataclass(frozen=True)
class Defect:
    """A rule taken out of a world. `breaks` begins the finding that is expected."""

    name: str
    setting: Setting
    change: Callable[[World], World]
    breaks: str

    def search(self) -> Found:
        """To the first violation, or whole if what is expected is that nothing settles a state."""
        world = self.change(World(self.setting))
        if self.breaks == STUCK:
            return Search(world).run(settles=True)
        return Search(world, stops=True, watching=self.breaks).run()


def flawed(*flaws: Flaw) -> Callable[[World], World]:
    return lambda world: world.flawed(*flaws)


def _unfenced_release(world: World) -> World:
    return world.without("RELEASE", "claim")


def _unfenced_allocate(world: World) -> World:
    """By no item. Nor does it count what it sells, which would go on for ever."""
    for kind in ("claim", "record", "slot"):
        world = world.without("ALLOCATE", kind)
    return world.with_effect("ALLOCATE", "slot", Change(remove=("active", "activeExpiresAt")))


def _no_secure(world: World) -> World:
    """The saga collects at once, and sells seats that are held only."""
    shipped = definition("booking")
    machine = Machine({**shipped, "StartAt": shipped["States"]["SecureSeats"]["Next"]})
    world = world.without("ALLOCATE", "claim", "paying", "our order").without("ALLOCATE", "record")
    return replace(world, booking=machine)


def _keep_lost(world: World) -> World:
    """SeatsLost leads where a void payment leads, in the saga and in the reconciler."""
    shipped = definition("booking")
    allocate, refund = (shipped["States"][each] for each in ("AllocateSeats", "RefundPayment"))
    for catch in allocate["Catch"]:
        if catch["Next"] == "RefundPayment":
            catch["Next"] = refund["Next"]
    return replace(world.flawed(Flaw.KEEP_LOST), booking=Machine(shipped))


def _slot_taken_over(world: World) -> World:
    """SECURE leaves the slot's time running, so that another reservation may have it."""
    return world.with_effect("SECURE", "slot", Change())


def _sold_seat_reserved_again(world: World) -> World:
    """RESERVE's replay is answered by relaxing it: a seat that is ours is ours to hold."""
    ours = all_of(Equals("status", ClaimStatus.ALLOCATED), Equals("reservationId", RESERVATION))
    relaxed = Part(FREE.name, any_of(FREE.condition, ours), FREE.because)
    assert RESERVE.claim is not None
    changed = replace(world.rules["RESERVE"], claim=replace(RESERVE.claim, parts=(relaxed,)))
    world = replace(world, rules={**world.rules, "RESERVE": changed})
    return world.without("RESERVE", "record", "new")


def _paying_claims_keep_their_ttl(world: World) -> World:
    step = world.rules["SECURE"].claim
    assert step is not None
    assert isinstance(step.effect, Change)
    return world.with_effect("SECURE", "claim", replace(step.effect, remove=("expiresAt",)))


def _forward_only(world: World) -> World:
    """After capture any failure turns the booking back, not only SeatsLost."""
    shipped = definition("booking")
    for state in ("AllocateSeats", "ConfirmOrder"):
        shipped["States"][state]["Catch"] = [
            {"ErrorEquals": ["States.ALL"], "Next": "RefundPayment"}
        ]
    return replace(world, booking=Machine(shipped), forgets=False)


def _release_before_verdict(world: World) -> World:
    """What fails before capture is undone at once, without asking for the verdict."""
    shipped = definition("booking")
    shipped["States"]["GiveUp"]["Next"] = "ReleaseSeats"
    return replace(world, booking=Machine(shipped), forgets=False)


def _free_before_void(world: World) -> World:
    """A refund frees the seats before it voids the tickets."""
    shipped = definition("refund")
    states = shipped["States"]
    states["ReleaseSoldSeats"]["Next"] = "VoidTickets"
    states["RefundPayment"]["Next"] = "CloseRefund"
    return replace(world, refund=Machine({**shipped, "StartAt": "ReleaseSoldSeats"}), forgets=False)


DEFECTS: Final = (
    Defect("unfenced release", RIVALS, _unfenced_release, "I8"),
    Defect("unfenced allocate", ALONE, _unfenced_allocate, "I9"),
    Defect("no SECURE", RIVALS, _no_secure, "I8"),
    Defect("unknown treated as failure", PLAIN, flawed(Flaw.UNKNOWN_IS_FAILURE), STUCK),
    Defect("resolve without void", PLAIN, flawed(Flaw.NO_VOID), STUCK),
    Defect("new key per retry", PLAIN, flawed(Flaw.NEW_KEY), "I4"),
    Defect("SeatsLost not refunded", replace(DAMAGED, late_commands=False), _keep_lost, STUCK),
    Defect("no reconciler", PLAIN, flawed(Flaw.NO_RECONCILER), STUCK),
    Defect("no attempt fence", ALONE, flawed(Flaw.NO_ATTEMPT_FENCE), "I4"),
    Defect("slot taken over while paying", SECOND_THOUGHTS, _slot_taken_over, "I8"),
    Defect("RESERVE replayed after ALLOCATE", ALONE, _sold_seat_reserved_again, "I2"),
    Defect("paying claims keep their ttl", PLAIN, _paying_claims_keep_their_ttl, "I8"),
    Defect("seats released before the verdict", PLAIN, _release_before_verdict, "I8"),
    Defect("turned back after capture by any failure", ALONE, _forward_only, "I3"),
    Defect("seats freed before tickets are void", PLAIN, _free_before_void, "I2"),
    Defect("verdict overwritten", PLAIN, flawed(Flaw.VERDICT_OVERWRITTEN), "I5"),
    # Not a rule of ours but an assumption about the table, and what hangs on it.
    Defect("a strong read is never torn", ALONE, flawed(Flaw.TORN_LOOK), "I3"),
    Defect("late money kept", FICKLE, flawed(Flaw.NO_STRAY_REFUND), "I5"),
)

# What the model does without: another rule stands before each of them. They stay as guards.
GUARDS: Final[Mapping[Flaw, str]] = {
    Flaw.CANCEL_UNPAID_OR_NOT: "the saga and the table come to it only after the verdict",
    Flaw.CONFIRM_CLOSED: "ConfirmOrder is called only for seats that were sold to the order, and "
    "such an order is closed by nobody",
    Flaw.REFUND_WITHOUT_LIMIT: "an order is refunded as a whole, for lost seats or after its "
    "confirmation, never for both; partial refunds will need it",
    Flaw.RUNNING_NOT_STOPPED: "every step is fenced where it writes, so two may drive one order",
}
