"""A webhook is a hint: what it is about is fetched from the provider, and a condition moves the order."""

from datetime import datetime

from admit.errors import NotFound
from admit.model import Shape
from admit.orders.order import load_order
from admit.payments.gateway import Gateway, Hint
from admit.payments.settle import settle_card
from admit.store import Table

# Money may have moved on a payment page. Every other type is answered and left alone.
_MONEY_MOVED = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})


class Taken(Shape):
    """The answer to a webhook that need not be sent again."""

    taken: bool = True


def take_webhook(table: Table, gateway: Gateway, hint: Hint, now: datetime) -> Taken:
    """Act on a webhook whose signature holds. Raises PaymentUnavailable, Contention: it comes again."""
    if hint.type in _MONEY_MOVED:
        try:
            page = gateway.fetch_page(hint.object_id)
            order = load_order(table, page.order_id or "")
        except NotFound:
            return Taken()  # The account takes payments for others too.
        settle_card(table, order, page, now)
    return Taken()
