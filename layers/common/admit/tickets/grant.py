"""A grant: one perk that came with one ticket. It stays with the ticket, whoever holds it."""

from admit import keys
from admit.catalog.offer import OfferProvider
from admit.errors import NotFound, WrongState
from admit.model import Shape
from admit.store import ConditionFailed, Table, Update
from admit.tickets.ticket import GrantState, Ticket, TicketStatus


class GrantView(Shape):
    number: int
    title: str
    provider: OfferProvider
    state: GrantState
    reference: str | None
    """What its provider knows it by; told once it is granted or claimed."""


def grant_views(ticket: Ticket) -> list[GrantView]:
    """Show the perks of a ticket; those of a ticket that is not valid any more are revoked."""
    views = []
    for number, grant in enumerate(ticket.grants, start=1):
        state = grant.state if ticket.status is TicketStatus.VALID else GrantState.REVOKED
        told = state in (GrantState.GRANTED, GrantState.CLAIMED)
        views.append(
            GrantView(
                number=number,
                title=grant.offer.title,
                provider=grant.offer.provider,
                state=state,
                reference=grant.offer.reference if told else None,
            )
        )
    return views


def claim_grant(table: Table, ticket: Ticket, number: int) -> Ticket:
    """Claim a pending perk of a ticket; claiming again changes nothing. Raises NotFound, WrongState."""
    if not 1 <= number <= len(ticket.grants):
        raise NotFound("There is no such perk.")
    grant = f"grants[{number - 1}].#state"
    # False when it was claimed meanwhile, or came without being asked for.
    pending = f"{grant} = :pending"
    # False when the ticket is suspended or cancelled, or has changed hands since.
    same_ticket = "#status = :valid AND revision = :revision"
    values = {
        "pending": GrantState.PENDING,
        "claimed": GrantState.CLAIMED,
        "valid": TicketStatus.VALID,
        "revision": ticket.revision,
    }
    write = Update(
        keys.ticket(ticket.order_id, ticket.number),
        f"SET {grant} = :claimed",
        condition=f"{pending} AND {same_ticket}",
        values=values,
    )
    try:
        return Ticket.of(table.write(write))
    except ConditionFailed as failed:
        present = Ticket.of(failed.old or {})
        if present.status is TicketStatus.VALID and present.revision == ticket.revision:
            return present
        raise WrongState("This ticket is not valid any more, or has changed hands.") from failed
