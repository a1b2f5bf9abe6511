"""`make rotate-keys` says what it did, or why not, and what comes next."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from functions.users import key_rotation
from functions.users.token_keys import (
    Place,
)
from infra.names import Names


@pytest.fixture
def command(
    aws_endpoint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Callable[..., tuple[int, str]]]:
    """The command on a stack that runs here; its exit code and what it said."""
    kms = boto3.client("kms", endpoint_url=aws_endpoint)
    first = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    alias = Names("local").token_key("current")
    kms.create_alias(AliasName=alias, TargetKeyId=first)
    reached = {"endpoint_url": aws_endpoint, "region_name": "us-east-1"}
    (tmp_path / "stack.json").write_text(json.dumps({"audit": {"aws": reached}}))
    monkeypatch.setenv("BOXOFFICE_STATE_DIR", str(tmp_path))

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["key_rotation", *arguments])
        code = key_rotation.main()
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    yield run
    for place in Place:
        try:
            kms.delete_alias(AliasName=Names("local").token_key(place))
        except kms.exceptions.NotFoundException:
            continue


def test_the_command_says_what_it_did_and_what_comes_next(
    command: Callable[..., tuple[int, str]],
) -> None:
    code, said = command()
    assert code == key_rotation.TAKEN
    assert "Published a new key" in said
    assert "Next: promote, from 20" in said
    code, said = command()
    assert code == key_rotation.NOT_DUE
    assert said.startswith("Too early to promote: not before 20")
    code, said = command("--now")
    assert code == key_rotation.TAKEN
    assert "No token of those before it is good" in said
    assert "Next: publish" in said


@pytest.mark.usefixtures("without_pauses")
def test_the_command_says_when_it_reaches_nothing(
    command: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:1")
    code, said = command("--environment", "staging")
    assert (code, said.startswith("Could not rotate: ")) == (key_rotation.UNREACHED, True)
    (tmp_path / "stack.json").unlink()
    code, said = command()
    assert (code, "Start one with `make up`" in said) == (key_rotation.UNREACHED, True)
