"""What stands on the badge of a ticket."""

from admit.badges.face import PLAIN, BadgeDesign, BadgeFace, make_face
from admit.catalog.badge import PersonRole
from admit.catalog.event import Event
from admit.ids import order_code
from admit.tickets.ticket import Ticket


def face_of(ticket: Ticket, event: Event, credential: str, design: BadgeDesign = PLAIN) -> BadgeFace:
    """Return what stands on the badge of a ticket as it is now."""
    return make_face(
        event,
        ticket.holder,
        ticket.role or PersonRole.ATTENDEE,
        tier=ticket.tier_title,
        seat=ticket.seat_text or "",
        code=f"{order_code(ticket.order_id)}-{ticket.number}",
        credential=credential,
        design=design,
    )
