"""What an organizer sets about check-in lists, gates and zones, and what he sees of them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from admit.catalog.badge import PersonRole
from admit.catalog.catalog import Catalog
from admit.catalog.check_in_list import Again, CheckInList, CheckInListRules
from admit.catalog.event import Title
from admit.catalog.gate import Gate
from admit.catalog.list_rules import rules_in_words
from admit.catalog.question import TierIds
from admit.catalog.zone import MAIN_ZONE, Zone
from admit.clock import Instant
from admit.model import Shape

type PartId = Annotated[str, StringConstraints(max_length=40)]
type CategoryIds = Annotated[list[PartId], Field(max_length=50)]
type SectionIds = Annotated[list[PartId], Field(max_length=50)]
type PersonRoles = Annotated[list[PersonRole], Field(max_length=len(PersonRole))]
type Capacity = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class CheckInListPatch(Shape):
    """The fields of a check-in list; one that is left out stays as it is."""

    title: Title | None = None
    tier_ids: TierIds | None = None
    """Together with those of the categories; both empty: every tier."""
    category_ids: CategoryIds | None = None
    section_ids: SectionIds | None = None
    """Sections of the seating plan; empty: wherever somebody sits, and who has no seat."""
    roles: PersonRoles | None = None
    """Empty: whatever somebody is."""
    starts_at: Instant | None = None
    """From when it admits."""
    ends_at: Instant | None = None
    """Until when it admits; it lets out at any time."""
    again: Again | None = None
    zone_id: PartId | None = None
    """Which zone it admits to."""
    paid_only: bool | None = None
    """Whether tickets that were given out before their order was paid are refused until it is."""


class CheckInListSettings(CheckInListPatch):
    title: Title
    tier_ids: TierIds = []
    category_ids: CategoryIds = []
    section_ids: SectionIds = []
    roles: PersonRoles = []
    again: Again = Again.AFTER_EXIT
    zone_id: PartId = MAIN_ZONE
    paid_only: bool = False


class GatePatch(Shape):
    title: Title | None = None
    capacity: Capacity | None = None
    """How many of those who came in here may be inside at once."""


class GateSettings(GatePatch):
    title: Title


class EventZonePatch(Shape):
    title: Title | None = None
    """Of the zone that is the event as a whole it is the event's own, and can't be changed here."""
    capacity: Capacity | None = None
    """How many may be inside at once."""


class EventZoneSettings(EventZonePatch):
    title: Title


class CheckInListView(CheckInListRules):
    rules: list[str]
    """What it admits, in plain words."""


class GateView(Shape):
    id: str
    title: str
    capacity: int | None


class EventZoneView(Shape):
    id: str
    title: str
    capacity: int | None


def check_in_list_view(catalog: Catalog, rules: CheckInList) -> CheckInListView:
    known = rules.model_dump(include=set(CheckInListView.model_fields))
    return CheckInListView(**known, rules=rules_in_words(catalog, rules))


def gate_view(gate: Gate) -> GateView:
    return GateView(id=gate.id, title=gate.title, capacity=gate.capacity)


def zone_view(zone: Zone) -> EventZoneView:
    return EventZoneView(id=zone.id, title=zone.title, capacity=zone.capacity)
