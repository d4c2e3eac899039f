"""Plans and who has which seat, kept in memory, so that a search or a picture of a house reads little.

A section of a version of a plan never changes and is kept for as long as there is room. What is said of its
rows is kept for a second; one query reads it anew.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple

from admit import keys
from admit.catalog.seating import Seating
from admit.clock import Clock
from admit.ids import ticket_id
from admit.seating.ground import SectionGround
from admit.seating.plan import PlanSection, load_section
from admit.seating.seat import NOTHING, RowState, SeatClaim, read_seat_id, row_state
from admit.store import Table

_AGE = timedelta(seconds=1)
_MOST_SEATS = 150_000
"""Of plans, and as many of which something is said: some 60 MB each."""
_AT_ONCE = 8

type Rows = Mapping[str, RowState]
"""What is said of the rows of a section, by row; a row that is not there is free."""


class _Kept(NamedTuple):
    rows: Rows
    read_at: datetime


class Recent[K: Hashable, V]:
    """Keeps what was last used, up to a weight in all."""

    def __init__(self, most: int, weight: Callable[[V], int]) -> None:
        self._most = most
        self._weight = weight
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._held = 0
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: K, value: V) -> None:
        """Keep a value in place of the former one; what was used longest ago makes room, never this one."""
        with self._lock:
            if (former := self._kept.pop(key, None)) is not None:
                self._held -= self._weight(former)
            self._kept[key] = value
            self._held += self._weight(value)
            while self._held > self._most and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._held -= self._weight(dropped)


class SeatMaps:
    """The sections of plans, and what is said of their seats. Threads may share it."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._grounds: Recent[tuple[str, int, str], SectionGround] = Recent(
            _MOST_SEATS, lambda ground: 1 + sum(row.size for row in ground.rows.values())
        )
        self._states: Recent[tuple[str, str], _Kept] = Recent(
            _MOST_SEATS, lambda kept: 1 + sum(len(row.said) for row in kept.rows.values())
        )

    def section(self, event_id: str, version: int, section_id: str) -> PlanSection:
        """Return a section of a version of a plan. Raises NotFound."""
        return self.ground(event_id, version, section_id).plan

    def ground(self, event_id: str, version: int, section_id: str) -> SectionGround:
        """Return a section as a search sees it. Raises NotFound."""
        key = (event_id, version, section_id)
        ground = self._grounds.get(key)
        if ground is None:
            ground = SectionGround(load_section(self._table, event_id, version, section_id))
            self._grounds.put(key, ground)
        return ground

    def grounds(self, event_id: str, version: int, section_ids: Collection[str]) -> dict[str, SectionGround]:
        """Return some sections of a version of a plan, by id, read side by side where they are not kept."""
        kept = {
            section_id: ground
            for section_id in section_ids
            if (ground := self._grounds.get((event_id, version, section_id))) is not None
        }
        missing = [section_id for section_id in section_ids if section_id not in kept]
        kept |= _side_by_side(lambda section_id: self.ground(event_id, version, section_id), missing)
        return {section_id: kept[section_id] for section_id in section_ids}

    def state(self, event_id: str, section_id: str) -> Rows:
        """Return what is said of the rows of a section, at most a second old."""
        kept = self._states.get((event_id, section_id))
        if kept is not None and self._clock() < kept.read_at + _AGE:
            return kept.rows
        return self.fresh(event_id, section_id)

    def fresh(self, event_id: str, section_id: str) -> Rows:
        """Read what is said of the rows of a section now."""
        at = self._clock()
        rows = {
            str(item["sk"]).partition("#")[2]: row_state(item)
            for item in self._table.query(keys.seat_rows(event_id, section_id))
        }
        self._states.put((event_id, section_id), _Kept(rows, at))
        return rows

    def take(self, event_id: str, order_id: str, claims: Iterable[SeatClaim]) -> None:
        """Remember that an order has seats which this process has just given it.

        Else it would choose the same ones for the next buyer, until it reads them anew a second later.
        """
        for claim in claims:
            section_id, row_id, seat = read_seat_id(claim.place.id)
            kept = self._states.get((event_id, section_id))
            if kept is not None:
                row = kept.rows.get(row_id, NOTHING)
                said = row.said | {seat: ticket_id(order_id, claim.ticket)}
                rows = {**kept.rows, row_id: row._replace(said=said)}
                self._states.put((event_id, section_id), kept._replace(rows=rows))

    def states(self, event_id: str, seating: Seating) -> dict[str, Rows]:
        """Return what is said of all sections, by section, at most a second old."""
        return self.states_of(event_id, [section.id for section in seating.sections])

    def states_of(
        self, event_id: str, section_ids: Collection[str], *, fresh: bool = False
    ) -> dict[str, Rows]:
        """Return what is said of some sections, at most a second old or read now."""
        kept: dict[str, Rows] = {}
        if not fresh:
            now = self._clock()
            for section_id in section_ids:
                found = self._states.get((event_id, section_id))
                if found is not None and now < found.read_at + _AGE:
                    kept[section_id] = found.rows
        missing = [section_id for section_id in section_ids if section_id not in kept]
        read = _side_by_side(lambda section_id: self.fresh(event_id, section_id), missing)
        kept |= read
        return {section_id: kept[section_id] for section_id in section_ids}


def _side_by_side[V](read: Callable[[str], V], section_ids: Collection[str]) -> dict[str, V]:
    if len(section_ids) < 2:
        return {section_id: read(section_id) for section_id in section_ids}
    with ThreadPoolExecutor(min(_AT_ONCE, len(section_ids))) as threads:
        return dict(zip(section_ids, threads.map(read, section_ids), strict=True))
