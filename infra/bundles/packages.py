"""Which third-party packages a domain is deployed with, as our lock files pin them."""

import re
from collections.abc import Iterator
from typing import Final

from infra import ROOT
from infra.environments import SQL_DOMAINS

_LOCK: Final = ROOT / "requirements" / "runtime.txt"
# Of it only what brings databases to their newest revision, here as in deployments.
_TOOLS_LOCK: Final = ROOT / "requirements" / "dev.txt"

# Lambda's own Python comes with boto3 and all that it needs. None is pinned: its clients are
# generated from descriptions that AWS keeps compatible, and AWS mends them there.
PROVIDED: Final = frozenset({"boto3", "botocore", "jmespath", "s3transfer", "urllib3"})
# It makes extensions; what they need when they run is a part of cffi.
_FOR_COMPILING: Final = frozenset({"pycparser"})
_SQL: Final = frozenset({*SQL_DOMAINS, "databases", "audit"})
_OF_MIGRATIONS: Final = frozenset({"alembic", "mako", "markupsafe"})
# What only some domains import; everything else in the lock file goes everywhere.
_ONLY_FOR: Final = {
    "argon2-cffi": frozenset({"users"}),
    "argon2-cffi-bindings": frozenset({"users"}),
    "email-validator": frozenset({"users"}),
    "dnspython": frozenset({"users"}),
    "segno": frozenset({"orders"}),
    "sqlalchemy": _SQL,
    "pg8000": _SQL,
    "asn1crypto": _SQL,
    "scramp": _SQL,
    "python-dateutil": _SQL,
    "six": _SQL,
    "stripe": frozenset({"payments"}),
    "requests": frozenset({"payments"}),
    "charset-normalizer": frozenset({"payments"}),
    "certifi": frozenset({"payments"}),
    "idna": frozenset({"payments", "users"}),
}


def packages_of(domain: str) -> dict[str, str]:
    """The packages deployed with a domain: each name with its whole entry in a lock file."""
    packages = {
        name: entry
        for name, entry in _runtime().items()
        if domain in _ONLY_FOR.get(name, frozenset({domain}))
    }
    return packages | (_migrations() if domain == "databases" else {})


def groups_of(domain: str) -> list[tuple[str, ...]]:
    """The same packages, those together that the same domains need: they are made together."""
    groups: dict[frozenset[str], list[str]] = {}
    for name in packages_of(domain):
        needed_by = frozenset({"databases"}) if name in _OF_MIGRATIONS else _ONLY_FOR.get(name)
        groups.setdefault(needed_by or frozenset(), []).append(name)
    return [tuple(names) for names in groups.values()]


def all_packages() -> dict[str, str]:
    """Whatever any domain is deployed with."""
    return _runtime() | _migrations()


def _runtime() -> dict[str, str]:
    left_out = PROVIDED | _FOR_COMPILING
    entries = _entries(_LOCK.read_text("utf-8"))
    return {name: entry for name, entry in entries if name not in left_out}


def _migrations() -> dict[str, str]:
    tools = dict(_entries(_TOOLS_LOCK.read_text("utf-8")))
    return {name: tools[name] for name in sorted(_OF_MIGRATIONS)}


def _entries(lock: str) -> Iterator[tuple[str, str]]:
    """An entry starts at the margin; its hashes are indented below."""
    for entry in re.split(r"\n(?=[A-Za-z])", lock.strip()):
        if pinned := re.match(r"[A-Za-z][A-Za-z0-9._-]*(?===)", entry):
            yield pinned[0].lower(), entry
