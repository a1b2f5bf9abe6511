"""What each route of the code answers to each role. A new route has to be entered here.

The things belong to one customer, and to an event of one organizer. `in` means that nothing was
refused for who asks; what else is wrong with the request is no matter here. A status is what the
role gets instead: 401 without a token, 403 for the wrong role, 404 for what is somebody else's.
"""

from enum import StrEnum
from typing import Final, NamedTuple


class Role(StrEnum):
    """In the order of the columns. A rival organizes another event, and a stranger bought none."""

    NOBODY = "nobody"
    CUSTOMER = "customer"
    STRANGER = "stranger"
    RIVAL = "rival"
    ORGANIZER = "organizer"
    ADMIN = "admin"


class Route(NamedTuple):
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


IN: Final = "in"

PUBLIC, SIGNED_IN, ORGANIZER, ADMIN = "public", "signed in", "organizer", "admin"

# What is refused for the role alone, whatever it is about.
REFUSED: Final = {
    PUBLIC: {},
    SIGNED_IN: {Role.NOBODY: 401},
    ORGANIZER: {Role.NOBODY: 401, Role.CUSTOMER: 403, Role.STRANGER: 403},
    ADMIN: {
        Role.NOBODY: 401,
        **dict.fromkeys((Role.CUSTOMER, Role.STRANGER, Role.RIVAL, Role.ORGANIZER), 403),
    },
}

#                                              nobody customer stranger rival organizer admin
_MATRIX: Final = """
POST   /v1/users/register                      in     in       in       in    in        in
POST   /v1/users/login                         in     in       in       in    in        in
POST   /v1/users/token/refresh                 in     in       in       in    in        in
POST   /v1/users/password/forgot               in     in       in       in    in        in
POST   /v1/users/password/reset                in     in       in       in    in        in
POST   /v1/users/logout                        401    in       in       in    in        in
GET    /v1/users/me                            401    in       in       in    in        in
GET    /v1/users/me/export                     401    in       in       in    in        in
PUT    /v1/users/me/password                   401    in       in       in    in        in
GET    /v1/users/<user_id>                     401    in       404      404   404       in
PUT    /v1/users/<user_id>                     401    in       404      404   404       in
DELETE /v1/users/<user_id>                     401    in       404      404   404       in
GET    /v1/users                               401    403      403      403   403       in
GET    /v1/users/audit-log                     401    403      403      403   403       in
PATCH  /v1/users/<user_id>/status              401    403      403      403   403       in
PATCH  /v1/users/<user_id>/role                401    403      403      403   403       in
GET    /.well-known/jwks.json                  in     in       in       in    in        in

GET    /v1/venues                              in     in       in       in    in        in
GET    /v1/venues/<venue_id>                   in     in       in       in    in        in
POST   /v1/venues                              401    403      403      in    in        in
PUT    /v1/venues/<venue_id>                   401    403      403      in    in        in
DELETE /v1/venues/<venue_id>                   401    403      403      in    in        in
GET    /v1/events                              in     in       in       in    in        in
GET    /v1/events/search                       in     in       in       in    in        in
GET    /v1/events/<event_id>                   in     in       in       in    in        in
POST   /v1/events                              401    403      403      in    in        in
PATCH  /v1/events/<event_id>                   401    403      403      404   in        in
POST   /v1/events/<event_id>/cancel            401    403      403      404   in        in
GET    /v1/events/<event_id>/cancellation      401    403      403      404   in        in

PUT    /v1/events/<event_id>/seats             401    403      403      404   in        in
GET    /v1/seats/report                        401    403      403      404   in        in
GET    /v1/seats/availability                  in     in       in       in    in        in
GET    /v1/seats                               in     in       in       in    in        in
GET    /v1/seats/<seat_id>                     in     in       in       in    in        in
POST   /v1/seats/reserve                       401    in       403      403   in        in
GET    /v1/seats/reservations/<reservation_id> 401    in       404      404   in        in
POST   /v1/seats/release                       401    in       404      404   in        in
POST   /v1/seats/block                         401    403      403      404   in        in
POST   /v1/seats/unblock                       401    403      403      404   in        in

POST   /v1/orders                              401    in       404      404   in        in
POST   /v1/seats/allocate                      401    403      403      404   in        in
GET    /v1/orders                              401    in       403      403   403       in
GET    /v1/orders/<order_id>                   401    in       404      404   in        in
GET    /v1/orders/<order_id>/tickets           401    in       404      404   in        in
POST   /v1/orders/<order_id>/cancel            401    in       404      404   in        in
GET    /v1/tickets/<ticket_id>                 401    in       404      404   in        in
GET    /v1/tickets/<ticket_id>/qr.svg          401    in       404      404   in        in
POST   /v1/tickets/verify                      401    403      403      404   in        in

POST   /v1/charge                              401    in       404      404   404       404
POST   /v1/refund                              401    in       404      404   in        in
GET    /v1/payments/report                     401    403      403      in    in        in
GET    /v1/payments/<payment_id>               401    in       404      404   in        in
GET    /v1/payments                            401    in       in       in    in        in
POST   /v1/payments/webhook/<provider>         in     in       in       in    in        in

GET    /health                                 in     in       in       in    in        in
GET    /health/users                           in     in       in       in    in        in
GET    /health/catalog                         in     in       in       in    in        in
GET    /health/seating                         in     in       in       in    in        in
GET    /health/orders                          in     in       in       in    in        in
GET    /health/payments                        in     in       in       in    in        in
GET    /openapi.json                           in     in       in       in    in        in
GET    /docs                                   in     in       in       in    in        in
"""

# Lists that anybody signed in may ask for, and that show what is the caller's alone.
OWN_ONLY: Final = {Route("GET", "/v1/payments"), Route("GET", "/v1/payments/report")}


def _read(line: str) -> tuple[Route, dict[Role, str | int]]:
    method, path, *cells = line.split()
    columns = zip(Role, cells, strict=True)
    return Route(method, path), {role: IN if cell == IN else int(cell) for role, cell in columns}


MATRIX: Final = dict(_read(line) for line in _MATRIX.splitlines() if line)
