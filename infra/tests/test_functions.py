"""The functions themselves: what they are called, told and made of."""

from pathlib import Path

from infra.tests.assembly import Assembly

FUNCTIONS = {
    "users-api": "functions.users.api.handler",
    "users-tasks": "functions.users.tasks.handler",
    "users-mailer": "functions.users.mailer.handler",
    "catalog-api": "functions.catalog.api.handler",
    "catalog-tasks": "functions.catalog.tasks.handler",
    "seating-api": "functions.seating.api.handler",
    "seating-tasks": "functions.seating.tasks.handler",
    "seating-streams": "functions.seating.streams.handler",
    "seating-events": "functions.seating.events.handler",
    "orders-api": "functions.orders.api.handler",
    "orders-tasks": "functions.orders.tasks.handler",
    "orders-reconciler": "functions.orders.reconciler.handler",
    "orders-streams": "functions.orders.streams.handler",
    "orders-rotation": "functions.orders.rotation.handler",
    "payments-api": "functions.payments.api.handler",
    "payments-tasks": "functions.payments.tasks.handler",
    "payments-webhooks": "functions.payments.webhooks.handler",
    "payments-notices": "functions.payments.notices.handler",
    "audit-tasks": "functions.audit.tasks.handler",
    "docs-api": "functions.shared.docs.handler",
}
# Whoever takes the cards needs a function of its own, and so does a cluster of our own.
_SIMULATOR = {"payments-simulator": "functions.payments.late_charges.handler"}
_CLUSTER = {"databases-migrator": "functions.databases.migrator.handler"}
BY_ENVIRONMENT: dict[str, dict[str, str]] = {
    "local": _SIMULATOR,
    "staging": _SIMULATOR | _CLUSTER,
    "production": {"payments-provider": "functions.payments.provider.handler"} | _CLUSTER,
}
# Who tells us what became of a charge must not wait for a database; who reaches Stripe must not
# stand in its network, which has no way out; nor who reaches SES.
WITHOUT_DATABASE = {"payments-webhooks", "payments-provider", "users-mailer"}
SQL = {"users", "catalog", "payments"}


def test_every_function_is_there_with_its_handler(assembly: Assembly) -> None:
    found = {name: one["Handler"] for name, one in assembly.functions().items()}
    assert found == FUNCTIONS | BY_ENVIRONMENT[assembly.environment]


def test_every_function_is_traced_logged_and_built_for_one_platform(assembly: Assembly) -> None:
    groups = {
        assembly.text(stack, group["LogGroupName"])
        for stack, _, group in assembly.resources("AWS::Logs::LogGroup")
    }
    for properties in assembly.functions().values():
        newest = "python3.13" if assembly.environment == "local" else "python3.14"
        assert properties["Runtime"] == newest
        assert properties["Architectures"] == ["arm64"]
        assert properties["TracingConfig"] == {"Mode": "Active"}
        assert f"/aws/lambda/{properties['FunctionName']}" in groups


def test_no_function_starts_from_a_snapshot(assembly: Assembly) -> None:
    """ADR 16: kept snapshots and restored ones cost more than the starts they spare."""
    for properties in assembly.functions().values():
        assert "SnapStart" not in properties


def test_no_log_is_kept_forever(assembly: Assembly) -> None:
    for _, _, group in assembly.resources("AWS::Logs::LogGroup"):
        assert group["RetentionInDays"] > 0


def test_every_function_knows_where_and_as_what_it_runs(assembly: Assembly) -> None:
    for name, properties in assembly.functions().items():
        variables = properties["Environment"]["Variables"]
        assert variables["BOXOFFICE_ENVIRONMENT"] == assembly.environment
        assert variables["EVENT_BUS_NAME"] == f"boxoffice-{assembly.environment}"
        assert variables["POWERTOOLS_SERVICE_NAME"] == name.split("-")[0]
        assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "Boxoffice"


def test_every_domains_api_knows_the_keys_of_tokens(assembly: Assembly) -> None:
    for name, properties in assembly.functions().items():
        variables = properties["Environment"]["Variables"]
        if name.endswith("-api") and name != "docs-api":
            assert variables["TOKEN_ISSUER"] == f"boxoffice-{assembly.environment}"
            assert "TOKEN_KEY_IDS" in variables


def test_windows_reach_the_functions(local: Assembly) -> None:
    variables = {
        name: properties["Environment"]["Variables"]
        for name, properties in local.functions().items()
    }
    assert variables["seating-api"]["RESERVATION_SECONDS"] == "77"
    for name in ("seating-api", "seating-tasks"):
        assert variables[name]["HOLDS_COUNTED_SECONDS"] == "11"
        assert variables[name]["SEATS_REST_SECONDS"] == "5"
    assert variables["orders-api"]["PAYMENT_SECONDS"] == "42"
    assert variables["payments-tasks"]["PAYMENT_SECONDS"] == "42"
    # Charging ends 7 s before the window does, and the saga waits for 14 s after it.
    assert variables["orders-reconciler"]["RECONCILE_AFTER_SECONDS"] == "21"


def test_each_sql_domain_has_a_database_of_its_name(assembly: Assembly) -> None:
    for name, properties in assembly.functions().items():
        variables = properties["Environment"]["Variables"]
        domain = name.split("-")[0]
        if domain in SQL and name not in WITHOUT_DATABASE:
            assert variables["DATABASE_NAME"] == variables["DATABASE_USER"] == domain
        else:
            assert not [variable for variable in variables if variable.startswith("DATABASE")]


def test_only_the_local_database_has_a_password(assembly: Assembly) -> None:
    for name, properties in assembly.functions().items():
        variables = properties["Environment"]["Variables"]
        has_database = name.split("-")[0] in SQL and name not in WITHOUT_DATABASE
        wanted = assembly.environment == "local" and has_database
        assert ("DATABASE_PASSWORD" in variables) is wanted
    if assembly.environment == "local":
        variables = assembly.functions()["users-api"]["Environment"]["Variables"]
        assert variables["DATABASE_PORT"] == "15432"


def assets(assembly: Assembly, name: str) -> Path:
    digest = assembly.functions()[name]["Code"]["S3Key"].removesuffix(".zip")
    return assembly.folder / f"asset.{digest}"


def test_a_function_is_deployed_with_its_own_domain_and_no_other(assembly: Assembly) -> None:
    for name in FUNCTIONS:
        domain = name.split("-")[0]
        folders = {path.name for path in (assets(assembly, name) / "functions").iterdir()}
        own = set() if domain == "docs" else {domain}
        assert folders == {"__init__.py", "shared"} | own


def test_tests_migrations_and_papers_stay_at_home(assembly: Assembly) -> None:
    for name in FUNCTIONS:
        deployed = list(assets(assembly, name).rglob("*"))
        assert not {path.name for path in deployed} & {"tests", "migrations", "__pycache__"}
        assert {path.suffix for path in deployed if path.is_file()} <= {".py", ".json"}


def test_functions_of_a_domain_share_one_asset(assembly: Assembly) -> None:
    assert assets(assembly, "seating-api") == assets(assembly, "seating-streams")
    assert assets(assembly, "seating-api") != assets(assembly, "orders-api")
