"""What a company has at an event: its orders, their money and their tickets, summed exactly when it is asked.

Of these nothing is counted on the side: orders and tickets are read as they are now, by keys that follow from
them. How far it has come with handing out its tickets is what its own dashboard says.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import NamedTuple

from admit import keys
from admit.catalog.catalog import Catalog
from admit.catalog.event import Event
from admit.catalog.organization import Organization, OrganizationSettings
from admit.catalog.price import OrganizationRole
from admit.catalog.view import AllotmentView, allotment_view
from admit.distribution.dashboard import PortalCounts, portal_counts
from admit.model import Shape
from admit.money import Money
from admit.orders.listing import all_orders_of_organization
from admit.orders.order import Order, OrderStatus
from admit.people.company import Company
from admit.people.switches import Switches, switches_of
from admit.stock.stock import left_in
from admit.store import Table
from admit.tickets.ticket import Ticket, TicketStatus

MOST_A_PAGE = 25
# A page of companies ends early rather than read more than this.
_MOST_TICKETS_A_PAGE = 10_000
_AT_ONCE = 500
_WITH_TICKETS = (OrderStatus.SETTLED, OrderStatus.FULFILLED)


class StatusTotals(Shape):
    """The orders in one state."""

    status: OrderStatus
    orders: int
    tickets: int
    amount: Money


class OrganizationTotals(Shape):
    """Sums over the orders of a company; those that have ended are told of in `by` and as money alone."""

    orders: int
    tickets: int
    amount: Money
    """What they cost."""
    paid: Money
    """What was paid and not paid back, also for orders that have ended."""
    owed: Money
    """What is still to be paid."""
    refunded: Money
    issued: int
    """Tickets that are made."""
    assigned: int
    """Those of them that somebody holds."""
    unassigned: int
    used: int
    by: list[StatusTotals]


class OrganizationRow(Shape):
    """A company in the list of an event."""

    company_id: str
    name: str
    role: OrganizationRole
    totals: OrganizationTotals
    distribution: PortalCounts
    """How far its tickets are, as its relays see it."""


class OrganizationView(OrganizationSettings):
    """A company's part in an event, with all that it has there."""

    company_id: str
    name: str
    archived: bool
    allotments: list[AllotmentView]
    totals: OrganizationTotals
    distribution: PortalCounts
    """How far its tickets are, as its relays see it."""


class OrganizationPage(NamedTuple):
    rows: list[OrganizationRow]
    cursor: str | None
    """Where the last row stands in the order of names."""


def organization_view(
    table: Table,
    catalog: Catalog,
    organization: Organization,
    company: Company,
    *,
    deployment: Switches,
    now: datetime,
) -> OrganizationView:
    allotments = [one for one in catalog.allotments.values() if one.company_id == company.id]
    left = left_in(table, [allotment.stock for allotment in allotments])
    return OrganizationView(
        **organization.model_dump(include=set(OrganizationSettings.model_fields)),
        company_id=company.id,
        name=company.name,
        archived=company.archived,
        allotments=[allotment_view(allotment, left) for allotment in allotments],
        totals=organization_totals(table, catalog.event, company.id),
        distribution=_distribution(table, catalog, company, deployment, now),
    )


def organizations_page(
    table: Table, catalog: Catalog, *, deployment: Switches, now: datetime, limit: int, cursor: str | None
) -> OrganizationPage:
    """Return one page of the companies of an event by name, each with its sums; it may end early."""
    items = table.get_many([keys.company(company_id) for company_id in catalog.organizations])
    places = sorted(
        (f"{company.name.casefold()}#{company.id}", company) for company in map(Company.of, items)
    )
    rest = [(place, company) for place, company in places if cursor is None or place > cursor]
    rows: list[OrganizationRow] = []
    read = 0
    for place, company in rest:
        totals = organization_totals(table, catalog.event, company.id)
        role = catalog.organizations[company.id].role
        rows.append(
            OrganizationRow(
                company_id=company.id,
                name=company.name,
                role=role,
                totals=totals,
                distribution=_distribution(table, catalog, company, deployment, now),
            )
        )
        read += totals.issued
        if len(rows) == limit or read >= _MOST_TICKETS_A_PAGE:
            return OrganizationPage(rows, place if len(rows) < len(rest) else None)
    return OrganizationPage(rows, None)


def organization_totals(table: Table, event: Event, company_id: str) -> OrganizationTotals:
    """Sum up the orders of a company at an event, and the tickets that came of them."""
    orders = all_orders_of_organization(table, event.id, company_id)
    tickets = Counter[str]()
    for ticket in _tickets(table, orders):
        tickets["issued"] += 1
        tickets["assigned"] += ticket.holder is not None
        tickets["used"] += ticket.entries > 0

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=event.currency)

    live = [order for order in orders if order.live]
    return OrganizationTotals(
        orders=len(live),
        tickets=sum(order.tickets for order in live),
        amount=money(sum(order.total for order in live)),
        paid=money(sum(max(0, order.paid) for order in orders)),
        owed=money(sum(order.missing for order in orders)),
        refunded=money(sum(order.paid_back for order in orders)),
        issued=tickets["issued"],
        assigned=tickets["assigned"],
        unassigned=tickets["issued"] - tickets["assigned"],
        used=tickets["used"],
        by=[
            StatusTotals(
                status=status,
                orders=len(some),
                tickets=sum(order.tickets for order in some),
                amount=money(sum(order.total for order in some)),
            )
            for status in OrderStatus
            if (some := [order for order in orders if order.status is status])
        ],
    )


def _distribution(
    table: Table, catalog: Catalog, company: Company, deployment: Switches, now: datetime
) -> PortalCounts:
    item = table.get(keys.portal_counts(company.id, catalog.event.id)) or {}
    return portal_counts(item, catalog, switches_of(company, deployment), now)


def _tickets(table: Table, orders: Sequence[Order]) -> Iterator[Ticket]:
    """Give the tickets of these orders that are not cancelled; those that are not made yet are not there."""
    wanted = (
        keys.ticket(order.id, number)
        for order in orders
        if order.status in _WITH_TICKETS
        for number in order.numbers
    )
    for some in batched(wanted, _AT_ONCE, strict=False):
        tickets = (Ticket.of(item) for item in table.get_many(some))
        yield from (ticket for ticket in tickets if ticket.status is not TicketStatus.CANCELLED)
