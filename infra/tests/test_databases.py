"""A deployment brings the databases up to date before it touches whoever uses them."""

import shutil
from pathlib import Path

import pytest

from infra.constructs import databases
from infra.constructs.databases import HISTORIES
from infra.tests.assembly import Assembly, Json
from infra.tests.test_functions import assets
from infra.tests.test_stacks import dependencies

ON_AWS = ("staging", "production")
KIND = "Custom::Databases"


@pytest.fixture(params=ON_AWS)
def on_aws(request: pytest.FixtureRequest, assemblies: dict[str, Assembly]) -> Assembly:
    return assemblies[request.param]


def resource(assembly: Assembly) -> Json:
    """The whole resource, not only its properties."""
    [found] = [
        one for one in assembly.templates["database"]["Resources"].values() if one["Type"] == KIND
    ]
    return dict(found)


def kinds_before(assembly: Assembly, one: Json) -> set[str]:
    resources = assembly.templates["database"]["Resources"]
    return {resources[logical_id]["Type"] for logical_id in one["DependsOn"]}


def test_databases_are_made_once_there_is_somebody_to_sign_in_to(on_aws: Assembly) -> None:
    assert kinds_before(on_aws, resource(on_aws)) >= {
        "AWS::RDS::DBInstance",
        "AWS::IAM::Policy",
        "AWS::EC2::VPCEndpoint",
        "AWS::EC2::EgressOnlyInternetGateway",
        "AWS::EC2::SecurityGroupIngress",
    }


def test_every_domain_with_sql_waits_for_its_tables(on_aws: Assembly) -> None:
    waits = dependencies(on_aws)
    assert {stack for stack, on in waits.items() if "database" in on} >= {
        "users",
        "catalog",
        "payments",
    }


def test_nobody_migrates_a_database_that_is_there_already(local: Assembly) -> None:
    assert not list(local.resources(KIND))


def test_the_migrator_carries_every_history_and_no_domains_code(on_aws: Assembly) -> None:
    functions = assets(on_aws, "databases-migrator") / "functions"
    files = {str(path.relative_to(functions)) for path in functions.rglob("*") if path.is_file()}
    for place in HISTORIES:
        assert any(file.startswith(place) for file in files), place
    assert "users/migrations/versions/0001_users.py" in files
    of_domains = {file for file in files if not file.startswith(("shared/", "databases/"))}
    assert of_domains - {"__init__.py"} == {f for f in of_domains if f.startswith(HISTORIES)}
    assert not [file for file in files if "tests/" in file or "__pycache__" in file]


def test_only_the_migrator_signs_in_as_the_owner_of_the_cluster(on_aws: Assembly) -> None:
    owners = {
        statement.owner
        for statement in on_aws.grants()
        if "rds-db:connect" in statement.actions
        and any(resource.endswith("/postgres") for resource in statement.resources)
    }
    assert owners == {f"boxoffice-{on_aws.environment}-databases-migrator"}


def test_domains_do_not_get_past_the_proxy(assemblies: dict[str, Assembly]) -> None:
    """The way to the cluster itself is open to its proxy, to whoever migrates and to the audit."""
    production = assemblies["production"]
    admitted = {
        production.text(stack, properties["SourceSecurityGroupId"])
        for stack, _, properties in production.resources("AWS::EC2::SecurityGroupIngress")
        if "Cluster" in str(properties["GroupId"])
    }
    standing = {
        name: production.text("database", properties["VpcConfig"]["SecurityGroupIds"][0])
        for name, properties in production.functions().items()
        if name in ("databases-migrator", "audit-tasks")
    }
    [proxy] = admitted - set(standing.values())
    assert "Proxy" in proxy
    assert len(admitted) == 3
    # Nobody else stands where they stand.
    for name, properties in production.functions().items():
        if "VpcConfig" in properties:
            groups = properties["VpcConfig"]["SecurityGroupIds"]
            stack = name.partition("-")[0].replace("databases", "database")
            stands = {production.text(stack, group) for group in groups}
            assert bool(stands & admitted) == (name in standing), name


def test_a_deployment_does_not_wait_for_an_answer_for_ever(on_aws: Assembly) -> None:
    function = on_aws.functions()["databases-migrator"]
    waits = int(resource(on_aws)["Properties"]["ServiceTimeout"])
    assert 2 * function["Timeout"] < waits <= 3_600


def test_a_changed_migration_is_a_changed_resource(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = tmp_path / "functions"
    shutil.copytree(databases._FUNCTIONS, copied, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(databases, "_FUNCTIONS", copied)
    digests = [databases._digest()]
    for changed in (
        "users/migrations/versions/0001_users.py",
        "audit/auditor.sql",
        "databases/roles.py",
    ):
        with (copied / changed).open("a") as file:
            file.write("\n")
        digests.append(databases._digest())
    assert len(set(digests)) == 4
    (copied / "databases" / "tests" / "test_more.py").write_text("")
    assert databases._digest() == digests[-1]
