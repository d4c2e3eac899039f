"""The best places for a party that nowhere has room side by side: in parts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest
from math import hypot
from typing import NamedTuple

from admit.catalog.seating import Point
from admit.seating.ground import RowGround
from admit.seating.house import House, Mask, Part, Place, Row, distance_to, within_room

_ANCHORS, _MORE_ANCHORS = 8, 24


class _Run(NamedTuple):
    """Free seats side by side, as many as there are."""

    length: int
    row: Row
    start: int
    centre: tuple[float, float]


def split(house: House, target: Point, seats: int, mask: Mask, most: int) -> list[Place]:
    """Return places in as few parts as can be, the best first; none if there are too few seats.

    No part is a single seat if as many parts do without, and all are in one section if one suffices. Of one
    row the party gets no more than one order may have.
    """
    house.read(house.section_ids)

    def free(row: Row) -> int:
        return within_room(row, mask(row), seats, target)

    by_section = {
        section_id: _lengths((row.ground, free(row)) for row in house.rows(section_id))
        for section_id in house.section_ids
    }
    everywhere = sum(by_section.values(), Counter[int]())
    parts = _fewest(everywhere, seats)
    if parts is None:
        return []
    least = 2 if _fewest(_without_singles(everywhere), seats) == parts else 1

    def runs_in(section_ids: Iterable[str]) -> list[_Run]:
        return [
            _Run(length, row, start, row.ground.centre(start, length))
            for section_id in section_ids
            for row in house.rows(section_id)
            for start, length in row.ground.runs(free(row))
            if length >= least
        ]

    for _, section_id in house.by_distance(target):
        lengths = by_section[section_id]
        if _fewest(lengths if least == 1 else _without_singles(lengths), seats) == parts:
            anchors = _ANCHORS if most == 1 else _MORE_ANCHORS
            return _gathered(runs_in([section_id]), seats, parts, target, anchors=anchors)
    return _gathered(runs_in(house.section_ids), seats, parts, target, anchors=1)


def _lengths(rows: Iterable[tuple[RowGround, int]]) -> Counter[int]:
    """Count the runs of free seats by their lengths, without looking at each."""
    lengths: Counter[int] = Counter()
    for row, free in rows:
        joined = row.joined(free)
        starts, length = free & ~joined, 1
        while starts:
            longer = starts & joined >> length
            lengths[length] += starts.bit_count() - longer.bit_count()
            starts, length = longer, length + 1
    return lengths


def _without_singles(lengths: Counter[int]) -> Counter[int]:
    return Counter({length: runs for length, runs in lengths.items() if length > 1})


def _fewest(lengths: Counter[int], seats: int) -> int | None:
    """Return in how few runs a party has room, None if all of them are too few."""
    parts = 0
    for length in sorted(lengths, reverse=True):
        if seats <= length * lengths[length]:
            return parts - -seats // length
        parts += lengths[length]
        seats -= length * lengths[length]
    return None


def _gathered(runs: Sequence[_Run], seats: int, parts: int, target: Point, *, anchors: int) -> list[Place]:
    """Return places in so many parts, the closest together first, each gathered around one of the runs."""
    lengths = Counter(run.length for run in runs)
    room = {length: _room(lengths, length, parts - 1) for length in lengths}
    anchored = (run for run in runs if room[run.length] >= seats)
    nearest = nsmallest(anchors, anchored, key=lambda run: distance_to(run.centre, target))
    rows: dict[tuple[str, int], list[_Run]] = defaultdict(list)
    for run in runs:
        rows[run.row.section.id, run.row.order].append(run)
    found = [_gather(anchor, _from_near(anchor, rows), lengths, seats, parts) for anchor in nearest]
    found.sort(key=lambda chosen: _dispersal(chosen, target))
    return [_cut(chosen, seats, target) for chosen in found]


def _room(lengths: Counter[int], length: int, others: int) -> int:
    """Return how many seats a run of some length has together with so many others, the longest ones."""
    room = length
    for other in sorted(lengths, reverse=True):
        if others <= 0:
            break
        runs = min(others, lengths[other] - (other == length))
        room += runs * other
        others -= runs
    return room


def _from_near(anchor: _Run, rows: Mapping[tuple[str, int], Sequence[_Run]]) -> Iterator[_Run]:
    """Give runs from the nearest to one of them on: row by row of its section, then those of all others."""
    x, y = anchor.centre
    section, order = anchor.row.section.id, anchor.row.order

    def distance(run: _Run) -> float:
        return hypot(run.centre[0] - x, run.centre[1] - y)

    orders = sorted(abs(row - order) for of, row in rows if of == section)
    for away in dict.fromkeys(orders):
        sides = {order - away, order + away}
        yield from sorted((run for row in sides for run in rows.get((section, row), ())), key=distance)
    yield from sorted((run for (of, _), runs in rows.items() if of != section for run in runs), key=distance)


def _gather(
    anchor: _Run, from_near: Iterable[_Run], lengths: Counter[int], seats: int, parts: int
) -> list[_Run]:
    """Choose the runs nearest to one that have room for a party in so few parts together with it."""
    left = lengths.copy()
    left[anchor.length] -= 1
    chosen, need = [anchor], seats - anchor.length
    suffices: dict[int, bool] = {}
    for run in from_near:
        if len(chosen) == parts:
            break
        if run is anchor:
            continue
        if run.length not in suffices:
            suffices[run.length] = _room(left, run.length, parts - len(chosen) - 1) >= need
        left[run.length] -= 1
        if suffices[run.length]:
            chosen.append(run)
            need -= run.length
            suffices.clear()
    return chosen


def _dispersal(chosen: Sequence[_Run], target: Point) -> tuple[int, int, int, float]:
    """Return how far from each other, and from where they would like to be, the parts of a party are."""
    sections = {run.row.section.id for run in chosen}
    orders = [run.row.order for run in chosen]
    hindered = sum(bool(run.row.ground.restricted >> run.start & (1 << run.length) - 1) for run in chosen)
    anchor = Point(x=chosen[0].centre[0], y=chosen[0].centre[1])
    apart = sum(distance_to(run.centre, anchor) for run in chosen) / len(chosen)
    return len(sections), max(orders) - min(orders), hindered, apart + distance_to(chosen[0].centre, target)


def _cut(chosen: Sequence[_Run], seats: int, target: Point) -> Place:
    """Leave out what the runs have more than a party needs: no single seat of it, and none of the party."""
    lengths = [run.length for run in chosen]
    surplus = sum(lengths) - seats
    longest_first = sorted(range(len(chosen)), key=lambda at: -lengths[at])
    whole = (at for at in longest_first if lengths[at] - surplus > 1)
    if surplus and (at := next(whole, None)) is not None:
        lengths[at] -= surplus
        surplus = 0
    for spare in (2, 1):
        for at in longest_first:
            less = max(0, min(surplus, lengths[at] - spare))
            if surplus - less == 1 and less > 2:
                less -= 1
            lengths[at] -= less
            surplus -= less
    anchor = Point(x=chosen[0].centre[0], y=chosen[0].centre[1])
    place = [
        _end_of(run, length, anchor if at else target)
        for at, (run, length) in enumerate(zip(chosen, lengths, strict=True))
    ]
    orders = {run.row.ground: run.row.order for run in chosen}
    return sorted(place, key=lambda part: (part.section.id, orders[part.row], part.start))


def _end_of(run: _Run, seats: int, target: Point) -> Part:
    """Return so many seats of a run, from the one of its ends that is nearer."""
    row = run.row.ground
    ends = (run.start, run.start + run.length - seats)
    start = min(ends, key=lambda start: distance_to(row.centre(start, seats), target))
    return Part(run.row.section, row, start, seats)
