"""Keys in the emulated KMS, who signs and who verifies by them, and a clock for all three."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import jwt

from functions.shared.tests.deployed import ISSUER
from functions.shared.tokens import (
    Role,
    TokenVerifier,
    fetch_public_keys,
)
from functions.users.access_tokens import (
    AccessTokenSigner,
)
from functions.users.domain import User, UserStatus
from functions.users.token_keys import (
    Place,
    Placed,
    Step,
    TokenKeys,
)
from infra.constructs.token_keys import PLACES

_numbers = count(1)


class BrokenOff(Exception):  # noqa: N818 - what the command then is
    pass


class Fragile:
    """KMS, until so many changes were made."""

    def __init__(self, kms: Any, changes: int) -> None:
        self._kms, self._left = kms, changes

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("create", "update", "delete", "schedule")):
            if self._left == 0:
                raise BrokenOff
            self._left -= 1
        return getattr(self._kms, name)


class World:
    """An environment's keys, a process that signs and one that verifies, and a clock for both."""

    def __init__(self, kms: Any) -> None:
        self.kms = kms
        self.prefix = f"alias/boxoffice-test{next(_numbers)}-token"
        first = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        self.first = first["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName=f"{self.prefix}-current", TargetKeyId=self.first)
        self.keys = TokenKeys(kms, self.prefix)
        self.started_at = self.now = datetime.now(UTC)
        self.signer = AccessTokenSigner(kms, f"{self.prefix}-current", ISSUER)
        self.verifier = self.new_verifier()
        self.tokens: list[str] = []

    def new_verifier(self) -> TokenVerifier:
        aliases = [f"{self.prefix}-{place}" for place in PLACES]
        return TokenVerifier(
            ISSUER, lambda: fetch_public_keys(self.kms, aliases), lambda: self.now.timestamp()
        )

    def fragile(self, changes: int) -> TokenKeys:
        return TokenKeys(Fragile(self.kms, changes), self.prefix)  # type: ignore[arg-type]

    def sign(self) -> str:
        # Issued now by the real clock, which is what the library looks at.
        token = self.signer.sign(CUSTOMER, uuid4(), self.now)
        self.tokens.append(token)
        return token

    def kid(self) -> str:
        return str(jwt.get_unverified_header(self.sign())["kid"])

    def published(self) -> set[str]:
        return set(self.new_verifier().public_keys())

    def place(self, place: Place) -> str | None:
        placed = self.keys.places().get(place)
        return placed.key_id if placed else None

    def state_of(self, key_id: str) -> str:
        return str(self.kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"])

    def pass_by(self, period: timedelta) -> None:
        self.now += period


class ClockedKeys(TokenKeys):
    """Whose aliases were changed by the clock of the world, not by that of the emulator."""

    def __init__(self, world: World) -> None:
        super().__init__(world.kms, world.prefix)
        self._world = world
        self._since: dict[Place, Placed] = {}

    def places(self) -> dict[Place, Placed]:
        placed = {
            place: Placed(of.key_id, self._world.now) for place, of in super().places().items()
        }
        for place, before in self._since.items():
            if place in placed and placed[place].key_id == before.key_id:
                placed[place] = before
        self._since = placed
        return placed

    def rotate(self, now: datetime) -> Step:
        step = super().rotate(now)
        self.places()
        return step


CUSTOMER = User(
    user_id=7,
    username=None,
    email=None,
    first_name=None,
    last_name=None,
    role=Role.CUSTOMER,
    status=UserStatus.ACTIVE,
    created_at=datetime.now(UTC),
    updated_at=datetime.now(UTC),
    last_login_at=None,
)


def verified(world: World, verifier: TokenVerifier | None = None) -> bool:
    """A token that is issued by the clock of the world, looked at by that clock."""
    token = world.sign()
    kid = jwt.get_unverified_header(token)["kid"]
    key = (verifier or world.verifier).public_keys().get(kid)
    if key is None:
        return False
    jwt.decode(
        token,
        key,
        ["ES256"],
        audience="boxoffice",
        options={"verify_exp": False, "verify_iat": False},
    )
    return True
