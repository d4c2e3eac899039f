"""Passing a ticket on: it is offered to an address, and goes there when it is accepted.

Who controls a ticket gives control away with it; who only attends with it gives just that. The offer stands
on the ticket itself, so that of an acceptance, a take-back and a scan at the same moment one is first.
"""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, StringConstraints

from admit.catalog.catalog import Catalog
from admit.catalog.event import Event
from admit.catalog.view import EventBrief, event_brief
from admit.clock import Instant
from admit.errors import (
    ChangedMeanwhile,
    Forbidden,
    InTransfer,
    Invalid,
    NotFound,
    TransferClosed,
    TransferEnded,
)
from admit.model import Email, Name, Shape
from admit.people.person import Detail, HolderDetails, Voice, same_address
from admit.store import Contention, Table, TransactionRefused, Write
from admit.tickets.hand_over import (
    MOST_AT_ONCE,
    Hand,
    Move,
    changed,
    introduced,
    move_ticket,
    moved_from,
    require_in_time,
    require_movable,
    require_take_back,
    told_person,
)
from admit.tickets.ticket import OpenTransfer, Ticket, load_ticket
from admit.tickets.transfer import Transfer, TransferStatus, ended_transfer, load_transfer, transfer_code

_TRIES = 5
_LONGEST_NAME = 120


class TransferRequest(Shape):
    email: Email
    note: Annotated[str, StringConstraints(max_length=500)] = ""


class BulkTransferRequest(TransferRequest):
    tickets: Annotated[list[str], Field(min_length=1, max_length=MOST_AT_ONCE)]


class AcceptTransferRequest(Shape):
    """What who accepts says of himself; his address is the one that the ticket was offered to."""

    name: Name | None = None
    company: Detail | None = None
    title: Detail | None = None

    def details(self, email: str) -> HolderDetails:
        """Return him by his address, named after it unless he has said his name."""
        name = self.name or email.partition("@")[0][:_LONGEST_NAME]
        return HolderDetails(email=email, name=name, company=self.company, title=self.title)


class BulkAcceptRequest(AcceptTransferRequest):
    codes: Annotated[list[str], Field(min_length=1, max_length=MOST_AT_ONCE)]


class TransferView(Shape):
    code: str
    ticket_id: str
    event_id: str
    event: EventBrief
    tier_title: str
    seat: str | None
    from_name: str
    to_email: str
    note: str
    status: TransferStatus
    gives_ownership: bool
    offered_at: Instant
    until: Instant
    ended_at: Instant | None


def transfer_view(transfer: Transfer, event: Event) -> TransferView:
    fields = TransferView.model_fields.keys() - {"code", "ticket_id", "event"}
    return TransferView(
        code=transfer.code,
        ticket_id=transfer.ticket_id,
        event=event_brief(event),
        **{name: getattr(transfer, name) for name in fields},
    )


def offer(
    table: Table,
    catalog: Catalog,
    ticket: Ticket,
    request: TransferRequest,
    *,
    hand: Hand,
    now: datetime,
) -> Transfer:
    """Offer a ticket to an address; while it is open the same offer again answers the one that there is.

    `hand` is that of who offers, by his verified address.

    Who owns a ticket that somebody else has takes it from him when the offer is accepted. Raises NotFound to
    who has nothing to do with it, TakeBackOff, TransferClosed, TooLate, AlreadyCheckedIn, WrongState,
    InTransfer, Invalid, ChangedMeanwhile.
    """
    event, email = catalog.event, hand.actor
    if ticket.holder is not None and ticket.person_id is None:
        ticket = introduced(table, catalog, ticket, HolderDetails(**dict(ticket.holder)), now)
    owns = hand.may(ticket)
    if not owns and not _holds(ticket, email):
        raise NotFound("There is no such ticket.")
    if ticket.transfer is not None and ticket.offered(now):
        if same_address(ticket.transfer.to, request.email):
            return load_transfer(table, transfer_code(ticket.id, ticket.transfer.sequence))
        raise InTransfer
    require_movable(ticket, now)
    require_take_back(ticket, hand, request.email)
    require_in_time(event, now)
    if not event.transfers or (event.transfer_limit is not None and ticket.passed_on >= event.transfer_limit):
        raise TransferClosed
    if _holds(ticket, request.email):
        raise Invalid.field("email", "is who has the ticket already")
    until = min(now + timedelta(hours=event.transfer_hours), event.holder_changes_until or event.ends_at)
    transfer = Transfer(
        order_id=ticket.order_id,
        number=ticket.number,
        sequence=ticket.offers + 1,
        event_id=event.id,
        tier_title=ticket.tier_title,
        seat=ticket.seat_text,
        from_email=email,
        from_name=ticket.holder.name if ticket.holder and _holds(ticket, email) else email,
        to_email=request.email,
        note=request.note,
        gives_ownership=owns and ticket.company_id is None,
        offered_at=now,
        until=until,
    )
    mark = OpenTransfer(sequence=transfer.sequence, to=transfer.to_email, until=until)
    after = ticket.model_copy(update={"transfer": mark, "offers": transfer.sequence})
    writes: list[Write] = [moved_from(ticket, after), transfer.put()]
    if ticket.transfer is not None:
        writes.append(ended_transfer(ticket, ticket.transfer.sequence, TransferStatus.EXPIRED, now))
    try:
        table.transact(writes)
    except TransactionRefused as refused:
        raise ChangedMeanwhile from refused
    return transfer


def accept(
    table: Table, catalog: Catalog, transfer: Transfer, details: HolderDetails, *, now: datetime
) -> Ticket:
    """Take a ticket that is offered to the address of these details; accepting again changes nothing.

    The caller has shown that the address is his. Raises Forbidden for another address, TransferEnded,
    TransferClosed, TooLate, AlreadyCheckedIn, WrongState, ChangedMeanwhile.
    """
    if not same_address(details.email, transfer.to_email):
        raise Forbidden("This ticket is offered to another e-mail address.")
    for _ in range(_TRIES):
        ticket = load_ticket(table, transfer.ticket_id)
        if ticket.transfer is None or ticket.transfer.sequence != transfer.sequence:
            # Who has passed it on since, or lost it, is not shown whose it is now.
            accepted = load_transfer(table, transfer.code).status is TransferStatus.ACCEPTED
            if accepted and _holds(ticket, details.email):
                return ticket
            raise TransferEnded
        if not ticket.offered(now):
            raise TransferEnded
        require_movable(ticket, now, ends_transfer=True)
        require_in_time(catalog.event, now)
        if not catalog.event.transfers:
            raise TransferClosed
        person = told_person(table, catalog, ticket, details, Voice.HIMSELF, now=now, when=None)
        move = Move(
            *person,
            "passed on",
            owner_email=details.email if transfer.gives_ownership else None,
            accepted=True,
            by_himself=True,
            also=[ended_transfer(ticket, transfer.sequence, TransferStatus.ACCEPTED, now)],
        )
        try:
            moved = move_ticket(table, ticket, move, actor=details.email, now=now)
        except TransactionRefused as refused:
            raise TransferEnded from refused
        if moved is not None:
            return moved
    raise Contention


def end(table: Table, transfer: Transfer, status: TransferStatus, now: datetime) -> Transfer:
    """End an open offer without its being accepted; the ticket stays where it is. Raises TransferEnded."""
    ticket = load_ticket(table, transfer.ticket_id)
    writes: list[Write] = [ended_transfer(ticket, transfer.sequence, status, now)]
    if ticket.transfer is not None and ticket.transfer.sequence == transfer.sequence:
        # False when the offer has ended.
        still_offered = "transfer.#sequence = :offer"
        after = ticket.model_copy(update={"transfer": None})
        writes.insert(0, changed(ticket, after, [still_offered], {"offer": transfer.sequence}))
    try:
        table.transact(writes)
    except TransactionRefused as refused:
        raise TransferEnded from refused
    return transfer.model_copy(update={"status": status, "ended_at": now})


def may_cancel(ticket: Ticket, transfer: Transfer, hand: Hand) -> bool:
    """Say whether somebody may withdraw an offer: who has made it, and who controls the ticket."""
    return same_address(transfer.from_email, hand.actor) or hand.may(ticket)


def _holds(ticket: Ticket, email: str) -> bool:
    return ticket.holder is not None and same_address(ticket.holder.email, email)
