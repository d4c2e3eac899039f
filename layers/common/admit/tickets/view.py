"""What clients see of an order and its tickets."""

from collections.abc import Sequence
from datetime import datetime

from admit.catalog.answers import AnswerView, answer_views, asked
from admit.catalog.catalog import Catalog
from admit.catalog.organization import OrganizationBrief
from admit.catalog.page import QuestionView, question_views
from admit.catalog.price import PaymentMethod
from admit.catalog.question import AskedOf
from admit.catalog.view import EventBrief, event_brief
from admit.clock import Instant
from admit.model import Shape
from admit.money import Money
from admit.orders.answer import open_questions, unanswered
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


class TransferBrief(Shape):
    to: str
    until: Instant


class TicketView(Shape):
    id: str
    number: int
    tier_id: str
    tier_title: str
    status: TicketStatus
    revision: int
    holder: Holder | None
    seat: str | None
    """As people find it."""
    seat_id: str | None
    """On the event's seating plan."""
    admission: Admission
    images: Images
    """stale while the pictures of a new holder are being drawn."""
    transfer: TransferBrief | None
    """The offer of it that waits for an answer; meanwhile it admits nobody."""
    passed_on: bool
    """Whether somebody else controls it by now: its buyer sees no more of it."""
    url: str | None
    qr_url: str | None
    badge_url: str | None


class MomentView(Shape):
    at: Instant
    actor: str
    what: str
    private: bool = False
    """Whether its organizer alone is shown it."""


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
    organization: OrganizationBrief | None
    """For its organizer: the company that it belongs to."""
    allotment_id: str | None
    buyer: Buyer
    billing: Billing | None
    answers: list[AnswerView]
    open_questions: list[QuestionView]
    """What the buyer may still answer or change."""
    unanswered: list[str]
    """Ids of the required questions that wait for an answer."""
    holder_questions: dict[str, list[QuestionView]]
    """By tier: what is asked of who attends."""
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
    calendar_url: str
    apple_pass_url: str | None
    google_pass_url: str | None
    grants: list[GrantView]
    """The perks that came with the ticket."""
    questions: list[QuestionView]
    """What its holder is asked about himself."""


def ticket_view(ticket: Ticket, links: Links, *, to_holder: bool = True) -> TicketView:
    """Show a ticket, to who has it or to others, who look at its pictures without downloading them."""
    return TicketView(
        id=ticket.id,
        number=ticket.number,
        tier_id=ticket.tier_id,
        tier_title=ticket.tier_title,
        status=ticket.status,
        revision=ticket.revision,
        holder=ticket.holder,
        seat=ticket.seat_text,
        seat_id=ticket.seat.id if ticket.seat else None,
        admission=ticket.admission,
        images=ticket.images,
        transfer=TransferBrief(to=ticket.transfer.to, until=ticket.transfer.until)
        if ticket.transfer
        else None,
        passed_on=ticket.owner_email is not None,
        url=links.ticket_page(ticket),
        qr_url=links.picture(ticket, "qr.png", to_holder=to_holder),
        badge_url=links.picture(ticket, "badge.png", to_holder=to_holder),
    )


def bought_ticket_view(ticket: Ticket, links: Links) -> TicketView:
    """Show a ticket to its buyer: of one that was passed on only that it was."""
    view = ticket_view(ticket, links, to_holder=False)
    if not view.passed_on:
        return view
    hidden = {"holder": None, "transfer": None, "url": None, "qr_url": None, "badge_url": None}
    return view.model_copy(update=hidden)


def ticket_page(ticket: Ticket, catalog: Catalog, links: Links, *, to_holder: bool = True) -> TicketPage:
    valid = ticket.status is TicketStatus.VALID
    return TicketPage(
        **dict(ticket_view(ticket, links, to_holder=to_holder)),
        event=event_brief(catalog.event),
        calendar_url=links.calendar(ticket),
        apple_pass_url=links.apple_pass(ticket) if valid else None,
        google_pass_url=links.google_pass(ticket) if valid else None,
        grants=grant_views(ticket),
        questions=_holder_questions(catalog, ticket.tier_id),
    )


def order_view(
    order: Order,
    tickets: Sequence[Ticket],
    catalog: Catalog,
    links: Links,
    *,
    now: datetime,
    for_organizer: bool = False,
    organization: OrganizationBrief | None = None,
    language: str = "en",
) -> OrderView:
    """Show an order as of now; which member of the organizer has acted is for the organizer alone."""

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=order.currency)

    return OrderView(
        id=order.id,
        code=order.code,
        event=event_brief(catalog.event),
        status=order.status,
        payment_status=order.payment_status,
        payment_method=order.payment_method,
        source=order.source,
        company_id=order.company_id,
        organization=organization,
        allotment_id=order.allotment_id,
        buyer=order.buyer,
        billing=order.billing,
        answers=answer_views(catalog, AskedOf.ORDER, order.answers),
        open_questions=question_views(
            open_questions(catalog, order, now), {line.tier_id for line in order.lines}
        ),
        unanswered=[question.id for question in unanswered(catalog, order)],
        holder_questions={line.tier_id: _holder_questions(catalog, line.tier_id) for line in order.lines},
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
        cancellation=cancellation_offer(catalog.event, order, now),
        applied_discount=order.applied_discount,
        email_verified=order.email_verified,
        placed_at=order.placed_at,
        hold_expires_at=order.hold_expires_at,
        due_at=order.due_at,
        # What its organizer has set aside is as true for its buyer as before.
        attention=order.attention if for_organizer else list(order.matters),
        explanation=explain(order, language),
        timeline=[
            MomentView(
                at=m.at,
                actor=m.actor if for_organizer else _side(m.actor),
                what=m.what,
                private=m.private,
            )
            for m in order.timeline
            if for_organizer or not m.private
        ],
        tickets=[
            ticket_view(ticket, links, to_holder=False)
            if for_organizer
            else bought_ticket_view(ticket, links)
            for ticket in tickets
        ],
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


def placed_order(
    order: Order,
    catalog: Catalog,
    links: Links,
    *,
    now: datetime,
    organization: OrganizationBrief | None = None,
    language: str = "en",
) -> PlacedOrder:
    """Write the answer to placing or paying; the tickets come later."""
    return PlacedOrder(
        **dict(order_view(order, [], catalog, links, now=now, organization=organization, language=language)),
        key=links.order_key(order.id),
        checkout_url=order.checkout.url if order.checkout and order.unpaid else None,
    )


def _holder_questions(catalog: Catalog, tier_id: str) -> list[QuestionView]:
    return question_views(asked(catalog, AskedOf.ATTENDEE, [tier_id]), {tier_id})


def _side(actor: str) -> str:
    return "organizer" if "@" in actor else actor
