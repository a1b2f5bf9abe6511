"""Who may call what, as API.md marks it: (A) anybody signed in, (O) organizers, (M) ADMIN."""

from typing import Any, Final

PUBLIC, SIGNED_IN, ORGANIZER, ADMIN = "public", "signed in", "organizer", "admin"

# Ids that nothing has, in the way of each `{name}` of a path.
ABSENT_ID: Final = "2147483647"
ABSENT_OPAQUE: Final = "00000000-0000-4000-8000-000000000000"

_ROUTES: Final = f"""
POST   /v1/users/register                  {PUBLIC}
POST   /v1/users/login                     {PUBLIC}
POST   /v1/users/token/refresh             {PUBLIC}
POST   /v1/users/password/forgot           {PUBLIC}
POST   /v1/users/password/reset            {PUBLIC}
POST   /v1/users/logout                    {SIGNED_IN}
GET    /v1/users/me                        {SIGNED_IN}
GET    /v1/users/me/export                 {SIGNED_IN}
PUT    /v1/users/me/password               {SIGNED_IN}
GET    /v1/users/{{user_id}}               {SIGNED_IN}
PUT    /v1/users/{{user_id}}               {SIGNED_IN}
DELETE /v1/users/{{user_id}}               {SIGNED_IN}
GET    /v1/users                           {ADMIN}
GET    /v1/users/audit-log                 {ADMIN}
PATCH  /v1/users/{{user_id}}/status        {ADMIN}
PATCH  /v1/users/{{user_id}}/role          {ADMIN}
GET    /.well-known/jwks.json              {PUBLIC}
GET    /v1/venues                          {PUBLIC}
GET    /v1/venues/{{venue_id}}             {PUBLIC}
POST   /v1/venues                          {ORGANIZER}
PUT    /v1/venues/{{venue_id}}             {ORGANIZER}
DELETE /v1/venues/{{venue_id}}             {ORGANIZER}
GET    /v1/events                          {PUBLIC}
GET    /v1/events/search                   {PUBLIC}
GET    /v1/events/{{event_id}}             {PUBLIC}
POST   /v1/events                          {ORGANIZER}
PATCH  /v1/events/{{event_id}}             {ORGANIZER}
POST   /v1/events/{{event_id}}/cancel      {ORGANIZER}
PUT    /v1/events/{{event_id}}/seats       {ORGANIZER}
GET    /v1/seats/report                    {ORGANIZER}
GET    /v1/seats/availability              {PUBLIC}
GET    /v1/seats                           {PUBLIC}
GET    /v1/seats/{{seat_id}}               {PUBLIC}
POST   /v1/seats/reserve                   {SIGNED_IN}
GET    /v1/seats/reservations/{{reservation_id}} {SIGNED_IN}
POST   /v1/seats/release                   {SIGNED_IN}
POST   /v1/seats/allocate                  {ORGANIZER}
POST   /v1/seats/block                     {ORGANIZER}
POST   /v1/seats/unblock                   {ORGANIZER}
POST   /v1/orders                          {SIGNED_IN}
GET    /v1/orders                          {SIGNED_IN}
GET    /v1/orders/{{order_id}}             {SIGNED_IN}
GET    /v1/orders/{{order_id}}/tickets     {SIGNED_IN}
POST   /v1/orders/{{order_id}}/cancel      {SIGNED_IN}
GET    /v1/tickets/{{ticket_id}}           {SIGNED_IN}
GET    /v1/tickets/{{ticket_id}}/qr.svg    {SIGNED_IN}
POST   /v1/tickets/verify                  {ORGANIZER}
POST   /v1/charge                          {SIGNED_IN}
GET    /v1/payments                        {SIGNED_IN}
GET    /v1/payments/{{payment_id}}         {SIGNED_IN}
POST   /v1/refund                          {SIGNED_IN}
POST   /v1/payments/webhook/{{provider}}   {PUBLIC}
GET    /health                             {PUBLIC}
GET    /health/users                       {PUBLIC}
GET    /health/catalog                     {PUBLIC}
GET    /health/seating                     {PUBLIC}
GET    /health/orders                      {PUBLIC}
GET    /health/payments                    {PUBLIC}
"""


def _read(line: str) -> tuple[tuple[str, str], str]:
    method, path, access = line.split(maxsplit=2)
    return (method, path), access


ACCESS: Final = dict(map(_read, _ROUTES.strip().splitlines()))
PROTECTED: Final = {route: access for route, access in ACCESS.items() if access != PUBLIC}


def filled(path: str) -> str:
    """A path with ids that nothing has."""
    for name in ("user_id", "venue_id", "event_id", "seat_id"):
        path = path.replace(f"{{{name}}}", ABSENT_ID)
    head, brace, rest = path.partition("{")
    return f"{head}{ABSENT_OPAQUE}{filled(rest.partition('}')[2])}" if brace else path


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation of an OpenAPI document by its method and path."""
    methods = ("get", "put", "post", "delete", "patch")
    return {
        (method.upper(), path): item[method]
        for path, item in document["paths"].items()
        for method in methods
        if method in item
    }
