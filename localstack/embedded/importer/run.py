"""The import from end to end: each step builds on the ids of the one before."""

import time
from datetime import datetime

from embedded.importer.client import Api
from embedded.importer.dataset import DataSet
from embedded.importer.events import import_events
from embedded.importer.orders import Buyers, replay_orders
from embedded.importer.progress import Bars
from embedded.importer.report import Result
from embedded.importer.seat_maps import import_seat_maps
from embedded.importer.users import import_users
from embedded.importer.venues import import_venues


def run_import(api: Api, data: DataSet, now: datetime, bars: Bars) -> Result:
    """Make what is missing.

    Raises ImportStopped; what was made by then is found by the next run.
    """
    started = time.monotonic()
    api.sign_in()
    venues = import_venues(api, data.venues, bars)
    events, shift = import_events(api, data.events, venues.ids, now, bars)
    seat_maps = import_seat_maps(api, data, events.ids, bars)
    users = import_users(api, data.users, bars)
    orders, mismatches = replay_orders(api, data, Buyers(seat_maps.ids, users.ids), bars)
    return Result(
        url=api.url,
        shift=shift,
        outcomes=[venues, events, seat_maps, users, orders],
        mismatches=mismatches,
        seconds=time.monotonic() - started,
    )
