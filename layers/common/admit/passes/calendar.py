"""The calendar file of a ticket: the event as one entry, as RFC 5545 has it.

Times are in UTC, so that no time zone need be described. The entry keeps its UID whatever changes, and its
SEQUENCE only grows, so that a file that is loaded again moves the entry in place of adding one. It names the
event's page and not the ticket's: calendars are shared, and who has the ticket's address has its code.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from admit.catalog.event import Event, EventStatus
from admit.ids import order_code
from admit.tickets.ticket import Ticket, TicketStatus

CALENDAR_TYPE = "text/calendar; charset=utf-8"
_MOST_OCTETS = 75
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_STATUS = {
    TicketStatus.VALID: "CONFIRMED",
    TicketStatus.SUSPENDED: "TENTATIVE",
    TicketStatus.CANCELLED: "CANCELLED",
}


def ticket_calendar(ticket: Ticket, event: Event, url: str) -> str:
    """Return the calendar file of a ticket; `url` is what its entry leads to."""
    cancelled = event.status is EventStatus.CANCELLED or ticket.status is TicketStatus.CANCELLED
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Admit//Tickets//EN",
        "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT",
        f"UID:{ticket.id}@{event.id}.admit",
        f"DTSTAMP:{_utc(event.created_at)}",
        f"SEQUENCE:{event.revision + ticket.revision + cancelled}",
        f"DTSTART:{_utc(event.starts_at)}",
        f"DTEND:{_utc(event.ends_at)}",
        f"SUMMARY:{_text(event.title)}",
        *([f"LOCATION:{_text(place)}"] if (place := _place(event)) else []),
        f"DESCRIPTION:{_text(_description(ticket))}",
        f"URL:{url}",
        f"STATUS:{'CANCELLED' if cancelled else _STATUS[ticket.status]}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _place(event: Event) -> str:
    if event.venue is None:
        return ""
    lines = [event.venue.name, *event.venue.address.splitlines()]
    return ", ".join(line.strip() for line in lines if line.strip())


def _description(ticket: Ticket) -> str:
    code = f"{order_code(ticket.order_id)}-{ticket.number}"
    seat = [ticket.seat.text] if ticket.seat else []
    return "\n".join([ticket.tier_title, *seat, *([ticket.holder.name] if ticket.holder else []), code])


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """Escape a text value (RFC 5545, 3.3.11); control characters, which it may not hold, are left out."""
    lines = "\n".join(value.splitlines())
    return "".join(one for one in lines if one >= " " or one == "\n").translate(_ESCAPED)


def _folded(line: str) -> Iterator[str]:
    """Fold a line to 75 octets (RFC 5545, 3.1), never within a character."""
    part = ""
    for character in line:
        if len((part + character).encode()) > _MOST_OCTETS:
            yield part
            part = " "
        part += character
    yield part
