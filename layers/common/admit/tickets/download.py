"""Downloading: who has a ticket has fetched its code or badge, or a pass of it."""

from contextlib import suppress

from admit import keys
from admit.store import ConditionFailed, Contention, Table, Update
from admit.tickets.ticket import Ticket


def mark_downloaded(table: Table, ticket: Ticket) -> None:
    """Note on a ticket that who has it has its code; again changes nothing, and of nobody's it is not noted.

    What he has asked for does not wait for it: when others are at the ticket, his next request notes it.
    """
    if ticket.holder is None or ticket.is_downloaded:
        return
    # False when it has changed hands since it was read: then the code is of a former revision.
    same_revision = "revision = :revision"
    # False when it was noted already.
    not_noted = "(attribute_not_exists(downloaded) OR downloaded <> :revision)"
    mark = Update(
        keys.ticket(ticket.order_id, ticket.number),
        "SET downloaded = :revision",
        condition=f"{same_revision} AND {not_noted}",
        values={"revision": ticket.revision},
    )
    with suppress(ConditionFailed, Contention):
        table.write(mark)
