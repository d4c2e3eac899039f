"""A check-in list: which tickets of an event a device may admit, and by which rules."""

from admit import keys
from admit.model import Entity
from admit.store import Put


class CheckInList(Entity):
    id: str
    event_id: str
    title: str
    tier_ids: list[str] = []
    """Empty: every tier."""
    reentry: bool = True
    """Whether a ticket admits again after an exit."""

    def put(self) -> Put:
        return Put(keys.check_in_list(self.event_id, self.id), {"kind": "list", **self.attributes()})
