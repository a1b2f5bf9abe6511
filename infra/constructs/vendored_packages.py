"""Third-party packages as a layer: a change of our own code uploads kilobytes, not megabytes.

Fetched as wheels for the functions' own platform, by the pins and hashes of our lock files,
into `build/`, where they stay until those change.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import ROOT
from infra.environments import SQL_DOMAINS, Environment

_LOCK: Final = ROOT / "requirements" / "runtime.txt"
# Of it only what brings databases to their newest revision, here as in deployments.
_TOOLS_LOCK: Final = ROOT / "requirements" / "dev.txt"
_CACHE: Final = ROOT / "build" / "packages"
_MACHINES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}
# Lambda's Linux has glibc 2.34. pip takes a platform word for word, so older ones are named too.
_GLIBCS: Final = ("2_34", "2_28", "2_26", "2_17")

# Lambda's own Python comes with these.
_PROVIDED: Final = frozenset({"boto3", "botocore", "s3transfer", "urllib3"})
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
}


def packages_layers(
    scope: Construct, environment: Environment, domain: str
) -> list[lambda_.ILayerVersion] | None:
    """The packages of a domain: one layer that all functions of its stack share."""
    if not environment.vendored:
        return None
    stack = Stack.of(scope)
    there = stack.node.try_find_child("Packages")
    if isinstance(there, lambda_.LayerVersion):
        return [there]
    layer = lambda_.LayerVersion(
        stack,
        "Packages",
        description=f"Third-party packages of {domain}",
        code=lambda_.Code.from_asset(str(_fetch(environment, domain))),
    )
    return [layer]


def packages_of(domain: str) -> dict[str, str]:
    """The packages deployed with a domain: each name with its whole entry in a lock file."""
    packages = {
        name: entry
        for name, entry in _entries(_LOCK.read_text("utf-8"))
        if name not in _PROVIDED and domain in _ONLY_FOR.get(name, {domain})
    }
    if domain == "databases":
        tools = dict(_entries(_TOOLS_LOCK.read_text("utf-8")))
        packages |= {name: tools[name] for name in sorted(_OF_MIGRATIONS)}
    return packages


def _entries(lock: str) -> Iterator[tuple[str, str]]:
    """An entry starts at the margin; its hashes are indented below."""
    for entry in re.split(r"\n(?=[A-Za-z])", lock.strip()):
        if pinned := re.match(r"[A-Za-z][A-Za-z0-9._-]*(?===)", entry):
            yield pinned[0].lower(), entry


def _fetch(environment: Environment, domain: str) -> Path:
    """The folder of the packages, fetched unless it is there. Raises CalledProcessError."""
    requirements = "\n".join(packages_of(domain).values()) + "\n"
    machine = _MACHINES[environment.architecture]
    wanted = f"{machine} {environment.python_version}\n{requirements}"
    folder = _CACHE / hashlib.sha256(wanted.encode()).hexdigest()[:16]
    if folder.exists():
        return folder
    _CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_CACHE) as scratch:
        lock = Path(scratch) / "requirements.txt"
        lock.write_text(requirements, "utf-8")
        unfinished = Path(scratch) / "layer"
        subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-m", "pip", "install", "--quiet"),
                *("--target", str(unfinished / "python"), "--requirement", str(lock)),
                *(f"--platform=manylinux_{glibc}_{machine}" for glibc in _GLIBCS),
                *("--python-version", environment.python_version),
                *("--implementation", "cp", "--only-binary=:all:", "--no-deps", "--no-compile"),
            ],
            check=True,
        )
        shutil.rmtree(unfinished / "python" / "bin", ignore_errors=True)
        # Only a whole folder ever gets the final name, whoever else is fetching it meanwhile.
        if not folder.exists():
            unfinished.rename(folder)
    return folder
