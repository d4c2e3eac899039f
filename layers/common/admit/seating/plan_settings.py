"""What an organizer says of a seating plan, and the plan that this makes.

What is answered of a plan is what may be sent again: `described(drawn(settings))` says the same.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import hypot
from statistics import median_low
from typing import Annotated, Any, NamedTuple

from pydantic import Field, StringConstraints, model_validator

from admit.catalog.catalog import Catalog
from admit.catalog.event import Title
from admit.catalog.seating import Point, SeatCategory, SeatChoice, Seating, SectionBrief, Zone
from admit.errors import Fault, Invalid
from admit.model import ONE_LINE, Shape
from admit.seating.ground import box_of
from admit.seating.plan import MOST_PACKED_BYTES, PlanRow, PlanSeat, PlanSection, SeatKind, packed
from admit.seating.seat import SeatId

MOST_SEATS = 100_000
MOST_OF_A_SECTION = 20_000
"""So that its map fits into one answer."""
MOST_OF_A_ROW = 200
_MOST_FAULTS = 50
_LARGEST_STEP = 100
_AISLE = 1.7
"""How many times the usual distance of a row's seats parts two of them."""

type SeatPartId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,20}$")]
type SeatLabel = Annotated[str, StringConstraints(max_length=30), ONE_LINE]
type SeatNote = Annotated[str, StringConstraints(min_length=1, max_length=120), ONE_LINE]
type PlanCoordinate = Annotated[float, Field(ge=-1_000_000, le=1_000_000, allow_inf_nan=False)]
"""In units of the organizer's own, with two decimals at most; y grows away from the stage."""


def _unless(default: Any) -> Any:
    """Return a field that is written only where it says something else."""
    return Field(default, exclude_if=lambda value: value == default)


_UNSAID: Any = _unless(None)


_OF_A_LINE = {"count", "first", "step", "x", "y", "dx", "dy", "gaps_after"}


class SeatSettings(Shape):
    id: SeatPartId
    label: SeatLabel | None = _UNSAID
    """Left out: its id."""
    x: PlanCoordinate
    y: PlanCoordinate
    category: SeatPartId | None = _UNSAID
    """Left out: that of its row."""
    kind: SeatKind | None = _UNSAID
    companion_of: Annotated[str, StringConstraints(max_length=62)] | None = _UNSAID
    """Id of the accessible seat beside it in its row, in full or within the row."""
    restricted: SeatNote | None = _UNSAID
    """What hinders the view."""
    gap_before: bool | None = _UNSAID
    """Left out: an aisle is where the distance is more than 1.7 times the row's usual one."""


class RowSettings(Shape):
    """A row: its seats one by one from one end to the other, or `count` numbered ones along a line."""

    id: SeatPartId
    label: SeatLabel | None = _UNSAID
    """Left out: its id."""
    category: SeatPartId | None = _UNSAID
    """Left out: that of its section."""
    seats: Annotated[list[SeatSettings], Field(min_length=1, max_length=MOST_OF_A_ROW)] | None = _UNSAID
    count: Annotated[int, Field(ge=1, le=MOST_OF_A_ROW, strict=True)] | None = _UNSAID
    first: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] = _unless(1)
    """Number of the first seat, which is its id."""
    step: Annotated[int, Field(ge=-_LARGEST_STEP, le=_LARGEST_STEP, strict=True)] = _unless(1)
    """From one seat's number to the next one's."""
    x: PlanCoordinate | None = _UNSAID
    y: PlanCoordinate | None = _UNSAID
    dx: PlanCoordinate = _unless(1)
    dy: PlanCoordinate = _unless(0)
    gaps_after: Annotated[list[SeatPartId], Field(max_length=MOST_OF_A_ROW)] = Field(
        default_factory=list, exclude_if=lambda ids: not ids
    )
    """Ids of the seats after which there is an aisle."""

    @model_validator(mode="after")
    def _one_form(self) -> "RowSettings":
        if self.seats is not None:
            if mixed := self.model_fields_set & _OF_A_LINE:
                raise ValueError(f"has seats and {min(mixed)}; give the seats one by one or a count of them")
            return self
        if self.count is None:
            raise ValueError("has neither seats nor a count of them")
        if self.x is None or self.y is None:
            raise ValueError("has no x and y; say where its first seat is")
        if self.step == 0 or self.first + (self.count - 1) * self.step < 0:
            raise ValueError(
                "must count to numbers that are all different and not below 0; mend first or step"
            )
        return self


class SectionSettings(Shape):
    id: SeatPartId
    title: Title
    category: SeatPartId | None = _UNSAID
    rows: Annotated[list[RowSettings], Field(min_length=1, max_length=500)]


class SeatCategorySettings(Shape):
    id: SeatPartId
    title: Title
    color: Annotated[str, StringConstraints(max_length=30), ONE_LINE] | None = None
    tier_ids: Annotated[list[Annotated[str, StringConstraints(max_length=40)]], Field(max_length=100)] = []
    """Without any its seats are sold by nobody."""


class ZoneSettings(Shape):
    id: SeatPartId
    title: Title
    quota_id: Annotated[str, StringConstraints(max_length=40)]


class Focus(Shape):
    x: PlanCoordinate
    y: PlanCoordinate


class PlanSettings(Shape):
    """A plan as a whole; what it does not name is no longer there."""

    version: int | None = None
    """The version that the sender has read, 0 for none; with another one meanwhile it is refused."""
    choice: SeatChoice = SeatChoice.PICK
    focus: Focus | None = None
    """Where everybody looks. Left out: the middle of the plan's upper edge, where the stage is."""
    categories: Annotated[list[SeatCategorySettings], Field(max_length=50)] = []
    sections: Annotated[list[SectionSettings], Field(max_length=200)] = []
    zones: Annotated[list[ZoneSettings], Field(max_length=50)] = []


class Drawn(NamedTuple):
    """A plan that is right in itself."""

    seating: Seating
    """Of a version yet to come."""
    sections: dict[str, PlanSection]


class _Faults:
    """Gathers what is wrong, as much as somebody reads."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, field: str, message: str) -> None:
        if len(self.found) < _MOST_FAULTS:
            self.found.append(Fault(field, message))

    def twice(self, ids: Iterable[str], field: str) -> None:
        """Say which of these ids stands there again; `field` has a place for its number."""
        for at, identifier in _repeated(ids):
            self.add(field.format(at), f"{identifier} stands there twice; give each its own")


def _repeated(ids: Iterable[str]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for at, identifier in enumerate(ids):
        if identifier in seen:
            yield at, identifier
        seen.add(identifier)


# --- from settings to a plan ------------------------------------------------------------------------------


def drawn(catalog: Catalog, settings: PlanSettings) -> Drawn:
    """Draw the plan that settings describe. Raises Invalid, with each field at fault and what to do."""
    faults = _Faults()
    faults.twice((category.id for category in settings.categories), "categories[{}].id")
    faults.twice((section.id for section in settings.sections), "sections[{}].id")
    faults.twice((zone.id for zone in settings.zones), "zones[{}].id")
    _check_zones(catalog, settings, faults)
    _check_tiers(catalog, settings, faults)
    _check_lists(catalog, settings, faults)
    known = {category.id for category in settings.categories}
    sections = {}
    for at, section in enumerate(settings.sections):
        sections[section.id] = _section(section, f"sections[{at}]", known, faults)
        if sum(len(row.seats) for row in sections[section.id].rows.values()) > MOST_OF_A_SECTION:
            message = f"has more than {MOST_OF_A_SECTION} seats; make several sections of it"
            faults.add(f"sections[{at}]", message)
    if sum(len(row.seats) for section in sections.values() for row in section.rows.values()) > MOST_SEATS:
        faults.add("sections", f"have more than {MOST_SEATS} seats in all")
    if not faults.found:
        for at, drawn_section in enumerate(sections.values()):
            if len(packed(drawn_section)) > MOST_PACKED_BYTES:
                faults.add(f"sections[{at}]", "is too large to be kept in one piece; make two of it")
    if faults.found:
        raise Invalid(faults=faults.found)
    return Drawn(_seating(catalog.event.id, settings, sections), sections)


def _check_zones(catalog: Catalog, settings: PlanSettings, faults: _Faults) -> None:
    for at, zone in enumerate(settings.zones):
        if zone.quota_id not in catalog.quotas:
            faults.add(f"zones[{at}].quota_id", "is no quota of this event")
    for at, quota_id in _repeated(zone.quota_id for zone in settings.zones):
        faults.add(f"zones[{at}].quota_id", f"{quota_id} is another zone's; give each zone its own quota")


def _check_tiers(catalog: Catalog, settings: PlanSettings, faults: _Faults) -> None:
    standing = {zone.quota_id: zone.title for zone in settings.zones}
    for at, category in enumerate(settings.categories):
        for number, tier_id in enumerate(category.tier_ids):
            field = f"categories[{at}].tier_ids[{number}]"
            tier = catalog.tiers.get(tier_id)
            if tier is None:
                faults.add(field, "is no tier of this event")
                continue
            if tier.add_on_of:
                faults.add(field, "is an add-on, which has no seat; its main ticket has")
            if zones := [standing[quota_id] for quota_id in tier.quotas if quota_id in standing]:
                faults.add(field, f"draws on the quota of the zone {zones[0]}: a ticket has a seat or stands")
        faults.twice(category.tier_ids, f"categories[{at}].tier_ids[{{}}]")


def _check_lists(catalog: Catalog, settings: PlanSettings, faults: _Faults) -> None:
    known = {section.id for section in settings.sections}
    for rules in catalog.lists.values():
        if gone := [section_id for section_id in rules.section_ids if section_id not in known]:
            faults.add("sections", f"lack {', '.join(gone)}, which the check-in list {rules.title} names")


def _section(section: SectionSettings, field: str, known: set[str], faults: _Faults) -> PlanSection:
    faults.twice((row.id for row in section.rows), f"{field}.rows[{{}}].id")
    rows = {}
    for at, row in enumerate(section.rows):
        of_row = f"{field}.rows[{at}]"
        seats = _seats(section, row, of_row, faults)
        default = row.category or section.category
        for number, seat in enumerate(seats):
            of_seat = f"{of_row}.seats[{number}]" if row.seats else of_row
            category = seat.category or default
            if category is None:
                faults.add(f"{of_seat}.category", "is missing; say it of the seat, its row or its section")
            elif category not in known:
                faults.add(f"{of_seat}.category", f"{category} is none of the categories; define it there")
            else:
                continue
            if row.seats is None or seat.category is None:
                break
        rows[row.id] = _row(section, row, seats, of_row, faults)
    return PlanSection(section.id, section.title, rows)


def _seats(section: SectionSettings, row: RowSettings, field: str, faults: _Faults) -> list[SeatSettings]:
    """Give the seats of a row one by one, whichever way they are described."""
    if row.seats is not None:
        faults.twice((seat.id for seat in row.seats), f"{field}.seats[{{}}].id")
        return row.seats
    ids = [str(row.first + at * row.step) for at in range(row.count or 0)]
    for at, seat_id in enumerate(row.gaps_after):
        if seat_id not in ids:
            faults.add(f"{field}.gaps_after[{at}]", f"{seat_id} is no seat of this row")
    aisles = set(row.gaps_after)
    return [
        SeatSettings.model_construct(
            id=seat_id,
            x=(row.x or 0) + at * row.dx,
            y=(row.y or 0) + at * row.dy,
            gap_before=at > 0 and ids[at - 1] in aisles,
        )
        for at, seat_id in enumerate(ids)
    ]


def _row(
    section: SectionSettings, row: RowSettings, seats: Sequence[SeatSettings], field: str, faults: _Faults
) -> PlanRow:
    default = row.category or section.category or ""
    aisles = _aisles([(seat.x, seat.y) for seat in seats])
    made = tuple(
        PlanSeat(
            id=seat.id,
            label=seat.id if seat.label is None else seat.label,
            x=_two_decimals(seat.x),
            y=_two_decimals(seat.y),
            category=seat.category or default,
            kind=seat.kind or (SeatKind.COMPANION if seat.companion_of else SeatKind.STANDARD),
            companion_of=_in_full(section.id, row.id, seat.companion_of),
            restricted=seat.restricted,
            gap_before=at > 0 and (at in aisles if seat.gap_before is None else seat.gap_before),
        )
        for at, seat in enumerate(seats)
    )
    _check_companions(section.id, row.id, made, field, faults)
    return PlanRow(row.id, row.id if row.label is None else row.label, made)


def _in_full(section_id: str, row_id: str, seat_id: str | None) -> str | None:
    if seat_id is None or "-" in seat_id:
        return seat_id
    return str(SeatId(section_id, row_id, seat_id))


def _check_companions(
    section_id: str, row_id: str, seats: Sequence[PlanSeat], field: str, faults: _Faults
) -> None:
    numbers = {str(SeatId(section_id, row_id, seat.id)): at for at, seat in enumerate(seats)}
    for at, seat in enumerate(seats):
        of_seat = f"{field}.seats[{at}]"
        if seat.companion_of is None:
            if seat.kind is SeatKind.COMPANION:
                faults.add(f"{of_seat}.companion_of", "is missing; name the accessible seat beside it")
            continue
        if seat.kind is not SeatKind.COMPANION:
            faults.add(
                f"{of_seat}.kind", "must be companion for a seat with companion_of; leave one of them out"
            )
        other = numbers.get(seat.companion_of)
        if other is None or seats[other].kind is not SeatKind.ACCESSIBLE:
            faults.add(f"{of_seat}.companion_of", f"{seat.companion_of} is no accessible seat of this row")
            continue
        first, last = sorted((at, other))
        between = (seats[number].companion_of for number in range(first + 1, last))
        aisle = any(seats[number].gap_before for number in range(first + 1, last + 1))
        if aisle or any(companion != seat.companion_of for companion in between):
            message = "is not next to it; only its companions, and no aisle, may be between them"
            faults.add(f"{of_seat}.companion_of", f"{seat.companion_of} {message}")


def _aisles(points: Sequence[tuple[float, float]]) -> set[int]:
    """Return the numbers of the seats that stand far from the one before them."""
    distances = [hypot(bx - ax, by - ay) for (ax, ay), (bx, by) in pairwise(points)]
    usual = median_low(distances) if distances else 0
    return {at for at, distance in enumerate(distances, 1) if usual and distance > _AISLE * usual}


def _two_decimals(coordinate: float) -> float:
    return round(coordinate * 100) / 100


def _seating(event_id: str, settings: PlanSettings, sections: Mapping[str, PlanSection]) -> Seating:
    return Seating(
        event_id=event_id,
        version=0,
        choice=settings.choice,
        categories=[SeatCategory(**dict(category)) for category in settings.categories],
        sections=[_brief(section) for section in sections.values()],
        zones=[Zone(**dict(zone)) for zone in settings.zones],
        focus=_focus(settings.focus, sections),
    )


def _brief(section: PlanSection) -> SectionBrief:
    return SectionBrief(
        id=section.id,
        title=section.title,
        rows=len(section.rows),
        seats=sum(len(row.seats) for row in section.rows.values()),
        categories=sorted({seat.category for _, seat in section.seats()}),
        box=box_of([seat for _, seat in section.seats()]),
    )


def _focus(given: Focus | None, sections: Mapping[str, PlanSection]) -> Point:
    if given is not None:
        return Point(x=_two_decimals(given.x), y=_two_decimals(given.y))
    seats = [seat for section in sections.values() for _, seat in section.seats()]
    if not seats:
        return Point(x=0, y=0)
    xs = [seat.x for seat in seats]
    return Point(x=_two_decimals((min(xs) + max(xs)) / 2), y=min(seat.y for seat in seats))


# --- from a plan to settings ------------------------------------------------------------------------------


def described(section: PlanSection) -> SectionSettings:
    """Describe a section as shortly as it can be sent again."""
    rows = [_described_row(row) for row in section.rows.values()]
    return SectionSettings.model_construct(
        _fields_set={"id", "title", "rows"}, id=section.id, title=section.title, rows=rows
    )


def _described_row(row: PlanRow) -> RowSettings:
    category = Counter(seat.category for seat in row.seats).most_common(1)[0][0]
    said: dict[str, Any] = {"id": row.id, "category": category}
    if row.label != row.id:
        said["label"] = row.label
    said |= _along_a_line(row) or {"seats": _one_by_one(row, category)}
    return RowSettings.model_construct(_fields_set=set(said), **said)


def _along_a_line(row: PlanRow) -> dict[str, Any] | None:
    """Describe a row as numbered seats in a line, None if it is not that."""
    first, last, steps = row.seats[0], row.seats[-1], max(len(row.seats) - 1, 1)
    if not all(_plain(seat) for seat in row.seats) or len({seat.category for seat in row.seats}) > 1:
        return None
    start = int(first.id)
    line = {
        "count": len(row.seats),
        "first": start,
        "step": (int(row.seats[1].id) - start if len(row.seats) > 1 else 1),
        "x": first.x,
        "y": first.y,
        "dx": round((last.x - first.x) / steps, 6),
        "dy": round((last.y - first.y) / steps, 6),
    }
    if not 0 < abs(line["step"]) <= _LARGEST_STEP:
        return None
    for at, seat in enumerate(row.seats):
        there = (_two_decimals(first.x + at * line["dx"]), _two_decimals(first.y + at * line["dy"]))
        if seat.id != str(start + at * line["step"]) or (seat.x, seat.y) != there:
            return None
    aisles = [before.id for before, seat in pairwise(row.seats) if seat.gap_before]
    return line | ({"gaps_after": aisles} if aisles else {})


def _plain(seat: PlanSeat) -> bool:
    """Say whether nothing is said of a seat but its number and its place."""
    number = seat.id.isdigit() and str(int(seat.id)) == seat.id and len(seat.id) <= 6
    return number and seat.label == seat.id and seat.kind is SeatKind.STANDARD and not seat.restricted


def _one_by_one(row: PlanRow, category: str) -> list[SeatSettings]:
    aisles = _aisles([(seat.x, seat.y) for seat in row.seats])
    return [_described_seat(seat, at, category, aisles) for at, seat in enumerate(row.seats)]


def _described_seat(seat: PlanSeat, at: int, category: str, aisles: set[int]) -> SeatSettings:
    said: dict[str, Any] = {"id": seat.id, "x": seat.x, "y": seat.y}
    if seat.label != seat.id:
        said["label"] = seat.label
    if seat.category != category:
        said["category"] = seat.category
    if seat.kind is not SeatKind.STANDARD:
        said["kind"] = seat.kind
    if seat.companion_of is not None:
        said["companion_of"] = seat.companion_of
    if seat.restricted is not None:
        said["restricted"] = seat.restricted
    if seat.gap_before != (at in aisles):
        said["gap_before"] = seat.gap_before
    return SeatSettings(**said)
