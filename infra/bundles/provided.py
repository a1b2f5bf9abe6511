"""What Lambda has beside a bundle and the standard library, out of this environment: to run a
bundle here as it runs there.
"""

import shutil
from importlib.metadata import distribution
from pathlib import Path

from infra.bundles.packages import PROVIDED


def lay_provided(folder: Path, *beside: str) -> Path:
    """Copy boto3 and what it needs into the folder, and what else is named."""
    for name in (*sorted(PROVIDED), "python-dateutil", "six", *beside):
        found = distribution(name)
        for path in found.files or []:
            if path.parts[0] != ".." and not path.parts[0].endswith(".dist-info"):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(str(found.locate_file(path)), target)
    return folder
