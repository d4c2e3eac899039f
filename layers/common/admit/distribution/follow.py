"""Lines of carts follow their tickets: what a cart shows of a ticket is what the ticket says.

The ticket is changed first, in a write of its own; the stream brings the change here, as often as it takes.
"""

from collections.abc import Iterable
from datetime import datetime

from admit import keys
from admit.errors import TooLarge
from admit.ids import split_ticket_id
from admit.store import ConditionFailed, Contention, Key, Table
from admit.tickets.cart_line import Act, Line, LineTicket, Step
from admit.tickets.ticket import Ticket

_TRIES = 5


def changed_lines(changes: Iterable[tuple[Ticket, Ticket]]) -> set[Key]:
    """Return the keys of the lines that show what has changed of tickets, each given before and after.

    A ticket that has just come into a line may have changed since it was read for that.
    """
    return {
        keys.cart_line(after.company_id, after.allocation.relay, after.allocation.contact_id)
        for before, after in changes
        if after.company_id is not None
        and after.allocation is not None
        and (before.allocation, LineTicket.of_ticket(before))
        != (after.allocation, LineTicket.of_ticket(after))
    }


def follow(table: Table, line_key: Key, now: datetime) -> None:
    """Bring what a line shows to what its tickets say by now; one that would be too large stays as it is.

    Raises Contention.
    """
    for _ in range(_TRIES):
        item = table.get(line_key)
        if item is None:
            return
        line = Line.of(item)
        found = table.get_many([keys.ticket(*split_ticket_id(ticket.id)) for ticket in line.tickets])
        shown = {ticket.id: LineTicket.of_ticket(ticket) for ticket in map(Ticket.of, found)}
        tickets = [shown.get(ticket.id, ticket) for ticket in line.tickets]
        if tickets == line.tickets:
            return
        act = Act(step=Step.FOLLOWED, at=now, actor="system")
        try:
            table.write(line.model_copy(update={"tickets": tickets, "act": act}).over(line))
        except ConditionFailed:
            continue
        except TooLarge:
            return
        return
    raise Contention
