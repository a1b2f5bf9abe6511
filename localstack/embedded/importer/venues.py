"""Venues: the same name in the same city is the same venue."""

from embedded.importer.client import Api
from embedded.importer.matching import match
from embedded.importer.outcome import Outcome
from embedded.importer.progress import Bars
from embedded.importer.records import Venue
from embedded.importer.transport import Refused


def import_venues(api: Api, venues: tuple[Venue, ...], bars: Bars) -> Outcome:
    outcome = Outcome("venues")
    pairs = match(
        venues,
        sorted(api.items("/v1/venues"), key=lambda venue: int(venue["venueId"])),
        wanted_key=lambda venue: (venue.name, venue.city),
        found_key=lambda venue: (venue["name"], venue["city"]),
    )
    for venue, existing in bars.each("venues", pairs):
        if existing is not None:
            outcome.ids[venue.venue_id] = existing["venueId"]
            outcome.found += 1
            continue
        body = {"name": venue.name, "city": venue.city, "capacity": venue.capacity}
        try:
            outcome.ids[venue.venue_id] = api.post("/v1/venues", body)["venueId"]
            outcome.created += 1
        except Refused as refusal:
            outcome.refused.append(f"venue {venue.venue_id}: {refusal}")
    return outcome
