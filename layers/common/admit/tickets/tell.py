"""What the holder of a ticket says of himself by its key."""

from datetime import datetime

from admit.catalog.catalog import Catalog
from admit.errors import NotFound
from admit.people.edit_person import AboutMe, edit_person
from admit.people.person import Person, Voice, load_person
from admit.store import Table
from admit.tickets.hand_over import require_in_time, require_movable
from admit.tickets.ticket import Ticket


def tell(table: Table, catalog: Catalog, ticket: Ticket, about: AboutMe, now: datetime) -> Person:
    """Take what a holder says; nothing is required, so that he can answer bit by bit.

    Another name may be another person: it is taken as long as the ticket may change hands. Raises NotFound
    for a ticket without a holder, Invalid with the fields `answers.{question_id}`, Conflict, TooLate,
    AlreadyCheckedIn, InTransfer, WrongState.
    """
    if ticket.person_id is None:
        raise NotFound("This ticket has no holder yet.")
    person = load_person(table, ticket.person_id)
    if about.name is not None and about.name != person.name:
        require_movable(ticket, now)
        require_in_time(catalog.event, now)
    return edit_person(table, catalog, person, about, now, voice=Voice.HIMSELF, tier_ids=[ticket.tier_id])
