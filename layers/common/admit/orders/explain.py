"""Say why an order is in its state, what comes next, until when, and who may act."""

from enum import StrEnum

from admit.catalog.price import PaymentMethod
from admit.clock import Instant
from admit.model import Shape
from admit.orders.order import Attention, Order, OrderStatus


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


_AWAITING_CARD = Explanation(
    why="The tickets are held while the card payment is open.",
    next="Pay on the payment page, or the hold ends and the tickets go back on sale.",
    who=Actor.BUYER,
)
_AWAITING_INVOICE = Explanation(
    why="The order is placed and its invoice is not paid yet.",
    next="The tickets come as soon as the organizer has recorded the payment.",
    who=Actor.ORGANIZER,
)
_PAID_AFTER_END = Explanation(
    why="Money arrived after the order had ended.",
    next="The organizer decides whether the tickets can still be given or the money goes back.",
    who=Actor.ORGANIZER,
)
_BY_STATUS = {
    OrderStatus.AWAITING_APPROVAL: Explanation(
        why="The organizer has to approve this order.",
        next="You will be told as soon as it is decided.",
        who=Actor.ORGANIZER,
    ),
    OrderStatus.SETTLED: Explanation(
        why="The order is settled.",
        next="The tickets are being made; it takes seconds.",
        who=Actor.SYSTEM,
    ),
    OrderStatus.FULFILLED: Explanation(
        why="The tickets are made.",
        next="Give each ticket to the person who attends.",
        who=Actor.BUYER,
    ),
    OrderStatus.EXPIRED: Explanation(
        why="The payment did not arrive in time.",
        next="The tickets are back on sale; place a new order.",
        who=Actor.BUYER,
    ),
    OrderStatus.DECLINED: Explanation(
        why="The organizer declined this order.",
        next="Nothing is owed and nothing is held; ask the organizer if you have questions.",
        who=Actor.NOBODY,
    ),
    OrderStatus.CANCELLED: Explanation(
        why="The order was cancelled.",
        next="Its tickets are back on sale; a new order can be placed.",
        who=Actor.BUYER,
    ),
}


def explain(order: Order) -> Explanation:
    if Attention.PAID_AFTER_END in order.attention:
        return _PAID_AFTER_END
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        return _BY_STATUS[order.status]
    if order.payment_method is PaymentMethod.CARD:
        return _AWAITING_CARD.model_copy(update={"until": order.hold_expires_at})
    return _AWAITING_INVOICE.model_copy(update={"until": order.due_at})
