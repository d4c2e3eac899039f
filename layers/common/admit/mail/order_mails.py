"""Mails to buyers about their orders and the money for them; none of what no longer holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from admit.catalog.event import EventStatus
from admit.catalog.price import PaymentMethod
from admit.mail.kinds import TextKind
from admit.mail.letter import Desk, Letter, Value, glance
from admit.mail.mails import (
    AboutAssignment,
    AboutCancellation,
    AboutDocument,
    AboutMoney,
    AboutOrder,
    AboutSeats,
    Mail,
    MailKind,
)
from admit.money import Money
from admit.orders.explain import explain
from admit.orders.ledger import Account, DocumentKind, Misfit, RefundStatus
from admit.orders.order import Attention, Order, OrderStatus, PaymentStatus
from admit.tickets.ticket import Ticket, TicketStatus


def order_mail(request: AboutOrder, order: Order, desk: Desk) -> Mail | None:
    """Write to the buyer about his order, None when the fact no longer holds."""
    if not _holds(request, order):
        return None
    letter = _letter(order, desk)
    values = _of_order(order, letter)
    if request.kind is MailKind.ORDER_APPROVED:
        pays = order.status is OrderStatus.AWAITING_PAYMENT and order.hold_expires_at is not None
        values["pay_by"] = _at(letter, "pay_by", order.hold_expires_at) if pays else ""
        values["link"] = _order_link(order, letter, "pay_order" if pays else "open_order")
    elif request.kind is MailKind.TICKETS_READY:
        say = letter.tongue.say
        values["details"] = glance(
            letter, (say("label_tickets"), lines_of(order)), (say("label_seats"), seats_of(order))
        )
        values["payment"] = _how_paid(order, letter) if order.payment_method is PaymentMethod.INVOICE else ""
        values["link"] = _order_link(order, letter, "open_tickets")
    return letter.written(TextKind(request.kind), values)


def cancellation_mail(request: AboutCancellation, order: Order, desk: Desk) -> Mail:
    """Write to the buyer that his order, or some of its tickets, are cancelled, and what comes next."""
    letter = _letter(order, desk)
    values = _of_order(order, letter)
    values["note"] = letter.tongue.say("note", note=request.note) if request.note else ""
    if request.kind is MailKind.ORDER_CANCELLED:
        if not order.refunds and desk.event.status is EventStatus.CANCELLED:
            values["next"] = ""
        return letter.written(TextKind.ORDER_CANCELLED, values)
    refunded = any(one.open and set(one.tickets) & set(request.tickets) for one in order.refunds)
    values |= {
        "cancelled": _numbered(letter, request.tickets),
        "rest": letter.tongue.say("others_stay") if order.live else "",
        "payment": _left_to_pay(order, letter) if order.live else "",
        "refund": letter.tongue.say("refund_under_way") if refunded else "",
    }
    return letter.written(TextKind.TICKETS_CANCELLED, values)


def money_mail(request: AboutMoney, order: Order, desk: Desk, now: datetime) -> Mail | None:
    """Write to the buyer about money that came, is awaited or goes back; None when it no longer holds."""
    letter = _letter(order, desk)
    match request.kind:
        case MailKind.PAYMENT_RECEIVED:
            told = _received(request.number, order, letter)
        case MailKind.PAYMENT_REMINDER:
            told = _reminder(order, letter, now)
        case MailKind.PAYMENT_LATE:
            told = _late(order, letter)
        case MailKind.REFUND_SENT:
            told = _refund(request.number, order, letter)
        case _:
            assert_never(request.kind)
    if told is None:
        return None
    return letter.written(TextKind(request.kind), _of_order(order, letter) | told)


def document_mail(request: AboutDocument, order: Order, desk: Desk) -> Mail | None:
    """Write to the buyer that an invoice or credit note can be read; None for an order that is kept quiet."""
    document = next((one for one in order.documents if one.number == request.number), None)
    if document is None or order.quiet:
        return None
    letter = _letter(order, desk)
    values = _of_order(order, letter) | {
        "number": document.number,
        "invoice": order.invoice_number or "",
        "amount": _money(letter, order, document.amount),
        "payment": _how_paid(order, letter),
        "link": _order_link(order, letter, "open_document"),
    }
    is_invoice = document.kind is DocumentKind.INVOICE
    return letter.written(TextKind.INVOICE_ISSUED if is_invoice else TextKind.CREDIT_NOTE_ISSUED, values)


def assignment_mail(
    request: AboutAssignment, order: Order, tickets: Sequence[Ticket], desk: Desk, now: datetime
) -> Mail | None:
    """Remind the buyer of his tickets that nobody holds; None when there are none, or the event is over."""
    mine = [ticket for ticket in tickets if ticket.owner_email is None]
    unnamed = [one for one in mine if one.holder is None and one.status is TicketStatus.VALID]
    if not unnamed or not order.live or now >= desk.event.ends_at:
        return None
    letter = _letter(order, desk)
    values = _of_order(order, letter) | {
        "unnamed": letter.tongue.count("unnamed", len(unnamed), event=desk.event.title),
        "link": _order_link(order, letter, "name_holders"),
    }
    return letter.written(TextKind(request.kind), values)


def seats_mail(request: AboutSeats, order: Order, desk: Desk) -> Mail | None:
    """Write to a buyer where the tickets of his order sit now; None when that has changed again."""
    if order.reseated != request.change or not order.live:
        return None
    letter = _letter(order, desk)
    say = letter.tongue.say
    seats = seats_of(order) or say("no_seat")
    values = _of_order(order, letter) | {
        "details": glance(letter, (say("label_tickets"), lines_of(order)), (say("label_seats"), seats))
    }
    return letter.written(TextKind.ORDER_SEATED, values)


def lines_of(order: Order) -> str:
    """Name the tickets of an order by tier, those that were cancelled apart left out."""
    told, end = [], 0
    for line in order.lines:
        start, end = end, end + line.quantity
        quantity = line.quantity - sum(start < number <= end for number in order.cancelled)
        if quantity:
            told.append(f"{quantity} × {line.tier_title}")
    return ", ".join(told)


def seats_of(order: Order) -> str:
    """Name the seats of an order in the order of its tickets, those that were cancelled left out."""
    claims = sorted(order.seats, key=lambda claim: claim.ticket)
    return ", ".join(claim.place.text for claim in claims if claim.ticket not in order.cancelled)


def _letter(order: Order, desk: Desk) -> Letter:
    return desk.letter(order.buyer.email, order.buyer.language)


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


def _of_order(order: Order, letter: Letter) -> dict[str, Value]:
    """Return what every mail about an order can put in."""
    explanation = explain(order, letter.tongue.language)
    return letter.of_event(order.buyer.name) | {
        "name": order.buyer.name,
        "order": order.code,
        "tickets": lines_of(order),
        "why": explanation.why,
        "next": explanation.next,
        "payment": _left_to_pay(order, letter),
        "link": _order_link(order, letter, "open_order"),
    }


def _order_link(order: Order, letter: Letter, label: str) -> Value:
    return letter.link(label, letter.desk.links.order_page(order.id))


def _received(number: int, order: Order, letter: Letter) -> dict[str, Value] | None:
    if not order.live:
        return None
    amount = order.payments()[number - 1].amount
    told: dict[str, Value] = {
        "amount": _money(letter, order, amount),
        "payment": _how_paid(order, letter),
    }
    says_more = order.awaits_money or order.payment_status is PaymentStatus.OVERPAID
    return told if says_more else told | {"why": "", "next": ""}


def _reminder(order: Order, letter: Letter, now: datetime) -> dict[str, Value] | None:
    """Word a reminder by the day on which it is sent, as the calendar at the event has it."""
    if not order.awaits_money:
        return None
    tongue, event = letter.tongue, letter.event
    number = order.invoice_number
    invoice = tongue.say("invoice_numbered", number=number) if number else tongue.say("invoice_unnumbered")
    named = {"invoice": invoice, "event": event.title}
    if order.due_at is None:
        reminder = tongue.say("reminder_unpaid", **named)
    elif (due := tongue.day(order.due_at, event.timezone)) == tongue.day(now, event.timezone):
        reminder = tongue.say("reminder_due_today", **named)
    elif now < order.due_at:
        reminder = tongue.say("reminder_due", **named, day=due)
    else:
        reminder = tongue.say("reminder_overdue", **named)
    return {"reminder": reminder, "payment": _how_paid(order, letter)}


def _late(order: Order, letter: Letter) -> dict[str, Value] | None:
    if Attention.PAID_AFTER_END not in order.attention or order.decide_by is None:
        return None
    return {"decided_by": _at(letter, "decided_by", order.decide_by)}


def _refund(sequence: int, order: Order, letter: Letter) -> dict[str, Value] | None:
    refund = next((one for one in order.refunds if one.sequence == sequence), None)
    if refund is None or refund.status is RefundStatus.FAILED:
        return None
    say, amount = letter.tongue.say, _money(letter, order, refund.amount)
    sent = refund.status is RefundStatus.SUCCEEDED
    payment = next(one for one in order.payments() if one.id == refund.payment)
    reason = ""
    if refund.source is Account.UNALLOCATED and payment.misfit is not None:
        reason = say(_WHY_BACK[payment.misfit])
    elif refund.tickets:
        reason = say("refund_for", tickets=_numbered(letter, refund.tickets))
    return {
        "amount": amount,
        "refund": say("refund_sent" if sent else "refund_on_its_way", amount=amount, order=order.code),
        "reason": reason,
        "arrival": say("refund_by_card" if refund.account is Account.STRIPE else "refund_by_bank"),
    }


_WHY_BACK = {
    Misfit.MISMATCH: "refund_mismatch",
    Misfit.SECOND: "refund_second",
    Misfit.LATE: "refund_late",
}


def _how_paid(order: Order, letter: Letter) -> str:
    """Say that an invoice is paid, or what of it is to be paid."""
    if order.live and order.paid >= order.owed > 0:
        return letter.tongue.say("invoice_paid")
    return _left_to_pay(order, letter)


def _left_to_pay(order: Order, letter: Letter) -> str:
    """Say what of an invoice is still to be paid, until when and where to; nothing when nothing is."""
    if not order.awaits_money:
        return ""
    tongue, event = letter.tongue, letter.event
    amount = _money(letter, order, order.owed - order.paid)
    if order.due_at:
        says = [tongue.say("still_to_pay_by", amount=amount, day=tongue.day(order.due_at, event.timezone))]
    else:
        says = [tongue.say("still_to_pay", amount=amount)]
    seller = event.seller
    if seller is not None and seller.iban is not None and order.invoice_number is not None:
        paid_to = {"seller": seller.name, "iban": seller.iban, "reference": order.invoice_number}
        says.append(tongue.say("pay_to", **paid_to))
    return "\n\n".join(says)


def _at(letter: Letter, message: str, at: datetime | None) -> str:
    time = letter.tongue.time(at, letter.event.timezone) if at else ""
    return letter.tongue.say(message, time=time)


def _numbered(letter: Letter, numbers: Sequence[int]) -> str:
    return letter.tongue.count("numbered", len(numbers), numbers=", ".join(map(str, numbers)))


def _money(letter: Letter, order: Order, amount: int) -> str:
    return letter.tongue.money(Money(amount=amount, currency=order.currency))
