"""The dashboard: how far the tickets of a company are, counted by the stream and read without a walk.

Each ticket is worth a count of its state, and each change of one a difference. `insight/summary.py` adds the
differences exactly once; the audit counts again from the tickets.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.event import Event
from admit.catalog.view import EventBrief, event_brief
from admit.distribution.portal import PortalState, portal_state
from admit.errors import TooLate
from admit.model import Shape
from admit.people.switches import Switches, TakeBack
from admit.store import Item, Table
from admit.tickets.hand_over import require_in_time
from admit.tickets.ticket import Ticket, TicketStatus

_MOVABLE = "movable"
_WITH_SOMEBODY = (PortalState.DISTRIBUTED, PortalState.DOWNLOADED)


class StateCounts(Shape):
    """Tickets by state; each is in one."""

    not_distributed: int
    allocated: int
    distributed: int
    downloaded: int
    used: int


class TierCounts(Shape):
    tier_id: str
    tier_title: str
    total: int
    states: StateCounts


class PortalCounts(Shape):
    """The tickets of a company at an event, as far as the stream has been projected."""

    total: int
    """All that are not cancelled."""
    cancelled: int
    states: StateCounts
    tiers: list[TierCounts]
    take_back_possible: int
    """How many of those that somebody has the company's relays could take back now."""


class EventDashboard(PortalCounts):
    event: EventBrief


def portal_worth(ticket: Ticket | None) -> Counter[str]:
    """Return what a ticket, as it stands, adds to the counts of the company that owns it."""
    if ticket is None or ticket.company_id is None:
        return Counter()
    if ticket.status is TicketStatus.CANCELLED:
        return Counter(cancelled=1)
    state = portal_state(ticket)
    worth = Counter({_cell(ticket.tier_id, state): 1})
    if state in _WITH_SOMEBODY and ticket.status is TicketStatus.VALID:
        worth[_movable(state)] = 1
    return worth


def portal_difference(before: Ticket | None, after: Ticket) -> dict[str, Counter[str]]:
    """Return by company what a change of a ticket adds to its counts."""
    differences: dict[str, Counter[str]] = {}
    for ticket, sign in ((before, -1), (after, 1)):
        if ticket is not None and ticket.company_id is not None:
            difference = differences.setdefault(ticket.company_id, Counter())
            for name, count in portal_worth(ticket).items():
                difference[name] += sign * count
    return {company: found for company, found in differences.items() if any(found.values())}


def dashboard_of(
    table: Table,
    company_id: str,
    event_id: str | None,
    *,
    catalog_of: Callable[[str], Catalog],
    switches: Switches,
    now: datetime,
) -> list[EventDashboard]:
    """Show how far the tickets of a company are, at one event or at each, with one read; the soonest first.

    `switches` hold for the company.
    """
    if event_id is None:
        items = table.query(keys.portal_counts_of(company_id))
    else:
        item = table.get(keys.portal_counts(company_id, event_id))
        items = [item] if item else []
    shown = []
    for item in items:
        catalog = catalog_of(item["event_id"])
        counts = portal_counts(item, catalog, switches, now)
        shown.append(EventDashboard(**dict(counts), event=event_brief(catalog.event)))
    return sorted(shown, key=lambda one: (one.event.starts_at, one.event.id))


def portal_counts(item: Item, catalog: Catalog, switches: Switches, now: datetime) -> PortalCounts:
    """Show the counts of a company at an event, as the table keeps them; `switches` hold for the company."""
    tiers = []
    for tier in catalog.tiers.values():
        states = state_counts({state: item.get(_cell(tier.id, state), 0) for state in PortalState})
        if total := _total(states):
            tiers.append(TierCounts(tier_id=tier.id, tier_title=tier.title, total=total, states=states))
    every: Counter[PortalState] = Counter()
    for name, count in item.items():
        if (state := _state_in(name)) is not None:
            every[state] += count
    states = state_counts(every)
    return PortalCounts(
        total=_total(states),
        cancelled=item.get("cancelled", 0),
        states=states,
        tiers=tiers,
        take_back_possible=_possible(item, catalog.event, switches, now),
    )


def _possible(item: Item, event: Event, switches: Switches, now: datetime) -> int:
    try:
        require_in_time(event, now)
    except TooLate:
        return 0
    rights = {
        PortalState.DISTRIBUTED: switches.take_back,
        PortalState.DOWNLOADED: switches.take_back_downloaded,
    }
    return sum(item.get(_movable(state), 0) for state, right in rights.items() if right is not TakeBack.OFF)


def _cell(tier_id: str, state: PortalState) -> str:
    """Return the name of the count of a tier's tickets in a state: letters, digits and _ alone."""
    return f"{tier_id.replace('-', '_')}__{state}"


def _state_in(name: str) -> PortalState | None:
    """Return the state that an attribute counts, if it is such a count."""
    tier, _, state = name.rpartition("__")
    return PortalState(state) if tier and tier != _MOVABLE else None


def _movable(state: PortalState) -> str:
    """Return the name of the count of the tickets in a state that are valid, so that they may move."""
    return f"{_MOVABLE}__{state}"


def state_counts(counts: Mapping[PortalState, int]) -> StateCounts:
    return StateCounts(**{state.value: counts.get(state, 0) for state in PortalState})


def _total(states: StateCounts) -> int:
    return sum(dict(states).values())
