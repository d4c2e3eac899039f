"""A house as one party finds it: which seats of which rows it may have."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from copy import copy
from itertools import pairwise
from math import hypot
from typing import NamedTuple, Self

from admit.catalog.seating import Point, Seating
from admit.seating.ground import RowGround, SectionGround
from admit.seating.maps import Rows, SeatMaps
from admit.seating.plan import SeatKind
from admit.seating.seat import MOST_OF_A_ROW, NOTHING, SeatPlace, kept_for, read_seat_id

_FIRST_BATCH = 2


class ChosenSeat(NamedTuple):
    place: SeatPlace
    channel: str | None
    """For whom it was kept."""
    kind: SeatKind


class Choice(NamedTuple):
    seats: list[ChosenSeat]
    together: bool
    """Whether they are side by side in one row."""


class Part(NamedTuple):
    """Seats of a row side by side."""

    section: SectionGround
    row: RowGround
    start: int
    seats: int

    @property
    def mask(self) -> int:
        return (1 << self.seats) - 1 << self.start


type Place = Sequence[Part]
"""Where a party may sit."""


def sections(place: Place) -> set[str]:
    return {part.section.id for part in place}


class Row(NamedTuple):
    """A row with the seats that this party may have, as masks."""

    section: SectionGround
    ground: RowGround
    order: int
    """Where it stands among the rows of its section."""
    free: int
    kept: int
    """Seats kept for a channel of the party."""
    room: int
    """How many of its seats the order of the party may have yet."""


type Mask = Callable[[Row], int]
"""Which seats of a row are looked at."""


def any_of(row: Row) -> int:
    return row.free | row.kept


def kept_of(row: Row) -> int:
    return row.kept


def within_room(row: Row, free: int, seats: int, target: Point) -> int:
    """Return which of some seats of a row a party of so many chooses from: no more than it may have of it.

    Those are of its longest runs, and of the last one as near to a point as can be, no single seat beside.
    """
    if seats <= row.room or free.bit_count() <= row.room:
        return free
    room, chosen = row.room, 0
    for start, length in sorted(row.ground.runs(free), key=lambda run: -run[1]):
        if room == 0:
            break
        part = min(room, length)
        spare = length - part
        starts = [start + before for before in range(spare + 1) if 1 not in (before, spare - before)]
        centre = row.ground.centre
        at = min(starts or [start], key=lambda at: distance_to(centre(at, part), target))
        chosen |= (1 << part) - 1 << at
        room -= part
    return chosen


class House:
    """The sections that a party may sit in, as far as they were looked at."""

    def __init__(
        self,
        maps: SeatMaps,
        event_id: str,
        seating: Seating,
        tier_id: str,
        channels: frozenset[str] = frozenset(),
        *,
        near: Point | None = None,
        apart_from: Collection[str] = (),
    ) -> None:
        self._maps = maps
        self._event_id = event_id
        self._channels = channels
        self._categories = seating.categories_of(tier_id)
        self.section_ids = seating.sections_of(tier_id)
        self._version = seating.version
        self._boxes = {section.id: section.box for section in seating.sections}
        self._grounds: dict[str, SectionGround] = {}
        self.target = near or seating.focus
        self._apart: dict[tuple[str, str], list[str]] = {}
        for text in apart_from:
            section, row, seat = read_seat_id(text)
            self._apart.setdefault((section, row), []).append(seat)
        self._said: dict[str, Rows] = {}
        self._rows: dict[tuple[str, SeatKind], list[Row]] = {}

    def rows(self, section_id: str, kind: SeatKind = SeatKind.STANDARD) -> list[Row]:
        """Return the rows of a section in order, with the seats of a kind that the party may have."""
        rows = self._rows.get((section_id, kind))
        if rows is None:
            self.read([section_id])
            rows = self._rows[section_id, kind] = list(self._look(section_id, kind))
        return rows

    def read(self, section_ids: Collection[str]) -> None:
        """Read sections and what is said of them side by side, as far as that is not known."""
        self._draw(section_ids)
        unread = [section_id for section_id in section_ids if section_id not in self._said]
        self._said |= self._maps.states_of(self._event_id, unread)

    def read_anew(self, section_ids: Collection[str]) -> None:
        self._said |= self._maps.states_of(self._event_id, section_ids, fresh=True)
        self._rows = {key: rows for key, rows in self._rows.items() if key[0] not in section_ids}

    def by_distance(self, target: Point) -> list[tuple[float, str]]:
        """Return the sections from the nearest on, each with the least distance that a place in it has."""
        self._draw([section_id for section_id in self.section_ids if self._boxes[section_id] is None])
        ordered = sorted(
            ((self._boxes[section_id] or self._grounds[section_id].box).distance(target), at, section_id)
            for at, section_id in enumerate(self.section_ids)
        )
        return [(distance, section_id) for distance, _, section_id in ordered]

    def from_near(self, target: Point, wanted: Callable[[float], bool]) -> Iterator[str]:
        """Give the sections from the nearest on, as long as one that is so far is wanted.

        They are read ahead, more of them at each time.
        """
        ordered = self.by_distance(target)
        read, ahead = 0, _FIRST_BATCH
        for at, (distance, section_id) in enumerate(ordered):
            if not wanted(distance):
                break
            if at == read:
                batch = ordered[at : at + ahead]
                self.read([section_id for distance, section_id in batch if wanted(distance)])
                read, ahead = at + ahead, ahead * 2
            yield section_id

    def only(self, section_ids: Sequence[str]) -> Self:
        """Return some sections of this house."""
        house = copy(self)
        house.section_ids = list(section_ids)
        return house

    def without(self, taken: Iterable[Part]) -> Self:
        """Return this house for who comes with those who take some of its seats."""
        house = copy(self)
        house._rows = dict(self._rows)
        masks: dict[tuple[str, str], int] = {}
        for part in taken:
            key = (part.section.id, part.row.row.id)
            masks[key] = masks.get(key, 0) | part.mask
        for section_id in {section_id for section_id, _ in masks}:
            for kind in SeatKind:
                rows = self.rows(section_id, kind)
                house._rows[section_id, kind] = [
                    _less(row, masks.get((section_id, row.ground.row.id), 0)) for row in rows
                ]
        return house

    def kept(self) -> list[Part]:
        """Return the runs of seats that are kept for a channel of the party."""
        self.read(self.section_ids)
        return [
            Part(row.section, row.ground, start, length)
            for section_id in self.section_ids
            for row in self.rows(section_id)
            for start, length in row.ground.runs(row.kept)
        ]

    def choice(self, parts: Place) -> Choice:
        """Name the seats of a place."""
        seats = []
        for part in parts:
            said = self._said[part.section.id].get(part.row.row.id, NOTHING).said
            for seat in part.row.row.seats[part.start : part.start + part.seats]:
                place = part.section.plan.place(part.row.row, seat)
                seats.append(ChosenSeat(place, kept_for(said.get(seat.id, "")), seat.kind))
        return Choice(seats, together=_side_by_side(parts))

    def _draw(self, section_ids: Collection[str]) -> None:
        missing = [section_id for section_id in section_ids if section_id not in self._grounds]
        self._grounds |= self._maps.grounds(self._event_id, self._version, missing)

    def _look(self, section_id: str, kind: SeatKind) -> Iterator[Row]:
        section, said = self._grounds[section_id], self._said[section_id]
        categories, channels, apart = self._categories, self._channels, self._apart
        for order, (row_id, ground) in enumerate(section.rows.items()):
            eligible, room = ground.of(kind, categories), MOST_OF_A_ROW
            if apart:
                seats = apart.get((section_id, row_id), ())
                eligible &= ~ground.mask(seats)
                room = max(0, room - len(seats))
            if not eligible:
                continue
            state = said.get(row_id)
            if state is None:
                yield Row(section, ground, order, eligible, 0, room)
                continue
            kept = 0
            if channels:
                kept = eligible & ground.mask(
                    seat for seat, what in state.said.items() if kept_for(what) in channels
                )
            yield Row(section, ground, order, eligible & ~ground.mask(state.said), kept, room)


def _less(row: Row, taken: int) -> Row:
    if not taken:
        return row
    room = max(0, row.room - taken.bit_count())
    return row._replace(free=row.free & ~taken, kept=row.kept & ~taken, room=room)


def distance_to(centre: tuple[float, float], point: Point) -> float:
    return hypot(centre[0] - point.x, centre[1] - point.y)


def _side_by_side(parts: Sequence[Part]) -> bool:
    """Say whether the seats of some parts are neighbours in one row."""
    if len({(part.section.id, part.row.row.id) for part in parts}) != 1:
        return False
    ordered = sorted(parts, key=lambda part: part.start)
    return all(
        before.start + before.seats == after.start and not after.row.breaks >> after.start & 1
        for before, after in pairwise(ordered)
    )
