"""Say why an order is in its state, what comes next, until when, and who may act.

The one place where that is decided: API, pages and mails all read it here. What an organizer has to look at
comes before what is usual.
"""

from collections.abc import Callable
from enum import StrEnum

from admit.catalog.event import InvoicePolicy
from admit.catalog.price import PaymentMethod
from admit.clock import Instant
from admit.model import Shape
from admit.orders.ledger import Account, DisputeOutcome, RefundStatus
from admit.orders.order import Attention, Order, OrderStatus, PaymentStatus


class Actor(StrEnum):
    BUYER = "buyer"
    ORGANIZER = "organizer"
    SYSTEM = "system"
    NOBODY = "nobody"


class Explanation(Shape):
    why: str
    next: str
    until: Instant | None = None
    who: Actor


def explain(order: Order) -> Explanation:
    """Explain an order as it stands."""
    attention = order.attention
    for reason, told in _ATTENTION.items():
        if reason in attention:
            return told(order)
    if order.withdrawal is not None:
        return Explanation(
            why="Tickets of this order are being cancelled.",
            next="It takes a few minutes; then their money goes back, if it was to.",
            who=Actor.SYSTEM,
        )
    if order.suspended and order.live:
        return _DISPUTE_LOST
    return _BY_STATUS[order.status](order)


def _awaiting_payment(order: Order) -> Explanation:
    if order.processing:
        return Explanation(
            why="The payment is on its way; your bank takes some days for it.",
            next="The tickets are held and come as soon as the payment has arrived.",
            who=Actor.NOBODY,
        )
    if order.payment_method is PaymentMethod.CARD:
        return Explanation(
            why="The tickets are held while the card payment is open.",
            next="Pay on the payment page, or the hold ends and the tickets go back on sale.",
            until=order.hold_expires_at,
            who=Actor.BUYER,
        )
    paid = order.payment_status is PaymentStatus.PARTIALLY_PAID
    given = order.invoice_policy is InvoicePolicy.ON_RELEASE
    return Explanation(
        why="The invoice of this order is paid in part."
        if paid
        else "The invoice of this order is not paid.",
        next="Pay the rest of the invoice."
        if paid
        else "The tickets come when the invoice is paid, or when the organizer gives them before."
        if given
        else "Pay the invoice; the tickets come as soon as the payment has arrived.",
        until=order.due_at,
        who=Actor.BUYER,
    )


def _fulfilled(order: Order) -> Explanation:
    if order.awaits_money:
        return Explanation(
            why="The tickets are made, and the invoice is not paid yet.",
            next="Pay the invoice, and give each ticket to the person who attends.",
            until=order.due_at,
            who=Actor.BUYER,
        )
    return Explanation(
        why="The tickets are made.",
        next="Give each ticket to the person who attends.",
        who=Actor.BUYER,
    )


def _ended(why: str) -> Callable[[Order], Explanation]:
    def told(order: Order) -> Explanation:
        under_way = [one for one in order.refunds if one.open]
        if under_way:
            return Explanation(
                why=why,
                next="The refund is under way; card refunds take five to ten days to show.",
                who=Actor.SYSTEM if under_way[0].account is Account.STRIPE else Actor.ORGANIZER,
            )
        if any(one.status is RefundStatus.SUCCEEDED for one in order.refunds):
            return Explanation(why=why, next="The refund has been sent; nothing is open.", who=Actor.NOBODY)
        return Explanation(
            why=why,
            next="Nothing is owed; a new order can be placed while tickets are on sale.",
            who=Actor.BUYER,
        )

    return told


def _mismatch(order: Order) -> Explanation:
    return Explanation(
        why="A payment came that does not fit this order; the tickets are held meanwhile.",
        next="The organizer takes the payment for the order, or sends it back.",
        who=Actor.ORGANIZER,
    )


def _paid_after_end(order: Order) -> Explanation:
    return Explanation(
        why="Money arrived after the order had ended.",
        next="The organizer gives the tickets if they are still there; else the money goes back.",
        until=order.decide_by,
        who=Actor.ORGANIZER,
    )


def _second_payment(order: Order) -> Explanation:
    return Explanation(
        why="The order was paid twice.",
        next="The second payment goes back by itself; the order stays as it is.",
        who=Actor.SYSTEM,
    )


def _overpaid(order: Order) -> Explanation:
    return Explanation(
        why="More was paid than the order costs.",
        next="The organizer sends back what is too much.",
        who=Actor.ORGANIZER,
    )


def _overdue(order: Order) -> Explanation:
    return Explanation(
        why="The invoice is overdue.",
        next="Pay the invoice now."
        if order.grace_ends_at
        else "The organizer decides whether the order stays; paying the invoice settles it.",
        until=order.grace_ends_at,
        who=Actor.BUYER if order.grace_ends_at else Actor.ORGANIZER,
    )


def _refund_by_hand(order: Order) -> Explanation:
    return Explanation(
        why="Money is to go back that did not come by card.",
        next="The organizer sends it from his bank and confirms it.",
        who=Actor.ORGANIZER,
    )


def _refund_failed(order: Order) -> Explanation:
    return Explanation(
        why="A refund did not get through.",
        next="The organizer sends the money another way, or tries again.",
        who=Actor.ORGANIZER,
    )


def _dispute(order: Order) -> Explanation:
    deadlines = [
        one.respond_by for one in order.disputes if one.outcome is DisputeOutcome.OPEN and one.respond_by
    ]
    return Explanation(
        why="The payment is disputed at the buyer's bank; the tickets admit nobody meanwhile.",
        next="The organizer answers the dispute at Stripe; when it is won, the tickets are valid again.",
        until=min(deadlines, default=None),
        who=Actor.ORGANIZER,
    )


_DISPUTE_LOST = Explanation(
    why="The payment was taken back by the buyer's bank; the tickets are suspended.",
    next="The organizer cancels the tickets, or settles the matter with the buyer.",
    who=Actor.ORGANIZER,
)
_ATTENTION: dict[Attention, Callable[[Order], Explanation]] = {
    Attention.DISPUTE: _dispute,
    Attention.PAYMENT_MISMATCH: _mismatch,
    Attention.PAID_AFTER_END: _paid_after_end,
    Attention.SECOND_PAYMENT: _second_payment,
    Attention.REFUND_FAILED: _refund_failed,
    Attention.REFUND_BY_HAND: _refund_by_hand,
    Attention.OVERPAID: _overpaid,
    Attention.INVOICE_OVERDUE: _overdue,
}
_BY_STATUS: dict[OrderStatus, Callable[[Order], Explanation]] = {
    OrderStatus.AWAITING_APPROVAL: lambda _: Explanation(
        why="The organizer has to approve this order.",
        next="You will be told as soon as it is decided.",
        who=Actor.ORGANIZER,
    ),
    OrderStatus.AWAITING_PAYMENT: _awaiting_payment,
    OrderStatus.SETTLED: lambda _: Explanation(
        why="The order is settled.",
        next="The tickets are being made; it takes seconds.",
        who=Actor.SYSTEM,
    ),
    OrderStatus.FULFILLED: _fulfilled,
    OrderStatus.EXPIRED: _ended("The payment did not arrive in time."),
    OrderStatus.DECLINED: _ended("The organizer declined this order."),
    OrderStatus.CANCELLED: _ended("The order was cancelled."),
}
