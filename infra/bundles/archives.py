"""Zips a folder to the same bytes, whoever does it and when."""

import zipfile
from pathlib import Path
from typing import Final

# The earliest that a zip can tell.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_READABLE_BY_ALL: Final = 0o100644


def zip_folder(folder: Path, archive: Path) -> None:
    """Its files in the order of their names, without times, owners and the rights they had."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.external_attr = _READABLE_BY_ALL << 16
            entry.create_system = 3
            zipped.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
