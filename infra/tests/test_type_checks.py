"""Types are checked against all of the CDK that our stacks use, though not all of it is read."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module

from embedded.config import REPOSITORY


def read_by_mypy() -> set[str]:
    """Modules of the CDK whose types mypy knows; of all others nothing is checked."""
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]
    [followed] = [each for each in settings["overrides"] if each["follow_imports"] == "normal"]
    return {name.removesuffix(".*") for name in followed["module"]}


def imported_by_us() -> Iterator[str]:
    for file in (REPOSITORY / "infra").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "aws_cdk":
                yield from (f"aws_cdk.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)


def package(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_mypy_reads_what_we_import_of_the_cdk_and_what_that_inherits() -> None:
    """A class with a base that mypy has not read has every attribute, misspelt ones too."""
    imported = {name for name in imported_by_us() if name.startswith("aws_cdk.")}
    for name in imported:
        if name.islower():
            import_module(name)
    # What is imported otherwise is a class of the CDK's own package.
    used = {"aws_cdk", *(name for name in imported if name in sys.modules)}
    assert len(used) > 20
    inherited = {
        base.__module__
        for name in used
        for made in vars(sys.modules[name]).values()
        if isinstance(made, type)
        for base in made.__mro__
        if base.__module__.startswith("aws_cdk")
    }
    assert {package(name) for name in used | inherited} <= read_by_mypy()
