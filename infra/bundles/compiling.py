"""Compiles what is deployed by Lambda's own minor version of Python, which nobody need have.

Code of one minor version is not code of another. So whatever is made for Lambda is compiled by
that CPython built to WebAssembly (Pyodide), on the Node of the virtual environment: compiled code
knows no machine. What is made for here is compiled by this interpreter.
"""

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Final, Literal, NamedTuple

from infra.bundles.made import made_once
from infra.bundles.platforms import Platform


class Compiler(NamedTuple):
    """A package of npm's, and what its archive must be."""

    package: str
    sha512: str


# By the version of Python that each of them is.
COMPILERS: Final = {
    "3.14": Compiler(
        "pyodide@314.0.7",
        "0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A==",
    )
}
_HERE: Final = Path(__file__).parent
_BINARIES: Final = Path(sys.executable).parent
_PROGRAM: Final = _HERE / "compile_tree.py"

Sources = Literal["keep", "drop"]


class NoCompiler(Exception):  # noqa: N818 - what is wrong, in a word
    """Nothing here compiles for that version, or what was fetched is not what was pinned."""


def compile_for(platform: Platform, tree: Path, seen_as: str, sources: Sources) -> None:
    """Every source below `tree`, in place. Raises NoCompiler and CalledProcessError."""
    if platform == Platform.here():
        python = [sys.executable, "-I", str(_PROGRAM)]
        subprocess.run([*python, str(tree), seen_as, sources], check=True)  # noqa: S603
        return
    version = platform.python_version
    if version not in COMPILERS:
        raise NoCompiler(f"No package is known that is Python {version}: see {__name__}.")
    node = [str(_BINARIES / "node"), str(_HERE / "webassembly.mjs")]
    pyodide = str(_fetched(COMPILERS[version]))
    told = [*node, pyodide, version, str(_PROGRAM), str(tree.absolute()), seen_as, sources]
    # It says on stdout what it loads, which is no part of a template.
    subprocess.run(told, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def unpack(compiler: Compiler, folder: Path) -> None:
    """The archive in this folder, in its place. Raises NoCompiler if it is not what was pinned."""
    [archive] = folder.glob("*.tgz")
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != compiler.sha512:
        raise NoCompiler(f"{compiler.package} is not what was pinned: its SHA-512 is {found}.")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    archive.unlink()
    for path in (folder / "package").iterdir():
        path.rename(folder / path.name)
    shutil.rmtree(folder / "package")


def _fetched(compiler: Compiler) -> Path:
    def fetch(folder: Path) -> None:
        folder.mkdir()
        npm = [str(_BINARIES / "npm"), "pack", "--silent", compiler.package]
        subprocess.run(npm, check=True, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603
        unpack(compiler, folder)

    return made_once("compilers", [compiler.package.encode(), compiler.sha512.encode()], fetch)
