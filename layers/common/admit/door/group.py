"""The group of a ticket: the tickets of its order, at a glance, and let in together."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Annotated

from pydantic import Field

from admit import ids
from admit.catalog.catalog import Catalog
from admit.door.admit import Direction, ForceReason, ListId, Nonce, ScanRequest, TicketId, admit_shown
from admit.door.answer import Scan
from admit.door.device import Device, Profile
from admit.door.look import SeenTicket, require_known, seen
from admit.door.record import has_capacity
from admit.errors import Invalid, NotFound
from admit.model import Shape
from admit.orders.order import load_order
from admit.store import Table
from admit.tickets.ticket import tickets_of

MOST_TICKETS = 98
"""Tickets of a group that are shown, or let in, at once."""
_AT_ONCE = 16


class Group(Shape):
    """The tickets of an order, by number."""

    order_code: str
    buyer: str
    tickets: list[SeenTicket]
    left_out: int
    """How many more there are; the ticket that was asked for is shown."""


class GroupRequest(Shape):
    """Tickets of one order that go in or out together; a retry sends the same nonce."""

    ticket_ids: Annotated[list[TicketId], Field(min_length=1, max_length=MOST_TICKETS)]
    list_id: ListId | None = None
    """May be left out by a device with one list."""
    direction: Direction = Direction.IN
    nonce: Nonce
    force: bool = False
    """Let the guests in against the rules, which only a supervisor's device may."""
    force_reason: ForceReason | None = None


class GroupScan(Shape):
    ticket_id: str
    scan: Scan


class GroupScans(Shape):
    results: list[GroupScan]
    """One a ticket, in the order of the request."""


def group_of(
    table: Table,
    catalog: Catalog,
    device: Device,
    ticket_id: str,
    *,
    list_id: str | None = None,
    now: datetime,
) -> Group:
    """Return the tickets of the order that a ticket is of, by two reads.

    A device that may not search has just scanned it. Raises NotFound, Forbidden, Invalid.
    """
    try:
        order_id, number = ids.split_ticket_id(ticket_id)
    except ValueError as exc:
        raise NotFound("There is no such ticket at this event.") from exc
    tickets = {ticket.number: ticket for ticket in tickets_of(table, order_id)}
    if number not in tickets or tickets[number].event_id != catalog.event.id:
        raise NotFound("There is no such ticket at this event.")
    require_known(device, [tickets[number]], now)
    order = load_order(table, order_id)
    others = [other for other in tickets if other != number][: MOST_TICKETS - 1]
    return Group(
        order_code=order.code,
        buyer=order.buyer.name,
        tickets=[seen(catalog, device, tickets[one], now, list_id) for one in sorted([number, *others])],
        left_out=len(tickets) - len(others) - 1,
    )


def admit_group(
    table: Table, catalog: Catalog, device: Device, request: GroupRequest, now: datetime
) -> GroupScans:
    """Admit tickets of one order, or let them out, each for itself; the same nonce answers the same.

    Raises Invalid, Forbidden, Contention, after which all may come again.
    """
    ticket_ids = list(dict.fromkeys(request.ticket_ids))
    _require_known(table, device, ticket_ids, now)

    def take(ticket_id: str) -> GroupScan:
        one = ScanRequest(
            ticket_id=ticket_id,
            list_id=request.list_id,
            direction=request.direction,
            nonce=ids.digest("group", request.nonce, ticket_id)[:32],
            force=request.force,
            force_reason=request.force_reason,
        )
        return GroupScan(ticket_id=ticket_id, scan=admit_shown(table, catalog, device, one, now))

    # Where a count of those inside is moved with each, one would only wait for the other.
    with ThreadPoolExecutor(1 if has_capacity(catalog) else _AT_ONCE) as threads:
        return GroupScans(results=list(threads.map(take, ticket_ids)))


def _require_known(table: Table, device: Device, ticket_ids: Sequence[str], now: datetime) -> None:
    """Raise Invalid unless these are tickets of one order, Forbidden unless the device may know them."""
    order_ids = set()
    for at, ticket_id in enumerate(ticket_ids):
        try:
            order_ids.add(ids.split_ticket_id(ticket_id)[0])
        except ValueError as exc:
            raise Invalid.field(f"ticket_ids[{at}]", "is not the id of a ticket") from exc
    if len(order_ids) > 1:
        raise Invalid.field("ticket_ids", "are tickets of several orders; send those of one")
    if not device.may(Profile.SEARCH):
        require_known(device, tickets_of(table, order_ids.pop()), now)
