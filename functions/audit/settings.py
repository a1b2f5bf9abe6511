"""Where the stores are, and as whom they are read: from the environment, or from a stack that runs
here.

`make up` leaves `stack.json` in its state folder, with the role and the database user of the audit.
Elsewhere `AUDIT_*` variables say the same, and AWS' own where and as whom the role is taken.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, cast

from botocore.config import Config
from botocore.session import Session, get_session
from sqlalchemy import Engine, create_engine

from functions.shared.database_sign_in import sign_in_by_iam

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

_SESSION: Final = "boxoffice-audit"
_NAMES: Final = ("seating_table", "orders_table", "role_arn", "database_url")


class NotConfigured(Exception):  # noqa: N818 - what the audit then is
    """Nothing says where the stores are; the message says what would."""


class Settings(NamedTuple):
    """`aws` is what a client takes to reach the emulated AWS; empty for the real one."""

    seating_table: str
    orders_table: str
    role_arn: str
    database_url: str
    aws: Mapping[str, Any] = {}

    @classmethod
    def read(cls, environment: Mapping[str, str], state: Path | None = None) -> Self:
        """From the environment, or from the stack that runs on `state`. Raises NotConfigured."""
        named = {name: environment.get(f"AUDIT_{name.upper()}", "") for name in _NAMES}
        if all(named.values()):
            return cls(**named)  # type: ignore[arg-type]
        if any(named.values()):
            missing = [f"AUDIT_{name.upper()}" for name, value in named.items() if not value]
            raise NotConfigured(f"Set {', '.join(missing)} too.")
        if state is None:
            raise NotConfigured(f"Set {', '.join(f'AUDIT_{name.upper()}' for name in _NAMES)}.")
        try:
            audit = json.loads((state / "stack.json").read_text())["audit"]
        except (FileNotFoundError, KeyError) as error:
            raise NotConfigured(
                f"No stack runs on {state}. Start one with `make up`, or set AUDIT_SEATING_TABLE, "
                "AUDIT_ORDERS_TABLE, AUDIT_ROLE_ARN and AUDIT_DATABASE_URL."
            ) from error
        return cls(**audit)


def auditor(settings: Settings) -> Session:
    """Whoever uses it is the role that may only read, for an hour."""
    sts: Any = get_session().create_client("sts", **settings.aws)
    role = sts.assume_role(RoleArn=settings.role_arn, RoleSessionName=_SESSION)["Credentials"]
    session = get_session()
    session.set_credentials(role["AccessKeyId"], role["SecretAccessKey"], role["SessionToken"])
    if "region_name" in settings.aws:
        session.set_config_variable("region", settings.aws["region_name"])
    return session


def dynamodb(settings: Settings, session: Session, connections: int) -> "DynamoDBClient":
    """A client in the auditor's name."""
    client = session.create_client(
        "dynamodb",
        endpoint_url=settings.aws.get("endpoint_url"),
        config=Config(retries={"mode": "standard"}, max_pool_connections=connections),
    )
    return cast("DynamoDBClient", client)


def payments(settings: Settings, session: Session) -> Engine:
    """The database of payments. One whose address has no password is opened by IAM, in the
    auditor's name and over TLS.
    """
    engine = create_engine(settings.database_url)
    if engine.url.password is None:
        sign_in_by_iam(engine, session)
    return engine
