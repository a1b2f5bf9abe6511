"""Starts the emulated AWS in this process, mended, on loopback only.

`python -m embedded.emulator --port 4566 [--state FOLDER]`; ended cleanly by SIGTERM, at which
it writes its state down.
"""

import argparse
import os
import sys
from pathlib import Path

from embedded.config import ACCOUNT, CREDENTIALS, HOST, REGION


def configure(port: int, state: Path | None) -> None:
    """Set this process' environment to exactly what the emulator may know."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ
    }
    os.environ.clear()
    os.environ.update(
        kept,
        **CREDENTIALS,
        GATEWAY_PORT=str(port),
        BIND_HOST=HOST,
        MINISTACK_HOST=HOST,
        MINISTACK_REGION=REGION,
        MINISTACK_ACCOUNT_ID=ACCOUNT,
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        LAMBDA_EXECUTOR="local",
        # Never the machine's Docker, should there be one.
        DOCKER_HOST="unix:///nonexistent",
    )
    if state is not None:
        os.environ.update(
            PERSIST_STATE="1",
            STATE_DIR=str(state / "services"),
            S3_PERSIST="1",
            S3_DATA_DIR=str(state / "objects"),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path)
    arguments = parser.parse_args()
    configure(arguments.port, arguments.state)
    # Imported late: it reads its environment while it is being imported.
    from ministack.app import main as serve

    sys.argv = ["ministack"]
    serve()


if __name__ == "__main__":
    main()
