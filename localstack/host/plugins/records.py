"""The mend of what moto's streams say: an image that there is none of is left out."""

from typing import Any

from moto.dynamodb.models.table import StreamRecord


def leave_out_images_there_are_none_of() -> None:
    """Upstream gives a new item an empty old image, and a deleted one an empty new one.

    A function that asks whether there was an item before finds one on which it fails, and the
    stream goes no further.
    """
    upstream = StreamRecord.__init__

    def make(record: Any, *given: Any, **named: Any) -> None:
        upstream(record, *given, **named)
        told = record.record["dynamodb"]
        for image in ("OldImage", "NewImage"):
            if told.get(image) == {}:
                del told[image]

    StreamRecord.__init__ = make
