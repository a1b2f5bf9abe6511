"""The packages of all domains for a platform, ready to be deployed: fetched, trimmed, compiled."""

import csv
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Final

from infra.bundles.compiling import compile_for
from infra.bundles.made import copy, made_once, own_sources
from infra.bundles.packages import all_packages
from infra.bundles.platforms import Platform
from infra.bundles.stripping import stripped
from infra.bundles.trimming import is_deployed

# What pip lays beside packages, for people and shells.
_NOT_IMPORTED: Final = ("..", "bin", "share", "include")
# Where Lambda lays a layer.
_SEEN_AS: Final = "/opt/python"


def ready(platform: Platform, packages: tuple[str, ...]) -> Path:
    """A folder with these packages as they are deployed: sources only as what they compile to.

    Raises NoCompiler and CalledProcessError.
    """
    site = installed(platform)

    def lay(folder: Path) -> None:
        for package in packages:
            for path in files_of(site, package):
                copy(site / path, folder / path)
        for library in sorted(folder.rglob("*.so")):
            library.write_bytes(stripped(library.read_bytes()))
        for metadata in sorted(folder.glob("*.dist-info/METADATA")):
            # Its name, version and licence; what follows is for readers of the package index.
            metadata.write_text(metadata.read_text("utf-8").partition("\n\n")[0] + "\n", "utf-8")
        # Nobody edits them, and a compiled file alone is what is ever read.
        compile_for(platform, folder, _SEEN_AS, "drop")

    made_of = own_sources("trimming.py", "stripping.py", "compile_tree.py", "wheels.py")
    wanted = " ".join(packages)
    return made_once("ready", [site.name.encode(), wanted.encode(), *made_of], lay)


def files_of(site: Path, package: str) -> list[Path]:
    """What a package has put into the folder that is deployed; relative to it, in order."""
    [record] = [
        path
        for path in site.glob("*.dist-info/RECORD")
        if _normal(path.parent.name.split("-")[0]) == package
    ]
    listed = (Path(row[0]) for row in csv.reader(record.read_text("utf-8").splitlines()))
    return sorted(
        path
        for path in listed
        if path.parts[0] not in _NOT_IMPORTED and is_deployed(PurePosixPath(path))
    )


def installed(platform: Platform) -> Path:
    """A folder with every package as its wheel has it. Raises CalledProcessError."""
    lock = "\n".join(all_packages().values()) + "\n"

    def fetch(folder: Path) -> None:
        folder.mkdir()
        requirements = folder.with_suffix(".txt")
        requirements.write_text(lock, "utf-8")
        subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-m", "pip", "install", "-qq"),
                *("--target", str(folder), "--requirement", str(requirements)),
                *("--require-hashes", "--only-binary=:all:", "--no-deps", "--no-compile"),
                *platform.pip_options,
            ],
            check=True,
        )

    return made_once("wheels", [str(platform).encode(), lock.encode()], fetch)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
