"""What a search for seats needs to know of a plan, worked out once: rows as masks, one bit a seat.

Bit 0 is the first seat of a row. `seating/best.py` searches with them, `seating/display.py` writes states by
them.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate

from admit.catalog.seating import Box
from admit.seating.plan import PlanRow, PlanSeat, PlanSection, SeatKind


class RowGround:
    """A row as a search sees it."""

    __slots__ = ("_along", "_masks", "bits", "box", "breaks", "companions", "drawn", "restricted", "row")

    def __init__(self, row: PlanRow) -> None:
        seats = row.seats
        self.row = row
        self.bits = {seat.id: _bit(place) for place, seat in enumerate(seats)}
        """The bit of each seat, by its id within the row."""
        self.breaks = _mask_of(place for place, seat in enumerate(seats) if seat.gap_before)
        """The seats that an aisle parts from the one before."""
        self.restricted = _mask_of(place for place, seat in enumerate(seats) if seat.restricted)
        self.companions = {
            place: seat.companion_of for place, seat in enumerate(seats) if seat.companion_of is not None
        }
        """Full ids of the accessible seats, by the place of who comes along."""
        self.box = box_of(seats)
        self.drawn: Sequence[str] = ()
        """Its seats as `seating/display.py` writes them, once it has."""
        masks: dict[tuple[SeatKind, str], int] = {}
        for place, seat in enumerate(seats):
            kind_and_category = (seat.kind, seat.category)
            masks[kind_and_category] = masks.get(kind_and_category, 0) | 1 << place
        self._masks = masks
        # Sums up to each seat, so that the centre of any group is one subtraction.
        self._along = (
            array("d", accumulate((seat.x for seat in seats), initial=0.0)),
            array("d", accumulate((seat.y for seat in seats), initial=0.0)),
        )

    @property
    def size(self) -> int:
        return len(self.row.seats)

    def of(self, kind: SeatKind, categories: Collection[str]) -> int:
        """Return the mask of the seats of a kind in some categories."""
        mask = 0
        for (of_kind, category), seats in self._masks.items():
            if of_kind is kind and category in categories:
                mask |= seats
        return mask

    def mask(self, seat_ids: Iterable[str]) -> int:
        """Return the mask of seats by their ids within the row; those that it hasn't are passed over."""
        mask, bits = 0, self.bits
        for seat_id in seat_ids:
            mask |= bits.get(seat_id, 0)
        return mask

    def joined(self, free: int) -> int:
        """Return the mask of those of some seats whose neighbour before them is one of them, too."""
        return free & free << 1 & ~self.breaks

    def runs(self, free: int) -> Iterator[tuple[int, int]]:
        """Give the first seat and the length of each run of neighbours among some seats."""
        joined = self.joined(free)
        for start in places_of(free & ~joined):
            behind = joined >> start + 1
            yield start, (behind + 1 & ~behind).bit_length()

    def centre(self, start: int, seats: int) -> tuple[float, float]:
        """Return where the middle of some seats is that stand side by side."""
        xs, ys = self._along
        return (xs[start + seats] - xs[start]) / seats, (ys[start + seats] - ys[start]) / seats


class SectionGround:
    """A section as a search sees it: its rows in order."""

    __slots__ = ("box", "id", "plan", "rows")

    def __init__(self, plan: PlanSection) -> None:
        self.plan = plan
        self.id = plan.id
        self.rows: Mapping[str, RowGround] = {
            row_id: RowGround(row) for row_id, row in plan.rows.items() if row.seats
        }
        self.box = _around([row.box for row in self.rows.values()])


@cache
def _bit(place: int) -> int:
    """Return the same number for the same place of all rows, of which there are thousands."""
    return 1 << place


def _mask_of(places: Iterable[int]) -> int:
    mask = 0
    for place in places:
        mask |= 1 << place
    return mask


def places_of(mask: int) -> Iterator[int]:
    """Give the places of the bits that are set, from the first on."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def box_of(seats: Sequence[PlanSeat]) -> Box:
    """Return the box around some seats, which are one at least."""
    xs, ys = [seat.x for seat in seats], [seat.y for seat in seats]
    return Box(min(xs), min(ys), max(xs), max(ys))


def _around(boxes: Sequence[Box]) -> Box:
    if not boxes:
        return Box(0.0, 0.0, 0.0, 0.0)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))
