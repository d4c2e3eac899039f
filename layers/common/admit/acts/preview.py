"""What an action will do to an order, told before it is done: in a rehearsal, and by what follows from it.

What comes later, from the stream, is told too: tickets are made, mails are sent, and documents are issued.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from admit.acts.actions import ActionName, Rehearsed, Stage, rehearse
from admit.acts.rehearsal import Written
from admit.catalog.event import Event, EventStatus
from admit.clock import Instant
from admit.mail.facts import mails_for_order, mails_for_ticket
from admit.mail.kinds import TextKind, default_wording
from admit.mail.mails import AboutDocument, AboutTicket, FormerHolder, MailKind, MailRequest
from admit.messages import Messages, filled, messages, placeholders
from admit.model import Shape
from admit.money import Money
from admit.orders.billing import Missing, missing_document
from admit.orders.explain import Explanation, explain, why
from admit.orders.ledger import Account, Cause, DocumentKind, DocumentRef, Refund, RefundStatus
from admit.orders.order import Attention, Order, OrderStatus, PaymentStatus
from admit.tickets.ticket import Ticket, TicketStatus, tickets_from, tickets_of

MESSAGES = Path(__file__).with_name("messages")


class EffectKind(StrEnum):
    MONEY_REFUNDED = "money_refunded"
    MONEY_BOOKED = "money_booked"
    TICKETS_ISSUED = "tickets_issued"
    TICKETS_CANCELLED = "tickets_cancelled"
    SEATS_FREED = "seats_freed"
    STOCK_RETURNED = "stock_returned"
    MAIL = "mail"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PAYMENT_PAGE_CLOSED = "payment_page_closed"
    ATTENTION_CLEARED = "attention_cleared"
    ATTENTION_ADDED = "attention_added"


class Effect(Shape):
    kind: EffectKind
    text: str
    amount: Money | None = None
    tickets: list[int] | None = None
    """By their numbers in the order."""
    mail: MailKind | None = None
    reason: Attention | None = None


class Standing(Shape):
    """How an order stands."""

    status: OrderStatus
    payment_status: PaymentStatus
    explanation: Explanation


class ActionPreview(Shape):
    before: Standing
    after: Standing
    effects: list[Effect]


def preview(name: ActionName, stage: Stage, order: Order, body: Shape, language: str) -> ActionPreview:
    """Say what an action will do; nothing is written. Raises what the action would raise."""
    held = tickets_of(stage.table, order.id)
    rehearsed = rehearse(name, stage, order, body)
    told = _Told(order, held, rehearsed, stage.catalog.event, stage.now, messages(MESSAGES, language))
    return ActionPreview(
        before=standing(order, language), after=standing(rehearsed.order, language), effects=list(told)
    )


def standing(order: Order, language: str) -> Standing:
    return Standing(
        status=order.status,
        payment_status=order.payment_status,
        explanation=explain(order, language),
    )


class _Later(NamedTuple):
    """An order when the stream has gone by, with what it has done."""

    order: Order
    issued: Sequence[Ticket] = ()
    documents: Sequence[Missing] = ()


@dataclass(frozen=True)
class _Told:
    """The effects of a rehearsal, in one language."""

    before: Order
    tickets: Sequence[Ticket]
    rehearsed: Rehearsed
    event: Event
    now: Instant
    words: Messages

    @property
    def after(self) -> Order:
        return self.rehearsed.order

    def __iter__(self) -> Iterator[Effect]:
        yield from self._money()
        yield from self._of_tickets()
        for _ in self.rehearsed.gateway.closed:
            yield Effect(kind=EffectKind.PAYMENT_PAGE_CLOSED, text=self.words.say("payment_page_closed"))
        for missing in self.later.documents:
            kind = EffectKind(missing.kind.value)
            amount = self._amount(missing.amount)
            yield Effect(kind=kind, text=self.words.say(kind, amount=str(amount)), amount=amount)
        yield from self._mails()
        yield from self._attention()

    # --- money --------------------------------------------------------------------------------------------

    def _money(self) -> Iterator[Effect]:
        for movement in self.after.movements[len(self.before.movements) :]:
            if movement.cause in (Cause.PAYMENT, Cause.ALLOCATION):
                amount = Money(amount=movement.amount, currency=movement.currency)
                text = self.words.say("money_booked", amount=str(amount))
                yield Effect(kind=EffectKind.MONEY_BOOKED, text=text, amount=amount)
        known = {one.sequence: one for one in self.before.refunds}
        for refund in self.after.refunds:
            earlier = known.get(refund.sequence)
            confirmed = refund.account is not Account.STRIPE and refund.status is RefundStatus.SUCCEEDED
            if earlier is None or (confirmed and earlier.status is not RefundStatus.SUCCEEDED):
                amount = Money(amount=refund.amount, currency=refund.currency)
                yield Effect(
                    kind=EffectKind.MONEY_REFUNDED,
                    text=self.words.say(_way_back(refund), amount=str(amount)),
                    amount=amount,
                    tickets=refund.tickets or None,
                )

    # --- tickets and what they take -----------------------------------------------------------------------

    def _of_tickets(self) -> Iterator[Effect]:
        present = {one.number: one for one in self.left}
        gone = [
            one.number
            for one in self.tickets
            if one.status is not TicketStatus.CANCELLED
            and present[one.number].status is TicketStatus.CANCELLED
        ]
        given_up = _taking(self.before) - _taking(self.after)
        seats = _seats(self.before)
        freed = sorted(seats[place] for place in seats.keys() - _seats(self.after).keys())
        yield from self._counted(EffectKind.TICKETS_ISSUED, [one.number for one in self.later.issued])
        yield from self._counted(EffectKind.TICKETS_CANCELLED, gone)
        yield from self._counted(EffectKind.SEATS_FREED, freed)
        yield from self._counted(EffectKind.STOCK_RETURNED, sorted(given_up))

    def _counted(self, kind: EffectKind, numbers: list[int]) -> Iterator[Effect]:
        if numbers:
            yield Effect(kind=kind, text=self.words.count(kind, len(numbers)), tickets=numbers)

    @cached_property
    def left(self) -> list[Ticket]:
        return tickets_of(self.rehearsed.table, self.before.id)

    # --- what comes later ---------------------------------------------------------------------------------

    @cached_property
    def later(self) -> _Later:
        order, issued = self.after, list[Ticket]()
        is_settled = order.status is OrderStatus.SETTLED and self.before.status is not OrderStatus.SETTLED
        if is_settled and self.event.status is not EventStatus.CANCELLED:
            issued = tickets_from(order)
            order = order.then("system", "tickets made", self.now, status=OrderStatus.FULFILLED)
        due_before = _documents(self.before, self.now)
        documents = [*self.before.documents, *(_issued(one, self.now) for one in due_before)]
        billed = order.model_copy(update={"documents": documents})
        return _Later(order, issued, _documents(billed, self.now))

    def _mails(self) -> Iterator[Effect]:
        """Tell of each kind of mail once, with the tickets that it is about."""
        about: dict[MailKind, list[int]] = {}
        for request in self._requests():
            numbers = about.setdefault(request.kind, [])
            if isinstance(request, AboutTicket | FormerHolder):
                numbers.append(request.number)
        for kind, numbers in about.items():
            for text_kind in self._texts(kind):
                subject = self._subject(text_kind)
                text = (
                    self.words.count("mail_holders", len(numbers), subject=subject)
                    if numbers
                    else self.words.say("mail_buyer", subject=subject)
                )
                yield Effect(kind=EffectKind.MAIL, text=text, mail=kind, tickets=sorted(numbers) or None)

    def _requests(self) -> Iterator[MailRequest]:
        holders = {one.number for one in (*self.left, *self.later.issued) if one.holder is not None}
        requests = [request for write in self.rehearsed.table.written for request in _told_of(write)]
        if self.later.issued:
            requests += mails_for_order(self.after, self.later.order)
            requests += [request for one in self.later.issued for request in mails_for_ticket(None, one)]
        for request in requests:
            if not isinstance(request, AboutTicket) or request.number in holders:
                yield request
        for _ in self.later.documents[:1]:
            yield AboutDocument(order_id=self.after.id, number="")

    def _texts(self, kind: MailKind) -> list[TextKind]:
        if kind is not MailKind.DOCUMENT_ISSUED:
            return [TextKind(kind.value)]
        return [_TEXT_OF[document.kind] for document in self.later.documents]

    def _subject(self, kind: TextKind) -> str:
        subject = default_wording(kind, self.words.language).subject
        known = {"order": self.after.code, "event": self.event.title}
        return filled(subject, dict.fromkeys(placeholders(subject), "…") | known)

    # --- attention ----------------------------------------------------------------------------------------

    def _attention(self) -> Iterator[Effect]:
        before, after = self.before, self.after
        language = self.words.language
        for kind, order, reasons in (
            (EffectKind.ATTENTION_CLEARED, before, set(before.attention) - set(after.attention)),
            (EffectKind.ATTENTION_ADDED, after, set(after.attention) - set(before.attention)),
        ):
            for reason in sorted(reasons):
                text = self.words.say(kind, why=why(order, reason, language))
                yield Effect(kind=kind, text=text, reason=reason)

    def _amount(self, amount: int) -> Money:
        return Money(amount=amount, currency=self.after.currency)


_TEXT_OF = {
    DocumentKind.INVOICE: TextKind.INVOICE_ISSUED,
    DocumentKind.CREDIT_NOTE: TextKind.CREDIT_NOTE_ISSUED,
}


def _told_of(write: Written) -> list[MailRequest]:
    """Return what the stream will have mailed for one write."""
    before, after = write.before, write.after or {}
    match after.get("kind"):
        case "order":
            return mails_for_order(Order.of(before) if before else None, Order.of(after))
        case "ticket":
            return mails_for_ticket(Ticket.of(before) if before else None, Ticket.of(after))
    return []


def _way_back(refund: Refund) -> str:
    if refund.account is Account.STRIPE:
        return "refunded_by_card"
    return "refunded_by_hand" if refund.status is RefundStatus.PENDING else "refund_recorded"


def _taking(order: Order) -> set[int]:
    """Return the numbers of the tickets for which an order has stock."""
    return set(order.numbers) if order.live and order.claims else set()


def _seats(order: Order) -> dict[str, int]:
    """Return the tickets that have seats, by seat."""
    return {claim.place.id: claim.ticket for claim in order.seats} if order.live else {}


def _documents(order: Order, now: Instant) -> list[Missing]:
    """Return the documents that an order is due, in the order in which they are issued."""
    found: list[Missing] = []
    while (missing := missing_document(order)) is not None:
        found.append(missing)
        order = order.model_copy(update={"documents": [*order.documents, _issued(missing, now)]})
    return found


def _issued(missing: Missing, now: Instant) -> DocumentRef:
    return DocumentRef(kind=missing.kind, number="", amount=missing.amount, issued_at=now)
