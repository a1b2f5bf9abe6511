"""The two archives that are uploaded for a domain."""

import hashlib
import zipfile
from pathlib import Path

from infra.bundles.archives import zip_folder
from infra.bundles.layer import layer_of
from infra.bundles.made import made_once
from infra.bundles.own_code import code_of
from infra.bundles.platforms import Platform
from infra.environments import Environment


def code_archive(environment: Environment, domain: str, beside: tuple[str, ...] = ()) -> Path:
    """Our own code. Raises NoCompiler and CalledProcessError."""
    return _zipped(code_of(domain, beside, Platform.of(environment)))


def layer_archive(environment: Environment, domain: str) -> Path:
    """The packages that it imports. Raises NoCompiler and CalledProcessError."""
    return _zipped(layer_of(domain, Platform.of(environment)))


def contents(archive: Path) -> str:
    """A digest of what is in an archive: another zlib packs the same to other bytes."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(archive) as zipped:
        for entry in zipped.infolist():
            digest.update(f"{entry.filename}\0{entry.file_size}\0".encode() + zipped.read(entry))
    return digest.hexdigest()


def _zipped(folder: Path) -> Path:
    def pack(unfinished: Path) -> None:
        unfinished.mkdir()
        zip_folder(folder, unfinished / "bundle.zip")

    return made_once("archives", [folder.name.encode()], pack) / "bundle.zip"
