"""A new seed for the codes of tickets, as Secrets Manager asks for it; deployed as
`orders-rotation`.

The seeds before it stay in the secret, so a ticket that was printed stays good: after eleven more
rotations, at ninety days each, its code is no longer known, and its owner has to open it again.
"""

import secrets
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from functions.orders.ticket_codes import Admission, TicketSigner
from functions.shared import aws, correlation
from functions.shared.observability import logger

SEEDS_KEPT: Final = 12
_SEED_BYTES: Final = 32
# Any ticket serves to try a signature.
_SAMPLE: Final = Admission("00000000-0000-4000-8000-000000000000", 1, 1)

store = aws.secrets()


class Rotation(BaseModel):
    """One of the four calls that make a rotation; each may come again."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    step: Literal["createSecret", "setSecret", "testSecret", "finishSecret"] = Field(alias="Step")
    secret: str = Field(alias="SecretId")
    version: str = Field(alias="ClientRequestToken")


class RotationError(Exception):
    """The pending secret would not do; the current one goes on."""


def handler(event: dict[str, Any], context: Any) -> None:
    """Raises on what is no rotation, and RotationError; Secrets Manager then tries again."""
    with correlation.under(correlation.own_id(context)):
        _rotate(Rotation.model_validate(event))


def _rotate(rotation: Rotation) -> None:
    match rotation.step:
        case "createSecret":
            _create(rotation)
        case "testSecret":
            _test(rotation)
        case "finishSecret":
            _finish(rotation)
        case "setSecret":
            # Nobody else keeps a copy of it.
            pass
    logger.info("secret rotated", extra={"step": rotation.step})


def _create(rotation: Rotation) -> None:
    if _is_written(rotation):
        return
    kept = _current(rotation).split()[: SEEDS_KEPT - 1]
    store.put_secret_value(
        SecretId=rotation.secret,
        ClientRequestToken=rotation.version,
        SecretString=" ".join([secrets.token_hex(_SEED_BYTES), *kept]),
        VersionStages=["AWSPENDING"],
    )


def _test(rotation: Rotation) -> None:
    pending = TicketSigner(lambda: _pending(rotation))
    for signer in (TicketSigner(lambda: _current(rotation)), pending):
        if pending.read(signer.code_of(_SAMPLE)) != _SAMPLE:
            raise RotationError("Its codes, or those made before it, can't be read by it.")


def _finish(rotation: Rotation) -> None:
    versions = store.describe_secret(SecretId=rotation.secret)["VersionIdsToStages"]
    [current] = [version for version, stages in versions.items() if "AWSCURRENT" in stages]
    if current == rotation.version:
        return
    store.update_secret_version_stage(
        SecretId=rotation.secret,
        VersionStage="AWSCURRENT",
        MoveToVersionId=rotation.version,
        RemoveFromVersionId=current,
    )


def _is_written(rotation: Rotation) -> bool:
    try:
        _pending(rotation)
    except store.exceptions.ResourceNotFoundException:
        return False
    return True


def _current(rotation: Rotation) -> str:
    return store.get_secret_value(SecretId=rotation.secret)["SecretString"]


def _pending(rotation: Rotation) -> str:
    return store.get_secret_value(
        SecretId=rotation.secret, VersionId=rotation.version, VersionStage="AWSPENDING"
    )["SecretString"]
