"""A zone: a part of an event that people go into and out of, counted by itself; the event is one."""

from admit import keys
from admit.model import Entity
from admit.store import Put

MAIN_ZONE = "event"
"""Id of the zone that is the event as a whole."""


class Zone(Entity):
    id: str
    event_id: str
    title: str
    capacity: int | None = None
    """How many may be inside at once."""
    request_hash: str = ""

    def put(self) -> Put:
        return Put(keys.zone(self.event_id, self.id), {"kind": "zone", **self.attributes()})
