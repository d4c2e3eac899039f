"""The end of an unpaid order: its payment page is closed first, and the stock goes back only when it is."""

from datetime import datetime

from admit.errors import AlreadyPaid, WrongState
from admit.orders.order import Order, OrderStatus
from admit.orders.release import release
from admit.payments.gateway import OrderGateway, PageStatus
from admit.payments.settle import settle_card
from admit.store import Table


def end_order(
    table: Table,
    gateway: OrderGateway,
    order: Order,
    to: OrderStatus,
    *,
    actor: str,
    now: datetime,
    note: str = "",
) -> Order:
    """End an unpaid order. Raises AlreadyPaid (and settles) when the money was quicker, WrongState.

    While a payment is on its way the order can't end; then its hold is made longer.
    """
    if order.unpaid and order.checkout is not None:
        page = gateway.expire_page(order.checkout.session_id)
        # A page that has failed, or whose money did not fit and was booked, brings nothing any more.
        failed_before = page.failed and not order.processing
        booked_before = page.paid and order.has_moved(f"payment:{page.reference}")
        if page.status is not PageStatus.EXPIRED and not failed_before and not booked_before:
            settle_card(table, order, page, now)
            if page.paid:
                raise AlreadyPaid
            raise WrongState("A payment for this order is under way; wait until it is decided.")
        if page.declined and to is OrderStatus.EXPIRED:
            order = settle_card(table, order, page, now)
    return release(table, order, to, actor=actor, what=f"{to}: {note}" if note else to, now=now)
