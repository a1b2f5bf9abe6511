"""Stacks that are one test's own, one after the other: each takes over what an ended one has left.

Templates take ten seconds to make, and name the port of Postgres. Both pass on together, to the
next stack whose templates say the same.
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from embedded.postgres_home import remove_home
from embedded.settings import Settings
from embedded.stack import RunningStack, running_stack

PASSED_ON: Final = ("ports.json", "cdk.out", "cdk.out.inputs")
_left: dict[tuple[object, ...], list[Path]] = defaultdict(list)


@contextlib.contextmanager
def own_stack(settings: Settings) -> Iterator[RunningStack]:
    """`running_stack`, with nothing left of it afterwards but what the next one takes over."""
    take_over(settings)
    try:
        with running_stack(settings) as started:
            yield started
    finally:
        hand_on(settings)


def take_over(settings: Settings) -> None:
    """Before such a stack is started: nothing, if none like it has ended."""
    if left := _left[_kind(settings)]:
        folder = left.pop()
        settings.state.mkdir(parents=True, exist_ok=True)
        for name in PASSED_ON:
            (folder / name).rename(settings.state / name)


def hand_on(settings: Settings) -> None:
    """Once such a stack has ended, or has not come up."""
    remove_home(settings.state / "postgres")
    if all((settings.state / name).exists() for name in PASSED_ON):
        _left[_kind(settings)].append(settings.state)


def _kind(settings: Settings) -> tuple[object, ...]:
    """What templates say of a stack; should this leave something out, they are made again."""
    return (
        settings.reservation_seconds,
        settings.payment_seconds,
        settings.holds_counted_seconds,
        settings.stripe_api,
    )
