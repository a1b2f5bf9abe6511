"""Users: the same email address is the same user.

They get a long random password that nobody keeps, so none of them can sign in until they set one.
"""

import secrets

from embedded.importer.client import Api
from embedded.importer.outcome import Outcome
from embedded.importer.progress import Bars
from embedded.importer.records import User
from embedded.importer.transport import Json, Refused

# The longest text that can be searched for.
MAX_SEARCH = 100


def import_users(api: Api, users: tuple[User, ...], bars: Bars) -> Outcome:
    outcome = Outcome("users")
    for user, (user_id, is_new, refusal) in bars.each_at_once(
        "users", lambda user: _ensure(api, user), users
    ):
        if user_id is None:
            outcome.refused.append(f"user {user.user_id}: {refusal}")
            continue
        outcome.ids[user.user_id] = user_id
        outcome.created += is_new
        outcome.found += not is_new
    return outcome


def _ensure(api: Api, user: User) -> tuple[int | None, bool, str]:
    """The user's id, whether the user is new, or why there is none."""
    existing = _find(api, user)
    if existing is not None:
        return existing, False, ""
    try:
        return api.post("/v1/users/register", _registration(user))["user"]["id"], True, ""
    except Refused as refusal:
        return None, False, str(refusal)


def _find(api: Api, user: User) -> int | None:
    for found in api.items("/v1/users", search=user.email[:MAX_SEARCH]):
        # The search is for a part of a word; only the whole address is this user's. A user who
        # was deleted has none.
        if (found["email"] or "").lower() == user.email.lower():
            user_id: int = found["id"]
            return user_id
    return None


def _registration(user: User) -> Json:
    first, _, last = user.name.partition(" ")
    return {
        # The data's names are no usernames: somebody else may be called User1 already.
        "username": f"etsr-user-{user.user_id}",
        "email": user.email,
        "password": secrets.token_urlsafe(48),
        "firstName": first,
        # Two names are asked for; who has only one has a dash for the other.
        "lastName": last.strip() or "-",
        "phoneNumber": user.phone,
    }
