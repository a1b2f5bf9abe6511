"""Brings the databases to where the code of a deployment expects them; deployed as
`databases-migrator`.

CloudFormation calls it before it touches a domain's functions, and an operator to take a migration
back: `{"task": "take_back", "domain": "users", "revision": "0002"}`.
"""

import json
from http.client import HTTPSConnection
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from functions.databases.histories import Moved
from functions.databases.making import make_all, take_back
from functions.databases.owner import owner_of
from functions.databases.settings import ClusterSettings
from functions.shared import aws, correlation
from functions.shared.observability import logger

# CloudFormation shows no more of a reason, and takes no answer above 4 KB.
_REASON_LENGTH: Final = 1_000
_ANSWER_SECONDS: Final = 10

secrets = aws.secrets()
owner = owner_of(ClusterSettings.from_environment(), secrets)


class Change(BaseModel):
    """What CloudFormation does to the custom resource, and where it waits for the answer."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: Literal["Create", "Update", "Delete"] = Field(alias="RequestType")
    stack: str = Field(alias="StackId")
    request: str = Field(alias="RequestId")
    resource: str = Field(alias="LogicalResourceId")
    answer_to: str = Field(alias="ResponseURL", repr=False)


class TakeBack(BaseModel):
    """An operator's way back: undo a domain's migrations after this revision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: Literal["take_back"]
    domain: str
    revision: str


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Raises pydantic's ValidationError on what is neither, and what an operator's task raises."""
    with correlation.under(correlation.own_id(context)):
        return _carry_out(event)


def _carry_out(event: dict[str, Any]) -> dict[str, Any]:
    if "RequestType" not in event:
        asked = TakeBack.model_validate(event)
        return {asked.domain: take_back(owner, asked.domain, asked.revision)._asdict()}
    change = Change.model_validate(event)
    moved: dict[str, Moved] = {}
    reason = None
    try:
        # The data go with the cluster, or stay with it.
        if change.kind != "Delete":
            moved = make_all(owner)
    except Exception as error:  # noqa: BLE001 - unanswered, the deployment would wait for an hour
        logger.exception("databases not migrated")
        reason = f"{type(error).__name__}: {error}"[:_REASON_LENGTH]
    _answer(change, moved, reason)
    return {domain: one._asdict() for domain, one in moved.items()}


def _answer(change: Change, moved: dict[str, Moved], reason: str | None) -> None:
    """Raises OSError when CloudFormation can't be told; Lambda then calls again."""
    document = {
        "Status": "FAILED" if reason else "SUCCESS",
        "Reason": reason or "All databases are where this code expects them.",
        # Never another: CloudFormation would take the old one for replaced, and delete it.
        "PhysicalResourceId": "databases",
        "StackId": change.stack,
        "RequestId": change.request,
        "LogicalResourceId": change.resource,
        "Data": {domain: one.after for domain, one in moved.items()},
    }
    to = urlsplit(change.answer_to)
    connection = HTTPSConnection(to.netloc, timeout=_ANSWER_SECONDS)
    try:
        # It is signed for a request without a content type.
        connection.request("PUT", f"{to.path}?{to.query}", json.dumps(document))
        status = connection.getresponse().status
    finally:
        connection.close()
    if status >= 300:
        raise OSError(f"CloudFormation's answer was refused: {status}.")
