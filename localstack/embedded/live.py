"""Gives the workers of a running stack the functions' code as it was edited since.

Templates stay as they were deployed: whoever changes `infra/` or `statemachines/` starts again.
"""

import os
import shutil
from pathlib import Path
from typing import Final

from embedded.config import REPOSITORY
from embedded.lambda_worker import VERSION

# What no function is deployed with, as in `infra/bundles/own_code.py`.
_NOT_DEPLOYED: Final = ("tests", "migrations", "*.md")
_COMPILED: Final = "__pycache__"
_SHARED: Final = "shared"
# A worker may still be importing from the code before.
_KEPT_VERSIONS: Final = 3

State = frozenset[tuple[str, int, int]]


class LiveCode:
    """Watches `functions/` and lays every new state of it into `folder`, complete and apart.

    `folder/<version>/<domain>/functions` holds what a bundle of that domain does, and the file
    `folder/version` names the newest version, once it is whole.
    """

    def __init__(self, folder: Path, root: Path = REPOSITORY) -> None:
        self._folder = folder
        self._functions = root / "functions"
        self._seen = self._state()
        self._version = 0

    def look(self) -> list[str]:
        """Lay down what has changed since the last look; the files that did."""
        now = self._state()
        if now == self._seen:
            return []
        changed = sorted({path for path, *_ in now ^ self._seen})
        self._seen = now
        self._version += 1
        self._lay(self._folder / str(self._version))
        fresh = self._folder / f"{VERSION}.new"
        fresh.write_text(str(self._version))
        fresh.replace(self._folder / VERSION)
        shutil.rmtree(self._folder / str(self._version - _KEPT_VERSIONS), ignore_errors=True)
        return changed

    def _state(self) -> State:
        """Of each file that is deployed: its place, when it was written and how long it is."""
        found: set[tuple[str, int, int]] = set()
        for folder, folders, files in os.walk(self._functions):
            folders[:] = [name for name in folders if name not in {*_NOT_DEPLOYED, _COMPILED}]
            for name in files:
                if not name.endswith((".py", ".json")):
                    continue
                try:
                    told = (Path(folder) / name).stat()
                except FileNotFoundError:
                    # Editors put another file in a file's place; the next look finds it.
                    continue
                place = str((Path(folder) / name).relative_to(self._functions))
                found.add((place, told.st_mtime_ns, told.st_size))
        return frozenset(found)

    def _lay(self, version: Path) -> None:
        whole = version / "all"
        # What is compiled already goes along: it is good for files that have the same times.
        ignored = shutil.ignore_patterns(*_NOT_DEPLOYED)
        shutil.copytree(self._functions, whole, ignore=ignored)
        packages = [path.parent.name for path in whole.glob("*/__init__.py")]
        for package in packages:
            bundle = version / package / "functions"
            bundle.mkdir(parents=True)
            os.link(whole / "__init__.py", bundle / "__init__.py")
            for name in {package, _SHARED}:
                shutil.copytree(whole / name, bundle / name, copy_function=os.link)
        shutil.rmtree(whole)
