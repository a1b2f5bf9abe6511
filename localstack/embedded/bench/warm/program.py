"""Measures one function's handler in an interpreter of its own: `program.py WISH`, a file of JSON.

Recorded is the last of its events, each of which is carried out once on the running stack. Then the
handler and the bare one are given the same answers by turns, and their CPU is counted.
"""

import cProfile
import importlib
import json
import pstats
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from embedded.bench.warm.wire import Wire
from functions.shared import aws

_ROUNDS: Final = 7
_TIMES: Final = 20
_SHOWN: Final = 10
_SUCCESS: Final = range(200, 300)
# Both make their calls by clients that are made alike.
_CLIENTS: Final[dict[str, Callable[[], Any]]] = {
    "dynamodb": aws.dynamodb,
    "events": aws.eventbridge,
    "lambda": aws.functions,
    "stepfunctions": aws.step_functions,
}


class Context:
    """What Lambda gives beside the event."""

    function_name = "bench"
    memory_limit_in_mb = 1_024
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    aws_request_id = str(uuid4())

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 29_000


def main() -> None:
    wish = json.loads(Path(sys.argv[1]).read_text())
    wire = Wire()
    handler = importlib.import_module(wish["module"]).handler
    # An answer that is kept for a second costs nothing, and is none of what is measured.
    for name in wish["uncached"]:
        importlib.import_module(name).__dict__["CACHED_FOR"] = timedelta(0)
    if "pg8000" in sys.modules:
        wire.hook_postgres()
    *before, event = wish["events"]
    for earlier in before:
        _carry_out(handler, earlier)
    with wire.recording():
        _carry_out(handler, event)

    def shipped() -> None:
        _carry_out(handler, event)

    bare = _bare(wire, wish["database"])
    both: dict[str, Callable[[], None]] = {"shipped": shipped, "bare": bare}
    seconds: dict[str, list[float]] = {name: [] for name in both}
    for _ in range(_ROUNDS):
        for name, do in both.items():
            seconds[name].append(sum(_seconds(wire, do) for _ in range(_TIMES)) / _TIMES)
    found = {
        **{name: min(each) for name, each in seconds.items()},
        "calls": sum(call.of is not None for call in wire.calls),
        "statements": sum(call.of is None for call in wire.calls),
        "profile": _profile(wire, shipped),
    }
    Path(wish["found"]).write_text(json.dumps(found))


def _carry_out(handler: Callable[..., Any], event: Any) -> None:
    answer = handler(event, Context())
    if answer["statusCode"] not in _SUCCESS:
        raise RuntimeError(f"answered {answer['statusCode']}: {answer['body']}")


def _bare(wire: Wire, database: dict[str, Any] | None) -> Callable[[], None]:
    """The same calls, by the same clients and the same driver, and no word about their answers."""
    clients = {call.of: _CLIENTS[call.of]() for call in wire.calls if call.of}
    connection: Any = None
    if database is not None:
        connection = importlib.import_module("pg8000.legacy").Connection(**database)
    steps: list[tuple[Callable[..., Any], Any, Any]] = []
    for call in wire.calls:
        if call.of is None:
            steps.append((getattr(connection, call.how), call.given, call.named))
        else:
            client = clients[call.of]
            methods = {
                operation: name for name, operation in client.meta.method_to_api_mapping.items()
            }
            steps.append((getattr(client, methods[call.how]), (), call.named))

    def bare() -> None:
        for do, given, named in steps:
            answer = do(*given, **named)
            if isinstance(answer, dict) and "Payload" in answer:
                json.loads(answer["Payload"].read())

    return bare


def _seconds(wire: Wire, do: Callable[[], None]) -> float:
    with wire.playing():
        began = time.process_time()
        do()
        return time.process_time() - began


def _profile(wire: Wire, do: Callable[[], None]) -> list[list[Any]]:
    """Where its own time goes: the function, its calls a request, and its share."""
    profiler = cProfile.Profile()
    for _ in range(_TIMES):
        with wire.playing():
            profiler.enable()
            do()
            profiler.disable()
    stats: Any = pstats.Stats(profiler)
    total = stats.total_tt
    own = sorted(stats.stats.items(), key=lambda item: -item[1][2])[:_SHOWN]
    return [
        [_place(where), calls / _TIMES, seconds / total] for where, (_, calls, seconds, _, _) in own
    ]


def _place(where: tuple[str, int, str]) -> str:
    file, _, name = where
    if file == "~":
        return name.strip("<>")
    parts = Path(file).with_suffix("").parts
    begin = (
        max(parts.index(mark) + skip for mark, skip in _MARKS if mark in parts)
        if any(mark in parts for mark, _ in _MARKS)
        else len(parts) - 1
    )
    return f"{'.'.join(parts[begin:])}:{name}"


# From where on a file's path says something.
_MARKS: Final = (("site-packages", 1), ("functions", 0), ("lib", 2), ("embedded", 0))


if __name__ == "__main__":
    main()
