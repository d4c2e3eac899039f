"""The seats of a company on the map of an event: all of them, whether they are given to somebody or not.

The map itself, its rows and where each seat is, is the event's and public; this says what the company has on
it, so that one map shows both.
"""

from collections import Counter
from datetime import datetime

from admit.catalog.catalog import Catalog
from admit.distribution.dashboard import StateCounts, state_counts
from admit.distribution.portal import (
    AllocatedTo,
    PortalState,
    Wanted,
    portal_ticket,
    tickets_of_company,
)
from admit.model import Shape
from admit.people.person import Holder
from admit.store import Table
from admit.tickets.hand_over import Hand


class OwnSeat(Shape):
    """A seat that a ticket of the company has."""

    seat_id: str
    seat: str
    ticket_id: str
    tier_id: str
    state: PortalState
    holder: Holder | None
    cart_guest: AllocatedTo | None
    take_back_possible: bool


class SeatOverlay(Shape):
    event_id: str
    plan: int | None
    """Version of the plan that holds; null for an event without seats."""
    seats: list[OwnSeat]
    counts: StateCounts
    """Of all its seats, whatever is asked for."""
    unseated: int
    """Its tickets that have no seat, or none yet."""


def seat_overlay(
    table: Table,
    company_id: str,
    catalog: Catalog,
    state: PortalState | None,
    *,
    hand: Hand,
    now: datetime,
) -> SeatOverlay:
    """Show the seats of a company at an event to whose hand this is: those in a state, or all."""
    seats: list[OwnSeat] = []
    counts: Counter[PortalState] = Counter()
    unseated = 0
    for ticket in tickets_of_company(table, company_id, Wanted(event_id=catalog.event.id)):
        shown = portal_ticket(ticket, catalog.event, hand, now)
        if shown.seat_id is None or shown.seat is None:
            unseated += 1
            continue
        counts[shown.state] += 1
        if state in (None, shown.state):
            seats.append(
                OwnSeat(
                    seat_id=shown.seat_id,
                    seat=shown.seat,
                    ticket_id=shown.id,
                    tier_id=shown.tier_id,
                    state=shown.state,
                    holder=shown.holder,
                    cart_guest=shown.cart_guest,
                    take_back_possible=shown.take_back_possible,
                )
            )
    return SeatOverlay(
        event_id=catalog.event.id,
        plan=catalog.seating.version if catalog.seating else None,
        seats=seats,
        counts=state_counts(counts),
        unseated=unseated,
    )
