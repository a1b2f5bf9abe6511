"""What of `functions/` goes with a domain: its own folder and the shared one, nothing else."""

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from infra import ROOT
from infra.bundles.compiling import compile_for
from infra.bundles.made import copy, made_once, own_sources
from infra.bundles.platforms import Platform

_FUNCTIONS: Final = ROOT / "functions"
_SHARED: Final = "shared"
_NOT_DEPLOYED: Final = ("tests", "migrations", "__pycache__", "*.md", "*.sql")
# Half a megabyte that only `functions/shared/docs.py` serves.
_DOCUMENT: Final = Path(_SHARED, "openapi.json")
_SEEN_AS: Final = "/var/task"


def code_of(domain: str, beside: tuple[str, ...] = (), platform: Platform | None = None) -> Path:
    """A folder with `functions/__init__.py`, `functions/shared` and `functions/<domain>`, without
    their tests, and what else of `functions/` is named; compiled if it is for a platform.

    Raises NoCompiler and CalledProcessError.
    """
    files = sorted(_files(domain, beside))

    def lay(folder: Path) -> None:
        for path in files:
            copy(_FUNCTIONS / path, folder / "functions" / path)
        if platform is not None:
            compile_for(platform, folder, _SEEN_AS, "keep")

    ingredients = [str(platform).encode(), *own_sources("own_code.py", "compile_tree.py")]
    for path in files:
        ingredients += [path.as_posix().encode(), (_FUNCTIONS / path).read_bytes()]
    return made_once("code", ingredients, lay)


def _files(domain: str, beside: tuple[str, ...]) -> Iterator[Path]:
    yield Path("__init__.py")
    for package in {_SHARED, domain}:
        for path in _below(package):
            left_out = any(fnmatch(part, name) for part in path.parts for name in _NOT_DEPLOYED)
            if not left_out and (path != _DOCUMENT or domain == _SHARED):
                yield path
    for place in beside:
        yield from (path for path in _below(place) if "__pycache__" not in path.parts)


def _below(place: str) -> Iterator[Path]:
    start = _FUNCTIONS / place
    for path in start.rglob("*") if start.is_dir() else [start]:
        if path.is_file():
            yield path.relative_to(_FUNCTIONS)
