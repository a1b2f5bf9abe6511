"""A table of which many items are read and written at once, with no promise about all of them.

Apart from `dynamodb.py`, because it takes rights that only some functions have.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from functions.shared.dynamodb import Table
from functions.shared.marshalling import marshal, unmarshal
from functions.shared.patience import LeftOver

_BATCH: Final = 25  # BatchWriteItem takes so many items a call.


class BatchTable(Table):
    def get_all(self, keys: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
        """The items of up to 100 keys that are there, read strongly, in no order."""
        pending: Any = {self.name: {"Keys": [marshal(key) for key in keys]}}
        found: list[dict[str, Any]] = []

        def read() -> bool:
            nonlocal pending
            pending[self.name]["ConsistentRead"] = True
            answer = self.client.batch_get_item(RequestItems=pending)
            found.extend(unmarshal(item) for item in answer["Responses"].get(self.name, []))
            pending = answer.get("UnprocessedKeys")
            return not pending

        if pending[self.name]["Keys"]:
            self._run_until_done(read)
        return found

    def put_all(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Write many items, one by one as far as others can see."""
        self._write_all({"PutRequest": {"Item": marshal(item)}} for item in items)

    def delete_all(self, keys: Iterable[Mapping[str, str]]) -> None:
        self._write_all({"DeleteRequest": {"Key": marshal(key)}} for key in keys)

    def _write_all(self, requests: Iterable[dict[str, Any]]) -> None:
        queue = list(requests)
        for start in range(0, len(queue), _BATCH):
            pending: Any = {self.name: queue[start : start + _BATCH]}

            def write() -> bool:
                nonlocal pending
                answer = self.client.batch_write_item(RequestItems=pending)
                pending = answer.get("UnprocessedItems")
                return not pending

            self._run_until_done(write)

    def _run_until_done(self, batch: Callable[[], bool]) -> None:
        """Repeat a batch for what the table left over, as patiently as for throttling."""

        def run() -> None:
            if not batch():
                raise LeftOver

        self.run(run)
