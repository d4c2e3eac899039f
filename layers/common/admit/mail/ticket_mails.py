"""Mails to those who have a ticket, had one, or are offered one; none of what no longer holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from admit.catalog.answers import missing
from admit.catalog.event import EventStatus
from admit.catalog.question import AskedOf
from admit.ids import normal_email
from admit.mail.kinds import TextKind
from admit.mail.letter import Desk, Letter, Value, glance
from admit.mail.mails import (
    AboutDetails,
    AboutEventChange,
    AboutSeat,
    AboutTicket,
    AboutTransfer,
    FormerHolder,
    Mail,
    MailKind,
)
from admit.orders.order import Order
from admit.people.person import Holder, Person, same_address
from admit.tickets.hand_over import History
from admit.tickets.links import Links
from admit.tickets.ticket import Ticket, TicketStatus, with_seat
from admit.tickets.transfer import Transfer, TransferStatus

_ARRIVALS = {"passed on": TextKind.TICKET_PASSED_ON, "claimed": TextKind.TICKET_CLAIMED}


class Held(NamedTuple):
    """A ticket with its order, and who has it, if the event knows him."""

    ticket: Ticket
    order: Order
    person: Person | None = None

    @property
    def giver(self) -> str:
        """Who gives it: who controls it by now, or its buyer by name."""
        return self.ticket.owner_email or self.order.buyer.name

    def letter(self, holder: Holder, desk: Desk) -> Letter:
        language = self.person.language if self.person else None
        return desk.letter(holder.email, language, self.order.buyer.language)


def ticket_mail(request: AboutTicket, held: Held, history: History | None, desk: Desk) -> Mail | None:
    """Write to the holder of a ticket that he has it, or that it is cancelled; None when he has it no more.

    `history` says how the ticket came to him. That it is cancelled a buyer reads in the mail about his order.
    """
    ticket, holder = held.ticket, held.ticket.holder
    if holder is None or (ticket.revision != request.revision and not request.again):
        return None
    letter = held.letter(holder, desk)
    values = _of_ticket(held, holder, letter)
    if request.kind is MailKind.TICKET_ASSIGNED:
        kind = _ARRIVALS.get(history.what if history else "", TextKind.TICKET_ASSIGNED)
        return letter.written(kind, values | _given(held, holder, letter))
    order = held.order
    told = not order.quiet and normal_email(holder.email) == normal_email(order.buyer.email)
    if told or ticket.status is not TicketStatus.CANCELLED:
        return None
    over = desk.event.status is EventStatus.CANCELLED
    values["link"] = letter.link("see_ticket", desk.links.ticket_page(ticket))
    return letter.written(TextKind.EVENT_CANCELLED if over else TextKind.TICKET_CANCELLED, values)


def former_holder_mail(
    request: FormerHolder, held: Held, history: History | None, transfer: Transfer | None, desk: Desk
) -> Mail | None:
    """Write to somebody that a ticket is his no more; None to who has done that himself, or has it again.

    `history` is of the change by which he lost it, `transfer` the offer that was accepted by it, and
    `held.person` he himself.
    """
    holder = held.ticket.holder
    if holder is not None and same_address(holder.email, request.email):
        return None
    by_himself = history is not None and (
        same_address(history.actor, request.email)
        or (history.actor == "buyer" and same_address(held.order.buyer.email, request.email))
    )
    offered_by_him = transfer is not None and same_address(transfer.from_email, request.email)
    if by_himself or offered_by_him:
        return None
    former = Holder(email=request.email, name=request.name)
    letter = held.letter(former, desk)
    return letter.written(TextKind.TICKET_TAKEN_BACK, _of_ticket(held, former, letter))


def details_mail(request: AboutDetails, held: Held, desk: Desk, now: datetime) -> Mail | None:
    """Remind the holder of a ticket of what he has not answered yet; None when nothing is left to answer."""
    ticket, holder = held.ticket, held.ticket.holder
    questions = _unanswered(held, desk)
    counts = ticket.status is TicketStatus.VALID and now < desk.event.ends_at
    if holder is None or not questions or not counts:
        return None
    letter = held.letter(holder, desk)
    values = _of_ticket(held, holder, letter) | {
        "questions": "\n".join(f"• {question}" for question in questions),
        "link": letter.link("give_details", desk.links.ticket_page(ticket)),
    }
    return letter.written(TextKind(request.kind), values)


def transfer_mail(
    request: AboutTransfer, transfer: Transfer, held: Held, desk: Desk, now: datetime
) -> Mail | None:
    """Write to one side of an offer of a ticket; None when the offer has gone on since."""
    if not _still_so(request, transfer, held.ticket, now):
        return None
    to_receiver = request.kind in (MailKind.TRANSFER_OFFERED, MailKind.TRANSFER_CANCELLED)
    to = transfer.to_email if to_receiver else transfer.from_email
    letter = desk.letter(to, None if to_receiver else held.order.buyer.language)
    say, links = letter.tongue.say, desk.links
    values = letter.of_event("" if to_receiver else transfer.from_name) | {
        "giver": transfer.from_name,
        "receiver": transfer.to_email,
        "tier": with_seat(transfer.tier_title, held.ticket.seat),
        "deadline": letter.tongue.time(transfer.until, desk.event.timezone),
        "note": say("transfer_note", giver=transfer.from_name, note=transfer.note) if transfer.note else "",
        "link": letter.link("answer_transfer", links.transfer_page(transfer.code))
        if to_receiver
        else letter.link("see_ticket", _own_page(held.ticket, transfer.from_email, links)),
    }
    return letter.written(TextKind(request.kind), values)


def _own_page(ticket: Ticket, email: str, links: Links) -> str:
    """Return the page of a ticket to who has it; to who has it no more the page to sign in at."""
    holder = ticket.holder
    has_it = same_address(holder.email if holder else ticket.owner, email)
    return links.ticket_page(ticket) if has_it else links.site_url


def event_change_mail(
    request: AboutEventChange, held: Held, others: Sequence[Ticket], desk: Desk
) -> Mail | None:
    """Write when and where the event is now to a ticket's holder; None when it has changed again.

    Of an order's tickets that nobody holds, `others` among them, its buyer reads once, unless he holds one.
    """
    ticket, order, links = held.ticket, held.order, desk.links
    if ticket.status is TicketStatus.CANCELLED or ticket.event_moved != request.change:
        return None
    if ticket.holder is not None:
        letter = held.letter(ticket.holder, desk)
        values = _of_ticket(held, ticket.holder, letter)
        values["link"] = letter.link("open_ticket", links.ticket_page(ticket))
        values["calendar"] = _calendar(ticket, letter)
    else:
        buyer = Holder(email=order.buyer.email, name=order.buyer.name)
        known = any(one.holder and same_address(one.holder.email, buyer.email) for one in others)
        first = min((one.number for one in others if one.holder is None), default=ticket.number)
        if known or first < ticket.number or ticket.owner_email is not None:
            return None
        letter = held.letter(buyer, desk)
        values = _of_ticket(held, buyer, letter)
        values["link"] = letter.link("open_order", links.order_page(order.id))
        values["calendar"] = ""
    return letter.written(TextKind.EVENT_CHANGED, values | {"details": glance(letter)})


def seat_mail(request: AboutSeat, held: Held, desk: Desk) -> Mail | None:
    """Write to the holder of a ticket where he sits now; None when that has changed again."""
    ticket, holder = held.ticket, held.ticket.holder
    if holder is None or ticket.reseated != request.change or ticket.status is TicketStatus.CANCELLED:
        return None
    letter = held.letter(holder, desk)
    seat = ticket.seat.text if ticket.seat else letter.tongue.say("no_seat")
    values = _of_ticket(held, holder, letter) | {
        "details": glance(letter, (letter.tongue.say("label_seat"), seat)),
        "link": letter.link("open_ticket", desk.links.ticket_page(ticket)),
    }
    return letter.written(TextKind.TICKET_SEATED, values)


def _of_ticket(held: Held, reader: Holder, letter: Letter) -> dict[str, Value]:
    """Return what every mail about a ticket can put in."""
    return letter.of_event(reader.name) | {
        "name": reader.name,
        "giver": held.giver,
        "tier": with_seat(held.ticket.tier_title, held.ticket.seat),
    }


def _given(held: Held, holder: Holder, letter: Letter) -> dict[str, Value]:
    """Return what a mail with a ticket can put in."""
    say, ticket, event = letter.tongue.say, held.ticket, letter.event
    own = same_address(holder.email, held.ticket.owner)
    opening = "ticket_own" if own else "ticket_given"
    shown = [
        (say("label_ticket"), ticket.tier_title),
        (say("label_seat"), ticket.seat_text or ""),
        (say("label_name"), holder.name),
    ]
    unanswered = _unanswered(held, letter.desk)
    return {
        "opening": say(opening, event=event.title, **({} if own else {"giver": held.giver})),
        "details": glance(letter, *shown),
        "required": say("answers_missing", questions=", ".join(unanswered)) if unanswered else "",
        "link": letter.link("open_ticket", letter.desk.links.ticket_page(ticket)),
        "calendar": _calendar(ticket, letter),
    }


def _calendar(ticket: Ticket, letter: Letter) -> Value:
    links = letter.desk.links
    return letter.link("add_to_calendar", links.calendar(ticket)) if links.api_url else ""


def _unanswered(held: Held, desk: Desk) -> list[str]:
    """Return what the holder is required to answer and has not."""
    answers = held.person.answers if held.person else {}
    found = missing(desk.catalog, AskedOf.ATTENDEE, answers, tier_ids=[held.ticket.tier_id])
    return [question.title for question in found]


def _still_so(request: AboutTransfer, transfer: Transfer, ticket: Ticket, now: datetime) -> bool:
    match request.kind:
        case MailKind.TRANSFER_OFFERED | MailKind.TRANSFER_SENT:
            return transfer.open(now)
        case MailKind.TRANSFER_ACCEPTED:
            return transfer.status is TransferStatus.ACCEPTED
        case MailKind.TRANSFER_CANCELLED:
            has_it = ticket.holder is not None and same_address(ticket.holder.email, transfer.to_email)
            again = ticket.transfer is not None and same_address(ticket.transfer.to, transfer.to_email)
            return not has_it and not again
        case _:
            return ticket.transfer is None and ticket.offers == transfer.sequence
