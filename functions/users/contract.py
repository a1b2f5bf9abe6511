"""What clients of the users API send and get (API.md, "Users")."""

import unicodedata
from dataclasses import asdict
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    EmailStr,
    Field,
    Secret,
    StringConstraints,
    field_validator,
    model_validator,
)

from functions.shared.models import (
    Cursor,
    Either,
    Id,
    Instant,
    Limit,
    Line,
    NeverNull,
    Request,
    View,
    one_of,
)
from functions.shared.pagination import encode_cursor
from functions.shared.tokens import Role
from functions.users import passwords
from functions.users.accounts import UserPage
from functions.users.domain import ACCESS_TOKEN_LIFETIME, Profile, User, UserStatus
from functions.users.sessions import Session


def _composed(value: object) -> object:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


# No @, which tells an e-mail address from a username; one form of each letter, so that no two
# users have names that look the same because they were typed on different keyboards.
Username = Annotated[
    str,
    Field(min_length=3, max_length=50, pattern=r"^[\w.-]+$"),
    BeforeValidator(_composed),
]
Email = Annotated[EmailStr, Field(max_length=254)]
Name = Annotated[Line, Field(min_length=1, max_length=100)]
PhoneNumber = Annotated[str, Field(max_length=32, pattern=r"^[0-9 ()+./-]*$")]
Address = Annotated[Line, Field(max_length=300)]
Place = Annotated[Line, Field(max_length=100)]
ZipCode = Annotated[Line, Field(max_length=20)]
# Taken as it is, spaces around it too, and shown by no log.
NewPassword = Secret[
    Annotated[
        str,
        StringConstraints(
            strip_whitespace=False,
            min_length=passwords.MIN_LENGTH,
            max_length=passwords.MAX_LENGTH,
        ),
    ]
]
Password = Secret[
    Annotated[
        str,
        StringConstraints(strip_whitespace=False, min_length=1, max_length=passwords.MAX_LENGTH),
    ]
]
Token = Annotated[str, Field(min_length=1, max_length=200)]

BEARER: Final = "Bearer"


class RegisterUser(Request):
    username: Username
    email: Email
    password: NewPassword
    first_name: Name
    last_name: Name
    phone_number: PhoneNumber | None = None
    address: Address | None = None
    city: Place | None = None
    state: Place | None = None
    zip_code: ZipCode | None = None
    country: Place | None = None

    def profile(self) -> Profile:
        return Profile(**self.model_dump(exclude={"password"}))


class SignIn(Request):
    """One of the three names; a username and an e-mail address are told apart by the `@`."""

    model_config = ConfigDict(
        json_schema_extra=one_of(
            Either(("usernameOrEmail",), ("username", "email")),
            Either(("username",), ("usernameOrEmail", "email")),
            Either(("email",), ("usernameOrEmail", "username")),
        )
    )

    username_or_email: Annotated[Line, Field(max_length=254)] | None = None
    username: Annotated[Line, Field(max_length=254)] | None = None
    email: Annotated[Line, Field(max_length=254)] | None = None
    password: Password

    @model_validator(mode="after")
    def one_name(self) -> Self:
        if len([name for name in self._names if name is not None]) != 1:
            raise ValueError("Send one of usernameOrEmail, username and email.")
        return self

    @property
    def name(self) -> str:
        return next(str(_composed(name)) for name in self._names if name is not None)

    @property
    def _names(self) -> tuple[str | None, ...]:
        return (self.username_or_email, self.username, self.email)


class RefreshSession(Request):
    refresh_token: Token


class EndSession(Request):
    refresh_token: Token


class ChangePassword(Request):
    current_password: Password
    new_password: NewPassword


class AskForReset(Request):
    email: Email


class ResetPassword(Request):
    token: Token
    new_password: NewPassword


class ChangeProfile(Request):
    """Only what is sent changes; null empties an optional field."""

    username: Annotated[Username | None, NeverNull()] = None
    email: Annotated[Email | None, NeverNull()] = None
    first_name: Annotated[Name | None, NeverNull()] = None
    last_name: Annotated[Name | None, NeverNull()] = None
    phone_number: PhoneNumber | None = None
    address: Address | None = None
    city: Place | None = None
    state: Place | None = None
    zip_code: ZipCode | None = None
    country: Place | None = None

    @field_validator("username", "email", "first_name", "last_name")
    @classmethod
    def never_empty(cls, value: str | None) -> str:
        if value is None:
            raise ValueError("This can be changed, not removed.")
        return value

    def changes(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class ChangeStatus(Request):
    """An account is DELETED by DELETE, which erases the person too."""

    status: Literal[UserStatus.ACTIVE, UserStatus.INACTIVE, UserStatus.SUSPENDED]


class ChangeRole(Request):
    role: Role


class ListUsers(Request):
    search: Annotated[Line, Field(min_length=1, max_length=100)] | None = None
    status: UserStatus | None = None
    role: Role | None = None
    limit: Limit = 50
    cursor: Cursor = None


class ListPosition(Request):
    user_id: Id


class UserView(View):
    id: int
    username: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    phone_number: str | None
    address: str | None
    city: str | None
    state: str | None
    zip_code: str | None
    country: str | None
    role: Role
    status: UserStatus
    created_at: Instant
    updated_at: Instant
    last_login_at: Instant | None

    @classmethod
    def of(cls, user: User) -> Self:
        return cls.model_validate({"id": user.user_id, **asdict(user)})


class SessionView(View):
    token: str
    token_type: Literal["Bearer"]
    expires_in: int
    refresh_token: str
    user: UserView

    @classmethod
    def of(cls, session: Session) -> Self:
        return cls(
            token=session.access_token,
            token_type=BEARER,
            expires_in=int(ACCESS_TOKEN_LIFETIME.total_seconds()),
            refresh_token=session.refresh_token,
            user=UserView.of(session.user),
        )


class UserListView(View):
    items: list[UserView]
    next_cursor: str | None

    @classmethod
    def of(cls, page: UserPage) -> Self:
        following = None if page.next_after is None else {"userId": page.next_after}
        return cls(
            items=[UserView.of(user) for user in page.users], next_cursor=encode_cursor(following)
        )


class KeyView(View):
    """A JSON Web Key (RFC 7517) on the curve P-256."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    use: str
    alg: str


class KeysView(View):
    keys: list[KeyView]


class AcceptedView(View):
    """Says no more, whoever asked for whomever."""

    status: Literal["accepted"]


class HealthView(View):
    status: str
