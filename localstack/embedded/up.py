"""`make up`: the whole of Boxoffice in the foreground, until Ctrl-C or SIGTERM.

Whatever goes wrong is one clear line and exit code 1; being asked to stop is exit code 0.
"""

import os
import sys
import time
from typing import Final

import httpx
from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy.exc import SQLAlchemyError

from embedded.config import is_port_free
from embedded.emulated_aws import EmulatedAws, MiniStack
from embedded.errors import StackError
from embedded.interrupts import Interrupts, Stopped
from embedded.launcher import Launcher
from embedded.settings import Settings, read_settings
from embedded.state import StateError, StateFolder

FAILURES: Final = (StackError, httpx.HTTPError, BotoCoreError, ClientError, SQLAlchemyError)


class PartKilledError(StackError):
    """A part of the stack did not stop when it was asked to."""


def run(settings: Settings, aws: EmulatedAws, new_launcher: type[Launcher] | None = None) -> None:
    """Start, serve and stop one stack. Raises one of FAILURES, with nothing running."""
    interrupts = Interrupts()
    state = StateFolder(settings.state)
    state.open()
    launcher = (new_launcher or Launcher)(settings, state, interrupts, aws)
    try:
        _serve(settings, state, launcher)
    except Stopped:
        print("\nStopping ...", flush=True)
    finally:
        interrupts.ignore()
        killed = launcher.stop()
        state.close()
    if killed:
        raise PartKilledError(
            f"{' and '.join(killed)} did not end in time and had to be killed: what was not yet "
            f"written down is lost. See {state.logs}."
        )
    kept = "its state is kept" if aws.keeps_state else "its next start is from nothing"
    print(f"Boxoffice is stopped; {kept}.", flush=True)


def _serve(settings: Settings, state: StateFolder, launcher: Launcher) -> None:
    began = time.monotonic()
    for name in state.end_leftovers():
        print(f"Ended the {name} that a killed run had left behind.", flush=True)
    if not is_port_free(settings.port):
        raise StateError(f"Port {settings.port} is in use. Set BOXOFFICE_PORT to another one.")
    if settings.is_fresh:
        state.empty()
    launcher.start()
    print(f"Boxoffice is ready at {settings.url}  ({time.monotonic() - began:.1f} s)", flush=True)
    print(f"Logs are in {state.logs}. Ctrl-C stops everything.", flush=True)
    launcher.watch()


def main() -> None:
    try:
        run(read_settings(os.environ), MiniStack())
    except FAILURES as failure:
        sys.exit(f"Boxoffice: {failure}")


if __name__ == "__main__":
    main()
