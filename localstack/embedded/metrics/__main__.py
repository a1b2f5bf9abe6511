"""`make metrics`: what the stack that runs here has counted since it started."""

import argparse
import json
import os
import sys
import time
from typing import Final

import httpx
from rich.console import Console
from rich.live import Live

from embedded.metrics.door import PATH
from embedded.metrics.reading import Figures
from embedded.metrics.table import table
from embedded.settings import Settings, read_settings

_WATCH_SECONDS: Final = 2.0


class NotRunningError(Exception):
    """No stack says where it is, or the one that did is gone; the message is one line."""


def stack_url(settings: Settings) -> str:
    """Of the stack that runs on this state folder. Raises NotRunningError."""
    try:
        url: str = json.loads((settings.state / "stack.json").read_text())["url"]
    except FileNotFoundError as error:
        raise NotRunningError(
            f"No stack runs on {settings.state}. Start one with `make up`, or name its"
            " BOXOFFICE_STATE_DIR."
        ) from error
    return url


def figures(url: str) -> Figures:
    """Raises NotRunningError."""
    try:
        answer = httpx.get(url + PATH, timeout=10).raise_for_status()
    except httpx.HTTPError as error:
        raise NotRunningError(f"{url}{PATH} gives no figures: {error}") from error
    return Figures.read(answer.text)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make metrics", description=__doc__)
    parser.add_argument("--watch", action="store_true", help="again and again, until Ctrl-C")
    given = parser.parse_args(arguments)
    # As wide as it needs to be where nobody looks at it.
    console = Console(width=None if sys.stdout.isatty() else 140)
    try:
        url = stack_url(read_settings(os.environ))
        if not given.watch:
            console.print(table(figures(url)))
            return 0
        with Live(table(figures(url)), console=console, screen=True) as live:
            while True:
                time.sleep(_WATCH_SECONDS)
                live.update(table(figures(url)))
    except NotRunningError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
