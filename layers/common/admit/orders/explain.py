"""Say why an order is in its state, what comes next, until when, and who may act.

The one place where that is decided: API, pages and mails all read it here, in their reader's language. What
an organizer has to look at comes before what is usual, also when he has set it aside: it is as true as
before. The sentences stand in `messages/`.
"""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from admit.catalog.price import PaymentMethod
from admit.clock import Instant
from admit.messages import messages, spoken
from admit.model import Shape
from admit.orders.ledger import Account, DisputeOutcome, RefundStatus
from admit.orders.order import Attention, Order, OrderStatus, PaymentStatus

MESSAGES = Path(__file__).with_name("messages")


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


class _Case(NamedTuple):
    """What is to be said of an order: the names of two messages, who may act, and until when."""

    why: str
    next: str
    who: Actor
    until: Instant | None = None


def explain(order: Order, language: str = "en") -> Explanation:
    """Explain an order as it stands to a reader of a language (BCP 47)."""
    case, words = _case(order), messages(MESSAGES, spoken(language))
    return Explanation(why=words.say(case.why), next=words.say(case.next), until=case.until, who=case.who)


def _case(order: Order) -> _Case:
    matters = order.matters
    for reason, told in _ATTENTION.items():
        if reason in matters:
            return told(order)
    if order.withdrawal is not None:
        return _Case("withdrawn_why", "withdrawn_next", Actor.SYSTEM)
    if order.suspended and order.live:
        return _Case("dispute_lost_why", "dispute_lost_next", Actor.ORGANIZER)
    return _BY_STATUS[order.status](order)


def why(order: Order, reason: Attention, language: str = "en") -> str:
    """Say in a sentence why an organizer should look at an order that has this reason."""
    case = _ATTENTION[reason](order) if reason in _ATTENTION else _Case("bounced_why", "", Actor.ORGANIZER)
    return messages(MESSAGES, spoken(language)).say(case.why)


def _awaiting_payment(order: Order) -> _Case:
    if order.processing:
        return _Case("processing_why", "processing_next", Actor.NOBODY)
    if order.payment_method is PaymentMethod.CARD:
        return _Case("held_why", "held_next", Actor.BUYER, order.hold_expires_at)
    if order.payment_status is PaymentStatus.PARTIALLY_PAID:
        return _Case("part_paid_why", "part_paid_next", Actor.BUYER, order.due_at)
    return _Case("unpaid_why", "unpaid_next", Actor.BUYER, order.due_at)


def _fulfilled(order: Order) -> _Case:
    if order.awaits_money:
        return _Case("fulfilled_unpaid_why", "fulfilled_unpaid_next", Actor.BUYER, order.due_at)
    if order.mail_bounced:
        return _Case("bounced_why", "bounced_next", Actor.ORGANIZER)
    return _Case("fulfilled_why", "fulfilled_next", Actor.BUYER)


def _ended(why: str) -> Callable[[Order], _Case]:
    def told(order: Order) -> _Case:
        under_way = [one for one in order.refunds if one.open]
        if under_way:
            by_card = under_way[0].account is Account.STRIPE
            return _Case(why, "ended_refund_next", Actor.SYSTEM if by_card else Actor.ORGANIZER)
        if any(one.status is RefundStatus.SUCCEEDED for one in order.refunds):
            return _Case(why, "ended_refunded_next", Actor.NOBODY)
        return _Case(why, "ended_next", Actor.BUYER)

    return told


def _paid_after_end(order: Order) -> _Case:
    return _Case("late_why", "late_next", Actor.ORGANIZER, order.decide_by)


def _overdue(order: Order) -> _Case:
    if order.grace_ends_at:
        return _Case("overdue_why", "overdue_next", Actor.BUYER, order.grace_ends_at)
    return _Case("overdue_why", "overdue_decided_next", Actor.ORGANIZER)


def _payment_failed(order: Order) -> _Case:
    if order.status is OrderStatus.EXPIRED:
        return _Case("failed_expired_why", "failed_expired_next", Actor.BUYER)
    return _Case("failed_why", "failed_next", Actor.BUYER, order.hold_expires_at)


def _waits_for_release(order: Order) -> _Case:
    part_paid = order.payment_status is PaymentStatus.PARTIALLY_PAID
    why = "part_paid_why" if part_paid else "unpaid_why"
    return _Case(why, "unpaid_release_next", Actor.ORGANIZER, order.due_at)


def _dispute(order: Order) -> _Case:
    deadlines = [
        one.respond_by for one in order.disputes if one.outcome is DisputeOutcome.OPEN and one.respond_by
    ]
    return _Case("dispute_why", "dispute_next", Actor.ORGANIZER, min(deadlines, default=None))


def _always(case: _Case) -> Callable[[Order], _Case]:
    return lambda _: case


_ATTENTION: dict[Attention, Callable[[Order], _Case]] = {
    Attention.DISPUTE: _dispute,
    Attention.PAYMENT_MISMATCH: _always(_Case("mismatch_why", "mismatch_next", Actor.ORGANIZER)),
    Attention.PAID_AFTER_END: _paid_after_end,
    Attention.SECOND_PAYMENT: _always(_Case("second_why", "second_next", Actor.SYSTEM)),
    Attention.REFUND_FAILED: _always(_Case("refund_failed_why", "refund_failed_next", Actor.ORGANIZER)),
    Attention.REFUND_BY_HAND: _always(_Case("refund_by_hand_why", "refund_by_hand_next", Actor.ORGANIZER)),
    Attention.OVERPAID: _always(_Case("overpaid_why", "overpaid_next", Actor.ORGANIZER)),
    Attention.INVOICE_OVERDUE: _overdue,
    Attention.APPROVAL_WAITING: _always(_Case("approval_why", "approval_next", Actor.ORGANIZER)),
    Attention.PAYMENT_FAILED: _payment_failed,
    Attention.MANUAL_SETTLEMENT: _waits_for_release,
}
_BY_STATUS: dict[OrderStatus, Callable[[Order], _Case]] = {
    OrderStatus.AWAITING_PAYMENT: _awaiting_payment,
    OrderStatus.SETTLED: _always(_Case("settled_why", "settled_next", Actor.SYSTEM)),
    OrderStatus.FULFILLED: _fulfilled,
    OrderStatus.EXPIRED: _ended("expired_why"),
    OrderStatus.DECLINED: _ended("declined_why"),
    OrderStatus.CANCELLED: _ended("cancelled_why"),
}
