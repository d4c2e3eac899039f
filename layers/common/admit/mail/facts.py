"""Which facts are told by mail: each follows from an item before and after one change.

So it is found again however often the stream brings the change, and told once by its mark.
"""

from collections.abc import Iterator
from typing import Literal

from admit.catalog.price import PaymentMethod
from admit.clock import stamp
from admit.ids import email_hash
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
    MailKind,
    MailRequest,
    MemberAdded,
    WaitingOffer,
)
from admit.mail.send_again import mails_again
from admit.orders.ledger import Account, Misfit, Refund, RefundStatus
from admit.orders.order import Order, OrderStatus
from admit.orders.waiting import WaitingEntry, WaitingStatus
from admit.people.account import Member
from admit.people.person import Holder, same_address
from admit.store import Item
from admit.tickets.cart_line import Line, Step
from admit.tickets.ticket import Ticket, TicketStatus
from admit.tickets.transfer import Transfer, TransferStatus


def mails_for_order(before: Order | None, after: Order) -> list[MailRequest]:
    """Return what a change of an order gives to tell its buyer."""
    asked = list(mails_again(before, after))
    if after.quiet:
        return asked
    told = [*asked, *_of_status(before, after)]
    if before is not None:
        told += [*_of_cancellation(before, after), *_of_money(before, after), *_of_names(before, after)]
        told += _of_seats(before, after)
    return told


def _of_status(before: Order | None, after: Order) -> Iterator[MailRequest]:
    left, now = before.status if before else None, after.status
    by_invoice = after.payment_method is PaymentMethod.INVOICE
    if now is left:
        return
    match left, now:
        case None, OrderStatus.AWAITING_APPROVAL:
            yield AboutOrder(kind=MailKind.ORDER_AWAITING_APPROVAL, order_id=after.id)
        case None, _ if by_invoice and not after.payments():
            yield AboutOrder(kind=MailKind.ORDER_PLACED, order_id=after.id)
        case OrderStatus.AWAITING_APPROVAL, OrderStatus.AWAITING_PAYMENT | OrderStatus.SETTLED:
            yield AboutOrder(kind=MailKind.ORDER_APPROVED, order_id=after.id)
        case OrderStatus.AWAITING_APPROVAL, OrderStatus.DECLINED:
            yield AboutOrder(kind=MailKind.ORDER_DECLINED, order_id=after.id)
        case OrderStatus.AWAITING_PAYMENT, OrderStatus.EXPIRED if by_invoice:
            # Who lets the hold of a card payment end has seen its clock.
            yield AboutOrder(kind=MailKind.ORDER_EXPIRED, order_id=after.id)
        case OrderStatus.EXPIRED, OrderStatus.SETTLED:
            yield AboutOrder(kind=MailKind.ORDER_TAKEN_UP, order_id=after.id)
    if now is OrderStatus.FULFILLED:
        yield AboutOrder(kind=MailKind.TICKETS_READY, order_id=after.id)


def _of_cancellation(before: Order, after: Order) -> Iterator[MailRequest]:
    actor, note = _last_said(after)
    if before.live and after.status is OrderStatus.CANCELLED:
        # Who gives up by himself what he has neither paid nor been billed for needs no word of it.
        given_up = actor == "buyer" and before.unpaid and not before.movements and not before.documents
        if not given_up:
            yield AboutCancellation(
                kind=MailKind.ORDER_CANCELLED, order_id=after.id, tickets=before.numbers, note=note
            )
    elif gone := [number for number in after.cancelled if number not in before.cancelled]:
        yield AboutCancellation(kind=MailKind.TICKETS_CANCELLED, order_id=after.id, tickets=gone, note=note)


def _of_money(before: Order, after: Order) -> Iterator[MailRequest]:
    payments, known = after.payments(), len(before.payments())
    # The mail with the tickets tells of the payment that they had waited for.
    settles = before.status is OrderStatus.AWAITING_PAYMENT and after.status is OrderStatus.SETTLED
    for number, payment in enumerate(payments[known:], start=known + 1):
        if payment.misfit is None and payment.debit is not Account.STRIPE and not settles:
            yield AboutMoney(kind=MailKind.PAYMENT_RECEIVED, order_id=after.id, number=number)
    if after.reminded > before.reminded:
        yield AboutMoney(kind=MailKind.PAYMENT_REMINDER, order_id=after.id, number=after.reminded)
    if _organizer_decides(after) and not _organizer_decides(before):
        yield AboutMoney(kind=MailKind.PAYMENT_LATE, order_id=after.id, number=len(payments))
    told = {one.sequence for one in before.refunds if _is_sent(one)}
    for refund in after.refunds:
        if _is_sent(refund) and refund.sequence not in told:
            yield AboutMoney(kind=MailKind.REFUND_SENT, order_id=after.id, number=refund.sequence)


def _of_names(before: Order, after: Order) -> Iterator[MailRequest]:
    """Remind of tickets without a name; who has a ticket and has not said all is reminded with it."""
    if after.holder_reminded > before.holder_reminded:
        yield AboutAssignment(order_id=after.id, number=after.holder_reminded)
    if len(after.holder_reminders) < len(before.holder_reminders):
        reminder = len(after.holder_reminders)
        for number in after.numbers:
            yield AboutDetails(order_id=after.id, number=number, reminder=reminder)


def _of_seats(before: Order, after: Order) -> Iterator[MailRequest]:
    if after.reseated > before.reseated and after.status is OrderStatus.FULFILLED:
        yield AboutSeats(order_id=after.id, change=after.reseated)


def _last_said(order: Order) -> tuple[str, str]:
    """Return who has made the last step of an order, and what he has said of it."""
    if not order.timeline:
        return "", ""
    last = order.timeline[-1]
    return last.actor, last.what.partition(": ")[2]


def _organizer_decides(order: Order) -> bool:
    """Say whether late money waits for the organizer: at first it is decided on when it comes."""
    came = [one.at for one in order.payments() if one.misfit is Misfit.LATE]
    return order.decide_by is not None and bool(came) and order.decide_by > max(came)


def _is_sent(refund: Refund) -> bool:
    """Say whether money has left: by card when Stripe has taken the request, else when it is confirmed."""
    if refund.status is RefundStatus.PENDING:
        return refund.account is Account.STRIPE
    return refund.status is RefundStatus.SUCCEEDED


def mails_for_document(before: Item, after: Item) -> list[MailRequest]:
    """Return what a change of a stored invoice or credit note gives to tell: that its PDF is there."""
    if not after["drawn"] or before.get("drawn"):
        return []
    return [AboutDocument(order_id=after["order_id"], number=after["number"])]


def mails_for_member(before: Item, after: Member) -> list[MailRequest]:
    """Return what a change of a member gives to tell him: that he is one, if somebody has made him one."""
    if before or after.added_by is None or after.added_at is None:
        return []
    return [MemberAdded(organizer_id=after.organizer_id, email=after.email, added_at=after.added_at)]


def mails_for_waiting(after: WaitingEntry) -> list[MailRequest]:
    """Return what a change on the waiting list gives to tell."""
    if after.status is not WaitingStatus.OFFERED:
        return []
    return [WaitingOffer(event_id=after.event_id, entry_id=after.id, number=after.offers)]


def mails_for_ticket(before: Ticket | None, after: Ticket) -> list[MailRequest]:
    """Return what a change of a ticket gives to tell who holds it, and who held it before."""
    return [
        *_of_holder(before, after),
        *_of_former_holder(before, after),
        *_of_event_change(before, after),
        *_of_seat(before, after),
    ]


def _of_holder(before: Ticket | None, after: Ticket) -> Iterator[MailRequest]:
    if after.holder is None or _unknown(after):
        return
    if before is None or before.revision != after.revision:
        # What came with others by a distribution is told of with all of them, by its line of a cart.
        if after.distribution is not None and (before is None or before.distribution != after.distribution):
            return
        kind: Literal[MailKind.TICKET_ASSIGNED, MailKind.TICKET_CANCELLED] = MailKind.TICKET_ASSIGNED
    elif before.status is not after.status and after.status is TicketStatus.CANCELLED:
        kind = MailKind.TICKET_CANCELLED
    else:
        return
    yield AboutTicket(kind=kind, order_id=after.order_id, number=after.number, revision=after.revision)


def _of_former_holder(before: Ticket | None, after: Ticket) -> Iterator[MailRequest]:
    """Tell who had a ticket that it is not his any more; not who only has another address now."""
    if before is None or before.holder is None or _unknown(before) or before.revision == after.revision:
        return
    same_person = before.person_id is not None and before.person_id == after.person_id
    if same_person or (after.holder is not None and same_address(before.holder.email, after.holder.email)):
        return
    yield FormerHolder(
        order_id=after.order_id,
        number=after.number,
        revision=after.revision,
        email=before.holder.email,
        name=before.holder.name,
        person_id=before.person_id,
    )


def _of_event_change(before: Ticket | None, after: Ticket) -> Iterator[MailRequest]:
    """Tell who has a ticket of another date or place: `tickets/event_change.py` lets tickets follow.

    Of tickets that nobody holds yet their buyer reads.
    """
    if before is None or after.event_moved <= before.event_moved or _unknown(after):
        return
    yield AboutEventChange(
        event_id=after.event_id, order_id=after.order_id, number=after.number, change=after.event_moved
    )


def _of_seat(before: Ticket | None, after: Ticket) -> Iterator[MailRequest]:
    """Tell who has a ticket where he sits now; its buyer reads of all tickets of his order together."""
    if before is None or after.reseated == before.reseated or after.holder is None or _unknown(after):
        return
    if not same_address(after.holder.email, after.buyer_email):
        yield AboutSeat(order_id=after.order_id, number=after.number, change=after.reseated)


def mails_for_line(before: Line | None, after: Line) -> list[MailRequest]:
    """Return what a change of a line of a cart gives to tell its guest: all that he got, once he has it all;
    one mail to each address by which events know him.

    One who is taken off the cart while a distribution of his is cut off has all that there is for him.
    """
    if not after.left or (before is not None and before.left):
        return []
    is_complete = after.act.step is Step.DISTRIBUTED and bool(after.served)
    by_address: dict[str, tuple[Holder, list[str]]] = {}
    for ticket_id in after.served[-1].tickets if is_complete else after.sent:
        receiver = after.receiver(ticket_id)
        by_address.setdefault(email_hash(receiver.email), (receiver, []))[1].append(ticket_id)
    return [
        AboutDistribution(
            company_id=after.company_id,
            relay=after.relay,
            contact_id=after.contact_id,
            email=receiver.email,
            name=receiver.name,
            tickets=tickets,
            # A request that comes after it was forgotten is a gift of its own.
            distribution=f"{stamp(after.act.at)}-{after.version}",
        )
        for receiver, tickets in by_address.values()
    ]


def _unknown(ticket: Ticket) -> bool:
    """Say whether the holder of a ticket was never told that he has it."""
    return ticket.quiet and ticket.revision == 0


def mails_for_transfer(before: Transfer | None, after: Transfer) -> list[MailRequest]:
    """Return what a change of an offer gives to tell who has made it and whom it was made to."""
    if before is not None and before.status is after.status:
        return []
    return [
        AboutTransfer(kind=kind, order_id=after.order_id, number=after.number, sequence=after.sequence)
        for kind in _OF_TRANSFER[after.status]
    ]


type _TransferKind = Literal[
    MailKind.TRANSFER_OFFERED,
    MailKind.TRANSFER_SENT,
    MailKind.TRANSFER_ACCEPTED,
    MailKind.TRANSFER_DECLINED,
    MailKind.TRANSFER_CANCELLED,
    MailKind.TRANSFER_EXPIRED,
]
_OF_TRANSFER: dict[TransferStatus, list[_TransferKind]] = {
    TransferStatus.OPEN: [MailKind.TRANSFER_OFFERED, MailKind.TRANSFER_SENT],
    TransferStatus.ACCEPTED: [MailKind.TRANSFER_ACCEPTED],
    TransferStatus.DECLINED: [MailKind.TRANSFER_DECLINED],
    TransferStatus.CANCELLED: [MailKind.TRANSFER_CANCELLED],
    TransferStatus.EXPIRED: [MailKind.TRANSFER_EXPIRED],
}
