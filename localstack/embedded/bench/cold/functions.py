"""The functions of the local templates, each with its bundle for this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from embedded.assembly import read_assembly
from embedded.config import ACCOUNT, CREDENTIALS, REGION
from embedded.synth import synthesize
from infra.bundles.layer import layer_of
from infra.bundles.own_code import code_of
from infra.bundles.platforms import Platform
from infra.bundles.provided import lay_provided

# The template names the simulator's function, or the one that reaches Stripe: this has the latter.
_CONTEXT: Final = {"environment": "local", "stripeApi": "http://127.0.0.1:1"}
_PREFIX: Final = "boxoffice-local-"
_SOMETHING: Final = f"arn:aws:service:{REGION}:{ACCOUNT}:thing"
_FLOOR: Final = """\
import boto3
from pydantic import BaseModel


class Asked(BaseModel):
    seats: list[int]


dynamodb = boto3.client("dynamodb")
"""


class Candidate(NamedTuple):
    """A function that can be started: where its parts are, and which module has its handler."""

    name: str
    module: str
    variables: Mapping[str, str]
    code: Path
    layer: Path
    provided: Path


def candidates(folder: Path) -> list[Candidate]:
    """Every function of the local templates. Raises SynthError."""
    assembly = folder / "cold.out"
    synthesize(_CONTEXT, assembly)
    return [
        _candidate(properties, folder)
        for stack in read_assembly(assembly)
        for _, properties in stack.resources("AWS::Lambda::Function")
    ]


def floor(folder: Path) -> Candidate:
    """The least that a function of ours could import: pydantic, and a client of AWS."""
    code = folder / "floor"
    code.mkdir()
    (code / "floor.py").write_text(_FLOOR)
    layer = layer_of("seating", Platform.here()) / "python"
    return Candidate("floor", "floor", dict(CREDENTIALS), code, layer, _provided(folder))


def _candidate(properties: Mapping[str, Any], folder: Path) -> Candidate:
    name = str(properties["FunctionName"]).removeprefix(_PREFIX)
    module = str(properties["Handler"]).rpartition(".")[0]
    package = module.split(".")[1]
    here = Platform.here()
    told = properties["Environment"]["Variables"].items()
    # What refers to something else is an address, which nobody asks while a handler is imported.
    variables = {key: value if isinstance(value, str) else _SOMETHING for key, value in told}
    lambdas = {"AWS_LAMBDA_FUNCTION_NAME": name, **CREDENTIALS}
    code, layer = code_of(package, platform=here), layer_of(package, here) / "python"
    return Candidate(name, module, {**variables, **lambdas}, code, layer, _provided(folder))


def _provided(folder: Path) -> Path:
    provided = folder / "provided"
    return provided if provided.exists() else lay_provided(provided)
