"""Nothing is synthesized with a warning; what would warn ends the synthesis."""

from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import Annotations, Stack
from aws_cdk import aws_dynamodb as dynamodb

from infra.app import new_app
from infra.no_warnings import refuse_warnings


def warn(stack: Stack) -> None:
    Annotations.of(stack).add_warning_v2("boxoffice:planted", "Think again.")


def hint(stack: Stack) -> None:
    Annotations.of(stack).add_info("Well done.")


def synthesize(folder: Path, plant: Callable[[Stack], None]) -> None:
    app = new_app(outdir=str(folder))
    plant(Stack(app, "planted"))
    refuse_warnings(app.synth())


def test_a_construct_that_warns_ends_the_synthesis(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"/planted: Think again"):
        synthesize(tmp_path, warn)


def test_a_hint_ends_nothing(tmp_path: Path) -> None:
    synthesize(tmp_path, hint)


def test_whatever_is_deprecated_ends_the_synthesis(tmp_path: Path) -> None:
    """CDK would print that it is, once, among much else."""
    stack = Stack(new_app(outdir=str(tmp_path)), "planted")
    key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
    with pytest.raises(RuntimeError, match="deprecated"):
        dynamodb.Table(stack, "Table", partition_key=key, point_in_time_recovery=True)
