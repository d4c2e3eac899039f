"""Invoices and credit notes from the queue: each is numbered, written down and drawn once."""

from typing import Any

from admit import clock
from admit.aws.settings import workshop
from admit.aws.stream import handle_messages
from admit.orders.billing import BillingMessage
from admit.orders.order import load_order
from admit.payments.documents import draw_documents, issue_documents
from admit.people.account import load_organizer


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return handle_messages(event, _bill)


def _bill(body: str) -> None:
    shop = workshop()
    order = load_order(shop.table, BillingMessage.model_validate_json(body).order_id)
    event = shop.catalogs.by_id(order.event_id).event
    name = load_organizer(shop.table, order.organizer_id).name
    draw_documents(shop.table, shop.bucket, issue_documents(shop.table, event, name, order, clock.now()))
