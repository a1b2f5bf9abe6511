"""Things that are made once, kept in `build/`, and named after all that they are made of."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from infra import ROOT

_BUILD: Final = ROOT / "build"


def made_once(kind: str, ingredients: Iterable[bytes], make: Callable[[Path], None]) -> Path:
    """`build/<kind>/<digest of the ingredients>`, as `make` wrote it; made unless it is there.

    Only a whole one ever has that name, whoever else is making it meanwhile.
    """
    digest = hashlib.sha256()
    for ingredient in ingredients:
        digest.update(hashlib.sha256(ingredient).digest())
    shelf = _BUILD / kind
    made = shelf / digest.hexdigest()[:32]
    if made.exists():
        return made
    shelf.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=shelf) as scratch:
        unfinished = Path(scratch) / "unfinished"
        make(unfinished)
        try:
            unfinished.rename(made)
        except OSError:
            # Somebody else was first; what they made is the same.
            if not made.exists():
                raise
    return made


def own_sources(*names: str) -> list[bytes]:
    """How a thing is made is an ingredient, too: by these files of this folder."""
    return [(Path(__file__).parent / name).read_bytes() for name in names]


def copy(source: Path, target: Path) -> None:
    """A file's content, without its times and rights."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
