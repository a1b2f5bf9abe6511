"""Synthesizes the CDK app of `infra/`, on the venv's own node, and only when something changed.

`python -m embedded.synth --environment staging --out FOLDER` for one environment by hand.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from embedded.config import REPOSITORY
from embedded.errors import StackError

_INPUTS: Final = ("infra", "functions", "statemachines", "cdk.json", "requirements")
# They are no part of what is synthesized, so a change in one needs no new templates.
_IGNORED: Final = frozenset({"tests", "__pycache__"})


class SynthError(StackError):
    """The CDK app failed; the message is what it said."""


def synthesize(context: Mapping[str, str], out: Path) -> bool:
    """Bring the assembly in `out` up to date with the sources. False if it already was.

    Raises SynthError; the assembly that was there is then left as it was.
    """
    marker = out.with_name(f"{out.name}.inputs")
    inputs = _digest(context)
    if out.exists() and marker.exists() and marker.read_text() == inputs:
        return False
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".synth-") as aside:
        fresh = Path(aside) / "cdk.out"
        _run(context, fresh)
        marker.unlink(missing_ok=True)
        shutil.rmtree(out, ignore_errors=True)
        fresh.rename(out)
    marker.write_text(inputs)
    return True


def _run(context: Mapping[str, str], out: Path) -> None:
    binaries = Path(sys.executable).parent
    environment = os.environ | {
        # The wheel's node comes first: the machine may have none, or one that jsii dislikes.
        "PATH": os.pathsep.join([str(binaries), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": str(REPOSITORY),
        "CDK_OUTDIR": str(out),
        "CDK_CONTEXT_JSON": json.dumps(dict(context)),
        "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "infra.app"],
        cwd=REPOSITORY,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SynthError((done.stderr or done.stdout).strip())


def _digest(context: Mapping[str, str]) -> str:
    digest = hashlib.sha256(json.dumps(dict(context), sort_keys=True).encode())
    for path in _sources():
        digest.update(f"{path.relative_to(REPOSITORY)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for name in _INPUTS:
        root = REPOSITORY / name
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file() and not _IGNORED & set(path.relative_to(REPOSITORY).parts):
                yield path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environment", required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    try:
        changed = synthesize({"environment": given.environment}, given.out.absolute())
    except SynthError as error:
        sys.exit(str(error))
    print(f"{given.out}: {'synthesized' if changed else 'up to date'}")


if __name__ == "__main__":
    main()
