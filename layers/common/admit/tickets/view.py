"""What clients see of an order and its tickets."""

from collections.abc import Sequence
from datetime import datetime

from admit.catalog.event import Event
from admit.catalog.price import PaymentMethod
from admit.catalog.view import EventBrief, event_brief
from admit.clock import Instant
from admit.model import Shape
from admit.money import Money
from admit.orders.cancellation import CancellationOffer, cancellation_offer
from admit.orders.explain import Explanation, explain
from admit.orders.ledger import Account, DocumentKind, Refund, RefundStatus
from admit.orders.order import (
    AppliedDiscount,
    Attention,
    Billing,
    Buyer,
    Order,
    OrderStatus,
    PaymentStatus,
    Source,
)
from admit.orders.quote import LineView, line_view
from admit.people.person import Holder
from admit.tickets.grant import GrantView, grant_views
from admit.tickets.links import Links
from admit.tickets.ticket import Admission, Images, Ticket, TicketStatus


class TicketView(Shape):
    id: str
    number: int
    tier_id: str
    tier_title: str
    status: TicketStatus
    revision: int
    holder: Holder | None
    seat: str | None
    admission: Admission
    images: Images
    """stale while the pictures of a new holder are being drawn."""
    url: str
    qr_url: str
    badge_url: str


class MomentView(Shape):
    at: Instant
    actor: str
    what: str


class RefundView(Shape):
    """Money that goes back."""

    id: str
    sequence: int
    amount: Money
    status: RefundStatus
    tickets: list[int]
    by: Account
    """Where it leaves: Stripe, or the organizer's own bank."""
    note: str
    requested_at: Instant
    failure: str | None


class DocumentView(Shape):
    """An invoice or credit note, and the address of its PDF."""

    kind: DocumentKind
    number: str
    amount: Money
    issued_at: Instant
    url: str


class OrderView(Shape):
    id: str
    code: str
    event: EventBrief
    status: OrderStatus
    payment_status: PaymentStatus
    payment_method: PaymentMethod
    source: Source
    company_id: str | None
    allotment_id: str | None
    buyer: Buyer
    billing: Billing | None
    lines: list[LineView]
    subtotal: Money
    discount: Money
    tax: Money
    total: Money
    owed: Money
    """What is to be paid in all, after what was credited."""
    paid: Money
    """What was paid for it and not paid back."""
    refunds: list[RefundView]
    invoice_number: str | None
    documents: list[DocumentView]
    cancellation: CancellationOffer | None
    """What the buyer gets back if he cancels now; null when he can't do it himself."""
    applied_discount: AppliedDiscount | None
    email_verified: bool
    placed_at: Instant
    hold_expires_at: Instant | None
    due_at: Instant | None
    attention: list[Attention]
    explanation: Explanation
    timeline: list[MomentView]
    tickets: list[TicketView]


class PlacedOrder(OrderView):
    """The answer to placing: the order, its key, and where to pay by card."""

    key: str
    checkout_url: str | None = None


class TicketPage(TicketView):
    event: EventBrief
    grants: list[GrantView]
    """The perks that came with the ticket."""


def ticket_view(ticket: Ticket, links: Links) -> TicketView:
    return TicketView(
        id=ticket.id,
        number=ticket.number,
        tier_id=ticket.tier_id,
        tier_title=ticket.tier_title,
        status=ticket.status,
        revision=ticket.revision,
        holder=ticket.holder,
        seat=None,
        admission=ticket.admission,
        images=ticket.images,
        url=links.ticket_page(ticket),
        qr_url=links.picture(ticket, "qr.png"),
        badge_url=links.picture(ticket, "badge.png"),
    )


def ticket_page(ticket: Ticket, event: Event, links: Links) -> TicketPage:
    return TicketPage(
        **dict(ticket_view(ticket, links)), event=event_brief(event), grants=grant_views(ticket)
    )


def order_view(
    order: Order,
    tickets: Sequence[Ticket],
    event: Event,
    links: Links,
    *,
    now: datetime,
    for_organizer: bool = False,
) -> OrderView:
    """Show an order as of now; which member of the organizer has acted is for the organizer alone."""

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=order.currency)

    return OrderView(
        id=order.id,
        code=order.code,
        event=event_brief(event),
        status=order.status,
        payment_status=order.payment_status,
        payment_method=order.payment_method,
        source=order.source,
        company_id=order.company_id,
        allotment_id=order.allotment_id,
        buyer=order.buyer,
        billing=order.billing,
        lines=[line_view(line, order.currency) for line in order.lines],
        subtotal=money(order.subtotal),
        discount=money(order.discount),
        tax=money(order.tax),
        total=money(order.total),
        owed=money(order.owed),
        paid=money(max(0, order.paid)),
        refunds=[refund_view(order, refund, for_organizer=for_organizer) for refund in order.refunds],
        invoice_number=order.invoice_number,
        documents=[
            DocumentView(
                kind=one.kind,
                number=one.number,
                amount=money(one.amount),
                issued_at=one.issued_at,
                url=links.document(order.id, one.number),
            )
            for one in order.documents
        ],
        cancellation=cancellation_offer(event, order, now),
        applied_discount=order.applied_discount,
        email_verified=order.email_verified,
        placed_at=order.placed_at,
        hold_expires_at=order.hold_expires_at,
        due_at=order.due_at,
        attention=order.attention,
        explanation=explain(order),
        timeline=[
            MomentView(at=m.at, actor=m.actor if for_organizer else _side(m.actor), what=m.what)
            for m in order.timeline
        ],
        tickets=[ticket_view(ticket, links) for ticket in tickets],
    )


def refund_view(order: Order, refund: Refund, *, for_organizer: bool) -> RefundView:
    return RefundView(
        id=f"{order.id}-{refund.sequence}",
        sequence=refund.sequence,
        amount=Money(amount=refund.amount, currency=refund.currency),
        status=refund.status,
        tickets=refund.tickets,
        by=refund.account,
        note=refund.note if for_organizer else "",
        requested_at=refund.requested_at,
        failure=refund.failure if for_organizer else None,
    )


def placed_order(order: Order, event: Event, links: Links, *, now: datetime) -> PlacedOrder:
    """Write the answer to placing or paying; the tickets come later."""
    return PlacedOrder(
        **dict(order_view(order, [], event, links, now=now)),
        key=links.order_key(order.id),
        checkout_url=order.checkout.url if order.checkout and order.unpaid else None,
    )


def _side(actor: str) -> str:
    return "organizer" if "@" in actor else actor
