"""A seating plan as its organizer sees it: the plan, how many of its seats are left, and who has which."""

from collections import Counter
from collections.abc import Iterable, Mapping

from admit.catalog.catalog import Catalog
from admit.catalog.seating import SeatCategory, Seating
from admit.errors import NotFound
from admit.model import Shape
from admit.seating.plan import PlanSection, load_plan, load_section
from admit.seating.plan_settings import (
    Focus,
    PlanSettings,
    SeatCategorySettings,
    SectionSettings,
    ZoneSettings,
    described,
)
from admit.seating.rows import RowId, StoredRow, read_rows
from admit.seating.seat import REMOVED, is_removed, kept_for
from admit.store import Table

MOST_BYTES = 4_500_000
"""Of a plan in one answer; Lambda answers 6 MB."""


class SeatCount(Shape):
    id: str
    """Of a category."""
    seats: int
    taken: int
    kept: int
    """For a channel; nobody else gets them."""
    free: int


class SectionSummary(Shape):
    id: str
    title: str
    rows: int
    seats: int
    categories: list[str]


class SeatingView(Shape):
    version: int
    """0 for an event without a plan."""
    plan: PlanSettings | None
    """The plan as it may be sent again; none where it is too large for one answer."""
    section: SectionSettings | None
    """The one that was asked for."""
    sections: list[SectionSummary]
    categories: list[SeatCount]
    """Of the section that was asked for, else of the whole plan."""
    warnings: list[str]


class SeatRow(Shape):
    id: str
    label: str
    seats: int
    free: int
    taken: dict[str, str]
    """Seats that tickets have, with the tickets' ids."""
    kept: dict[str, str]
    """Seats that are kept, with their channels."""
    note: str | None
    """Why, as was said last."""
    changed_at: str | None


class SectionState(Shape):
    id: str
    title: str
    version: int
    """Of the plan."""
    rows: list[SeatRow]


def seating_view(table: Table, catalog: Catalog, section_id: str | None = None) -> SeatingView:
    """Show the plan of an event, or one section of it. Raises NotFound for a section that it lacks."""
    seating = catalog.seating
    if seating is None:
        if section_id is not None:
            raise NotFound("There is no such section.")
        return SeatingView(
            version=0, plan=PlanSettings(version=0), section=None, sections=[], categories=[], warnings=[]
        )
    if section_id is None:
        sections = load_plan(table, catalog.event.id, seating.version)
    else:
        sections = {section_id: load_section(table, catalog.event.id, seating.version, section_id)}
    return SeatingView(
        version=seating.version,
        plan=_plan(seating, sections) if section_id is None else None,
        section=described(sections[section_id]) if section_id is not None else None,
        sections=[SectionSummary(**brief.model_dump(exclude={"box"})) for brief in seating.sections],
        categories=_counts(seating, sections, read_rows(table, catalog.event.id, sections)),
        warnings=warnings(catalog, seating, sections.values()) if section_id is None else [],
    )


def section_state(table: Table, catalog: Catalog, section_id: str) -> SectionState:
    """Show who has the seats of a section. Raises NotFound."""
    if catalog.seating is None:
        raise NotFound("This event has no seating plan.")
    section = load_section(table, catalog.event.id, catalog.seating.version, section_id)
    stored = read_rows(table, catalog.event.id, [section_id])
    rows = []
    for row in section.rows.values():
        found = stored.get(row_id := RowId(section_id, row.id), StoredRow(row_id))
        said = {seat.id: found.said[seat.id] for seat in row.seats if seat.id in found.said}
        kept = {
            seat: REMOVED if is_removed(channel) else channel
            for seat, text in said.items()
            if (channel := kept_for(text)) is not None
        }
        rows.append(
            SeatRow(
                id=row.id,
                label=row.label,
                seats=len(row.seats),
                free=len(row.seats) - len(said),
                taken={seat: text for seat, text in said.items() if seat not in kept},
                kept=kept,
                note=found.note,
                changed_at=found.state.changed_at or None,
            )
        )
    return SectionState(id=section.id, title=section.title, version=catalog.seating.version, rows=rows)


def warnings(catalog: Catalog, seating: Seating, sections: Iterable[PlanSection]) -> list[str]:
    """Say where the limits of tiers and the seats of a plan don't fit together."""
    seats = Counter(seat.category for section in sections for _, seat in section.seats())
    found = [
        f"The category {category.title} has no tiers: nobody can have one of its {seats[category.id]} seats."
        for category in seating.categories
        if not category.tier_ids and seats[category.id]
    ]
    for tier_id in dict.fromkeys(tier_id for one in seating.categories for tier_id in one.tier_ids):
        tier = catalog.tiers.get(tier_id)
        if tier is None:
            continue
        there = sum(seats[category_id] for category_id in seating.categories_of(tier_id))
        if tier.ticket_limit is None:
            found.append(
                f"The tier {tier.title} has no limit; it has {there} seats, so set its limit to that."
            )
        elif tier.ticket_limit > there:
            found.append(
                f"The tier {tier.title} has {there} seats and a limit of {tier.ticket_limit} tickets."
            )
    return found


def _plan(seating: Seating, sections: Mapping[str, PlanSection]) -> PlanSettings | None:
    plan = PlanSettings(
        version=seating.version,
        choice=seating.choice,
        focus=Focus(x=seating.focus.x, y=seating.focus.y),
        categories=[_category(category) for category in seating.categories],
        sections=[described(sections[brief.id]) for brief in seating.sections],
        zones=[ZoneSettings(**dict(zone)) for zone in seating.zones],
    )
    return plan if len(plan.model_dump_json()) <= MOST_BYTES else None


def _category(category: SeatCategory) -> SeatCategorySettings:
    return SeatCategorySettings(**dict(category))


def _counts(
    seating: Seating, sections: Mapping[str, PlanSection], rows: Mapping[RowId, StoredRow]
) -> list[SeatCount]:
    """Count the seats of each category."""
    seats: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for section in sections.values():
        for row in section.rows.values():
            stored = rows.get(RowId(section.id, row.id))
            said = stored.said if stored else {}
            for seat in row.seats:
                seats[seat.category] += 1
                if seat.id in said:
                    (taken if kept_for(said[seat.id]) is None else kept)[seat.category] += 1
    return [
        SeatCount(
            id=category.id,
            seats=(count := seats[category.id]),
            taken=taken[category.id],
            kept=kept[category.id],
            free=count - taken[category.id] - kept[category.id],
        )
        for category in seating.categories
    ]
