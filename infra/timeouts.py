"""How long a function may run, in seconds, by what it is for. The same in every environment."""

from typing import Final

# API Gateway waits this long and no longer.
API_SECONDS: Final = 29
# A saga's state gives up on a task after 30 s, and must not do so while the task still runs.
TASK_SECONDS: Final = 25
# A payment provider gets 3 s to connect and 10 s to answer, once; its key is fetched before that.
PROVIDER_SECONDS: Final = 15
STREAM_SECONDS: Final = 60
# A pass ends before the next one begins.
RECONCILER_SECONDS: Final = 60
# No function that has to do with customers runs longer.
LONGEST_SECONDS: Final = max(API_SECONDS, TASK_SECONDS, STREAM_SECONDS, RECONCILER_SECONDS)
# It reads everything there is; Lambda runs nothing longer.
AUDIT_SECONDS: Final = 900
# A migration may rewrite a table; Lambda runs nothing longer.
MIGRATION_SECONDS: Final = 900
