"""Every mend of the emulator (MiniStack 1.5.33), in one place.

Each function says what upstream does wrong and puts it right in this process. They are applied
before the server starts. `localstack/tests/mends/` shows each fault on the unmended emulator
too, so a release that makes a mend unnecessary fails that test: then delete the mend and the test.
Faults we live with instead are listed in `localstack/README.md`.
"""

import asyncio
from typing import TextIO

from embedded.mends.callers import (
    answer_failed_functions_as_the_gateway_would,
    fail_tasks_whose_function_raised,
)
from embedded.mends.expiry import sweep_expired_items
from embedded.mends.expressions import read_each_expression_once
from embedded.mends.forking import fork_workers
from embedded.mends.logs import (
    keep_few_log_streams,
    log_no_addresses,
    turn_log_lines_into_metrics,
    write_function_logs_to,
)
from embedded.mends.saving import save_what_changes_meanwhile
from embedded.mends.streams import (
    drain_streams,
    read_streams_from_their_start_after_a_restart,
    retry_batches_with_failures,
)
from embedded.mends.workers import (
    end_logs_where_they_end,
    name_errors_by_their_class,
    run_our_worker,
)

__all__ = ["apply", "drain_streams", "sweep_expired_items"]


def apply(loop: asyncio.AbstractEventLoop, functions_log: TextIO | None) -> None:
    """Apply every mend. `loop` is the one that will run the requests."""
    run_our_worker()
    fork_workers()
    name_errors_by_their_class()
    end_logs_where_they_end()
    fail_tasks_whose_function_raised()
    answer_failed_functions_as_the_gateway_would()
    read_streams_from_their_start_after_a_restart()
    retry_batches_with_failures()
    save_what_changes_meanwhile()
    read_each_expression_once()
    keep_few_log_streams()
    log_no_addresses()
    turn_log_lines_into_metrics(loop)
    if functions_log is not None:
        write_function_logs_to(functions_log)
