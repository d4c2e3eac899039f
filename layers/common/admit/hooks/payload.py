"""What a webhook says: an order or a ticket as it is when it is sent, without keys, links or answers.

What was told before may have changed since, so that a later try may say more; `type` and `sequence` say what
it is about.
"""

from typing import Any, Literal

from admit import keys
from admit.catalog.price import PaymentMethod
from admit.clock import Instant
from admit.hooks.delivery import HookDelivery
from admit.hooks.facts import FactType
from admit.ids import ticket_id
from admit.model import Email, Name, Shape
from admit.money import Money
from admit.orders.order import Attention, Order, OrderStatus, PaymentStatus, Source
from admit.people.person import Holder
from admit.store import Table
from admit.tickets.ticket import Admission, Ticket, TicketStatus


class HookBuyer(Shape):
    email: Email
    name: Name
    company: str | None
    """To whom it is billed."""
    reference: str | None
    """The buyer's own, for the invoice."""


class HookLine(Shape):
    tier_id: str
    title: str
    price_id: str
    quantity: int
    total: Money


class HookOrder(Shape):
    id: str
    code: str
    status: OrderStatus
    payment_status: PaymentStatus
    payment_method: PaymentMethod
    source: Source
    external_id: str | None
    """Its reference in the system that it was imported from."""
    company_id: str | None
    placed_at: Instant
    due_at: Instant | None
    buyer: HookBuyer
    lines: list[HookLine]
    tickets: int
    """How many it has, without those that were cancelled."""
    total: Money
    owed: Money
    paid: Money
    """What was paid for it and not paid back."""
    refunded: Money
    invoice_number: str | None
    attention: list[Attention]
    revision: int
    """Counts its changes: of two of the same order the higher one is newer."""


class HookTicket(Shape):
    id: str
    order_id: str
    number: int
    status: TicketStatus
    tier_id: str
    title: str
    seat: str | None
    holder: Holder | None
    """None while nobody holds it."""
    company_id: str | None
    admission: Admission
    """Whether its holder is at the event."""
    entries: int
    """How often somebody went in with it."""
    revision: int
    """Counts its changes of holder."""


class OrderData(Shape):
    order: HookOrder


class TicketData(Shape):
    ticket: HookTicket


class WebhookTestData(Shape):
    webhook_id: str


class _Payload(Shape):
    timestamp: Instant
    """When it came about."""
    sequence: int
    """Counts what this webhook is told about an order, from 1 and without gaps."""
    organizer_id: str


class OrderHook(_Payload):
    """What the types of orders say."""

    type: Literal[
        FactType.ORDER_PLACED,
        FactType.ORDER_SETTLED,
        FactType.ORDER_FULFILLED,
        FactType.ORDER_CANCELLED,
        FactType.ORDER_EXPIRED,
        FactType.ORDER_DECLINED,
        FactType.ORDER_REFUNDED,
        FactType.ORDER_DISPUTED,
    ]
    event_id: str
    data: OrderData


class TicketHook(_Payload):
    """What the types of tickets say."""

    type: Literal[
        FactType.TICKET_ISSUED,
        FactType.TICKET_ASSIGNED,
        FactType.TICKET_CANCELLED,
        FactType.TICKET_ADMITTED,
    ]
    event_id: str
    data: TicketData


class WebhookTest(_Payload):
    """What a test says."""

    type: Literal["webhook.test"]
    data: WebhookTestData


type HookPayload = OrderHook | TicketHook | WebhookTest

PAYLOADS: tuple[type[Shape], ...] = (OrderHook, TicketHook, WebhookTest)


def payload(table: Table, delivery: HookDelivery) -> HookPayload | None:
    """Return what a delivery says now, None when there is nothing left to say."""
    said: dict[str, Any] = {
        "type": delivery.type,
        "timestamp": delivery.created_at,
        "sequence": delivery.sequence,
        "organizer_id": delivery.organizer_id,
    }
    if delivery.order_id is None:
        return WebhookTest(**said, data=WebhookTestData(webhook_id=delivery.endpoint_id))
    said["event_id"] = delivery.event_id
    if delivery.number is None:
        item = table.get(keys.order(delivery.order_id))
        return OrderHook(**said, data=OrderData(order=_order(Order.of(item)))) if item else None
    item = table.get(keys.ticket(delivery.order_id, delivery.number))
    return TicketHook(**said, data=TicketData(ticket=_ticket(Ticket.of(item)))) if item else None


def _order(order: Order) -> HookOrder:
    def money(amount: int) -> Money:
        return Money(amount=amount, currency=order.currency)

    shared = HookOrder.model_fields.keys() & Order.model_fields.keys() - {"total", "lines", "buyer"}
    return HookOrder(
        **order.model_dump(include=shared),
        code=order.code,
        payment_status=order.payment_status,
        buyer=HookBuyer(
            email=order.buyer.email,
            name=order.buyer.name,
            company=order.billing.company if order.billing else None,
            reference=order.billing.reference if order.billing else None,
        ),
        lines=[
            HookLine(
                tier_id=line.tier_id,
                title=line.tier_title,
                price_id=line.price_id,
                quantity=line.quantity,
                total=money(line.total),
            )
            for line in order.lines
        ],
        tickets=order.tickets,
        total=money(order.total),
        owed=money(order.owed),
        paid=money(order.paid),
        refunded=money(order.paid_back),
        invoice_number=order.invoice_number,
        attention=order.attention,
    )


def _ticket(ticket: Ticket) -> HookTicket:
    return HookTicket(
        id=ticket_id(ticket.order_id, ticket.number),
        order_id=ticket.order_id,
        number=ticket.number,
        status=ticket.status,
        tier_id=ticket.tier_id,
        title=ticket.tier_title,
        seat=ticket.seat_text,
        holder=ticket.holder,
        company_id=ticket.company_id,
        admission=ticket.admission,
        entries=ticket.entries,
        revision=ticket.revision,
    )
