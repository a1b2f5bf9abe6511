"""The functions' third-party packages for LocalStack's containers, which apply no layers.

All of them in one folder, by the pins and hashes of the lock file; what a single bundle lacks
therefore goes unnoticed here, as on the embedded stack.
"""

import hashlib
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from embedded.config import REPOSITORY

from infra.environments import environment_of

_LOCK: Final = REPOSITORY / "requirements" / "runtime.txt"
_FOLDER: Final = REPOSITORY / "build" / "localstack-layers"
_MACHINES: Final = {"arm64": "aarch64", "AMD64": "x86_64"}
# Lambda's Linux has glibc 2.34. pip takes a platform word for word, so older ones are named too.
_GLIBCS: Final = ("2_34", "2_28", "2_26", "2_17")


def fetch() -> Path:
    """A folder laid out as a layer is, to be mounted where layers are; fetched unless it is there.

    Raises CalledProcessError.
    """
    machine = _MACHINES.get(platform.machine(), platform.machine())
    version = environment_of({"environment": "local"}).python_version
    wanted = f"{machine} {version}\n{_LOCK.read_text('utf-8')}"
    folder = _FOLDER / hashlib.sha256(wanted.encode()).hexdigest()[:16]
    if folder.exists():
        return folder
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_FOLDER) as scratch:
        unfinished = Path(scratch) / "layer"
        packages = unfinished / "python"
        subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--target", str(packages)),
                *("--requirement", str(_LOCK), "--require-hashes", "--python-version", version),
                *(f"--platform=manylinux_{glibc}_{machine}" for glibc in _GLIBCS),
                *("--implementation", "cp", "--only-binary=:all:", "--no-deps", "--no-compile"),
            ],
            check=True,
        )
        shutil.rmtree(packages / "bin", ignore_errors=True)
        # Only a whole folder ever gets the final name, whoever else is fetching it meanwhile.
        if not folder.exists():
            unfinished.rename(folder)
    return folder
