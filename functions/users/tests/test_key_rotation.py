"""Keys are rotated while tokens are issued and verified, and nobody is signed out by it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import boto3
import jwt
import pytest

from functions.shared.problems import Unauthenticated
from functions.shared.tests.deployed import ISSUER
from functions.shared.tokens import (
    KEYS_PAUSE_SECONDS,
    KEYS_READ_AGAIN_SECONDS,
    LEEWAY_SECONDS,
    fetch_public_keys,
)
from functions.users.access_tokens import (
    JWKS_MAX_AGE_SECONDS,
    SIGNER_LOOKS_AGAIN,
    AccessTokenSigner,
)
from functions.users.domain import ACCESS_TOKEN_LIFETIME
from functions.users.tests.rotating import CUSTOMER, BrokenOff, ClockedKeys, World, verified
from functions.users.token_keys import (
    PUBLISHED_FOR,
    RETIRED_AFTER,
    NotDue,
    NoTokenKeys,
    Place,
    Step,
    TokenKeys,
    next_step,
)
from infra.constructs.token_keys import PLACES


@pytest.fixture
def world(aws_endpoint: str) -> World:
    return World(boto3.client("kms", endpoint_url=aws_endpoint))


@pytest.fixture
def rotate(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], Step]:
    """Takes the next step when so much time has passed."""

    def rotate(period: timedelta = timedelta()) -> Step:
        world.pass_by(period)
        return world.keys.rotate(world.now)

    return rotate


def test_a_rotation_is_three_steps_each_when_it_is_due(
    world: World, rotate: Callable[..., Step]
) -> None:
    assert rotate() is Step.PUBLISH
    second = world.place(Place.NEXT)
    assert (world.place(Place.CURRENT), second != world.first) == (world.first, True)
    for too_early in (timedelta(), PUBLISHED_FOR - timedelta(seconds=5)):
        world.now = world.started_at + too_early
        with pytest.raises(NotDue, match="Too early to promote: not before 20"):
            rotate()
    assert rotate(timedelta(seconds=10)) is Step.PROMOTE
    assert world.keys.places().keys() == {Place.CURRENT, Place.PREVIOUS}
    assert (world.place(Place.CURRENT), world.place(Place.PREVIOUS)) == (second, world.first)
    world.now = world.started_at + RETIRED_AFTER - timedelta(seconds=5)
    with pytest.raises(NotDue, match="Too early to retire"):
        rotate()
    assert rotate(timedelta(seconds=15)) is Step.RETIRE
    assert world.keys.places().keys() == {Place.CURRENT}
    assert world.state_of(world.first) == "PendingDeletion"
    assert rotate() is Step.PUBLISH


def test_the_periods_outlast_every_memory_of_keys() -> None:
    kept = timedelta(seconds=KEYS_READ_AGAIN_SECONDS + JWKS_MAX_AGE_SECONDS)
    assert kept < PUBLISHED_FOR
    alive = SIGNER_LOOKS_AGAIN + ACCESS_TOKEN_LIFETIME + timedelta(seconds=LEEWAY_SECONDS)
    assert alive < RETIRED_AFTER


def test_nobody_is_signed_out_by_three_rotations(world: World) -> None:
    """Minute by minute: what a process signs, another one verifies by the keys it has anyway."""
    keys = ClockedKeys(world)
    kids, steps = set(), list[Step]()
    while len(steps) < 9:
        steps.append(keys.rotate(max(world.now, next_step(keys.places())[1])))
        # Until every process has read the keys again, and then until the next step.
        for _ in range(18):
            assert verified(world), (steps, world.now - world.started_at)
            kids.add(jwt.get_unverified_header(world.tokens[-1])["kid"])
            world.pass_by(timedelta(minutes=1))
        world.now = max(world.now, next_step(keys.places())[1])
    assert steps == [Step.PUBLISH, Step.PROMOTE, Step.RETIRE] * 3
    assert len(kids) == 4
    assert world.now - world.started_at > 3 * (PUBLISHED_FOR + RETIRED_AFTER)


def test_a_worker_that_read_the_keys_before_the_publication_knows_the_new_one_in_time(
    world: World, rotate: Callable[..., Step]
) -> None:
    assert verified(world)
    rotate()
    rotate(PUBLISHED_FOR + timedelta(seconds=5))
    world.pass_by(SIGNER_LOOKS_AGAIN)
    assert verified(world)
    fresh = jwt.get_unverified_header(world.tokens[-1])["kid"]
    assert fresh != jwt.get_unverified_header(world.tokens[0])["kid"]


def test_the_signer_never_signs_by_one_key_and_names_another(
    world: World, rotate: Callable[..., Step]
) -> None:
    old = world.kid()
    rotate()
    rotate(PUBLISHED_FOR + timedelta(seconds=5))
    # It has not looked again: the alias has moved on, the signer has not.
    world.now = world.started_at
    assert world.kid() == old
    assert world.verifier.verify(world.tokens[-1]).user_id == 7
    world.now = world.started_at + SIGNER_LOOKS_AGAIN
    assert world.kid() != old
    world.now = world.started_at + PUBLISHED_FOR
    assert verified(world)


@pytest.mark.parametrize("broken_off_after", range(4))
def test_a_promotion_may_be_broken_off_anywhere_and_taken_again(
    world: World, rotate: Callable[..., Step], broken_off_after: int
) -> None:
    old = world.kid()
    rotate()
    both = world.published()
    second = world.place(Place.NEXT)
    world.pass_by(PUBLISHED_FOR + timedelta(seconds=5))
    try:
        world.fragile(broken_off_after).rotate(world.now)
    except BrokenOff:
        assert broken_off_after < 3
        assert world.published() == both
    # Whatever was left, the next try ends it, at once.
    if broken_off_after < 3:
        assert rotate() is Step.PROMOTE
    assert world.keys.places().keys() == {Place.CURRENT, Place.PREVIOUS}
    assert (world.place(Place.CURRENT), world.place(Place.PREVIOUS)) == (second, world.first)
    assert world.published() == both
    world.pass_by(SIGNER_LOOKS_AGAIN)
    assert world.kid() in both - {old}


def test_whoever_reads_the_keys_during_a_promotion_misses_none(world: World) -> None:

    class Meanwhile:
        """Promotes before the read of the alias that comes so late."""

        def __init__(self, turn: int) -> None:
            self.turn = turn

        def get_public_key(self, KeyId: str) -> Any:  # noqa: N803 - a parameter of KMS
            if self.turn == 0:
                world.keys.rotate(world.now)
            self.turn -= 1
            return world.kms.get_public_key(KeyId=KeyId)

        exceptions = world.kms.exceptions

    for turn in range(3):
        world = World(world.kms)
        world.keys.rotate(world.now)
        both = world.published()
        world.pass_by(PUBLISHED_FOR + timedelta(seconds=5))
        aliases = [f"{world.prefix}-{place}" for place in PLACES]
        kms: Any = Meanwhile(turn)
        assert set(fetch_public_keys(kms, aliases)) == both


@pytest.mark.parametrize("broken_off_after", range(3))
def test_a_retirement_may_be_broken_off_anywhere_and_taken_again(
    world: World, rotate: Callable[..., Step], broken_off_after: int
) -> None:
    rotate()
    rotate(PUBLISHED_FOR + timedelta(seconds=5))
    world.pass_by(RETIRED_AFTER)
    if broken_off_after < 2:
        with pytest.raises(BrokenOff):
            world.fragile(broken_off_after).rotate(world.now)
        assert rotate() is Step.RETIRE
    else:
        world.fragile(broken_off_after).rotate(world.now)
    assert world.keys.places().keys() == {Place.CURRENT}
    assert world.state_of(world.first) == "PendingDeletion"


def test_two_who_publish_at_once_publish_one_key(world: World) -> None:
    made: list[str] = []

    class Late:
        """Somebody else publishes between our making a key and our naming it."""

        def __getattr__(self, name: str) -> Any:
            return getattr(world.kms, name)

        def create_key(self, **of: Any) -> Any:
            world.keys.rotate(world.now)
            answer = world.kms.create_key(**of)
            made.append(answer["KeyMetadata"]["KeyId"])
            return answer

    late: Any = Late()
    TokenKeys(late, world.prefix).rotate(world.now)
    assert world.place(Place.NEXT) not in made
    assert [world.state_of(key_id) for key_id in made] == ["PendingDeletion"]


@pytest.mark.parametrize("before", ["quiet", "published", "promoted"])
def test_a_key_that_leaked_is_replaced_at_once(
    world: World, rotate: Callable[..., Step], before: str
) -> None:
    if before != "quiet":
        rotate()
    if before == "promoted":
        rotate(PUBLISHED_FOR + timedelta(seconds=5))
    leaked = world.place(Place.CURRENT)
    assert leaked is not None
    token = world.sign()
    kid = jwt.get_unverified_header(token)["kid"]
    world.keys.replace_now()
    assert world.keys.places().keys() == {Place.CURRENT}
    assert world.place(Place.CURRENT) not in {leaked, world.first}
    for old in {leaked, world.first}:
        assert world.state_of(old) == "PendingDeletion"
    assert kid not in world.published()
    # The signer has kept the old key, and KMS signs by it no more.
    assert world.kid() != kid
    assert verified(world, world.new_verifier())


def test_within_five_minutes_no_process_takes_a_token_of_the_leaked_key(world: World) -> None:
    world.now = datetime.now(UTC)
    token = world.sign()
    assert world.verifier.verify(token).user_id == 7
    world.keys.replace_now()
    world.pass_by(timedelta(seconds=KEYS_PAUSE_SECONDS))
    # The first token of the new key has every process look again.
    fresh = AccessTokenSigner(world.kms, f"{world.prefix}-current", ISSUER).sign(
        CUSTOMER, uuid4(), datetime.now(UTC)
    )
    assert world.verifier.verify(fresh).user_id == 7
    with pytest.raises(Unauthenticated):
        world.verifier.verify(token)


def test_a_replacement_may_be_broken_off_anywhere_and_taken_again(world: World) -> None:
    for broken_off_after in range(10):
        again = World(world.kms)
        leaked = again.first
        try:
            again.fragile(broken_off_after).replace_now()
        except BrokenOff:
            again.keys.replace_now()
        assert again.keys.places().keys() == {Place.CURRENT}
        assert again.place(Place.CURRENT) != leaked
        assert again.state_of(leaked) == "PendingDeletion"
        assert len(again.published()) == 1


def test_where_nothing_is_deployed_nothing_is_rotated(aws_endpoint: str) -> None:
    keys = TokenKeys(boto3.client("kms", endpoint_url=aws_endpoint), "alias/boxoffice-none-token")
    with pytest.raises(NoTokenKeys, match="alias/boxoffice-none-token-current"):
        keys.rotate(datetime.now(UTC))
