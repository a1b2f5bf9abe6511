"""What a handler reaches by its imports, read from the sources without running them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra import ROOT


@dataclass(frozen=True)
class Reach:
    """Everything that is imported when a handler is."""

    files: frozenset[Path]
    packages: frozenset[str]

    def calls_of(self, module: str) -> set[str]:
        """The functions of a module that any reached file calls as `module.function()`."""
        return {
            call.func.attr
            for path in self.files
            for call in ast.walk(_tree(path))
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == module
        }

    def methods(self) -> set[str]:
        """The names of all methods that any reached file calls."""
        return {
            call.func.attr
            for path in self.files
            for call in ast.walk(_tree(path))
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        }


def reach(handler: str) -> Reach:
    """From `functions.seating.api.handler` to all it imports, ours by file, others by package."""
    files, packages = set[Path](), set[str]()
    waiting = [handler.rpartition(".")[0]]
    while waiting:
        module = waiting.pop()
        path = _file(module)
        if path is None:
            packages.add(module.partition(".")[0])
        elif path not in files:
            files.add(path)
            waiting += _imports(path)
    return Reach(frozenset(files), frozenset(packages))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _file(module: str) -> Path | None:
    """Ours, or None."""
    path = ROOT.joinpath(*module.split("."))
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    if not module.startswith("functions"):
        return None
    return next((candidate for candidate in candidates if candidate.exists()), None)


def _imports(path: Path) -> Iterator[str]:
    for node in _run(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            # A name may be a module itself: `from functions.shared import aws`.
            ours = node.module.startswith("functions")
            modules = [f"{node.module}.{alias.name}" for alias in node.names] if ours else []
            yield from (module for module in modules if _file(module))
            yield node.module


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker sees."""
    for child in ast.iter_child_nodes(node):
        only_types = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if not only_types:
            yield child
            yield from _run(child)
