"""The pure rules of accounts: what a user is, how long a session lasts, and each refusal's name."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from functions.shared.problems import (
    Conflict,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    ValidationFailed,
)
from functions.shared.tokens import Role

ACCESS_TOKEN_LIFETIME: Final = timedelta(minutes=15)
REFRESH_TOKEN_LIFETIME: Final = timedelta(days=30)
# So long after its use a refresh token may come again, if the answer to it was lost.
LOST_ANSWER_PERIOD: Final = timedelta(seconds=10)
RESET_TOKEN_LIFETIME: Final = timedelta(minutes=30)


class Limit(NamedTuple):
    """At most so many attempts in any period so long."""

    most: int
    period: timedelta


# Wrong passwords for one name from one address.
SIGN_IN_FAILURES: Final = Limit(5, timedelta(minutes=15))
# A mailbox is not flooded, whoever asks; nobody asks for a whole list of them.
RESET_MAILS: Final = Limit(3, timedelta(hours=1))
RESET_REQUESTS: Final = Limit(10, timedelta(minutes=15))
# An export asks every domain.
EXPORTS: Final = Limit(10, timedelta(hours=1))


class UserStatus(StrEnum):
    """Only an ACTIVE user can sign in. DELETED is final: the personal data is gone."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    SUSPENDED = "SUSPENDED"
    DELETED = "DELETED"


@dataclass(frozen=True)
class Profile:
    """What users tell about themselves. All of it is None once they are DELETED."""

    username: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    phone_number: str | None = None
    address: str | None = None
    city: str | None = None
    state: str | None = None
    zip_code: str | None = None
    country: str | None = None


@dataclass(frozen=True, kw_only=True)
class User(Profile):
    user_id: int
    role: Role
    status: UserStatus
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None

    @property
    def may_sign_in(self) -> bool:
        return self.status is UserStatus.ACTIVE


class InvalidCredentials(Unauthenticated):
    """Never says which part was wrong: name, password, or an account that may not sign in."""

    title = "The name or the password is wrong"


class InvalidRefreshToken(Unauthenticated):
    """Unknown, expired, revoked, used before, or of an account that may not sign in."""

    title = "The refresh token is not valid"


class InvalidResetToken(ValidationFailed):
    """Unknown, used before, over, or of an account that may not sign in."""

    title = "The token is not valid"


class WrongPassword(ValidationFailed):
    title = "The current password is wrong"


class AddressUnusable(Conflict):
    """SES sends to no address beyond ASCII before the @, nor to places only this machine knows."""

    title = "No mail can be sent to this address"


class TooManyAttempts(TooManyRequests):
    title = "Too many attempts: wait before the next one"


class UsernameTaken(Conflict):
    title = "This username is taken"


class EmailTaken(Conflict):
    title = "This e-mail address is taken"


class ExportTooLarge(Conflict):
    """More than one answer can carry."""

    title = "This is more than one answer can hold"


class LastAdministrator(Conflict):
    """Whom nobody could make an administrator again."""

    title = "This is the only administrator"


def no_such_user() -> NotFound:
    """The same for everybody who asks, whether there never was one or it is not theirs to see."""
    return NotFound("There is no such user.")
