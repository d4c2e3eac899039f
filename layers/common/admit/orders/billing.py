"""What an order is to be billed: which invoice or credit note it is due and has not got.

What is missing follows from the order alone: an invoice once it is due one, and a credit note as soon as less
is billed than was invoiced.
"""

from typing import NamedTuple

from admit import keys
from admit.catalog.price import PaymentMethod
from admit.errors import NotFound, Unavailable
from admit.model import Shape
from admit.orders.ledger import Account, DocumentKind, RefundStatus
from admit.orders.order import Order, OrderStatus, Source
from admit.store import Table


class BillingMessage(Shape):
    """An order that is due a document, as it travels on the queue."""

    order_id: str


class Missing(NamedTuple):
    """A document that an order is due, and its amount in minor units."""

    kind: DocumentKind
    amount: int


def missing_document(order: Order) -> Missing | None:
    """Return the document that an order is due and has not got."""
    invoices = [one.amount for one in order.documents if one.kind is DocumentKind.INVOICE]
    credited = [one.amount for one in order.documents if one.kind is DocumentKind.CREDIT_NOTE]
    if not invoices:
        return Missing(DocumentKind.INVOICE, order.total) if _is_billed(order) else None
    too_much = sum(invoices) - sum(credited) - _billed(order)
    if too_much < 0 and _is_billed(order):
        return Missing(DocumentKind.INVOICE, -too_much)  # It was credited, and taken up again.
    return Missing(DocumentKind.CREDIT_NOTE, too_much) if too_much > 0 else None


def document_name(organizer_id: str, number: str) -> str:
    """Return the name of a document's PDF in the bucket."""
    return f"documents/{organizer_id}/{number}.pdf"


def _is_billed(order: Order) -> bool:
    """Say whether an order is to have an invoice.

    By invoice it has one as soon as it is placed, by card when it is paid and the buyer says whom to bill.
    """
    if order.total == 0 or not order.live or order.source is Source.IMPORT:
        return False
    if order.payment_method is PaymentMethod.INVOICE:
        return order.status is not OrderStatus.AWAITING_APPROVAL
    return order.billing is not None and order.status in (OrderStatus.SETTLED, OrderStatus.FULFILLED)


def _billed(order: Order) -> int:
    """Return what is billed for an order as it is: what it costs less what was credited or has gone back."""
    full = order.total - order.credited
    back = sum(
        one.amount
        for one in order.refunds
        if one.status is RefundStatus.SUCCEEDED and one.source is Account.ORDER
    )
    came = order.paid + order.paid_back
    if order.status is OrderStatus.AWAITING_PAYMENT:
        return full
    if not order.live:
        return max(0, min(full, came - back))
    return full - max(0, back - max(0, came - full))


def drawn_document(table: Table, order: Order, number: str) -> str:
    """Return the name of a document's PDF in the bucket. Raises NotFound, Unavailable while it is drawn."""
    if number not in [one.number for one in order.documents]:
        raise NotFound("This order has no such document.")
    item = table.get(keys.document(order.organizer_id, number))
    if item is None or not item["drawn"]:
        raise Unavailable("This document is being drawn; try again in a few seconds.")
    return document_name(order.organizer_id, number)
