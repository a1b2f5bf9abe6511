"""The emulated AWS: MiniStack in this process, mended, on loopback only.

`python -m embedded.emulator --port 4566 [--state FOLDER]`. SIGTERM ends it cleanly: only then does
it write its state down. A test may give it a `--switch FOLDER` (`fault_switch.py`), a measurement a
`--meter FOLDER` (`meter.py`).
"""

import argparse
import asyncio
import contextlib
import os
import resource
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import uvicorn

from embedded import lambda_worker
from embedded.config import ACCOUNT, CREDENTIALS, HOST, REGION

# All that the emulator, and with it every function, may know of the machine it runs on.
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ")


def configure(port: int, state: Path | None, temporary: Path) -> None:
    """Leave only what the emulator may know in this process' environment."""
    tempfile.tempdir = str(temporary)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(
        kept,
        **CREDENTIALS,
        # Functions find nothing of the developer's in their home.
        HOME=str(temporary),
        TMPDIR=str(temporary),
        **settings(port, state),
    )


def settings(port: int, state: Path | None) -> dict[str, str]:
    """What is settled by the emulator's own settings, without a mend."""
    chosen = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        # Never the machine's Docker, should there be one.
        "DOCKER_HOST": "unix:///nonexistent",
    }
    if state is not None:
        chosen |= {
            "PERSIST_STATE": "1",
            "STATE_DIR": str(state / "services"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(state / "objects"),
        }
    return chosen


def obey_switch(folder: Path) -> Callable[[], float]:
    """Have each worker obey a test's switch; the clock that it sets."""
    # Imported for a test only, as in the workers.
    from embedded import fault_switch

    fault_switch.lay(folder)
    os.environ[lambda_worker.TEST_SWITCH] = str(folder)
    return fault_switch.clock(folder)


def count(folder: Path) -> None:
    """Have each worker count what its invocations cost, while it is asked to."""
    from embedded import meter

    meter.lay(folder)
    os.environ[lambda_worker.METER] = str(folder)


class _Server(uvicorn.Server):
    """Stops when we say so: what is in the streams is told first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    port: int, functions_log: Path | None, clock: Callable[[], float], *, mended: bool
) -> None:
    """Serve until SIGTERM or SIGINT. `clock` says which items are expired."""
    # The emulator reads its environment while it is imported, so it is imported after `configure`.
    from ministack.app import app

    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    background: list[asyncio.Task[None]] = []
    if mended:
        from embedded import mends
        from embedded.metrics import emulated

        log = functions_log.open("a", buffering=1) if functions_log else None
        mends.apply(loop, log)
        app = emulated.counting(app)
        background.append(asyncio.create_task(mends.sweep_expired_items(clock)))

    # Upstream's own server takes twice the CPU for a call of DynamoDB.
    server = _Server(
        uvicorn.Config(
            app,
            host=HOST,
            port=port,
            http="httptools",
            lifespan="on",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=75,
            # What is idle is open as well: functions keep their connections.
            timeout_graceful_shutdown=1,
            # Its lines reach our log as all others do.
            log_config=None,
        )
    )

    async def stop() -> None:
        await stopping.wait()
        for task in background:
            task.cancel()
        if mended:
            await mends.drain_streams()
        server.should_exit = True

    stopper = asyncio.create_task(stop())
    await server.serve()
    stopper.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, help="keep the state in this folder")
    parser.add_argument("--functions-log", type=Path)
    parser.add_argument("--temporary", type=Path, default=tempfile.gettempdir())
    parser.add_argument("--live", type=Path, help="a folder for edited code (`live.py`)")
    parser.add_argument("--switch", type=Path, help="a test's folder of faults")
    parser.add_argument("--meter", type=Path, help="a measurement's folder (`meter.py`)")
    parser.add_argument("--unmended", action="store_true", help="as upstream made it, for tests")
    given = parser.parse_args()
    if given.unmended:
        os.environ.update(settings(given.port, given.state))
    else:
        configure(given.port, given.state, given.temporary)
    if given.live:
        os.environ[lambda_worker.LIVE_CODE] = str(given.live)
    if given.meter:
        count(given.meter)
    clock = obey_switch(given.switch) if given.switch else time.time
    # Each connection and each worker takes a few.
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(serve(given.port, given.functions_log, clock, mended=not given.unmended))


if __name__ == "__main__":
    main()
