"""Signing in to a database on AWS: as the function's own role, over TLS, without a password that is
kept anywhere.
"""

import ssl
from pathlib import Path
from typing import Any, Final

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import NoCredentialsError
from botocore.session import Session, get_session
from sqlalchemy import Engine, event

# A token is only looked at when a connection is made.
_TOKEN_SECONDS: Final = 900
# Where Postgres listens if nobody says otherwise.
_PORT: Final = 5432
# Lambda's runtimes have the roots of RDS beside their own; the proxy's certificate needs none.
_RDS_ROOTS: Final = Path("/var/runtime/ca-cert.pem")


def sign_in_by_iam(engine: Engine, session: Session | None = None) -> None:
    """Each new connection of this engine is encrypted, to whom it should be, with a new token.

    In the name of whoever's session it is; of the function's own role if nobody's.
    """
    signing = session or get_session()
    encrypt(engine)

    @event.listens_for(engine, "do_connect")
    def sign_in(_dialect: Any, _record: Any, _args: Any, named: dict[str, Any]) -> None:
        named["password"] = token(signing, named["host"], named.get("port", _PORT), named["user"])


def encrypt(engine: Engine) -> None:
    """Each new connection of this engine is encrypted, and to whom it should be."""
    trusted = ssl.create_default_context()
    trusted.minimum_version = ssl.TLSVersion.TLSv1_2
    if _RDS_ROOTS.exists():
        trusted.load_verify_locations(_RDS_ROOTS)

    @event.listens_for(engine, "do_connect")
    def over_tls(_dialect: Any, _record: Any, _args: Any, named: dict[str, Any]) -> None:
        named["ssl_context"] = trusted


def token(session: Session, host: str, port: int, user: str) -> str:
    """What opens the database for this user: a signed request that is never sent.

    Raises NoCredentialsError. As `generate_db_auth_token` makes it, but without loading RDS's API.
    """
    asking = AWSRequest(
        "GET", f"https://{host}:{port}/", params={"Action": "connect", "DBUser": user}
    )
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    region = session.get_config_variable("region")
    SigV4QueryAuth(credentials, "rds-db", region, _TOKEN_SECONDS).add_auth(asking)
    return str(asking.url).removeprefix("https://")
