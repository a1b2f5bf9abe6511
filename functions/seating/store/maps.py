"""Seat maps in the table, and the ones this Lambda has read already.

A map's items never change once it is published: a new map is new items under a new id. So what
was read stays right for as long as the summary names that id.
"""

from collections import OrderedDict
from collections.abc import Iterable
from itertools import chain

from functions.seating.domain import Seat
from functions.seating.problems import SeatMapMissing
from functions.seating.seat_map import (
    Chunk,
    Directory,
    SectionEntry,
    pack_directory,
    unpack_directory,
    unpack_seats,
)
from functions.seating.store.keys import Key, chunk_key, directory_key, map_partition
from functions.shared.batches import BatchTable

_KEPT_MAPS = 16


class StoredMap:
    """One published map; its chunks are read when first asked for."""

    def __init__(self, table: BatchTable, map_id: str, directory: Directory) -> None:
        self._table = table
        self.map_id = map_id
        self.directory = directory
        self._chunks: dict[tuple[int, int], tuple[Seat, ...]] = {}
        self._sections: dict[str, tuple[Seat, ...]] = {}

    def section(self, name: str) -> SectionEntry | None:
        return next((entry for entry in self.directory.sections if entry.name == name), None)

    def seats_of(self, name: str) -> tuple[Seat, ...]:
        """All seats of a section in plan order; none for a section that is not there."""
        if name not in self._sections:
            for index, entry in enumerate(self.directory.sections):
                if entry.name == name:
                    places = [(index, chunk.number) for chunk in entry.chunks]
                    self._load(places)
                    chunks = (self._chunks[place] for place in places)
                    self._sections[name] = tuple(chain.from_iterable(chunks))
        return self._sections.get(name, ())

    def find(self, seat_ids: Iterable[int]) -> dict[int, Seat]:
        """The seats of these ids that there are, from only the chunks that may have them."""
        wanted = set(seat_ids)
        places = self.directory.places_of(wanted)
        self._load(places)
        return {
            seat.seat_id: seat
            for place in places
            for seat in self._chunks[place]
            if seat.seat_id in wanted
        }

    def _load(self, places: list[tuple[int, int]]) -> None:
        missing = [place for place in places if place not in self._chunks]
        for start in range(0, len(missing), 100):
            keys = {
                _text(chunk_key(self.map_id, *place)): place
                for place in missing[start : start + 100]
            }
            for item in self._table.get_all(
                chunk_key(self.map_id, *place) for place in keys.values()
            ):
                place = keys[_text(item)]
                section = self.directory.section_name(place[0])
                self._chunks[place] = unpack_seats(section, item["body"])
        if any(place not in self._chunks for place in places):
            raise _missing()


class SeatMaps:
    def __init__(self, table: BatchTable) -> None:
        self._table = table
        self._kept: OrderedDict[str, StoredMap] = OrderedDict()

    def read(self, map_id: str) -> StoredMap:
        """Raises SeatMapMissing once the map has been replaced and removed."""
        kept = self._kept.get(map_id)
        if kept is None:
            item = self._table.get(directory_key(map_id))
            if item is None:
                raise _missing()
            kept = self._kept[map_id] = StoredMap(
                self._table, map_id, unpack_directory(item["body"])
            )
            if len(self._kept) > _KEPT_MAPS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(map_id)
        return kept

    def write(self, map_id: str, directory: Directory, chunks: Iterable[Chunk]) -> None:
        """Nobody sees it until the summary names it."""
        self._table.put_all(
            {**chunk_key(map_id, chunk.section, chunk.entry.number), "body": chunk.body}
            for chunk in chunks
        )
        self._table.put_all([{**directory_key(map_id), "body": pack_directory(directory)}])

    def remove(self, map_id: str) -> None:
        self._kept.pop(map_id, None)
        keys = [
            {"PK": item["PK"], "SK": item["SK"]}
            for item in self._table.query(map_partition(map_id), consistent=True)
        ]
        self._table.delete_all(keys)


def _missing() -> SeatMapMissing:
    return SeatMapMissing.retry_after(1, "Ask again for the new one.")


def _text(key: Key) -> str:
    return key["SK"]
