"""Where each item lives. Keys are strings; an event's seats are spread over its sections."""

Key = dict[str, str]


def state_key(event_id: int) -> Key:
    """The summary: small, and read strongly by each RESERVE."""
    return {"PK": f"EVENT#{event_id}", "SK": "SUMMARY"}


def claims_partition(event_id: int, section: str) -> str:
    return f"CLAIMS#{event_id}#{section}"


def claim_key(event_id: int, section: str, seat_id: int) -> Key:
    return {"PK": claims_partition(event_id, section), "SK": str(seat_id)}


def place_of_claim(key: Key) -> tuple[int, str, int] | None:
    """Event, section and seat id of a claim's key; None for any other item."""
    kind, _, place = key["PK"].partition("#")
    if kind != "CLAIMS":
        return None
    event_id, _, section = place.partition("#")
    return int(event_id), section, int(key["SK"])


def record_key(reservation_id: str) -> Key:
    return {"PK": f"RESERVATION#{reservation_id}", "SK": "RECORD"}


def slot_key(event_id: int, user_id: int) -> Key:
    return {"PK": f"SLOT#{event_id}#{user_id}", "SK": "SLOT"}


def map_partition(map_id: str) -> str:
    return f"MAP#{map_id}"


def directory_key(map_id: str) -> Key:
    return {"PK": map_partition(map_id), "SK": "DIRECTORY"}


def chunk_key(map_id: str, section_index: int, chunk: int) -> Key:
    return {"PK": map_partition(map_id), "SK": f"{section_index:04}#{chunk:04}"}


def expired_partition(event_id: int) -> str:
    return f"EXPIRED#{event_id}"
