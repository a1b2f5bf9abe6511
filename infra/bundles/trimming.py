"""What of a package is not deployed: what no function of ours ever imports, and the largest of it.

`infra/tests/bundles` runs every function without it.
"""

from pathlib import PurePath
from typing import Final

_POWERTOOLS: Final = (
    "auth_alpha",
    "batch",
    "circuit_breaker",
    "data_masking",
    "feature_flags",
    "idempotency",
    "kafka",
    "parameters",
    "parser",
    "streaming",
    "validation",
)
_EVENTS: Final = (
    "active_mq_event",
    "cognito_user_pool_event",
    "iot_registry_event",
    "rabbit_mq_event",
    "s3_object_event",
)
_NOWHERE: Final = (
    # For whoever compiles against a package, or checks types.
    *("**/*.pyi", "**/*.pyx", "**/*.pxd", "**/*.c", "**/*.h", "**/py.typed"),
    # What pip writes for itself. Names, versions and licences stay, for scanners and lawyers.
    *("*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED"),
    *("*.dist-info/WHEEL", "*.dist-info/sboms/*"),
    # Its extension is what others run on; the package makes new ones.
    "cffi/*",
    *(f"aws_lambda_powertools/utilities/{name}/*" for name in _POWERTOOLS),
    *(f"aws_lambda_powertools/utilities/data_classes/{name}.py" for name in _EVENTS),
    "aws_lambda_powertools/metrics/provider/datadog/*",
    *(
        "pydantic/v1/*",
        "pydantic/mypy.py",
        "pydantic/color.py",
        "pydantic/experimental/pipeline.py",
    ),
    "annotated_types/test_cases.py",
    *("cryptography/fernet.py", "cryptography/x509/ocsp.py", "cryptography/hazmat/asn1/*"),
    *(f"cryptography/hazmat/primitives/{name}" for name in ("twofactor/*", "serialization/pkcs*")),
    *("sqlalchemy/testing/*", "sqlalchemy/dialects/mssql/*", "sqlalchemy/dialects/mysql/*"),
    *("sqlalchemy/dialects/oracle/*", "sqlalchemy/dialects/sqlite/*"),
    *("alembic/testing/*", "alembic/templates/*"),
)


def is_deployed(path: PurePath) -> bool:
    """Whether this file of a package goes with those who need the package."""
    return not any(_matches(path, pattern) for pattern in _NOWHERE)


def _matches(path: PurePath, pattern: str) -> bool:
    """`**/` is in any folder, and `/*` at the end is everything below."""
    if pattern.endswith("/*"):
        above = pattern.removesuffix("/*")
        depth = above.count("/") + 1
        return len(path.parts) > depth and PurePath(*path.parts[:depth]).match(above)
    return path.match(pattern.removeprefix("**/"))
