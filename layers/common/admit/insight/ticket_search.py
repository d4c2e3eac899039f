"""Search for a ticket whose code nobody has at hand: by a name, an address, a company, or a shorter code."""

import re
from collections.abc import Sequence
from datetime import datetime

from admit import ids, keys
from admit.catalog.catalog import Catalog
from admit.catalog.event import Event
from admit.door.device import Device, Profile
from admit.door.look import SeenTicket, seen
from admit.insight.order_page import find_orders
from admit.insight.search import find_persons
from admit.orders.order import Order
from admit.store import Key, Table
from admit.tickets.ticket import Ticket

_MOST_OF_ONE = 20
"""Tickets that are found of one person, or of one order by its buyer."""
_CODE = re.compile(r"([0-9a-hjkmnp-tv-z]{5})-?([0-9a-hjkmnp-tv-z]{4})(?:-([0-9]{1,5}))?")


def search_tickets(
    table: Table,
    catalog: Catalog,
    device: Device,
    text: str,
    *,
    limit: int,
    now: datetime,
    list_id: str | None = None,
) -> list[SeenTicket]:
    """Return the tickets that a text names, or whose holder or buyer has words that begin so.

    A code is read to each other as an order's, a badge's or a ticket's. Costs two reads a shard of the event,
    and three more. Raises Forbidden, Invalid.
    """
    device.require(Profile.SEARCH)
    event = catalog.event
    tickets = _by_code(table, event, text.strip(), limit) or _by_words(table, event, text, limit)
    return [seen(catalog, device, ticket, now, list_id) for ticket in tickets]


def _by_code(table: Table, event: Event, text: str, limit: int) -> list[Ticket]:
    """Return the tickets that a code names; none when it is the code of nothing."""
    code = text.casefold()
    try:
        return _tickets(table, event, [keys.ticket(*ids.split_ticket_id(code))], limit)
    except ValueError:
        read = _CODE.fullmatch(code.translate(ids.MISREAD))
    if read is None:
        return []
    candidates = ids.order_ids_of_code(event.id, read[1] + read[2])
    orders = [Order.of(item) for item in table.get_many([keys.order(one) for one in candidates])]
    wanted = [
        keys.ticket(order.id, number)
        for order in orders
        for number in order.numbers
        if read[3] is None or number == int(read[3])
    ]
    return _tickets(table, event, wanted[:limit], limit)


def _by_words(table: Table, event: Event, text: str, limit: int) -> list[Ticket]:
    persons = find_persons(table, event, text, limit=limit, cursor=None).persons
    wanted = [
        keys.ticket(*ids.split_ticket_id(ticket_id))
        for person in persons
        for ticket_id in person.tickets[:_MOST_OF_ONE]
    ]
    wanted += [
        keys.ticket(order.id, number)
        for order in find_orders(table, event, text, limit=limit)
        for number in order.numbers[:_MOST_OF_ONE]
    ]
    return _tickets(table, event, wanted, limit)


def _tickets(table: Table, event: Event, wanted: Sequence[Key], limit: int) -> list[Ticket]:
    some = list(dict.fromkeys(wanted))[:limit]
    return [one for one in map(Ticket.of, table.get_many(some)) if one.event_id == event.id]
