"""Marks at seats that leave a plan: nobody takes one by the former plan, and none that is sold leaves.

The revision of an event's seating is what a change holds on to: it moves when a change begins to mark, and
each transaction that sets or clears marks checks it. A mark keeps for whom the seat was kept, so that whoever
clears it, even after a death, keeps the seat for them again.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from itertools import batched

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.seating import Seating
from admit.seating.plan import PlanSection, load_plan
from admit.seating.rows import RowId, StoredRow, read_rows, rewritten
from admit.seating.seat import (
    NOBODY,
    ORGANIZER,
    SeatId,
    before_removal,
    channel_mark,
    is_removed,
    kept_for,
    removal_mark,
)
from admit.store import Check, ConditionFailed, Contention, Table, TransactionRefused, Write

_ATTEMPTS = 6
_ROWS_AT_ONCE = 25

type Plan = Mapping[str, PlanSection]
"""Sections by id."""
type _Say = Callable[[StoredRow], dict[str, str | None]]
"""Returns what is to be said of seats of a row, by seat, as it now is."""


class Overtaken(Exception):
    """Somebody else has begun to change the plan since this change began."""


class Taken(Exception):
    """Somebody took a seat that was about to be removed."""


def marked(row: StoredRow, plan: Plan) -> list[str]:
    """Return the seats of a row that are marked as removed and that a plan has."""
    found = [seat for seat, said in row.said.items() if is_removed(kept_for(said))]
    return [seat for seat in found if plan[row.id.section].find(SeatId(*row.id, seat))]


def clear_leftovers(table: Table, catalog: Catalog, now: datetime) -> None:
    """Clear the marks that a change has left that died; one that is under way begins anew.

    Raises Overtaken, Contention.
    """
    present = catalog.seating
    if present is None:
        return
    plan = load_plan(table, catalog.event.id, present.version)
    rows = read_rows(table, catalog.event.id, plan.keys())
    if any(marked(row, plan) for row in rows.values()):
        removal = Removal(table, catalog.event.id, now)
        removal.clear(removal.begin(present), plan, catalog)


class Removal:
    """Seats that leave the plan of an event."""

    def __init__(self, table: Table, event_id: str, now: datetime) -> None:
        self._table = table
        self._event_id = event_id
        self._now = now

    def begin(self, present: Seating) -> Seating:
        """Move the revision on, so that this change is the one that goes on. Raises Overtaken."""
        held = present.model_copy(update={"revision": present.revision + 1})
        try:
            self._table.write(held.put().over(present.revision))
        except ConditionFailed as failed:
            raise Overtaken from failed
        return held

    def mark(self, held: Seating, gone: Collection[SeatId]) -> None:
        """Mark seats as removed. Raises Overtaken, Taken, Contention."""
        in_rows: dict[RowId, list[str]] = {}
        for seat_id in gone:
            in_rows.setdefault(RowId(seat_id.section, seat_id.row), []).append(seat_id.seat)

        def removed(row: StoredRow) -> dict[str, str | None]:
            marks: dict[str, str | None] = {}
            for seat in in_rows[row.id]:
                said = row.said.get(seat)
                channel = kept_for(said) if said else None
                if said is not None and channel is None:
                    raise Taken
                if not is_removed(channel):
                    marks[seat] = removal_mark(channel)
            return marks

        self._rewrite(held, in_rows.keys(), removed)

    def clear(self, held: Seating, plan: Plan, catalog: Catalog) -> None:
        """Take the marks off seats of a plan, which are free again or kept as before.

        A seat that was kept for an allotment that is over is free. Raises nothing when another change has
        begun: that one does the same in the end.
        """

        def cleared(row: StoredRow) -> dict[str, str | None]:
            return {seat: _as_before(catalog, row.said[seat]) for seat in marked(row, plan)}

        rows = read_rows(self._table, self._event_id, plan.keys())
        try:
            self._rewrite(held, {row.id for row in rows.values() if marked(row, plan)}, cleared)
        except Overtaken:
            return

    def _rewrite(self, held: Seating, wanted: Collection[RowId], said: _Say) -> None:
        """Write what is to be said of rows while the revision is ours, anew where somebody was quicker.

        Raises Overtaken, Contention.
        """
        rows = read_rows(self._table, self._event_id, {row.section for row in wanted})
        for chunk in batched(sorted(wanted), _ROWS_AT_ONCE, strict=False):
            self._rewrite_together(held, {row: rows.get(row, StoredRow(row)) for row in chunk}, said)

    def _rewrite_together(self, held: Seating, rows: dict[RowId, StoredRow], said: _Say) -> None:
        # False when another change has begun, or has been made.
        ours = "revision = :revision"
        check = Check(keys.seating(self._event_id), ours, {"revision": held.revision})
        for _ in range(_ATTEMPTS):
            changes = {row.id: changes for row in rows.values() if (changes := said(row))}
            if not changes:
                return
            puts: list[Write] = [
                rewritten(self._event_id, rows[row], change, self._now) for row, change in changes.items()
            ]
            try:
                self._table.transact([check, *puts])
            except TransactionRefused as refused:
                if 0 in refused.failed:
                    raise Overtaken from refused
                behind = list(changes)
                rows |= {
                    behind[at - 1]: StoredRow(behind[at - 1], item) for at, item in refused.failed.items()
                }
            else:
                return
        raise Contention


def _as_before(catalog: Catalog, mark: str) -> str | None:
    """Return what is to be said of a seat whose mark as removed is cleared."""
    channel = before_removal(mark)
    if channel is None:
        return None
    allotment = catalog.allotments.get(channel)
    held = channel in (NOBODY, ORGANIZER) or (allotment is not None and allotment.ended_at is None)
    return channel_mark(channel) if held else None
