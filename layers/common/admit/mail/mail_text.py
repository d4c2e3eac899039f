"""What mails say: each is written of what is there when it is sent, and none of what no longer holds."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from typing import assert_never
from zoneinfo import ZoneInfo

from admit.catalog.event import Event, EventStatus
from admit.catalog.price import PaymentMethod
from admit.ids import normal_email
from admit.mail.mails import (
    AboutCancellation,
    AboutDocument,
    AboutMoney,
    AboutOrder,
    AboutTicket,
    Mail,
    MailKind,
    VerifyEmail,
    WaitingOffer,
    Whitelisted,
)
from admit.money import Money
from admit.orders.explain import explain
from admit.orders.ledger import Account, DocumentKind, Misfit, RefundStatus
from admit.orders.order import Attention, Order, OrderStatus, PaymentStatus
from admit.tickets.links import Links
from admit.tickets.ticket import Ticket, TicketStatus

_PROOF_HOLDS = timedelta(days=1)


def order_mail(request: AboutOrder, order: Order, event: Event, links: Links) -> Mail | None:
    """Write to the buyer about his order, None when the fact no longer holds."""
    if not _holds(request, order):
        return None
    asked, occasion, explanation = f"{_lines(order)} for {_occasion(event)}", event.title, explain(order)
    action = "Open your order"
    match request.kind:
        case MailKind.ORDER_PLACED:
            subject = f"Your order {order.code} for {occasion}"
            says = [f"You have ordered {asked}.", explanation.why, explanation.next]
        case MailKind.ORDER_AWAITING_APPROVAL:
            subject = f"Your request {order.code} for {occasion}"
            says = [f"You have asked for {asked}.", explanation.why, explanation.next]
        case MailKind.ORDER_APPROVED:
            subject = f"Your order {order.code} for {occasion} is approved"
            says = [f"The organizer has approved your order of {asked}.", explanation.next]
            if order.status is OrderStatus.AWAITING_PAYMENT and order.hold_expires_at:
                says.append(f"Pay by {_time(event, order.hold_expires_at)}.")
                action = "Pay your order"
        case MailKind.ORDER_DECLINED:
            subject = f"Your request {order.code} for {occasion}"
            says = [f"The organizer has declined your request for {asked}.", explanation.next]
        case MailKind.ORDER_EXPIRED:
            subject = f"Your order {order.code} for {occasion} has ended"
            says = [f"Your order of {asked} has ended.", explanation.why, explanation.next]
        case MailKind.ORDER_TAKEN_UP:
            subject = f"Your order {order.code} for {occasion} goes on"
            says = [
                "Your payment arrived after the order had ended.",
                f"Its tickets were still there and are yours: {asked}.",
            ]
        case MailKind.TICKETS_READY:
            subject = f"Your tickets for {occasion}"
            says = [f"Your tickets are ready: {asked}."]
            if order.payment_method is PaymentMethod.INVOICE:
                says += _how_paid(order, event)
            action = "Open your tickets"
        case _:
            assert_never(request.kind)
    return _to_buyer(order, subject, says, links, action)


def cancellation_mail(request: AboutCancellation, order: Order, event: Event, links: Links) -> Mail:
    """Write to the buyer that his order, or some of its tickets, are cancelled, and what comes next."""
    explanation = explain(order)
    why = [f"The reason given is: {request.note}"] if request.note else []
    if request.kind is MailKind.ORDER_CANCELLED:
        subject = f"Your order {order.code} for {event.title} is cancelled"
        says = [f"Your order of {_lines(order)} for {_occasion(event)} is cancelled.", *why]
        if order.refunds or event.status is not EventStatus.CANCELLED:
            says.append(explanation.next)
        return _to_buyer(order, subject, says, links)
    which = f"{_tickets(request.tickets)} of your order {order.code} for {_occasion(event)}"
    says = [f"Cancelled: {which}.", *why]
    if order.live:
        says += ["The other tickets stay as they are.", *_left_to_pay(order, event)]
    if any(one.open and set(one.tickets) & set(request.tickets) for one in order.refunds):
        says.append("The refund is under way.")
    return _to_buyer(order, f"Cancelled tickets for {event.title}", says, links)


def money_mail(request: AboutMoney, order: Order, event: Event, links: Links, now: datetime) -> Mail | None:
    """Write to the buyer about money that came, is awaited or goes back; None when it no longer holds."""
    match request.kind:
        case MailKind.PAYMENT_RECEIVED:
            written = _received(request.number, order, event)
        case MailKind.PAYMENT_REMINDER:
            written = _reminder(order, event, now)
        case MailKind.PAYMENT_LATE:
            written = _late(order, event)
        case MailKind.REFUND_SENT:
            written = _refund(request.number, order, event)
        case _:
            assert_never(request.kind)
    return _to_buyer(order, *written, links) if written else None


def document_mail(request: AboutDocument, order: Order, event: Event, links: Links) -> Mail | None:
    """Write to the buyer that an invoice or credit note can be read; None for an order that is kept quiet."""
    document = next((one for one in order.documents if one.number == request.number), None)
    if document is None or order.quiet:
        return None
    amount = _money(order, document.amount)
    if document.kind is DocumentKind.INVOICE:
        subject = f"Invoice {document.number} for {event.title}"
        says = [f"The invoice of your order {order.code} for {_occasion(event)} is ready: {amount}."]
    else:
        subject = f"Credit note {document.number} for {event.title}"
        says = [f"A credit note of {amount} is made out on invoice {order.invoice_number} of your order."]
    return _to_buyer(
        order, subject, [*says, *_how_paid(order, event)], links, "Open it on the page of your order"
    )


def ticket_mail(
    request: AboutTicket, order: Order, ticket: Ticket, event: Event, links: Links
) -> Mail | None:
    """Write to the holder of a ticket, None when it has changed hands again.

    That it is cancelled a buyer reads in the mail about his order.
    """
    if ticket.holder is None or ticket.revision != request.revision:
        return None
    greeting, what = f"Hello {ticket.holder.name},", f"({ticket.tier_title}) for {_occasion(event)}"
    if request.kind is MailKind.TICKET_ASSIGNED:
        subject = f"Your ticket for {event.title}"
        says = f"{order.buyer.name} has given you a ticket {what}."
        return _mail(
            ticket.holder.email, subject, [greeting, says], "Open your ticket", links.ticket_page(ticket)
        )
    told = not order.quiet and normal_email(ticket.holder.email) == normal_email(order.buyer.email)
    if told or ticket.status is not TicketStatus.CANCELLED:
        return None
    subject = f"Your ticket for {event.title} is cancelled"
    says = f"Your ticket {what} is cancelled and admits nobody any more. Ask {order.buyer.name}, who had it."
    return _mail(ticket.holder.email, subject, [greeting, says], "See your ticket", links.ticket_page(ticket))


def verify_mail(request: VerifyEmail, event: Event, links: Links) -> Mail:
    """Write the link that proves an address to an event; it holds for a day from when it was asked for.

    It goes to the address as it is compared, so that nobody proves another's by a spelling of it.
    """
    until = request.asked_at + _PROOF_HOLDS
    return _mail(
        normal_email(request.email),
        f"Confirm your e-mail address for {event.title}",
        [
            f"Somebody, probably you, gave this e-mail address to order tickets for {_occasion(event)}.",
            f"Open the link to go on. It works until {_time(event, until)}.",
            "If it was not you, there is nothing to do.",
        ],
        "Confirm and go on",
        links.proven_event_page(event.slug, event.id, request.email, until),
    )


def whitelisted_mail(request: Whitelisted, tier_title: str, event: Event, links: Links) -> Mail:
    """Write that an address may order a tier. The link proves the address for as long as the event lasts."""
    return _mail(
        normal_email(request.email),
        f"You may now order {tier_title} for {event.title}",
        [
            f"The organizer has put you on the list: you may now order {tier_title} for {_occasion(event)}.",
            "The link is yours alone: it shows that this e-mail address is yours.",
        ],
        "Order your tickets",
        links.proven_event_page(event.slug, event.id, request.email, event.ends_at),
    )


def waiting_mail(
    request: WaitingOffer,
    *,
    email: str,
    name: str,
    quantity: int,
    until: datetime,
    event: Event,
    links: Links,
) -> Mail:
    """Write the offer of `quantity` tickets, to be taken before `until`, to somebody on the waiting list."""
    tickets = "A ticket is" if quantity == 1 else f"{quantity} tickets are"
    return _mail(
        email,
        f"Tickets for {event.title}",
        [
            f"Hello {name},",
            f"you are on the waiting list for {_occasion(event)}. {tickets} free now, and held for you.",
            f"Accept by {_time(event, until)}; then the offer goes to the next in line.",
        ],
        "Accept or refuse",
        links.waiting_page(event.slug, request.entry_id, request.number),
    )


def _holds(request: AboutOrder, order: Order) -> bool:
    match request.kind:
        case MailKind.ORDER_AWAITING_APPROVAL:
            return order.status is OrderStatus.AWAITING_APPROVAL
        case MailKind.ORDER_APPROVED | MailKind.ORDER_TAKEN_UP | MailKind.TICKETS_READY:
            return order.live
        case MailKind.ORDER_EXPIRED:
            return order.status is OrderStatus.EXPIRED
        case _:
            return True


type _Written = tuple[str, list[str]]
"""Subject and paragraphs."""


def _received(number: int, order: Order, event: Event) -> _Written | None:
    if not order.live:
        return None
    payment, explanation = order.payments()[number - 1], explain(order)
    says = [f"Thank you: {_money(order, payment.amount)} have arrived for your order {order.code}."]
    if order.awaits_money or order.payment_status is PaymentStatus.OVERPAID:
        says += [explanation.why, explanation.next]
    return f"Your payment for {event.title}", [*says, *_how_paid(order, event)]


def _reminder(order: Order, event: Event, now: datetime) -> _Written | None:
    """Word a reminder by the day on which it is sent, as the calendar at the event has it."""
    if not order.awaits_money:
        return None
    invoice = f"Invoice {order.invoice_number}" if order.invoice_number else "The invoice"
    state = "is not paid"
    if order.due_at is not None:
        due = _day(event, order.due_at)
        state = f"is due on {due}" if now < order.due_at else "is overdue"
        if due == _day(event, now):
            state = "is due today"
    explanation = explain(order)
    return f"{invoice} for {event.title} {state}", [
        f"This is about your order {order.code} of {_lines(order)} for {_occasion(event)}.",
        explanation.why,
        explanation.next,
        *_how_paid(order, event),
    ]


def _late(order: Order, event: Event) -> _Written | None:
    if Attention.PAID_AFTER_END not in order.attention or order.decide_by is None:
        return None
    explanation = explain(order)
    return f"Your payment for {event.title} came late", [
        f"This is about your order {order.code} of {_lines(order)}.",
        explanation.why,
        explanation.next,
        f"It is decided by {_time(event, order.decide_by)}.",
    ]


def _refund(sequence: int, order: Order, event: Event) -> _Written | None:
    refund = next((one for one in order.refunds if one.sequence == sequence), None)
    if refund is None or refund.status is RefundStatus.FAILED:
        return None
    amount = Money(amount=refund.amount, currency=refund.currency)
    state = "has been sent" if refund.status is RefundStatus.SUCCEEDED else "is on its way"
    says = [f"Your refund of {amount} for your order {order.code} {state}."]
    payment = next(one for one in order.payments() if one.id == refund.payment)
    if refund.source is Account.UNALLOCATED and payment.misfit is not None:
        says.append(_WHY_BACK[payment.misfit])
    elif refund.tickets:
        says.append(f"It is for {_tickets(refund.tickets)}.")
    by_card = refund.account is Account.STRIPE
    says.append(
        "Card refunds take five to ten days to show." if by_card else "The organizer sent it from his bank."
    )
    return f"Your refund for {event.title}", says


_WHY_BACK = {
    Misfit.MISMATCH: "The payment did not fit the order.",
    Misfit.SECOND: "The order was paid twice.",
    Misfit.LATE: "The payment arrived after the order had ended.",
}


def _how_paid(order: Order, event: Event) -> list[str]:
    """Say that an invoice is paid, or what of it is to be paid."""
    if order.live and order.paid >= order.owed > 0:
        return ["The invoice is paid."]
    return _left_to_pay(order, event)


def _left_to_pay(order: Order, event: Event) -> list[str]:
    """Say what of an invoice is still to be paid, until when and where to; nothing when nothing is."""
    if not order.awaits_money:
        return []
    due = f", due on {_day(event, order.due_at)}" if order.due_at else ""
    says = [f"Still to be paid: {_money(order, order.owed - order.paid)}{due}."]
    seller = event.seller
    if seller is not None and seller.iban is not None and order.invoice_number is not None:
        says.append(f"Pay to {seller.name}, IBAN {seller.iban}, with the reference {order.invoice_number}.")
    return says


def _lines(order: Order) -> str:
    """Name the tickets of an order by tier, those that were cancelled apart left out."""
    told, end = [], 0
    for line in order.lines:
        start, end = end, end + line.quantity
        quantity = line.quantity - sum(start < number <= end for number in order.cancelled)
        if quantity:
            told.append(f"{quantity} × {line.tier_title}")
    return ", ".join(told)


def _tickets(numbers: Sequence[int]) -> str:
    return f"ticket{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _money(order: Order, amount: int) -> Money:
    return Money(amount=amount, currency=order.currency)


def _occasion(event: Event) -> str:
    place = f", {event.venue.name}" if event.venue else ""
    return f"{event.title}, {_time(event, event.starts_at)}{place}"


def _time(event: Event, at: datetime) -> str:
    """Write a time as the clocks at the event show it."""
    return f"{at.astimezone(ZoneInfo(event.timezone)):%-d %B %Y, %H:%M}"


def _day(event: Event, at: datetime) -> str:
    """Write a day as the calendar at the event shows it."""
    return f"{at.astimezone(ZoneInfo(event.timezone)):%-d %B %Y}"


def _to_buyer(
    order: Order, subject: str, says: list[str], links: Links, action: str = "Open your order"
) -> Mail:
    greeting = f"Hello {order.buyer.name},"
    return _mail(order.buyer.email, subject, [greeting, *says], action, links.order_page(order.id))


def _mail(to: str, subject: str, paragraphs: list[str], action: str, link: str) -> Mail:
    text = "\n\n".join([*paragraphs, f"{action}: {link}"]) + "\n"
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    html = (
        f'<!doctype html><html><body>{body}<p><a href="{escape(link)}">{escape(action)}</a></p></body></html>'
    )
    return Mail(to, subject, text, html)
