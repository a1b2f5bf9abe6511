"""The users API: accounts, sessions and the keys everybody verifies access tokens by."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.shared import aws
from functions.shared.api import Access, Api, PathId
from functions.shared.pagination import decode_position
from functions.shared.postgres import check_health, create_pool
from functions.shared.problems import NotFound, ServiceUnavailable
from functions.shared.tokens import TokenVerifier, fetch_public_keys
from functions.users import (
    accounts,
    administration,
    audit_log,
    exports,
    password_changes,
    password_resets,
    sessions,
)
from functions.users.access_tokens import (
    JWKS_MAX_AGE_SECONDS,
    AccessTokenSigner,
    published_keys,
)
from functions.users.audit_log_contract import AuditLogPosition, AuditLogView, ListAuditLog
from functions.users.contract import (
    AcceptedView,
    AskForReset,
    ChangePassword,
    ChangeProfile,
    ChangeRole,
    ChangeStatus,
    EndSession,
    HealthView,
    KeysView,
    ListPosition,
    ListUsers,
    RefreshSession,
    RegisterUser,
    ResetPassword,
    SessionView,
    SignIn,
    UserListView,
    UserView,
)
from functions.users.dispatch import send_off
from functions.users.domain import (
    EmailTaken,
    ExportTooLarge,
    InvalidCredentials,
    InvalidRefreshToken,
    InvalidResetToken,
    LastAdministrator,
    TooManyAttempts,
    UsernameTaken,
    WrongPassword,
)
from functions.users.export_contract import ExportView
from functions.users.neighbours import Neighbours
from functions.users.settings import UsersApiSettings
from functions.users.trail import Author

settings = UsersApiSettings.from_environment()
engine = create_pool(settings.url)
kms = aws.kms()
functions = aws.functions()
neighbours = Neighbours(functions, settings.neighbours)
signer = AccessTokenSigner(kms, settings.token_signing_key_id, settings.token_issuer)
tokens = TokenVerifier(settings.token_issuer, lambda: fetch_public_keys(kms, settings.kms_key_ids))
api = Api("users", tokens)


@api.post(
    "/v1/users/register",
    Access.PUBLIC,
    status=HTTPStatus.CREATED,
    raises=(UsernameTaken, EmailTaken, ServiceUnavailable),
)
def register_user(request: RegisterUser) -> SessionView:
    """Open an account and sign in."""
    session = accounts.register(
        engine, signer, request.profile(), request.password.get_secret_value(), datetime.now(UTC)
    )
    return SessionView.of(session)


@api.post(
    "/v1/users/login",
    Access.PUBLIC,
    raises=(InvalidCredentials, TooManyAttempts, ServiceUnavailable),
)
def sign_in(request: SignIn) -> SessionView:
    """Sign in by username or e-mail address."""
    password = request.password.get_secret_value()
    session = sessions.sign_in(
        engine, signer, request.name, password, api.client_address(), datetime.now(UTC)
    )
    return SessionView.of(session)


@api.post(
    "/v1/users/token/refresh", Access.PUBLIC, raises=(InvalidRefreshToken, ServiceUnavailable)
)
def refresh_session(request: RefreshSession) -> SessionView:
    """Exchange a refresh token, good for one use, for a new pair."""
    session = sessions.refresh(engine, signer, request.refresh_token, datetime.now(UTC))
    return SessionView.of(session)


@api.post(
    "/v1/users/logout",
    Access.SIGNED_IN,
    status=HTTPStatus.NO_CONTENT,
    raises=(ServiceUnavailable,),
)
def sign_out(request: EndSession) -> None:
    """End a session of one's own, by its refresh token."""
    user_id = api.principal().user_id
    sessions.sign_out(engine, user_id, request.refresh_token, datetime.now(UTC))


@api.put(
    "/v1/users/me/password",
    Access.SIGNED_IN,
    status=HTTPStatus.NO_CONTENT,
    raises=(WrongPassword, TooManyAttempts, ServiceUnavailable),
)
def change_password(request: ChangePassword) -> None:
    """Change one's own password; every session ends, and new ones take the new password."""
    password_changes.change_password(
        engine,
        api.principal().user_id,
        request.current_password.get_secret_value(),
        request.new_password.get_secret_value(),
        api.client_address(),
        api.request_id(),
        datetime.now(UTC),
    )


@api.post(
    "/v1/users/password/forgot",
    Access.PUBLIC,
    status=HTTPStatus.ACCEPTED,
    raises=(TooManyAttempts, ServiceUnavailable),
)
def ask_for_reset(request: AskForReset) -> AcceptedView:
    """Have a token for a new password mailed to whoever has this address, if anybody has."""
    password_resets.ask_for_reset(engine, request.email, api.client_address(), datetime.now(UTC))
    send_off(functions, settings.users_tasks_function)
    return AcceptedView(status="accepted")


@api.post(
    "/v1/users/password/reset",
    Access.PUBLIC,
    status=HTTPStatus.NO_CONTENT,
    raises=(InvalidResetToken, ServiceUnavailable),
)
def reset_password(request: ResetPassword) -> None:
    """Choose a new password by a token from a mail, good for one use within 30 minutes."""
    password_resets.reset_password(
        engine,
        request.token,
        request.new_password.get_secret_value(),
        api.client_address(),
        api.request_id(),
        datetime.now(UTC),
    )


@api.get("/v1/users/me", Access.SIGNED_IN, raises=(NotFound, ServiceUnavailable))
def read_me() -> UserView:
    """The caller's own account."""
    caller = api.principal()
    return UserView.of(accounts.read_account(engine, caller.user_id, caller))


@api.get(
    "/v1/users/me/export",
    Access.SIGNED_IN,
    raises=(NotFound, ExportTooLarge, TooManyAttempts, ServiceUnavailable),
)
def export_me() -> ExportView:
    """All that is held on the caller, by every domain, whole or not at all."""
    user_id = api.principal().user_id
    return ExportView.of(exports.export_user(engine, neighbours, user_id, datetime.now(UTC)))


@api.get("/v1/users/<user_id>", Access.SIGNED_IN, raises=(NotFound, ServiceUnavailable))
def read_user(user_id: PathId) -> UserView:
    """One's own account, or any as an administrator."""
    return UserView.of(accounts.read_account(engine, user_id, api.principal()))


@api.put(
    "/v1/users/<user_id>",
    Access.SIGNED_IN,
    raises=(NotFound, UsernameTaken, EmailTaken, ServiceUnavailable),
)
def change_profile(user_id: PathId, request: ChangeProfile) -> UserView:
    """Change what is sent of a profile."""
    changed = accounts.change_profile(
        engine, user_id, api.principal(), request.changes(), _author(), datetime.now(UTC)
    )
    return UserView.of(changed)


@api.delete(
    "/v1/users/<user_id>",
    Access.SIGNED_IN,
    status=HTTPStatus.NO_CONTENT,
    raises=(NotFound, LastAdministrator, ServiceUnavailable),
)
def close_account(user_id: PathId) -> None:
    """Erase the personal data of an account and revoke its refresh tokens."""
    accounts.close_account(engine, user_id, api.principal(), _author(), datetime.now(UTC))


@api.get("/v1/users", Access.ADMIN, raises=(ServiceUnavailable,))
def list_users(query: Annotated[ListUsers, Query()]) -> UserListView:
    """Accounts by id; `search` is part of a username, name or e-mail address, in any case."""
    position = decode_position(query.cursor, ListPosition)
    page = accounts.list_accounts(
        engine,
        search=query.search,
        status=query.status,
        role=query.role,
        after_user_id=position.user_id if position else 0,
        limit=query.limit,
    )
    return UserListView.of(page)


@api.patch(
    "/v1/users/<user_id>/status",
    Access.ADMIN,
    raises=(NotFound, LastAdministrator, ServiceUnavailable),
)
def change_status(user_id: PathId, request: ChangeStatus) -> UserView:
    """Let a user sign in, or not."""
    changed = administration.change_status(
        engine, user_id, request.status, _author(), datetime.now(UTC)
    )
    return UserView.of(changed)


@api.patch(
    "/v1/users/<user_id>/role",
    Access.ADMIN,
    raises=(NotFound, LastAdministrator, ServiceUnavailable),
)
def change_role(user_id: PathId, request: ChangeRole) -> UserView:
    """Give a user another role, in force from their next access token on."""
    changed = administration.change_role(
        engine, user_id, request.role, _author(), datetime.now(UTC)
    )
    return UserView.of(changed)


@api.get("/v1/users/audit-log", Access.ADMIN, raises=(ServiceUnavailable,))
def list_audit_log(query: Annotated[ListAuditLog, Query()]) -> AuditLogView:
    """What was done to accounts, newest first: to one user's, or by one actor."""
    position = decode_position(query.cursor, AuditLogPosition)
    page = audit_log.list_entries(
        engine,
        user_id=query.user_id,
        actor_id=query.actor_id,
        before_entry_id=position.entry_id if position else None,
        limit=query.limit,
    )
    return AuditLogView.of(page)


@api.get("/.well-known/jwks.json", Access.PUBLIC, raises=(ServiceUnavailable,))
def read_keys() -> Response[KeysView]:
    """The keys that access tokens are verified by."""
    keys = KeysView.model_validate({"keys": published_keys(tokens.public_keys())})
    headers = {"Cache-Control": f"public, max-age={JWKS_MAX_AGE_SECONDS}"}
    return Response(HTTPStatus.OK, "application/json", keys, headers)


@api.get("/health/users", Access.PUBLIC, raises=(ServiceUnavailable,))
def read_users_health() -> HealthView:
    """Whether the users database answers."""
    check_health(engine)
    return HealthView(status="ok")


def _author() -> Author:
    return Author(api.principal().user_id, api.request_id())


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api.handler(event, context)
