"""The payment page of a card order: one open page at a time, kept on the order before anybody sees it."""

from datetime import datetime

from admit import keys
from admit.catalog.price import PaymentMethod
from admit.errors import WrongState
from admit.orders.order import Checkout, Order, OrderStatus, moment
from admit.payments.gateway import Gateway, PageStatus
from admit.store import ConditionFailed, Table, Update


def open_checkout(table: Table, gateway: Gateway, order: Order, now: datetime) -> Order:
    """Return the order with the page of its first attempt; a request sent again finds the same one.

    Raises PaymentUnavailable (the order stays held), WrongState when the order ended meanwhile.
    """
    return order if order.checkout else _attempt(table, gateway, order, attempt=1, now=now)


def reopen_checkout(table: Table, gateway: Gateway, order: Order, now: datetime) -> Order:
    """Return the order with an open page: the present one if it is open, else that of the next attempt.

    Raises WrongState when there is nothing to pay by card, PaymentUnavailable.
    """
    if order.status is not OrderStatus.AWAITING_PAYMENT or order.payment_method is not PaymentMethod.CARD:
        raise WrongState("There is nothing to pay by card for this order.")
    if order.checkout is None:
        return _attempt(table, gateway, order, attempt=1, now=now)
    page = gateway.fetch_page(order.checkout.session_id)
    if page.status is PageStatus.OPEN:
        return order
    if page.status is PageStatus.COMPLETE:
        raise WrongState("This order is being paid; its tickets come as soon as the payment is confirmed.")
    return _attempt(table, gateway, order, attempt=order.checkout.attempt + 1, now=now)


def _attempt(table: Table, gateway: Gateway, order: Order, *, attempt: int, now: datetime) -> Order:
    page = gateway.open_page(order, attempt)
    checkout = Checkout(attempt=attempt, session_id=page.session_id, url=page.url or "")
    # False when the hold has ended: a page that nobody holds tickets for must not be paid.
    still_held = "#status = :awaiting_payment"
    # False when a request at the same time got further; then its page is the one to show.
    no_later_attempt = "attribute_not_exists(checkout) OR checkout.attempt <= :attempt"
    try:
        stored = table.write(
            Update(
                keys.order(order.id),
                "SET checkout = :checkout, timeline = list_append(timeline, :moment)",
                condition=f"{still_held} AND ({no_later_attempt})",
                values={
                    "awaiting_payment": OrderStatus.AWAITING_PAYMENT,
                    "attempt": attempt,
                    "checkout": checkout.attributes(),
                    "moment": [moment("system", "payment page opened", now)],
                },
            )
        )
    except ConditionFailed as failed:
        present = Order.of(failed.old or {})
        if present.status is OrderStatus.AWAITING_PAYMENT:
            return present
        gateway.expire_page(page.session_id)
        raise WrongState("The hold on these tickets has ended; place a new order.") from failed
    return Order.of(stored)
