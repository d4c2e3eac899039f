"""Assigning: one write gives a ticket to the person who attends, and its former credential admits no more."""

from admit import keys
from admit.errors import AlreadyCheckedIn, Conflict, NotFound, WrongState
from admit.ids import ticket_id
from admit.orders.order import Holder, Order
from admit.store import ConditionFailed, Table, Update
from admit.tickets.ticket import MOST_REVISIONS, Images, Ticket, TicketStatus, held_by


def assign(table: Table, order: Order, number: int, holder: Holder) -> Ticket:
    """Give a ticket of this order to a holder; the same holder again changes nothing.

    Raises NotFound, AlreadyCheckedIn, WrongState.
    """
    index = held_by(holder, order.event_starts_at, ticket_id(order.id, number))
    return _change(
        table,
        order,
        number,
        "SET holder = :holder, gsi2pk = :gsi2pk, gsi2sk = :gsi2sk, "
        "revision = revision + :one, images = :stale",
        differs="(attribute_not_exists(holder) OR holder <> :holder)",
        values={"holder": holder.model_dump(mode="json", exclude_none=True), **index},
        wanted=holder,
    )


def take_back(table: Table, order: Order, number: int) -> Ticket:
    """Leave a ticket of this order without a holder. Raises NotFound, AlreadyCheckedIn, WrongState."""
    return _change(
        table,
        order,
        number,
        "SET revision = revision + :one, images = :stale REMOVE holder, gsi2pk, gsi2sk",
        differs="attribute_exists(holder)",
        values={},
        wanted=None,
    )


def _change(
    table: Table,
    order: Order,
    number: int,
    expression: str,
    *,
    differs: str,
    values: dict[str, object],
    wanted: Holder | None,
) -> Ticket:
    # False when the ticket is suspended or cancelled.
    valid = "#status = :valid"
    # False when somebody has gone in with it.
    unused = "entries = :none"
    # False when the credential has no revision left to count.
    countable = "revision < :last"
    try:
        stored = table.write(
            Update(
                keys.ticket(order.id, number),
                expression,
                condition=f"{valid} AND {unused} AND {countable} AND {differs}",
                values={
                    "valid": TicketStatus.VALID,
                    "none": 0,
                    "last": MOST_REVISIONS - 1,
                    "one": 1,
                    "stale": Images.STALE,
                    **values,
                },
            )
        )
    except ConditionFailed as failed:
        return _unchanged(failed, wanted)
    return Ticket.of(stored)


def _unchanged(failed: ConditionFailed, wanted: Holder | None) -> Ticket:
    """Say why nothing was written, or return the ticket when there was nothing to change."""
    if failed.old is None:
        raise NotFound("There is no such ticket.") from failed
    ticket = Ticket.of(failed.old)
    if ticket.holder == wanted:
        return ticket
    if ticket.entries:
        raise AlreadyCheckedIn from failed
    if ticket.status is not TicketStatus.VALID:
        raise WrongState(f"This ticket is {ticket.status}.") from failed
    raise Conflict("This ticket has changed hands too often; ask the organizer.") from failed
