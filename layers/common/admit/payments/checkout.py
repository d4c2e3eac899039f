"""The payment page of a card order: one open page at a time, kept on the order before anybody sees it."""

from datetime import datetime

from admit.catalog.price import PaymentMethod
from admit.errors import WrongState
from admit.orders.change import change
from admit.orders.order import Checkout, Order, OrderStatus
from admit.payments.gateway import Gateway, PageStatus, PaymentBroken
from admit.payments.settle import settle_card
from admit.store import Table

_ENDED = "The hold on these tickets has ended; place a new order."


def open_checkout(table: Table, gateway: Gateway, order: Order, title: str, now: datetime) -> Order:
    """Return the order with the page of an attempt; a request sent again finds the same one.

    `title` is the event's, for the buyer's bank statement. Raises PaymentUnavailable (the order stays held),
    WrongState when the order ended meanwhile.
    """
    return order if order.checkout else _attempt(table, gateway, order, title, now)


def reopen_checkout(table: Table, gateway: Gateway, order: Order, title: str, now: datetime) -> Order:
    """Return the order with an open page: the present one if it is open, else that of the next attempt.

    A page that was paid, or whose payment has failed, is noted on the way. Raises WrongState when there is
    nothing to pay by card (any more), PaymentUnavailable.
    """
    if order.payment_method is not PaymentMethod.CARD:
        raise WrongState("There is nothing to pay by card for this order.")
    if order.checkout is not None and order.status is OrderStatus.AWAITING_PAYMENT:
        page = gateway.fetch_page(order.checkout.session_id)
        looked_at = order.checkout
        order = settle_card(table, order, page, now)
        has_another = order.status is OrderStatus.AWAITING_PAYMENT and order.checkout != looked_at
        if page.status is PageStatus.OPEN or has_another:  # Somebody has opened the next one meanwhile.
            return order
        if page.processing or order.misfits:
            raise WrongState(
                "This order is being paid; its tickets come as soon as the payment is confirmed."
            )
    if order.status is not OrderStatus.AWAITING_PAYMENT:
        raise WrongState("There is nothing to pay by card for this order.")
    return _attempt(table, gateway, order, title, now)


def confirm_payment(table: Table, gateway: Gateway, order: Order, now: datetime) -> Order:
    """Book what the present page has brought: the buyer comes back from it, perhaps before its webhook.

    Raises PaymentUnavailable.
    """
    if order.checkout is None or order.status is not OrderStatus.AWAITING_PAYMENT:
        return order
    return settle_card(table, order, gateway.fetch_page(order.checkout.session_id), now)


def _attempt(table: Table, gateway: Gateway, order: Order, title: str, now: datetime) -> Order:
    attempt = order.attempts + 1
    try:
        page = gateway.open_page(order, attempt, title=title)
    except PaymentBroken:
        # The provider repeats its error for this attempt, so the next try has to be another one. If it has
        # made a page all the same, nobody has its address.
        change(table, order, lambda order: _begun(order, attempt))
        raise
    checkout = Checkout(attempt=attempt, session_id=page.session_id, url=page.url or "")

    def keep(order: Order) -> Order:
        if order.status is not OrderStatus.AWAITING_PAYMENT or order.attempts >= attempt:
            return order
        told = order.then("system", "payment page opened", now, checkout=checkout)
        return _begun(told, attempt)

    kept = change(table, order, keep)
    if kept.status is not OrderStatus.AWAITING_PAYMENT:
        gateway.expire_page(page.session_id)
        raise WrongState(_ENDED)
    if kept.checkout is None:
        raise PaymentBroken
    return kept


def _begun(order: Order, attempt: int) -> Order:
    return order.model_copy(update={"attempts": max(order.attempts, attempt)})
