"""The pure rules of accounts: what a user is, how long a session lasts, and each refusal's name."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from functions.shared.problems import Conflict, Unauthenticated
from functions.shared.tokens import Role

ACCESS_TOKEN_LIFETIME: Final = timedelta(minutes=15)
REFRESH_TOKEN_LIFETIME: Final = timedelta(days=30)


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


class UsernameTaken(Conflict):
    title = "This username is taken"


class EmailTaken(Conflict):
    title = "This e-mail address is taken"
