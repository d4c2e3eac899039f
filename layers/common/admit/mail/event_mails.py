"""Mails to people who have no ticket yet, and to those who have lost the links to what they have."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from admit.catalog.event import Event
from admit.ids import normal_email
from admit.mail.kinds import KINDS, TextKind, default_wording
from admit.mail.layout import Choices, Link
from admit.mail.letter import Desk, Values, greeting, rendered
from admit.mail.mails import LostLinks, Mail, VerifyEmail, WaitingOffer, Whitelisted
from admit.mail.tongue import Tongue
from admit.orders.order import Order
from admit.orders.waiting import WaitingEntry
from admit.tickets.links import Links
from admit.tickets.mine import HeldTicket
from admit.tickets.ticket import with_seat

_PROOF_HOLDS = timedelta(days=1)


def verify_mail(request: VerifyEmail, desk: Desk) -> Mail:
    """Write the link that proves an address to an event; it holds for a day from when it was asked for.

    It goes to the address as it is compared, so that nobody proves another's by a spelling of it.
    """
    until, event = request.asked_at + _PROOF_HOLDS, desk.event
    letter = desk.letter(normal_email(request.email), request.language)
    page = desk.links.proven_event_page(event.slug, event.id, request.email, until)
    values = letter.of_event() | {
        "deadline": letter.tongue.time(until, event.timezone),
        "link": letter.link("confirm_address", page),
    }
    return letter.written(TextKind.VERIFY_EMAIL, values)


def whitelisted_mail(request: Whitelisted, desk: Desk) -> Mail | None:
    """Write that an address may order a tier, None when that is gone.

    The link proves the address for as long as the event lasts.
    """
    tier, event = desk.catalog.tiers.get(request.tier_id), desk.event
    if tier is None:
        return None
    letter = desk.letter(normal_email(request.email))
    page = desk.links.proven_event_page(event.slug, event.id, request.email, event.ends_at)
    values = letter.of_event() | {"tier": tier.title, "link": letter.link("order_tickets", page)}
    return letter.written(TextKind.WHITELISTED, values)


def waiting_mail(request: WaitingOffer, entry: WaitingEntry, desk: Desk) -> Mail | None:
    """Write an offer to somebody on the waiting list, None when it has ended or there is a later one."""
    if entry.offer_until is None or entry.offers != request.number or entry.has_ended:
        return None
    letter, event = desk.letter(entry.email), desk.event
    page = desk.links.waiting_page(event.slug, request.entry_id, request.number)
    values = letter.of_event(entry.name) | {
        "name": entry.name,
        "offer": letter.tongue.count("offered", entry.quantity),
        "deadline": letter.tongue.time(entry.offer_until, event.timezone),
        "link": letter.link("answer_offer", page),
    }
    return letter.written(TextKind.WAITING_OFFER, values)


def lost_links_mail(
    request: LostLinks,
    tickets: Sequence[HeldTicket],
    orders: Sequence[Order],
    event_of: Callable[[str], Event],
    links: Links,
) -> Mail | None:
    """Write the links to the tickets and orders that an address has; None when it has none."""
    tongue = Tongue(request.language)
    choices = [
        *(
            Link(
                tongue.say(
                    "link_of_ticket",
                    event=event_of(one.event_id).title,
                    tier=with_seat(one.tier_title, one.seat),
                ),
                links.ticket_page(one),
            )
            for one in tickets
        ),
        *(
            Link(
                tongue.say("link_of_order", event=event_of(one.event_id).title, order=one.code),
                links.order_page(one.id),
            )
            for one in orders
        ),
    ]
    if not choices:
        return None
    wording = default_wording(TextKind.LOST_LINKS, tongue.language)
    values: Values = {"greeting": greeting(tongue, ""), "links": Choices(choices)}
    because = tongue.say(KINDS[TextKind.LOST_LINKS].because)
    return rendered(
        normal_email(request.email), tongue, wording, values, title=wording.subject, because=because
    )
