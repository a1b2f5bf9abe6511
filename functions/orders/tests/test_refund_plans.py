"""What a refund that somebody asks for comes to: by who asks, for what, and when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.orders.domain import Order
from functions.orders.problems import (
    MoreThanCaptured,
    OrderNotConfirmed,
    OrderNotRefundable,
    RefundInProgress,
    RefundNotOffered,
    TicketUsed,
)
from functions.orders.refund_plans import RefundPlan, RefundPlans, RefundWish
from functions.orders.refund_terms import RefundPolicy, RefundWanted
from functions.orders.tests.conftest import House
from functions.shared.idempotency import derived_id
from functions.shared.problems import Forbidden, IdempotencyKeyRequired, Problem, ValidationFailed

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAYMENT = "pay-1"
WHOLE = derived_id("refund", PAYMENT)
BY_POLICY = derived_id("refund-by-policy", PAYMENT)
HALF_SINCE_NOON = RefundPolicy(NOON, 50)


class Asked:
    """One order of seats 1 to 3, at 1102, 1103 and 1103 cents, and what is asked about it."""

    def __init__(self, house: House, policy: RefundPolicy | None = None) -> None:
        self.house = house
        self.policy = policy
        self.order_id = house.confirmed(1, 2, 3)

    @property
    def order(self) -> Order:
        order = self.house.store.find_order(self.order_id)
        assert order is not None
        return order._replace(refund_policy=self.policy)

    def plan(self, *seat_ids: int, at: datetime = NOON, **wish: Any) -> RefundPlan:
        ticket_ids = frozenset(f"{self.order_id}-{seat_id}" for seat_id in seat_ids)
        asked = RefundWish(PAYMENT, ticket_ids or None, **wish)
        return RefundPlans(self.house.store).plan(self.order, asked, at)

    def by_organizer(self, *seat_ids: int, **wish: Any) -> RefundPlan:
        return self.plan(*seat_ids, as_organizer=True, **wish)

    def carry_out(self, plan: RefundPlan) -> int:
        """What it gave back."""
        refunds = self.house.refunds
        _, refund = refunds.open(self.order_id, plan.wanted, NOON)
        refunds.close(self.order_id, refund.refund_id, NOON)
        return refund.amount_cents

    def refuses(self, problem: type[Problem], *seat_ids: int, **wish: Any) -> None:
        before = self.order
        with pytest.raises(problem):
            self.plan(*seat_ids, **wish)
        assert self.order == before


@pytest.fixture
def asked(house: House) -> Asked:
    return Asked(house)


@pytest.fixture
def late(house: House) -> Asked:
    """For customers half of it, from noon on."""
    return Asked(house, HALF_SINCE_NOON)


def tickets_id(asked: Asked, *seat_ids: int) -> str:
    tickets = sorted(f"{asked.order_id}-{seat_id}" for seat_id in seat_ids)
    return derived_id("refund-tickets", PAYMENT, *tickets)


def test_all_of_an_order_is_one_refund_by_whatever_words(asked: Asked) -> None:
    total = asked.order.amounts.total_cents
    plans = [
        asked.plan(),
        asked.plan(1, 2, 3),
        asked.plan(amount_cents=total),
        asked.plan(3, 2, 1, amount_cents=total),
    ]
    assert set(plans) == {RefundPlan(RefundWanted(WHOLE, (1, 2, 3)))}
    # The organizer's takes whatever is there when it is carried out.
    assert asked.by_organizer() == RefundPlan(RefundWanted(WHOLE))
    assert asked.carry_out(asked.plan()) == total
    again = asked.plan(amount_cents=total)
    assert (again.wanted.refund_id, again.is_closed) == (WHOLE, True)
    assert asked.by_organizer().is_closed


def test_tickets_are_refunded_under_an_id_of_their_own_and_once(asked: Asked) -> None:
    plan = asked.plan(3, 1)
    assert plan == RefundPlan(RefundWanted(tickets_id(asked, 1, 3), (1, 3)))
    assert asked.carry_out(plan) == 2205
    again = asked.plan(1, 3)
    assert again.is_closed
    assert again.wanted == plan.wanted._replace(amount_cents=2205)
    asked.refuses(OrderNotRefundable, 1)
    asked.refuses(OrderNotRefundable, 1, 2)
    rest = asked.plan()
    assert rest.wanted == RefundWanted(WHOLE, (2,))
    assert asked.carry_out(rest) == 1103
    assert asked.order.status == "REFUNDED"


def test_what_is_asked_after_everything_is_refunded_has_nothing_left(asked: Asked) -> None:
    for seat_id in (1, 2, 3):
        asked.carry_out(asked.plan(seat_id))
    asked.refuses(OrderNotRefundable)
    asked.refuses(OrderNotRefundable, as_organizer=True)


@pytest.mark.parametrize("named", [(1, 2, 3), ()], ids=["all tickets", "no ticket"])
def test_all_the_money_takes_all_tickets_though_one_was_given_up_for_nothing(
    asked: Asked, named: tuple[int, ...]
) -> None:
    total_cents = asked.order.amounts.total_cents
    assert asked.carry_out(asked.by_organizer(2, amount_cents=0)) == 0
    plan = asked.by_organizer(*named, amount_cents=total_cents, asked_as="3:key")
    assert plan.wanted.refund_id == WHOLE
    assert asked.carry_out(plan) == total_cents
    assert asked.order.live_seat_ids == ()


def test_only_tickets_of_the_order_are_named(asked: Asked) -> None:
    asked.refuses(ValidationFailed, 1, 4)


def test_an_order_that_is_not_confirmed_is_not_refunded(house: House) -> None:
    plans, wish = RefundPlans(house.store), RefundWish(PAYMENT)
    pending, given_up = house.placed(1), house.placed(1)
    house.give_up(given_up)
    for order_id, problem in ((pending, OrderNotConfirmed), (given_up, OrderNotRefundable)):
        order = house.store.find_order(order_id)
        assert order is not None
        with pytest.raises(problem):
            plans.plan(order, wish, NOON)


def test_one_refund_of_an_order_is_under_way_at_a_time(asked: Asked) -> None:
    asked.house.refunds.open(asked.order_id, asked.plan(1).wanted, NOON)
    for seat_ids in ((), (2,)):
        with pytest.raises(RefundInProgress) as refusal:
            asked.plan(*seat_ids)
        assert refusal.value.headers["Retry-After"] == "2"
    # The same one is not another.
    assert asked.plan(1) == RefundPlan(RefundWanted(tickets_id(asked, 1), (1,), 1102))


@pytest.mark.parametrize(("seconds", "percent"), [(-1, 100), (0, 50), (1, 50)])
def test_a_customer_gets_what_the_policy_says_then(late: Asked, seconds: int, percent: int) -> None:
    at = NOON + timedelta(seconds=seconds)
    plan = late.plan(2, at=at)
    assert plan.wanted.amount_cents == (None if percent == 100 else 551)
    assert late.carry_out(plan) == (1103 if percent == 100 else 551)


def test_a_policys_percentage_is_taken_of_each_share_and_rounded_down(late: Asked) -> None:
    plan = late.plan()
    assert plan.wanted == RefundWanted(BY_POLICY, (1, 2, 3), 551 + 551 + 551)
    late.carry_out(plan)
    order = late.order
    assert (order.status, order.live_seat_ids, order.left_cents) == (
        "PARTIALLY_REFUNDED",
        (),
        3308 - 1653,
    )
    # Asked twice it is the same one; it leaves the rest to the organizer.
    assert late.plan().is_closed
    assert late.plan(1, 2, 3).wanted.refund_id == BY_POLICY
    rest = late.by_organizer()
    assert rest == RefundPlan(RefundWanted(WHOLE))
    assert late.carry_out(rest) == 3308 - 1653
    assert late.order.status == "REFUNDED"


def test_what_is_no_longer_offered_is_refused_and_the_tickets_stay_valid(house: House) -> None:
    asked = Asked(house, RefundPolicy(NOON, 0))
    asked.refuses(RefundNotOffered)
    asked.refuses(RefundNotOffered, 1)
    assert {ticket["status"] for ticket in house.tickets(asked.order_id)} == {"VALID"}
    assert asked.plan(1, at=NOON - timedelta(seconds=1)).wanted.amount_cents is None
    assert asked.by_organizer(1).wanted == RefundWanted(tickets_id(asked, 1), (1,))


def test_the_whole_amount_is_never_asked_for_and_half_of_it_given(late: Asked) -> None:
    late.refuses(RefundNotOffered, amount_cents=3308)
    assert late.by_organizer(amount_cents=3308).wanted == RefundWanted(WHOLE)


def test_all_tickets_in_full_are_not_all_the_money_once_a_policy_kept_some(late: Asked) -> None:
    """The event was put off, say, and there was no knowing that when the first was given up."""
    late.carry_out(late.plan(1))
    early = late.plan(at=NOON - timedelta(hours=1))
    assert early.wanted == RefundWanted(BY_POLICY, (2, 3))
    assert late.carry_out(early) == 2206
    assert late.carry_out(late.by_organizer()) == 1102 - 551


def test_a_customer_names_no_amount_and_forces_nothing(asked: Asked) -> None:
    asked.refuses(Forbidden, amount_cents=100, asked_as="7:key")
    asked.refuses(Forbidden, 1, amount_cents=100)
    asked.refuses(Forbidden, is_forced=True)
    # That it is too much is worth saying to anybody.
    asked.refuses(MoreThanCaptured, amount_cents=3309)


def test_two_refunds_of_an_amount_are_told_apart_by_their_key_alone(asked: Asked) -> None:
    asked.refuses(IdempotencyKeyRequired, amount_cents=100, as_organizer=True)
    asked.refuses(ValidationFailed, amount_cents=0, as_organizer=True, asked_as="5:key-1")
    plans = [
        asked.by_organizer(amount_cents=100, asked_as=f"{user_id}:{key}")
        for user_id, key in ((5, "key-1"), (5, "key-2"), (6, "key-1"))
    ]
    assert len({plan.wanted.refund_id for plan in plans}) == 3
    assert {plan.wanted[1:3] for plan in plans} == {((), 100)}
    assert [asked.carry_out(plan) for plan in (plans[0], plans[0], plans[1])] == [100, 100, 100]
    assert asked.order.refunded_cents == 200
    assert asked.by_organizer(amount_cents=100, asked_as="5:key-1").is_closed


def test_an_amount_is_at_most_what_is_left(asked: Asked) -> None:
    asked.carry_out(asked.by_organizer(amount_cents=3000, asked_as="5:key-1"))
    asked.refuses(MoreThanCaptured, amount_cents=309, as_organizer=True, asked_as="5:key-2")
    # Not the whole any more, though it is as much.
    asked.refuses(MoreThanCaptured, amount_cents=3308, as_organizer=True, asked_as="5:key-2")
    assert asked.carry_out(asked.by_organizer(amount_cents=308, asked_as="5:key-2")) == 308
    assert asked.order.live_seat_ids == (1, 2, 3)
    # The tickets may still be given up, for nothing.
    assert asked.carry_out(asked.plan(1)) == 0
    assert asked.carry_out(asked.by_organizer()) == 0
    assert asked.order.status == "REFUNDED"


def test_an_organizer_may_name_less_than_tickets_are_worth(asked: Asked) -> None:
    asked.refuses(MoreThanCaptured, 1, amount_cents=1103, as_organizer=True)
    plan = asked.by_organizer(1, amount_cents=600)
    assert plan.wanted == RefundWanted(tickets_id(asked, 1), (1,), 600)
    every = asked.by_organizer(1, 2, 3, amount_cents=600)
    assert every.wanted == RefundWanted(tickets_id(asked, 1, 2, 3), (1, 2, 3), 600)
    assert asked.carry_out(plan) == 600
    asked.refuses(OrderNotRefundable, 1, 2, 3, amount_cents=600, as_organizer=True)


def test_a_used_ticket_is_refunded_only_by_force(asked: Asked) -> None:
    asked.house.store.admit(asked.order_id, 1, NOON)
    for seat_ids in ((), (1,), (1, 2)):
        asked.refuses(TicketUsed, *seat_ids)
        asked.refuses(TicketUsed, *seat_ids, as_organizer=True)
    assert asked.plan(2).wanted.seat_ids == (2,)
    forced = asked.by_organizer(1, is_forced=True)
    assert forced.wanted.is_forced
    assert asked.carry_out(forced) == 1102
