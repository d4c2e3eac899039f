"""The best places for a party with accessible seats: all of it around one such seat.

Who comes along has the seats that are meant for that. The others go on in the row of the accessible seat as
far as there is room, and those for whom there is none sit near it by the same rules as any other party.
"""

from bisect import insort
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

from admit.catalog.seating import Point
from admit.seating.ground import RowGround, places_of
from admit.seating.house import House, Part, Place, Row, any_of, distance_to, within_room
from admit.seating.plan import SeatKind
from admit.seating.seat import SeatId
from admit.seating.split import split
from admit.seating.together import together

_ANCHORS, _MOST_ANCHORS, _TORN_ANCHORS = 32, 48, 8

type _Finder = Callable[[House, Point, int], Place | None]
"""Finds seats for so many near a point."""


class _Spot(NamedTuple):
    """One free seat."""

    distance: float
    number: int
    """Tells apart what is as far."""
    part: Part

    @property
    def id(self) -> str:
        row = self.part.row.row
        return str(SeatId(self.part.section.id, row.id, row.seats[self.part.start].id))

    @property
    def at(self) -> Point:
        seat = self.part.row.row.seats[self.part.start]
        return Point(x=seat.x, y=seat.y)


class _Worth(NamedTuple):
    """What a place is compared by, the less the better."""

    parts: int
    alone: int
    """How many of the parts are a single seat."""
    of_others: int
    """How many sit in usual seats, as others could."""
    single: bool
    """Whether a single free seat is left beside those who go on in the row."""
    restricted: bool
    distance: float


class _Party(NamedTuple):
    worth: _Worth
    place: Place


class _Stretch(NamedTuple):
    """Free seats on one side or on both of those who sit in the row of an accessible seat."""

    single: bool
    restricted: bool
    distance: float
    seats: int
    """As a mask."""


def with_accessible(house: House, seats: int, accessible: int, most: int) -> list[Place]:
    """Return places for a party of which so many shall have accessible seats, the best first.

    They are in one section where one suffices. Each begins with the accessible seats, then come those for who
    comes along with them, then all others.
    """
    target = house.target
    anchors = _anchors(house, min(max(_ANCHORS, most), _MOST_ANCHORS))
    for rest, some in ((_together, anchors), (_split, anchors[:_TORN_ANCHORS])):
        found = []
        for number, anchor in enumerate(some):
            here = house.only([anchor.part.section.id])
            if (party := _around(anchor, here, seats, accessible, rest)) is not None:
                found.append((party.worth, number, party.place))
        if found:
            return [place for _, _, place in sorted(found, key=lambda one: one[:2])[:most]]
    house.read(house.section_ids)
    for _, section_id in house.by_distance(target):
        for anchor in _nearest(house.rows(section_id, SeatKind.ACCESSIBLE), 1, target):
            here = house.only([section_id])
            if (party := _around(anchor, here, seats, accessible, _split)) is not None:
                return [party.place]
    party = _around(anchors[0], house, seats, accessible, _split) if anchors else None
    return [party.place] if party is not None else []


def _anchors(house: House, most: int) -> list[_Spot]:
    """Return the accessible seats that are nearest, reading no farther than they are."""
    found: list[_Spot] = []

    def wanted(distance: float) -> bool:
        return len(found) < most or distance < found[-1].distance

    for section_id in house.from_near(house.target, wanted):
        here = _nearest(house.rows(section_id, SeatKind.ACCESSIBLE), most, house.target)
        found = sorted([*found, *here], key=lambda spot: spot.distance)[:most]
    return found


def _around(anchor: _Spot, house: House, seats: int, accessible: int, find: _Finder) -> _Party | None:
    """Return the seats of a party around an accessible seat of a house, None if there are too few.

    `find` finds those for whom there is no room in its row.
    """
    at, target = anchor.at, house.target
    chairs = _nearest(_rows(house, SeatKind.ACCESSIBLE), accessible, at)
    if len(chairs) < accessible:
        return None
    own = [spot.part for spot in chairs]
    house = house.without(own)
    beside = {spot.id for spot in chairs}
    companions = _nearest(_rows(house, SeatKind.COMPANION), seats - accessible, at, beside=beside)
    own += [spot.part for spot in companions]
    house = house.without(spot.part for spot in companions)
    others = seats - len(own)
    found = []
    for stretch in _stretches(anchor.part, own, house, others, target):
        on = _parts(anchor.part, stretch.seats)
        apart = others - stretch.seats.bit_count()
        rest = find(house.without(on), at, apart) if apart else []
        if rest is None:
            continue
        place = [*own, *on, *rest]
        away = sum(part.seats * distance_to(part.row.centre(part.start, part.seats), at) for part in place)
        lengths = _lengths(place)
        worth = _Worth(
            parts=len(lengths),
            alone=lengths.count(1),
            of_others=others,
            single=stretch.single,
            restricted=stretch.restricted,
            distance=away / seats + distance_to((at.x, at.y), target),
        )
        found.append(_Party(worth, place))
        if len(rest) == 0 or (len(rest) == 1 and apart > 1):
            break
    return min(found, key=lambda party: party.worth, default=None)


def _together(house: House, target: Point, seats: int) -> Place | None:
    return next(iter(together(house, target, seats, any_of, most=1, wide=False)), None)


def _split(house: House, target: Point, seats: int) -> Place | None:
    return _together(house, target, seats) or next(iter(split(house, target, seats, any_of, most=1)), None)


def _stretches(
    anchor: Part, own: Sequence[Part], house: House, others: int, target: Point
) -> Iterator[_Stretch]:
    """Give where those others may go on in the row of an accessible seat: as many as have room there first.

    Else one fewer, so that nobody sits alone elsewhere, or none, so that they sit together.
    """
    here = next((row for row in house.rows(anchor.section.id) if row.ground is anchor.row), None)
    if here is not None and others:
        taken, free = sum(part.mask for part in own if part.row is anchor.row), any_of(here)
        run = _run_at(anchor, taken | free)
        most = min(others, here.room, (free & run).bit_count())
        for seats in range(most, max(0, most - (others - most == 1) - 1), -1):
            yield _stretch(here, _run_at(anchor, taken), free & run, seats, target)
        if most == others:
            return
    yield _Stretch(single=False, restricted=False, distance=0.0, seats=0)


def _run_at(seat: Part, among: int) -> int:
    """Return which of some seats of a row stand side by side with one of them."""
    for start, length in seat.row.runs(among):
        if start <= seat.start < start + length:
            return (1 << length) - 1 << start
    return 0


def _stretch(row: Row, group: int, free: int, seats: int, target: Point) -> _Stretch:
    """Return the best so many seats on both sides of a group of seats, of the free ones of its run."""
    first, last = group & -group, group.bit_length()
    before = [*places_of(free & first - 1)][::-1]
    behind = [*places_of(free >> last << last)]
    found = []
    for left in range(max(0, seats - len(behind)), min(seats, len(before)) + 1):
        chosen = [*before[:left], *behind[: seats - left]]
        mask = sum(1 << place for place in chosen)
        outer = mask | group
        start = (outer & -outer).bit_length() - 1
        centre = row.ground.centre(start, outer.bit_length() - start)
        single = any(length == 1 for _, length in row.ground.runs(free & ~mask))
        restricted = bool(mask & row.ground.restricted)
        found.append(_Stretch(single, restricted, distance_to(centre, target), mask))
    return min(found)


def _parts(of_row: Part, seats: int) -> list[Part]:
    return [of_row._replace(start=start, seats=length) for start, length in of_row.row.runs(seats)]


def _lengths(place: Place) -> list[int]:
    """Return how many sit side by side, in each row and on each side of an aisle."""
    masks: dict[RowGround, int] = {}
    for part in place:
        masks[part.row] = masks.get(part.row, 0) | part.mask
    return [length for row, mask in masks.items() for _, length in row.runs(mask)]


def _rows(house: House, kind: SeatKind) -> list[Row]:
    return [row for section_id in house.section_ids for row in house.rows(section_id, kind)]


def _nearest(
    rows: Iterable[Row], most: int, target: Point, *, beside: Collection[str] | None = None
) -> list[_Spot]:
    """Return the free seats of some rows that are nearest to a point, or only those beside some seats."""
    if most == 0:
        return []
    found: list[_Spot] = []
    numbers = count()
    from_near = sorted(((row.ground.box.distance(target), row) for row in rows), key=lambda near: near[0])
    for row_distance, row in from_near:
        if len(found) == most and row_distance >= found[-1].distance:
            break
        free = any_of(row)
        if beside is not None:
            free &= sum(1 << place for place, chair in row.ground.companions.items() if chair in beside)
        for start in places_of(within_room(row, free, most, target)):
            distance = distance_to(row.ground.centre(start, 1), target)
            if len(found) < most or distance < found[-1].distance:
                insort(found, _Spot(distance, next(numbers), Part(row.section, row.ground, start, 1)))
                del found[most:]
    return found
