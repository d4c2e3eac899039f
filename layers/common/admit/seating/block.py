"""Seats are kept for a channel, so that nobody else gets them, and are freed again."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints

from admit import keys
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.seating import Seating
from admit.errors import Fault, Invalid, NotFound
from admit.model import ONE_LINE, Shape
from admit.seating.plan import PlanRow, PlanSection, load_section
from admit.seating.removal import Overtaken, clear_leftovers
from admit.seating.rows import RowId, StoredRow, read_rows, rewritten
from admit.seating.seat import NOBODY, ORGANIZER, REMOVED, SeatId, channel_mark, is_removed, kept_for
from admit.store import Check, ConditionFailed, Contention, Put, Table, TransactionRefused

MOST_ROWS = 2_000
"""That one request may change: each is a write."""
_MOST_NAMED = 200
_MOST_FAULTS = 50
_ATTEMPTS = 6

type _Ids = Annotated[list[Annotated[str, StringConstraints(max_length=62)]], Field(max_length=5_000)]


class SeatsRequest(Shape):
    """Seats by id, and all seats of rows (`section-row`) and of sections."""

    seats: _Ids = []
    rows: _Ids = []
    sections: _Ids = []


class BlockRequest(SeatsRequest):
    channel: Annotated[str, StringConstraints(max_length=40)] = NOBODY
    """For whom they are kept: nobody, organizer, or an allotment by its id."""
    note: Annotated[str, StringConstraints(min_length=1, max_length=200), ONE_LINE] | None = None
    """Why, as it is shown with the rows."""


class Refusal(StrEnum):
    TAKEN = "taken"
    """A ticket has the seat."""
    KEPT = "kept"
    """It is kept for another channel; unblock it first."""
    OTHER_TIER = "other_tier"
    """Tickets of the allotment can't have it."""


class RefusedSeat(Shape):
    seat_id: str
    reason: Refusal
    ticket_id: str | None = None
    channel: str | None = None


class Blocked(Shape):
    changed: int
    """Seats of which something else is said now; those of which it was said already don't count."""
    refused: list[RefusedSeat]
    more: int
    """How many more were refused."""


type _Decide = Callable[[PlanSection, SeatId, str | None], str | RefusedSeat | None]
"""Returns what is to be said of a seat, by what is said now, or why it stays as it is."""


def block(table: Table, catalog: Catalog, request: BlockRequest, *, now: datetime) -> Blocked:
    """Keep seats for a channel, those that are free. Raises Invalid, NotFound, Contention."""
    fits = _fitting(catalog, request.channel)
    mark = channel_mark(request.channel)
    allotment = None
    if request.channel in catalog.allotments:
        # False when the allotment was given up: then nobody would free its seats.
        there = "attribute_exists(pk)"
        allotment = Check(keys.allotment(catalog.event.id, request.channel), there, {})

    def decide(section: PlanSection, seat_id: SeatId, said: str | None) -> str | RefusedSeat:
        if said is not None and said != mark:
            return _refused(seat_id, said)
        found = section.find(seat_id)
        if found is None or not fits(found[1].category):
            return RefusedSeat(seat_id=str(seat_id), reason=Refusal.OTHER_TIER)
        return mark

    return _changed(
        catalog, request, _Rewriting(table, catalog.event.id, decide, request.note, now, allotment)
    )


def unblock(table: Table, catalog: Catalog, request: SeatsRequest, *, now: datetime) -> Blocked:
    """Free seats, whatever channel they are kept for. Raises Invalid, NotFound, Contention.

    Seats of the plan are marked as removed while a change is under way, which then begins anew, or where one
    has died: those are cleared first.
    """

    def decide(_: PlanSection, seat_id: SeatId, said: str | None) -> RefusedSeat | None:
        channel = kept_for(said) if said is not None else None
        if said is not None and (channel is None or is_removed(channel)):
            return _refused(seat_id, said)
        return None

    rewriting = _Rewriting(table, catalog.event.id, decide, None, now)
    freed = _changed(catalog, request, rewriting)
    for _ in range(_ATTEMPTS):
        if all(one.channel != REMOVED for one in freed.refused):
            return freed
        catalog = load_catalog(table, catalog.event.id)
        with suppress(Overtaken):
            clear_leftovers(table, catalog, now)
        again = _changed(catalog, request, rewriting)
        freed = again.model_copy(update={"changed": freed.changed + again.changed})
    raise Contention


def _refused(seat_id: SeatId, said: str) -> RefusedSeat:
    channel = kept_for(said)
    if channel is None:
        return RefusedSeat(seat_id=str(seat_id), reason=Refusal.TAKEN, ticket_id=said)
    shown = REMOVED if is_removed(channel) else channel
    return RefusedSeat(seat_id=str(seat_id), reason=Refusal.KEPT, channel=shown)


def _fitting(catalog: Catalog, channel: str) -> Callable[[str], bool]:
    """Return what says whether seats of a category can be kept for a channel. Raises Invalid."""
    if channel in (NOBODY, ORGANIZER):
        return lambda _: True
    allotment = catalog.allotments.get(channel)
    if allotment is None:
        raise Invalid.field("channel", "is neither nobody nor organizer nor an allotment of this event")
    categories = catalog.seating.categories_of(allotment.tier_id) if catalog.seating else frozenset()
    if not categories:
        raise Invalid.field("channel", "is an allotment of a tier that has no seats")
    return lambda category: category in categories


class _Rewriting(NamedTuple):
    """What is wanted of the rows of an event."""

    table: Table
    event_id: str
    decide: _Decide
    note: str | None
    now: datetime
    check: Check | None = None
    """What must hold at each write."""

    def row(
        self, section: PlanSection, row: StoredRow, seats: Iterable[str]
    ) -> tuple[int, list[RefusedSeat]]:
        """Write one row, anew where somebody was quicker; return how many seats were changed and which were
        not. Raises Contention."""
        for _ in range(_ATTEMPTS):
            changes: dict[str, str | None] = {}
            refused: list[RefusedSeat] = []
            for seat in seats:
                said = row.said.get(seat)
                decided = self.decide(section, SeatId(*row.id, seat), said)
                if isinstance(decided, RefusedSeat):
                    refused.append(decided)
                elif decided != said:
                    changes[seat] = decided
            if not changes:
                return 0, refused
            try:
                self._write(rewritten(self.event_id, row, changes, self.now, self.note))
            except ConditionFailed as failed:
                row = StoredRow(row.id, failed.old)
            else:
                return len(changes), refused
        raise Contention

    def _write(self, put: Put) -> None:
        """Raises ConditionFailed for the row, NotFound."""
        if self.check is None:
            self.table.write(put)
            return
        try:
            self.table.transact([put, self.check])
        except TransactionRefused as refused:
            if 0 not in refused.failed:
                raise NotFound("There is no such allotment any more.") from refused
            raise ConditionFailed(refused.failed[0]) from refused


def _changed(catalog: Catalog, request: SeatsRequest, rewriting: _Rewriting) -> Blocked:
    """Change the seats that a request names, row by row."""
    if catalog.seating is None:
        raise NotFound("This event has no seating plan.")
    sections = _sections(rewriting.table, catalog.seating, request)
    wanted = _wanted(sections, request)
    rows = read_rows(rewriting.table, catalog.event.id, sections)
    changed, refused = 0, list[RefusedSeat]()
    for row_id, seats in wanted.items():
        row = rows.get(row_id, StoredRow(row_id))
        count, others = rewriting.row(sections[row_id.section], row, seats)
        changed += count
        refused += others
    return Blocked(changed=changed, refused=refused[:_MOST_NAMED], more=max(len(refused) - _MOST_NAMED, 0))


def _sections(table: Table, seating: Seating, request: SeatsRequest) -> dict[str, PlanSection]:
    """Read the sections of which a request names something and that the plan has."""
    named = {*request.sections, *(text.partition("-")[0] for text in (*request.rows, *request.seats))}
    known = [section.id for section in seating.sections if section.id in named]
    return {one: load_section(table, seating.event_id, seating.version, one) for one in known}


def _wanted(sections: Mapping[str, PlanSection], request: SeatsRequest) -> dict[RowId, list[str]]:
    """Return the seats that a request names, by row, each once. Raises Invalid for what the plan lacks."""
    wanted: dict[RowId, dict[str, None]] = {}
    faults: list[Fault] = []

    def add(section: PlanSection, row: PlanRow) -> None:
        wanted.setdefault(RowId(section.id, row.id), {}).update(dict.fromkeys(seat.id for seat in row.seats))

    for at, identifier in enumerate(request.sections):
        if identifier in sections:
            for row in sections[identifier].rows.values():
                add(sections[identifier], row)
        else:
            faults.append(Fault(f"sections[{at}]", "is no section of the plan"))
    for at, text in enumerate(request.rows):
        section_id, _, row_id = text.partition("-")
        if section_id in sections and row_id in sections[section_id].rows:
            add(sections[section_id], sections[section_id].rows[row_id])
        else:
            faults.append(Fault(f"rows[{at}]", "is no row of the plan; write it as section-row"))
    for at, text in enumerate(request.seats):
        parts = text.split("-")
        seat_id = SeatId(*parts) if len(parts) == len(SeatId._fields) else None
        if seat_id and seat_id.section in sections and sections[seat_id.section].find(seat_id):
            wanted.setdefault(RowId(seat_id.section, seat_id.row), {})[seat_id.seat] = None
        else:
            faults.append(Fault(f"seats[{at}]", "is no seat of the plan; write it as section-row-seat"))
    if len(wanted) > MOST_ROWS:
        faults.append(Fault("sections", f"are more than {MOST_ROWS} rows; name them in several requests"))
    if faults:
        raise Invalid(faults=faults[:_MOST_FAULTS])
    return {row_id: list(seats) for row_id, seats in wanted.items()}
