"""Halls with numbered seats, for the tests of them."""

from typing import Any

from admit import keys
from admit.catalog.seating import Point, SeatCategory, SeatChoice, Seating, SectionBrief
from admit.seating.maps import SeatMaps
from admit.seating.plan import PlanRow, PlanSeat, PlanSection, section_put
from admit.seating.seat import row_state
from admit.store import Table
from tests.builders import NOW
from tests.engine.till import Till

HALL = "hall"


def a_hall(
    table: Table,
    event_id: str,
    tier_id: str,
    *,
    rows: int = 4,
    seats: int = 10,
    choice: SeatChoice = SeatChoice.PICK,
    **seat: Any,
) -> Seating:
    """Give an event a plan of one section, whose seats are of one tier; `seat` says more of single seats."""
    section = PlanSection(
        HALL,
        "Hall",
        {
            str(row): PlanRow(
                str(row),
                str(row),
                tuple(
                    PlanSeat(str(at), str(at), float(at), float(row), "all", **seat.get(f"s{row}_{at}", {}))
                    for at in range(1, seats + 1)
                ),
            )
            for row in range(1, rows + 1)
        },
    )
    table.write(section_put(event_id, 1, section))
    seating = Seating(
        event_id=event_id,
        version=1,
        choice=choice,
        categories=[SeatCategory(id="all", title="Hall", tier_ids=[tier_id])],
        sections=[SectionBrief(id=HALL, title="Hall", rows=rows, seats=rows * seats, categories=["all"])],
        focus=Point(x=(seats + 1) / 2, y=0.0),
    )
    table.write(seating.put())
    return seating


def seated_till(till: Till, **hall: Any) -> Till:
    """Give the event of a till a hall for its tier."""
    a_hall(till.table, till.event_id, till.tier, **hall)
    till.goes_on(seconds=6)  # So long a function keeps a catalog.
    return till


def maps_of(table: Table) -> SeatMaps:
    """Return seats that are read at each look."""
    return SeatMaps(table, lambda: NOW)


def said(table: Table, event_id: str, section: str = HALL) -> dict[str, str]:
    """Return what is said of seats, by seat."""
    return {
        f"{section}-{item['sk'].removeprefix('ROW#')}-{seat}": what
        for item in table.query(keys.seat_rows(event_id, section))
        for seat, what in row_state(item).said.items()
    }


def seat_ids(order: Any) -> list[str]:
    return [claim.place.id for claim in order.seats]
