"""`make localstack-host`: all of Boxoffice on LocalStack, in the foreground, without Docker."""

import os
import sys
from dataclasses import replace

from embedded.settings import Settings, read_settings
from embedded.up import FAILURES, run

from host.localstack import LocalStack


def apart(settings: Settings) -> Settings:
    """The same, in a state folder beside the embedded stack's, and from nothing.

    LocalStack forgets everything when it ends, so what Postgres would remember makes no sense.
    """
    folder = settings.state.with_name(f"{settings.state.name}-localstack")
    return replace(settings, state=folder, is_fresh=True)


def main() -> None:
    try:
        run(apart(read_settings(os.environ)), LocalStack())
    except FAILURES as failure:
        sys.exit(f"Boxoffice: {failure}")


if __name__ == "__main__":
    main()
