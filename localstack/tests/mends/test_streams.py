"""What expires, and what reads streams."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from embedded.processes import stop

from mends.emulators import Emulator, until
from mends.streamed import put, read_table, reads, records_of, table_with_stream


def test_an_expired_item_is_deleted_within_seconds_and_into_the_stream(
    mended: Emulator, unmended: Emulator
) -> None:
    deleted = {}
    for emulator in (mended, unmended):
        table, stream = table_with_stream(emulator, "expiring")
        dynamodb = emulator.client("dynamodb")
        dynamodb.update_time_to_live(
            TableName=table,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"},
        )
        over, ahead = str(int(time.time()) - 1), str(int(time.time()) + 600)
        for key, ttl in (("over", {"N": over}), ("ahead", {"N": ahead}), ("text", {"S": over})):
            dynamodb.put_item(TableName=table, Item={"id": {"S": key}, "ttl": ttl})

        def removed(emulator: Emulator = emulator, stream: str = stream) -> list[str]:
            return [
                record["dynamodb"]["Keys"]["id"]["S"]
                for record in records_of(emulator, stream)
                if record["eventName"] == "REMOVE"
            ]

        deleted[emulator.mended] = until(removed, 5)
        left = {item["id"]["S"] for item in dynamodb.scan(TableName=table)["Items"]}
        assert left == {"over", "ahead", "text"} - set(deleted[emulator.mended])
    assert deleted == {True: ["over"], False: []}


def test_a_batch_with_a_failure_is_tried_again(mended: Emulator, unmended: Emulator) -> None:
    tried_again = {}
    for emulator in (mended, unmended):
        put(emulator, read_table(emulator, "poisoned"), "poison")
        tried_again[emulator.mended] = until(partial(is_read_twice, emulator), 6)
    assert tried_again == {True: True, False: False}


def is_read_twice(emulator: Emulator) -> bool:
    return reads(emulator) >= 2


@pytest.mark.parametrize("is_mended", [True, False])
def test_a_stream_is_read_from_its_first_record_after_a_restart(
    tmp_path: Path, starts: Callable[..., Emulator], *, is_mended: bool
) -> None:
    emulator = starts(tmp_path, mended=is_mended)
    table = read_table(emulator, "restarted")
    for key in ("one", "two", "three"):
        put(emulator, table, key)
    assert until(lambda: reads(emulator) == 3)
    stop(emulator.process)

    again = starts(tmp_path, mended=is_mended)
    put(again, table, "four")
    assert until(lambda: reads(again) == 4, 8 if is_mended else 3) == is_mended
