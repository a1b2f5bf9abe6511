"""Bundles as they are deployed, but for this machine, and the stores of their functions."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from embedded.config import CREDENTIALS, HOST, POSTGRES_DOMAINS
from embedded.databases import Database

from infra.bundles.layer import layer_of
from infra.bundles.own_code import code_of
from infra.bundles.platforms import Platform
from infra.bundles.provided import lay_provided
from infra.constructs.databases import HISTORIES
from infra.tests.assembly import Assembly
from infra.tests.bundles.lambda_runtime import Bundle
from infra.tests.conftest import Assemblies

# An address of this machine at which nobody answers.
NOBODY = "http://127.0.0.1:1"
BESIDE: Mapping[str, tuple[str, ...]] = {"databases": HISTORIES}


class Deployed(NamedTuple):
    """A function: its bundle, its handler, and what the template sets for it."""

    bundle: Bundle
    handler: str
    variables: Mapping[str, str]


@pytest.fixture(scope="session")
def provided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda's Python has beside a bundle."""
    folder = tmp_path_factory.mktemp("provided")
    return lay_provided(folder, "awslambdaric", "simplejson", "snapshot-restore-py")


@pytest.fixture(scope="session")
def stores(assemblies: Assemblies, aws_endpoint: str) -> Mapping[str, str]:
    """The tables of the local templates and a key that signs tokens, and the way to them."""
    for _, _, table in assemblies["local"].resources("AWS::DynamoDB::Table"):
        wanted = ("TableName", "KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes")
        schema: Any = {name: table[name] for name in wanted if name in table}
        boto3.client("dynamodb").create_table(BillingMode="PAY_PER_REQUEST", **schema)
    made = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    secret = boto3.client("secretsmanager").create_secret(
        Name="said-by-providers", SecretString=json.dumps({"simulator": "s", "apiKey": "sk_test_1"})
    )
    return {
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": aws_endpoint,
        "TOKEN_KEY_IDS": made["KeyMetadata"]["KeyId"],
        "TOKEN_SIGNING_KEY_ID": made["KeyMetadata"]["KeyId"],
        "WEBHOOK_SECRETS_ARN": secret["ARN"],
        "STRIPE_KEY_ARN": secret["ARN"],
        "STRIPE_API": NOBODY,
        # Whom no test has had the emulated SES verify.
        "MAIL_SENDER": "box.office@unknown.example",
    }


@pytest.fixture
def deployed(
    assemblies: Assemblies,
    stores: Mapping[str, str],
    provided: Path,
    database: Callable[[str], Database],
) -> Callable[[str], Deployed]:
    def find(name: str) -> Deployed:
        local = name in assemblies["local"].functions()
        assembly = assemblies["local" if local else "production"]
        properties = assembly.functions()[name]
        domain = name.split("-")[0]
        package = properties["Handler"].split(".")[1]
        here = Platform.here()
        bundle = Bundle(
            code_of(package, BESIDE.get(package, ()), here),
            layer_of(package, here) / "python",
            provided,
        )
        variables = _told(assembly, name, properties["Environment"]["Variables"])
        if domain in POSTGRES_DOMAINS and "DATABASE_HOST" in variables:
            variables |= database(domain).environment
        elif "DATABASE_HOST" in variables:
            variables |= {"DATABASE_HOST": HOST, "DATABASE_PORT": "1"}
        lambdas = {"AWS_LAMBDA_FUNCTION_NAME": name, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024"}
        return Deployed(bundle, properties["Handler"], {**variables, **lambdas, **stores})

    return find


def _told(assembly: Assembly, name: str, variables: Mapping[str, Any]) -> dict[str, str]:
    """References as the names of what they point at, which is nothing that is there."""
    [stack] = [
        stack
        for stack, _, one in assembly.resources("AWS::Lambda::Function")
        if one["FunctionName"].endswith(f"-{assembly.environment}-{name}")
    ]
    return {key: assembly.text(stack, value) for key, value in variables.items()}
