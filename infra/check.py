"""Holds what goes to AWS against CloudFormation's own rules and cdk-nag's: `python -m infra.check`.

Third-party packages are left out; nothing is found in them.
"""

import tempfile
from typing import Final

from infra.app import build, new_app
from infra.no_warnings import refuse_warnings

_ON_AWS: Final = ("staging", "production")


def main() -> None:
    """Prints what is found; the exit code is not 0 then, since a fault ends the synthesis."""
    for name in _ON_AWS:
        with tempfile.TemporaryDirectory() as folder:
            app = new_app({"environment": name, "vendored": "false"}, folder)
            if not build(app).validated:
                raise SystemExit(f"{name} is held against no rules.")
            refuse_warnings(app.synth())


if __name__ == "__main__":
    main()
