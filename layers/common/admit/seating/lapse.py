"""Allotments that are over: seats that were kept for them are free again.

What its orders have goes with their tickets: one that comes back after the end of an allotment is the
allotment's again, and its seat is kept, until the organizer makes it smaller and unblocks the seat.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import batched
from random import Random
from typing import NamedTuple

from admit import keys
from admit.catalog.allot import release_rest, remove_allotment
from admit.catalog.catalog import Catalog, load_catalog
from admit.errors import NotFound
from admit.seating.rows import StoredRow, read_rows
from admit.seating.seat import (
    MOST_OF_A_ROW,
    NOBODY,
    ORGANIZER,
    SeatChange,
    changed_row,
    channel_mark,
    is_removed,
    removal_mark,
)
from admit.store import Check, Contention, Table, TransactionRefused

_ATTEMPTS = 6
_AT_ONCE = 8


class _Changed(Exception):
    """The allotment is not what it was."""


def give_up_allotment(
    table: Table, catalog: Catalog, allotment_id: str, *, now: datetime, random: Random
) -> None:
    """Give an allotment up, of which nothing is handed out, and free its seats.

    Asked again, it frees what is left of them. Raises NotFound, InUse, Contention.
    """
    try:
        remove_allotment(table, catalog, allotment_id, random=random)
    except NotFound:
        catalog = load_catalog(table, catalog.event.id)
        others = allotment_id in (NOBODY, ORGANIZER) or is_removed(allotment_id)
        if not others and allotment_id not in catalog.allotments:
            _Freeing(table, catalog, allotment_id, now).run()
        raise
    _Freeing(table, catalog, allotment_id, now).run()


def end_allotment(
    table: Table, catalog: Catalog, allotment_id: str, *, now: datetime, random: Random
) -> None:
    """Free the seats of an allotment and give its rest back, once the time for it is over; else do nothing.

    The seats come first: while its rest is due, who tends to it comes again. Raises Contention.
    """
    allotment = catalog.allotments.get(allotment_id)
    if allotment is None or allotment.due is None or allotment.due > now:
        return
    # False when somebody has changed until when it lasts, or anything else about it.
    unchanged = "revision = :revision"
    key = keys.allotment(catalog.event.id, allotment_id)
    check = Check(key, unchanged, {"revision": allotment.revision})
    try:
        _Freeing(table, catalog, allotment_id, now, check).run()
    except _Changed:
        return
    release_rest(table, catalog, allotment_id, now=now, random=random)


class _Freeing(NamedTuple):
    """Frees the seats that are kept for an allotment, as long as a check holds.

    Of a seat that is marked as removed the mark stays; who clears it frees the seat.
    """

    table: Table
    catalog: Catalog
    allotment_id: str
    now: datetime
    check: Check | None = None

    def run(self) -> None:
        """Raises _Changed, Contention."""
        seating = self.catalog.seating
        if seating is None:
            return
        rows = read_rows(self.table, seating.event_id, [section.id for section in seating.sections])
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for _ in threads.map(self._row, [row for row in rows.values() if self._kept(row)]):
                pass

    def _row(self, row: StoredRow) -> None:
        """Free the seats of a row, anew where somebody was quicker."""
        for _ in range(_ATTEMPTS):
            try:
                for changes in batched(self._kept(row), MOST_OF_A_ROW, strict=False):
                    update = changed_row(self.catalog.event.id, *row.id, changes, self.now)
                    self.table.transact([update, *([self.check] if self.check else [])])
            except TransactionRefused as refused:
                if 0 not in refused.failed:
                    raise _Changed from refused
                row = StoredRow(row.id, refused.failed[0])
            else:
                return
        raise Contention

    def _kept(self, row: StoredRow) -> list[SeatChange]:
        """Return what is to become of the seats of a row that are kept for the allotment."""
        mark = removal_mark(self.allotment_id)
        becomes = {channel_mark(self.allotment_id): None, mark: removal_mark(None)}
        return [SeatChange(seat, said, becomes[said]) for seat, said in row.said.items() if said in becomes]
