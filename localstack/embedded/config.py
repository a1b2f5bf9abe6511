"""What every part of the embedded stack agrees on: one host, one region, one pretended account."""

import socket
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"

# The emulator accepts any key. These are spelled out so that a developer's own are never used.
CREDENTIALS: Final = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test") | {
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    # A missing file is fine to boto3; the one in the home directory may hold real keys.
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}

REPOSITORY: Final = Path(__file__).resolve().parents[2]
POSTGRES_DOMAINS: Final = ("users", "catalog", "payments")


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_port_free(port: int) -> bool:
    """Whether we could listen on this loopback port now."""
    with socket.socket() as probe:
        # As servers do: a connection of the run before, lingering in TIME_WAIT, is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
