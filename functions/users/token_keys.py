"""The keys of access tokens change without a deployment: KMS aliases say which key does what.

`<prefix>-current` signs. `<prefix>-next` is published, so that everybody knows it before it signs.
`<prefix>-previous` signed before, and is published while a token of its may be alive. A rotation is
three steps, each taken when it is due:

1. publish: a new key, `next`;
2. promote, once nobody can hold keys that were read before the publication: what was current
   becomes `previous`, what was next `current`;
3. retire, a day later: `previous` goes, and its key is deleted by KMS after its waiting period.

Each is safe to break off anywhere and to take again: what the aliases say is all there is to know.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from botocore.exceptions import ClientError

from functions.shared.tokens import is_not_in_use

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

# Longer than a key set may be kept: five minutes by the users API, five by whoever asked it.
PUBLISHED_FOR: Final = timedelta(minutes=15)
# Far longer than a token lives, and as long as anybody may want to go back.
RETIRED_AFTER: Final = timedelta(hours=24)
# KMS deletes no key sooner, and until then it can be had back.
DELETED_AFTER_DAYS: Final = 7


class Place(StrEnum):
    CURRENT = "current"
    NEXT = "next"
    PREVIOUS = "previous"


class Step(StrEnum):
    PUBLISH = "publish"
    PROMOTE = "promote"
    RETIRE = "retire"


class Placed(NamedTuple):
    """The key that an alias stands for, and since when."""

    key_id: str
    since: datetime


class NotDue(Exception):  # noqa: N818 - what the step then is
    """The next step may not be taken yet; the message says when."""


class NoTokenKeys(Exception):  # noqa: N818 - what there is then
    """There is no alias `current`: nothing is deployed there, or the name is wrong."""


class TokenKeys:
    """The keys behind the aliases of one environment. `prefix` is `alias/boxoffice-local-token`."""

    def __init__(self, kms: "KMSClient", prefix: str) -> None:
        self._kms = kms
        self._prefix = prefix

    def places(self) -> dict[Place, Placed]:
        """Which key is where. Raises NoTokenKeys."""
        aliases = {f"{self._prefix}-{place}": place for place in Place}
        found = {
            aliases[alias["AliasName"]]: Placed(
                alias["TargetKeyId"], alias["LastUpdatedDate"].astimezone(UTC)
            )
            for page in self._kms.get_paginator("list_aliases").paginate()
            for alias in page["Aliases"]
            if alias["AliasName"] in aliases
        }
        if Place.CURRENT not in found:
            raise NoTokenKeys(f"There is no {self._prefix}-{Place.CURRENT}.")
        return found

    def rotate(self, now: datetime) -> Step:
        """Take the next step. Raises NotDue."""
        step, due_at = next_step(self.places())
        if now < due_at:
            raise NotDue(f"Too early to {step}: not before {due_at:%Y-%m-%d %H:%M:%S} UTC.")
        {Step.PUBLISH: self._publish, Step.PROMOTE: self._promote, Step.RETIRE: self._retire}[
            step
        ]()
        return step

    def replace_now(self) -> None:
        """Another key signs from now on, and no token of those before it is good any more.

        Everybody who is signed in needs a new access token. It takes a process that knows the old
        keys five minutes to forget them, and one that saw an unknown key just before, half a minute
        to know the new one.
        """
        if self._is_promoted():
            self._move_away(Place.NEXT)
        self._retire()
        if Place.NEXT not in self.places():
            self._publish()
        self._promote()
        self._retire()

    def _publish(self) -> None:
        # Broken off between the two, a key is left over that nobody ever heard of.
        made = self._kms.create_key(
            KeySpec="ECC_NIST_P256",
            KeyUsage="SIGN_VERIFY",
            Description=f"Signs access tokens ({self._prefix.removeprefix('alias/')})",
            Tags=[{"TagKey": "application", "TagValue": "boxoffice"}],
        )["KeyMetadata"]["KeyId"]
        try:
            self._kms.create_alias(AliasName=self._alias(Place.NEXT), TargetKeyId=made)
        except self._kms.exceptions.AlreadyExistsException:
            # Somebody else was faster.
            self._delete_key(made)

    def _promote(self) -> None:
        """In the direction in which the aliases are read (infra/constructs/token_keys.py): whoever
        reads next, then current, then previous, meanwhile, misses neither key.
        """
        places = self.places()
        if not self._is_promoted():
            self._put(Place.PREVIOUS, places[Place.CURRENT].key_id)
            self._put(Place.CURRENT, places[Place.NEXT].key_id)
        self._move_away(Place.NEXT)

    def _retire(self) -> None:
        previous = self.places().get(Place.PREVIOUS)
        if previous is None:
            return
        # The key first: without its alias, nobody would know any more which it was.
        if previous.key_id != self.places()[Place.CURRENT].key_id:
            self._delete_key(previous.key_id)
        self._move_away(Place.PREVIOUS)

    def _is_promoted(self) -> bool:
        places = self.places()
        return Place.NEXT in places and places[Place.NEXT].key_id == places[Place.CURRENT].key_id

    def _put(self, place: Place, key_id: str) -> None:
        alias = self._alias(place)
        if place in self.places():
            self._kms.update_alias(AliasName=alias, TargetKeyId=key_id)
        else:
            self._kms.create_alias(AliasName=alias, TargetKeyId=key_id)

    def _move_away(self, place: Place) -> None:
        try:
            self._kms.delete_alias(AliasName=self._alias(place))
        except self._kms.exceptions.NotFoundException:
            # Somebody else was faster.
            return

    def _delete_key(self, key_id: str) -> None:
        """From now on it neither signs nor is read."""
        try:
            self._kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=DELETED_AFTER_DAYS)
        except ClientError as error:
            if not is_not_in_use(error):
                raise

    def _alias(self, place: Place) -> str:
        return f"{self._prefix}-{place}"


def next_step(places: Mapping[Place, Placed]) -> tuple[Step, datetime]:
    """What comes next, and from when on it may be done."""
    current, following, previous = (places.get(place) for place in Place)
    if current is None:
        raise NoTokenKeys("There is no current key.")
    if following is not None:
        if current.key_id in (following.key_id, previous.key_id if previous else None):
            # Begun, and broken off: when it may be done was seen then.
            return Step.PROMOTE, following.since
        if previous is None:
            return Step.PROMOTE, following.since + PUBLISHED_FOR
    if previous is not None:
        return Step.RETIRE, max(previous.since, current.since) + RETIRED_AFTER
    return Step.PUBLISH, current.since
