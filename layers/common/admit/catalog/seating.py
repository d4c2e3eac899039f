"""How an event is seated: which plan holds, which tiers have which seats, and how seats are given.

The seats themselves are in `seating/plan.py`; this part is in the catalog, which every order reads.
"""

from enum import StrEnum
from math import hypot
from typing import Any, NamedTuple

from admit import keys
from admit.model import Entity
from admit.store import Put


class SeatChoice(StrEnum):
    """How a ticket that is ordered gets its seat."""

    PICK = "pick"
    """The buyer may name seats; who names none gets the best ones."""
    BEST_AVAILABLE = "best_available"
    LATER = "later"
    """Tickets are sold without seats, and the organizer seats them afterwards."""


class SeatCategory(Entity):
    """Seats of one kind, and the tiers whose tickets sit there."""

    id: str
    title: str
    color: str | None = None
    tier_ids: list[str] = []


class Point(Entity):
    x: float
    y: float


class Box(NamedTuple):
    """The smallest upright rectangle around some seats."""

    left: float
    top: float
    right: float
    bottom: float

    def distance(self, point: Point) -> float:
        """Return how far a point is from the nearest place in the box, 0 within it."""
        across = max(self.left - point.x, 0.0, point.x - self.right)
        along = max(self.top - point.y, 0.0, point.y - self.bottom)
        return hypot(across, along)


class SectionBrief(Entity):
    """A section of the plan that holds, in the order in which its seats are given."""

    id: str
    title: str
    rows: int
    seats: int
    categories: list[str] = []
    """Ids of the categories that it has seats of."""
    box: Box | None = None
    """Where it is, so that a search passes over sections that are too far off."""


class Zone(Entity):
    """Where people stand: as many as the limit of its quota says, by the tiers that draw on that quota."""

    id: str
    title: str
    quota_id: str


class Seating(Entity):
    event_id: str
    version: int
    """Of the plan that holds. A version is never changed, so that it can be kept for ever."""
    choice: SeatChoice = SeatChoice.PICK
    categories: list[SeatCategory] = []
    sections: list[SectionBrief] = []
    zones: list[Zone] = []
    focus: Point
    """Where everybody looks: the nearer a seat is to it, the better."""
    revision: int = 1

    def put(self) -> Put:
        return Put(keys.seating(self.event_id), {"kind": "seating", **self.attributes()})

    def attributes(self) -> dict[str, Any]:
        # Numbers are whole everywhere in the table.
        written = super().attributes() | {"focus": {"x": str(self.focus.x), "y": str(self.focus.y)}}
        for brief, section in zip(written["sections"], self.sections, strict=True):
            if section.box:
                brief["box"] = [str(edge) for edge in section.box]
        return written

    def seats_tier(self, tier_id: str) -> bool:
        """Say whether tickets of a tier have seats."""
        return any(tier_id in category.tier_ids for category in self.categories)

    def categories_of(self, tier_id: str) -> frozenset[str]:
        """Return the ids of the categories whose seats a ticket of this tier can have."""
        return frozenset(category.id for category in self.categories if tier_id in category.tier_ids)

    def sections_of(self, tier_id: str) -> list[str]:
        """Return the ids of the sections in which a ticket of this tier can have a seat."""
        wanted = self.categories_of(tier_id)
        return [section.id for section in self.sections if wanted.intersection(section.categories)]
