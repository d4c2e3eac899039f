"""A check-in list: which tickets of an event a device may admit, where to, when and how often."""

from enum import StrEnum

from admit import keys
from admit.catalog.badge import PersonRole
from admit.catalog.zone import MAIN_ZONE
from admit.clock import Instant
from admit.model import Entity, Shape
from admit.store import Put


class Again(StrEnum):
    """When a ticket that was let into a zone is let in again."""

    NEVER = "never"
    AFTER_EXIT = "after_exit"
    NEXT_DAY = "next_day"
    """On another day of the event's time zone, whether or not its holder was seen to leave."""
    ALWAYS = "always"


class CheckInList(Entity):
    id: str
    event_id: str
    title: str
    tier_ids: list[str] = []
    """Together with those of the categories; both empty: every tier."""
    category_ids: list[str] = []
    section_ids: list[str] = []
    """Sections of the seating plan; empty: wherever somebody sits."""
    roles: list[PersonRole] = []
    """Empty: whatever somebody is."""
    starts_at: Instant | None = None
    """From when it admits."""
    ends_at: Instant | None = None
    """Until when it admits; it lets out at any time."""
    again: Again = Again.AFTER_EXIT
    zone_id: str = MAIN_ZONE
    """Which zone it admits to."""
    paid_only: bool = False
    """Whether tickets that were given out before their order was paid are refused until it is."""
    request_hash: str = ""

    def put(self) -> Put:
        return Put(keys.check_in_list(self.event_id, self.id), {"kind": "list", **self.attributes()})


class CheckInListRules(Shape):
    """By which rules a list admits, as its organizer has set them."""

    id: str
    title: str
    tier_ids: list[str]
    category_ids: list[str]
    section_ids: list[str]
    roles: list[PersonRole]
    starts_at: Instant | None
    ends_at: Instant | None
    again: Again
    zone_id: str
    paid_only: bool
