"""The audit as a schedule asks for it; deployed as `audit-tasks`.

It signs in nowhere itself: it takes the role of whoever may read and do nothing else.
"""

import os
import time
from collections.abc import Mapping
from typing import Any, Final

from functions.audit.running import Asked, described, run
from functions.audit.settings import Settings
from functions.shared.observability import count, logger, observe_seconds
from functions.shared.tasks import TaskInput, Tasks

# More would make a line of the log, or an answer, too long to be kept whole; all are counted.
_TOLD: Final = 50

settings = Settings.read(os.environ)
tasks = Tasks()


class AuditStores(TaskInput):
    """`at_rest`: nothing may be under way either."""

    at_rest: bool = False


@tasks.task
def audit_stores(request: AuditStores) -> Mapping[str, Any]:
    """Check every promise in all that is stored, count what is broken, and log each.

    Raises botocore's and SQLAlchemy's errors when a store can't be read.
    """
    began = time.monotonic()
    audited = run(settings, Asked(at_rest=request.at_rest))
    told = [described(violation) for violation in audited.violations[:_TOLD]]
    for violation in told:
        logger.error("promise broken", extra={"violation": violation})
    # None is said as well: whoever watches knows then that somebody looked.
    count("audit_violations", len(audited.violations))
    count("audits_total")
    observe_seconds("audit_seconds", time.monotonic() - began)
    return {
        "found": len(audited.violations),
        "violations": told,
        "read": audited.counts,
        "lookedTwiceAt": audited.suspects,
    }


def handler(payload: dict[str, Any], context: Any) -> Mapping[str, Any]:
    return tasks.handler(payload, context)
