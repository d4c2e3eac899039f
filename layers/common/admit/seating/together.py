"""The best places for a party side by side in one row.

A row is a number, one bit a seat. Where a run of free seats begins is found by shifts, so that a row without
a place costs a few microseconds; only where a place may be the best are distances worked out. Sections and
rows are looked at from the nearest on, and the search ends where nothing farther can be better.
"""

from bisect import insort
from collections.abc import Iterable
from itertools import count

from admit.catalog.seating import Point
from admit.seating.ground import RowGround, places_of
from admit.seating.house import House, Mask, Part, Place, distance_to


class _Ranking:
    """The nearest places of each rank, 0 being the best."""

    def __init__(self, most: int, *, wide: bool) -> None:
        self._most = most
        # How many better places there must be that a rank is not looked at.
        self._enough = most if wide else 1
        self._found: tuple[list[tuple[float, int, Part]], ...] = ([], [], [], [])
        self._numbers = count()

    def wants(self, rank: int, distance: float) -> bool:
        """Say whether a place of a rank would be taken, if it is so near or farther."""
        if sum(map(len, self._found[:rank])) >= self._enough:
            return False
        found = self._found[rank]
        return len(found) < self._most or distance < found[-1][0]

    def wants_any(self, distance: float) -> bool:
        return any(self.wants(rank, distance) for rank in range(len(self._found)))

    def add(self, rank: int, distance: float, part: Part) -> None:
        found = self._found[rank]
        insort(found, (distance, next(self._numbers), part))
        del found[self._most :]

    def places(self) -> list[Place]:
        """Return the best: of the best rank that there is, and of others until there are enough."""
        places: list[Place] = []
        for found in self._found:
            if len(places) >= self._enough:
                break
            places += [[part] for _, _, part in found]
        return places[: self._most]


def together(house: House, target: Point, seats: int, mask: Mask, *, most: int, wide: bool) -> list[Place]:
    """Return up to `most` of the best places in one row, the best first.

    They are all of the best rank that there is; with `wide`, of lesser ranks as well until there are enough.
    """
    ranking = _Ranking(most, wide=wide)
    for section_id in house.from_near(target, ranking.wants_any):
        rows = ((row.ground.box.distance(target), row.order, row) for row in house.rows(section_id))
        for row_distance, _, row in sorted(rows, key=lambda near: near[:2]):
            if not ranking.wants_any(row_distance):
                break
            free = mask(row) if seats <= row.room else 0
            for rank, starts in enumerate(_starts(row.ground, free, seats)):
                if starts and ranking.wants(rank, row_distance):
                    for distance, start in _nearest(row.ground, starts, seats, target, most):
                        ranking.add(rank, distance, Part(row.section, row.ground, start, seats))
    return ranking.places()


def _starts(row: RowGround, free: int, seats: int) -> tuple[int, ...]:
    """Return, by rank, the masks of the first seats of so many free ones side by side."""
    if free.bit_count() < seats:
        return ()
    joined = row.joined(free)
    starts = free & _throughout(joined >> 1, seats - 1) if seats > 1 else free
    if not starts:
        return ()
    # The seat before is free and the one before that is not its neighbour or not free; likewise behind.
    single = joined & ~(joined << 1) | joined >> seats & ~(joined >> seats + 1)
    hindered = _anywhere(row.restricted, seats)
    return (
        starts & ~single & ~hindered,
        starts & ~single & hindered,
        starts & single & ~hindered,
        starts & single & hindered,
    )


def _throughout(mask: int, length: int) -> int:
    """Return where so many bits begin that are all set."""
    have = 1
    while have < length:
        step = min(have, length - have)
        mask &= mask >> step
        have += step
    return mask


def _anywhere(mask: int, length: int) -> int:
    """Return where so many bits begin of which any is set."""
    have = 1
    while mask and have < length:
        step = min(have, length - have)
        mask |= mask >> step
        have += step
    return mask


def _nearest(
    row: RowGround, starts: int, seats: int, target: Point, most: int
) -> Iterable[tuple[float, int]]:
    """Return the nearest places of a row, no two of which share a seat, with their distances."""
    near = [(distance_to(row.centre(start, seats), target), start) for start in places_of(starts)]
    if most == 1:
        return (min(near),)
    chosen: list[tuple[float, int]] = []
    taken = 0
    for distance, start in sorted(near):
        party = (1 << seats) - 1 << start
        if not party & taken:
            taken |= party
            chosen.append((distance, start))
    return chosen[:most]
