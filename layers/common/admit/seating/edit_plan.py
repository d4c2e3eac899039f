"""A seating plan is set, and changed while it is on sale: no seat that somebody has is lost.

Each version of a plan is new items; one transaction makes it the one that holds. Before that, seats that the
new version lacks are marked as removed in their rows, each on the condition that nobody has it: an order by
the old version that comes later fails at the mark, and a seat that was taken before stops the change.

Of two changes at once, the one that began later goes on, and the other one begins anew. A change that died in
between leaves marks at seats that are still in the plan; whatever change comes next clears them, and so does
unblocking such a seat.

Former versions stay stored: somebody may be reading one.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from admit import keys
from admit.catalog.amend import Amendment, amend
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.seating import Seating
from admit.clock import stamp
from admit.errors import AdmitError, ChangedMeanwhile, InUse
from admit.seating.plan import PlanSeat, PlanSection, load_plan, packed, section_put
from admit.seating.plan_settings import Drawn, PlanSettings, drawn
from admit.seating.removal import Overtaken, Plan, Removal, Taken, clear_leftovers
from admit.seating.rows import RowId, StoredRow, read_rows
from admit.seating.seat import SeatId, kept_for
from admit.store import ConditionFailed, Contention, Put, Table

_ATTEMPTS = 6
_MOST_NAMED = 50


class SoldSeat(NamedTuple):
    seat_id: str
    ticket_id: str


class PlanChange(NamedTuple):
    """How a plan differs from the one that holds; seats by their ids."""

    added: list[str]
    removed: list[str]
    moved: list[str]
    """Those that stand elsewhere."""
    changed: list[str]
    """Those of which something else is said, such as another category."""
    sold: list[SoldSeat]
    """Those that tickets have and that the new plan lacks."""


def set_plan(table: Table, catalog: Catalog, settings: PlanSettings, *, now: datetime) -> Seating:
    """Make a plan the one that holds; one that holds already is not stored again.

    Raises Invalid, ChangedMeanwhile for another version than the sender has read, InUse that names the seats
    of tickets that the plan lacks, Contention.
    """
    for attempt in range(_ATTEMPTS):
        if attempt:
            catalog = load_catalog(table, catalog.event.id)
        present = catalog.seating
        if settings.version is not None and settings.version != (present.version if present else 0):
            raise ChangedMeanwhile("The plan has been changed since you read it; read it again.")
        try:
            return _Change(table, catalog, settings, now).make()
        except (Overtaken, Taken):
            continue
    raise Contention


def plan_change(table: Table, catalog: Catalog, wanted: Drawn) -> PlanChange:
    """Compare a plan with the one that holds, and with what is sold."""
    before = _present_plan(table, catalog)
    old, new = _seats_of(before.values()), _seats_of(wanted.sections.values())
    gone = [seat_id for seat_id in old if seat_id not in new]
    rows = read_rows(table, catalog.event.id, {seat_id.section for seat_id in gone})
    kept = [seat_id for seat_id in new if seat_id in old]
    moved = [one for one in kept if (old[one].x, old[one].y) != (new[one].x, new[one].y)]
    changed = [one for one in kept if _described(old[one]) != _described(new[one])]
    return PlanChange(
        added=[str(seat_id) for seat_id in new if seat_id not in old],
        removed=[str(seat_id) for seat_id in gone],
        moved=[str(seat_id) for seat_id in moved],
        changed=[str(seat_id) for seat_id in changed],
        sold=_sold(rows, gone),
    )


class _Change:
    """One try to set a plan."""

    def __init__(self, table: Table, catalog: Catalog, settings: PlanSettings, now: datetime) -> None:
        self._table = table
        self._catalog = catalog
        self._settings = settings
        self._now = now
        self._event_id = catalog.event.id
        self._wanted = drawn(catalog, settings)
        self._before = _present_plan(table, catalog)
        self._removal = Removal(table, catalog.event.id, now)

    def make(self) -> Seating:
        present = self._catalog.seating
        if present is not None and self._says_the_same(present):
            clear_leftovers(self._table, self._catalog, self._now)
            return present
        gone = _seats_of(self._before.values()).keys() - _seats_of(self._wanted.sections.values()).keys()
        if present is None or not gone:
            return self._committed(present)
        self._refuse_sold(gone)
        held = self._removal.begin(present)
        try:
            self._removal.mark(held, gone)
            return self._committed(held)
        except (AdmitError, Taken):
            self._removal.clear(held, self._before, self._catalog)
            raise

    def _says_the_same(self, present: Seating) -> bool:
        wanted = self._wanted.seating.model_copy(
            update={"version": present.version, "revision": present.revision}
        )
        return wanted == present and _written(self._wanted.sections) == _written(self._before)

    def _refuse_sold(self, gone: Collection[SeatId]) -> None:
        rows = read_rows(self._table, self._event_id, {seat_id.section for seat_id in gone})
        if sold := _sold(rows, sorted(gone)):
            named = ", ".join(seat.seat_id for seat in sold[:_MOST_NAMED])
            more = len(sold) - _MOST_NAMED
            raise InUse(
                f"Tickets have these seats: {named}{f' and {more} more' if more > 0 else ''}. "
                "Keep them in the plan, or change the seats of these tickets first.",
                extra={"seats": [seat._asdict() for seat in sold[:_MOST_NAMED]], "more": max(more, 0)},
            )

    def _committed(self, held: Seating | None) -> Seating:
        """Store the plan, make it the one that holds, and clear the marks of seats that it has.

        Raises Overtaken and, for a catalog that was changed meanwhile, Invalid.
        """
        version = self._stored_version(held.version if held else 0)
        as_held = replace(self._catalog, seating=held)

        def decide(catalog: Catalog) -> Amendment[Seating]:
            # None where the plan is the event's first.
            revision = held.revision if held else None
            if (catalog.seating.revision if catalog.seating else None) != revision:
                raise Overtaken
            self._catalog = catalog
            # What the plan names in the catalog may have gone.
            wanted = self._wanted if catalog is as_held else drawn(catalog, self._settings)
            update = {"version": version, "revision": (revision or 0) + 1}
            seating = wanted.seating.model_copy(update=update)
            return Amendment(seating, [seating.put() if held is None else seating.put().over(held.revision)])

        seating = amend(self._table, as_held, decide)
        if held is not None:
            self._removal.clear(seating, self._wanted.sections, self._catalog)
        return seating

    def _stored_version(self, above: int) -> int:
        """Store the sections under the next version that no change has claimed, not even one that died."""
        version = above + 1
        while not self._claimed(version):
            version += 1
        for section in self._wanted.sections.values():
            self._table.write(section_put(self._event_id, version, section))
        return version

    def _claimed(self, version: int) -> bool:
        head = {"kind": "plan", "event_id": self._event_id, "stored_at": stamp(self._now)}
        try:
            self._table.write(Put(keys.plan_head(self._event_id, version), head))
        except ConditionFailed:
            return False
        return True


def _present_plan(table: Table, catalog: Catalog) -> dict[str, PlanSection]:
    if catalog.seating is None:
        return {}
    return load_plan(table, catalog.event.id, catalog.seating.version)


def _written(plan: Plan) -> dict[str, bytes]:
    """Write the sections of a plan, since the order of their rows counts too."""
    return {section.id: packed(section) for section in plan.values()}


def _seats_of(sections: Iterable[PlanSection]) -> dict[SeatId, PlanSeat]:
    return {
        SeatId(section.id, row.id, seat.id): seat for section in sections for row, seat in section.seats()
    }


def _sold(rows: Mapping[RowId, StoredRow], seat_ids: Iterable[SeatId]) -> list[SoldSeat]:
    """Return those of the seats that tickets have."""
    sold = []
    for seat_id in seat_ids:
        row = rows.get(RowId(seat_id.section, seat_id.row))
        said = row.said.get(seat_id.seat) if row else None
        if said is not None and kept_for(said) is None:
            sold.append(SoldSeat(str(seat_id), said))
    return sold


def _described(seat: PlanSeat) -> PlanSeat:
    """Return a seat as it is, wherever it stands."""
    return replace(seat, x=0, y=0)
