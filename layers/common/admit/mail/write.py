"""Writing a mail: what a request is about is read as it is now, and told if it still holds."""

from collections.abc import Callable
from datetime import datetime

from admit import keys
from admit.catalog.catalog import Catalog, load_catalog
from admit.clock import stamp
from admit.errors import NotFound
from admit.ids import split_ticket_id, ticket_id
from admit.mail.account_mails import member_mail
from admit.mail.event_mails import lost_links_mail, verify_mail, waiting_mail, whitelisted_mail
from admit.mail.guest_mails import Gift, distribution_mail
from admit.mail.letter import Desk
from admit.mail.mails import (
    AboutAssignment,
    AboutCancellation,
    AboutDetails,
    AboutDistribution,
    AboutDocument,
    AboutEventChange,
    AboutMoney,
    AboutOrder,
    AboutSeat,
    AboutSeats,
    AboutTicket,
    AboutTransfer,
    FormerHolder,
    LostLinks,
    Mail,
    MailRequest,
    MemberAdded,
    VerifyEmail,
    WaitingOffer,
    Whitelisted,
)
from admit.mail.order_mails import (
    assignment_mail,
    cancellation_mail,
    document_mail,
    money_mail,
    order_mail,
    seats_mail,
)
from admit.mail.ticket_mails import (
    Held,
    details_mail,
    event_change_mail,
    former_holder_mail,
    seat_mail,
    ticket_mail,
    transfer_mail,
)
from admit.orders.order import Order, load_order
from admit.orders.waiting import load_entry
from admit.people.account import Member, load_organizer
from admit.people.person import Person, load_person, present_person
from admit.store import Table, Within
from admit.tickets.hand_over import History
from admit.tickets.links import Links
from admit.tickets.mine import Scope, tickets_with
from admit.tickets.ticket import Ticket, TicketStatus, load_ticket, tickets_of
from admit.tickets.transfer import Transfer, load_transfer, transfer_code

_MOST_LINKS = 50
type Catalogs = Callable[[str], Catalog]
"""Finds the catalog of an event, perhaps some seconds old."""


def write(table: Table, catalogs: Catalogs, links: Links, request: MailRequest, now: datetime) -> Mail | None:
    """Write the mail of a fact as it is now, None when it no longer holds."""
    match request:
        case LostLinks():
            return _lost_links(table, catalogs, links, request, now)
        case MemberAdded():
            return _member(table, links, request)
        case VerifyEmail() | Whitelisted() | WaitingOffer():
            return _of_event(table, request, Desk(catalogs(request.event_id), links))
        case AboutDistribution():
            return distribution_mail(
                request, _gift(table, request), lambda event_id: Desk(catalogs(event_id), links)
            )
        case (
            AboutOrder()
            | AboutCancellation()
            | AboutMoney()
            | AboutDocument()
            | AboutAssignment()
            | AboutSeats()
        ):
            order = load_order(table, request.order_id)
            return _of_order(table, request, order, Desk(catalogs(order.event_id), links), now)
        case _:
            order = load_order(table, request.order_id)
            return _of_ticket(table, request, order, Desk(catalogs(order.event_id), links), now)


def _of_event(table: Table, request: VerifyEmail | Whitelisted | WaitingOffer, desk: Desk) -> Mail | None:
    match request:
        case VerifyEmail():
            return verify_mail(request, desk)
        case Whitelisted():
            return whitelisted_mail(request, desk)
        case WaitingOffer():
            return waiting_mail(request, load_entry(table, request.event_id, request.entry_id), desk)


def _of_order(
    table: Table,
    request: AboutOrder | AboutCancellation | AboutMoney | AboutDocument | AboutAssignment | AboutSeats,
    order: Order,
    desk: Desk,
    now: datetime,
) -> Mail | None:
    match request:
        case AboutOrder():
            return order_mail(request, order, desk)
        case AboutCancellation():
            return cancellation_mail(request, order, desk)
        case AboutMoney():
            return money_mail(request, order, desk, now)
        case AboutDocument():
            return document_mail(request, order, desk)
        case AboutAssignment():
            return assignment_mail(request, order, tickets_of(table, order.id), desk, now)
        case AboutSeats():
            return seats_mail(request, order, desk)


def _of_ticket(
    table: Table,
    request: AboutTicket | FormerHolder | AboutDetails | AboutTransfer | AboutEventChange | AboutSeat,
    order: Order,
    desk: Desk,
    now: datetime,
) -> Mail | None:
    ticket = load_ticket(table, ticket_id(order.id, request.number))
    match request:
        case AboutTicket():
            if request.again:
                request = request.model_copy(update={"revision": ticket.revision})
            history = _history(table, ticket, ticket.revision)
            return ticket_mail(request, _held(table, ticket, order, ticket.person_id), history, desk)
        case FormerHolder():
            history = _history(table, ticket, request.revision)
            held = _held(table, ticket, order, request.person_id)
            return former_holder_mail(request, held, history, _accepted(table, ticket, history), desk)
        case AboutDetails():
            return details_mail(request, _held(table, ticket, order, ticket.person_id), desk, now)
        case AboutTransfer():
            transfer = load_transfer(table, transfer_code(ticket.id, request.sequence))
            return transfer_mail(request, transfer, Held(ticket, order), desk, now)
        case AboutSeat():
            return seat_mail(request, _held(table, ticket, order, ticket.person_id), desk)
        case AboutEventChange():
            if desk.event.revision < request.change:
                desk = Desk(load_catalog(table, request.event_id), desk.links)
            others = [] if ticket.holder else tickets_of(table, order.id)
            held = _held(table, ticket, order, ticket.person_id)
            return event_change_mail(request, held, others, desk)


def _gift(table: Table, request: AboutDistribution) -> Gift:
    """Read tickets that were distributed as they are now, and who they are from."""
    company, relay = keys.company(request.company_id), keys.relay(request.company_id, request.relay)
    names = {keys.of_item(item): str(item["name"]) for item in table.get_many([company, relay])}
    found = table.get_many([keys.ticket(*split_ticket_id(one)) for one in request.tickets])
    tickets = [Ticket.of(item) for item in found]
    persons = {one: _person(table, one) for one in {ticket.person_id for ticket in tickets} if one}
    known = {one: person for one, person in persons.items() if person is not None}
    return Gift(tickets, known, names.get(company, ""), names.get(relay, ""))


def _held(table: Table, ticket: Ticket, order: Order, person_id: str | None) -> Held:
    return Held(ticket, order, _person(table, person_id) if person_id else None)


def _person(table: Table, person_id: str) -> Person | None:
    """Return a person as he is now, or whom he was merged into; None when he is gone."""
    try:
        return present_person(table, load_person(table, person_id))
    except NotFound:
        return None


def _history(table: Table, ticket: Ticket, revision: int) -> History | None:
    item = table.get(keys.history(ticket.order_id, ticket.number, revision))
    return History.of(item) if item else None


def _accepted(table: Table, ticket: Ticket, history: History | None) -> Transfer | None:
    """Return the offer whose acceptance this change of hands was, the last one that there was."""
    if history is None or history.what != "passed on" or not ticket.offers:
        return None
    return load_transfer(table, transfer_code(ticket.id, ticket.offers))


def _member(table: Table, links: Links, request: MemberAdded) -> Mail | None:
    """Read a member as he is now; None when he was taken off, also if he was made one again."""
    item = table.get(keys.member(request.organizer_id, request.email))
    member = Member.of(item) if item else None
    if member is None or member.added_at != request.added_at:
        return None
    return member_mail(member, load_organizer(table, request.organizer_id), links)


def _lost_links(
    table: Table, catalogs: Catalogs, links: Links, request: LostLinks, now: datetime
) -> Mail | None:
    """Find what an address has at events that are not over: by the indexes of who has it."""
    tickets = tickets_with(
        table, request.email, Scope.UPCOMING, now=now, limit=_MOST_LINKS, cursor=None
    ).tickets
    found = table.find(
        "gsi4", keys.orders_by(request.email), limit=_MOST_LINKS, within=Within(above=stamp(now))
    )
    orders = [Order.of(item) for item in table.get_many([entry.key for entry in found.entries])]
    valid = [ticket for ticket in tickets if ticket.status is not TicketStatus.CANCELLED]
    live = [order for order in orders if order.live]
    return lost_links_mail(request, valid, live, lambda event_id: catalogs(event_id).event, links)
