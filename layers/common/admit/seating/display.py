"""The house as everybody may see it: where each seat is, whether it can be had, and what has changed since.

Whose a seat is, and for whom it is kept, is never told.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from admit.catalog.catalog import Catalog
from admit.catalog.page import listed_tiers, shown
from admit.catalog.seating import Point, SeatChoice, Seating, Zone
from admit.clock import stamp
from admit.errors import NotFound
from admit.model import Shape
from admit.seating.ground import RowGround, SectionGround, places_of
from admit.seating.maps import Rows, SeatMaps
from admit.seating.plan import PlanSeat, SeatKind
from admit.seating.seat import RowState, kept_for

_MOST_BYTES = 5_500_000
"""Of a map, its quotes escaped; Lambda answers 6 MB."""
_OVERLAP = timedelta(minutes=1)
"""Rows that changed so shortly before are told again: the clocks of those who write them differ."""


class SeatState(StrEnum):
    FREE = "free"
    TAKEN = "taken"
    BLOCKED = "blocked"
    """Kept for others."""


_LETTERS = {SeatState.FREE: "f", SeatState.TAKEN: "t", SeatState.BLOCKED: "b"}


class MapSeat(Shape):
    """A seat of the plan. What is as usual is left out."""

    id: str
    """Within its row: `section-row-seat` is what an order asks for."""
    label: str | None = None
    """Left out where it is the id."""
    x: float
    y: float
    category: str | None = None
    """Left out where it is the one of the row."""
    state: SeatState = SeatState.FREE
    kind: SeatKind = SeatKind.STANDARD
    companion_of: str | None = None
    """Id, in full, of the accessible seat beside it."""
    restricted: str | None = None
    """What hinders the view."""
    gap_before: bool = False
    """Whether an aisle parts it from the seat before it."""


class MapRow(Shape):
    id: str
    label: str
    category: str
    """Of the seats that name no other."""
    seats: list[MapSeat]
    """From one end to the other."""


class MapSection(Shape):
    id: str
    title: str
    rows: list[MapRow] | None
    """None where all sections are too large for one answer: ask for each with `section`."""


class MapCategory(Shape):
    id: str
    title: str | None
    """None where the event page shows no tier of it."""
    color: str | None
    tier_ids: list[str]
    """The tiers of the event page whose tickets sit there."""


class MapZone(Shape):
    """Where people stand."""

    id: str
    title: str
    tier_ids: list[str]
    available: int | None
    """How many have room, if the event shows what is available."""


class SeatMap(Shape):
    version: str | None
    """What `since` asks changes after; none while nothing was ever said of a seat."""
    plan: int
    """Version of the plan: where it is another, seats, rows and sections may be."""
    choice: SeatChoice
    focus: Point
    categories: list[MapCategory]
    zones: list[MapZone]
    sections: list[MapSection]


class SeatStates(Shape):
    """The states of rows: one letter a seat from one end to the other, f free, t taken, b blocked."""

    version: str | None
    plan: int
    """Version of the plan; where it is not the one of the map, read the map again."""
    since: str | None
    """After which version these changes are; none: of all other rows every seat is free."""
    rows: dict[str, str]
    """By `section-row`. A row comes whole, and it may come though it has not changed."""


def seat_map(catalog: Catalog, maps: SeatMaps, left: Mapping[str, int], section_id: str | None = None) -> str:
    """Write the `SeatMap` of an event as JSON, with all sections or one.

    `left` is what the stocks that can run out hold. 60,000 seats are 3 to 5 MB as Lambda answers them, put
    together of texts that are kept with the plan. Raises NotFound without a plan or such a section, and for a
    draft.
    """
    seating = _seating(catalog)
    tiers = listed_tiers(catalog)
    grounds, states = _read(maps, seating, section_id)
    without_sections = SeatMap(
        version=_latest(states.values()),
        plan=seating.version,
        choice=seating.choice,
        focus=seating.focus,
        categories=[
            MapCategory(
                id=category.id,
                title=category.title if tiers.intersection(category.tier_ids) else None,
                color=category.color,
                tier_ids=[tier_id for tier_id in category.tier_ids if tier_id in tiers],
            )
            for category in seating.categories
        ],
        zones=[_zone(catalog, zone, tiers, left) for zone in seating.zones],
        sections=[],
    )
    sections = [_section(ground, states[ground.id]) for ground in grounds.values()]
    if section_id is None and sum(map(_answered_size, sections)) > _MOST_BYTES:
        briefs = [MapSection(id=ground.id, title=ground.plan.title, rows=None) for ground in grounds.values()]
        return without_sections.model_copy(update={"sections": briefs}).model_dump_json()
    return _filled(without_sections, sections)


def seat_states(catalog: Catalog, maps: SeatMaps, since: datetime | None = None) -> SeatStates:
    """Tell the states of the seats of an event, or of the rows that have changed since a version.

    Raises NotFound without a plan, and for a draft.
    """
    seating = _seating(catalog)
    grounds, states = _read(maps, seating)
    after = stamp(since - _OVERLAP) if since else None
    rows: dict[str, str] = {}
    for ground in grounds.values():
        for row_id, state in states[ground.id].items():
            row = ground.rows.get(row_id)
            if row is not None and (after is None or state.changed_at > after):
                letters = _letters(row, state)
                if after is not None or letters.strip(_LETTERS[SeatState.FREE]):
                    rows[f"{ground.id}-{row_id}"] = letters
    return SeatStates(
        version=_latest(states.values()),
        plan=seating.version,
        since=stamp(since) if since else None,
        rows=rows,
    )


def _seating(catalog: Catalog) -> Seating:
    shown(catalog)
    if catalog.seating is None:
        raise NotFound("This event has no numbered seats.")
    return catalog.seating


def _read(
    maps: SeatMaps, seating: Seating, section_id: str | None = None
) -> tuple[dict[str, SectionGround], dict[str, Rows]]:
    sections = [section.id for section in seating.sections if section_id in (None, section.id)]
    if section_id is not None and not sections:
        raise NotFound("There is no such section.")
    grounds = maps.grounds(seating.event_id, seating.version, sections)
    return grounds, maps.states_of(seating.event_id, sections)


def _latest(sections: Iterable[Rows]) -> str | None:
    return max((state.changed_at for rows in sections for state in rows.values()), default=None)


def _zone(catalog: Catalog, zone: Zone, tiers: set[str], left: Mapping[str, int]) -> MapZone:
    standing = [
        tier
        for _, of_category in catalog.in_order()
        for tier in of_category
        if tier.id in tiers and zone.quota_id in tier.quotas
    ]
    room = [0 if tier.waited_for else catalog.remaining(tier, left) or 0 for tier in standing]
    return MapZone(
        id=zone.id,
        title=zone.title,
        tier_ids=[tier.id for tier in standing],
        available=max(room, default=0) if catalog.event.show_available else None,
    )


def _answered_size(text: str) -> int:
    """Return how many bytes a text is within the JSON of an answer."""
    return len(text.encode()) + text.count('"')


def _section(ground: SectionGround, rows: Rows) -> str:
    without_rows = MapSection(id=ground.id, title=ground.plan.title, rows=[])
    return _filled(without_rows, (_row(row, rows.get(row_id)) for row_id, row in ground.rows.items()))


def _row(row: RowGround, state: RowState | None) -> str:
    seats = row.row.seats
    usual = Counter(seat.category for seat in seats).most_common(1)[0][0]
    if not row.drawn:
        row.drawn = [_seat(seat, usual) for seat in seats]
    without_seats = MapRow(id=row.row.id, label=row.row.label, category=usual, seats=[])
    if state is None:
        return _filled(without_seats, row.drawn)
    said = state.said
    drawn = [
        f'{text[:-1]},"state":"{_state(said[seat.id])}"}}' if seat.id in said else text
        for text, seat in zip(row.drawn, seats, strict=True)
    ]
    return _filled(without_seats, drawn)


def _seat(seat: PlanSeat, usual: str) -> str:
    drawn = MapSeat(
        id=seat.id,
        label=seat.label if seat.label != seat.id else None,
        x=seat.x,
        y=seat.y,
        category=seat.category if seat.category != usual else None,
        kind=seat.kind,
        companion_of=seat.companion_of,
        restricted=seat.restricted,
        gap_before=seat.gap_before,
    )
    return drawn.model_dump_json(exclude_defaults=True)


def _filled(without: Shape, parts: Iterable[str]) -> str:
    """Write a shape as JSON whose last field is an empty list, with these texts as its elements."""
    return f"{without.model_dump_json().removesuffix('[]}')}[{','.join(parts)}]}}"


def _state(said: str | None) -> SeatState:
    if said is None:
        return SeatState.FREE
    return SeatState.TAKEN if kept_for(said) is None else SeatState.BLOCKED


def _letters(row: RowGround, state: RowState) -> str:
    letters = [_LETTERS[SeatState.FREE]] * row.size
    for seat, said in state.said.items():
        for place in places_of(row.bits.get(seat, 0)):
            letters[place] = _LETTERS[_state(said)]
    return "".join(letters)
