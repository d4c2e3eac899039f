"""An order: its lines, its claims on stock, its money and its steps.

An order is changed by making the next one of it and writing that over the one that was read (`change.py`).
What follows from its state (what is paid, what needs attention, what is due next) is derived and never stored
beside it.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field

from admit import keys
from admit.address import Address, Reference, VatId
from admit.catalog.discount import Discount
from admit.catalog.event import InvoicePolicy
from admit.catalog.offer import Offer
from admit.catalog.price import PaymentMethod
from admit.catalog.question import Answer
from admit.clock import Instant
from admit.errors import NotFound
from admit.ids import order_code
from admit.model import Email, Entity, Language, Name, Percent, Phone, Shape
from admit.orders.ledger import (
    Account,
    Cause,
    Dispute,
    DisputeOutcome,
    DocumentKind,
    DocumentRef,
    Misfit,
    Movement,
    Refund,
    RefundStatus,
    balance,
)
from admit.people.person import Consent, HolderDetails
from admit.seating.seat import SeatClaim
from admit.stock.claim import Claim
from admit.stock.limit import Allowance
from admit.store import Put, Table, Update


class OrderStatus(StrEnum):
    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_PAYMENT = "awaiting_payment"
    SETTLED = "settled"
    FULFILLED = "fulfilled"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class PaymentStatus(StrEnum):
    UNPAID = "unpaid"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    OVERPAID = "overpaid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


class Source(StrEnum):
    """Where an order came from."""

    PUBLIC = "public"
    ORGANIZER = "organizer"
    ALLOTMENT = "allotment"
    WAITING_LIST = "waiting_list"
    IMPORT = "import"


class Attention(StrEnum):
    """Why an organizer should look at an order."""

    PAYMENT_MISMATCH = "payment_mismatch"
    """A payment of another amount, currency or page came; the order waits for a decision."""
    PAID_AFTER_END = "paid_after_end"
    """Money came for an order that had ended, and its tickets could not be given."""
    SECOND_PAYMENT = "second_payment"
    """The order was paid twice and the second payment is not back yet."""
    OVERPAID = "overpaid"
    INVOICE_OVERDUE = "invoice_overdue"
    REFUND_BY_HAND = "refund_by_hand"
    """Money is to be sent back by the organizer's bank."""
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    """A payment is disputed: answer at Stripe; the tickets are suspended meanwhile."""
    MAIL_BOUNCED = "mail_bounced"
    """Mail about it does not reach its buyer."""
    APPROVAL_WAITING = "approval_waiting"
    PAYMENT_FAILED = "payment_failed"
    """A card was declined, or the payment page ended without money, and nobody has tried again."""
    MANUAL_SETTLEMENT = "manual_settlement"
    """Its tickets wait for the organizer's word: its invoice is not paid, and the event gives on release."""
    UNASSIGNED = "unassigned"
    """The event is near and tickets have nobody; it follows from them and the time, not from the order."""


FAILURE_SHOWN = timedelta(days=3)
"""So long an order that has expired after a failed payment is to be looked at."""
_MISFITS = {
    Misfit.MISMATCH: Attention.PAYMENT_MISMATCH,
    Misfit.LATE: Attention.PAID_AFTER_END,
    Misfit.SECOND: Attention.SECOND_PAYMENT,
}


class Buyer(Shape):
    email: Email
    name: Name
    phone: Phone | None = None
    address: Address | None = None
    language: Language | None = None


class Billing(Shape):
    company: Name
    vat_id: VatId | None = None
    reference: Reference | None = None


class OrderLine(Entity):
    """One tier at one price. Amounts are minor units of the order's currency."""

    tier_id: str
    tier_title: str
    price_id: str
    label: str
    quantity: int
    unit: int
    discount: int
    tax: int
    tax_rate: Percent | None = None
    total: int
    offers: list[Offer] = []
    """Perks that come with each ticket."""
    seats: list[str] = []
    """Ids of the seats that were asked for; without them a seated tier gets the best ones."""
    accessible: int = 0
    """How many of the seats that are chosen shall have room for a wheelchair."""


class AppliedDiscount(Shape):
    """The discount that an order has."""

    id: str
    title: str
    code: str | None = None

    @classmethod
    def of_discount(cls, discount: Discount | None) -> "AppliedDiscount | None":
        if discount is None:
            return None
        return cls(id=discount.id, title=discount.title, code=discount.code)


class Moment(Entity):
    """One line of an order's timeline."""

    at: Instant
    actor: str
    what: str
    private: bool = False
    """Whether it is for the organizer alone."""
    asked: str | None = None
    """What tells the request that has left a note from others."""


class SetAside(Entity):
    """A reason to look at an order that somebody has set aside, by what it was about then."""

    reason: Attention
    about: list[str]
    actor: str
    note: str
    at: Instant


class FailedPayment(Entity):
    """An attempt at paying by card that brought no money."""

    attempt: int
    at: Instant


class Checkout(Entity):
    """The hosted payment page of one attempt at paying."""

    attempt: int
    session_id: str
    url: str


class Withdrawal(Entity):
    """Tickets that are being cancelled in several transactions; their stock goes back in the last one."""

    numbers: list[int]
    used_too: bool
    refund: int
    """What goes back to the buyer with them, in minor units."""
    actor: str
    note: str
    at: Instant


class Order(Entity):
    id: str
    event_id: str
    organizer_id: str
    shard: int
    status: OrderStatus
    payment_method: PaymentMethod
    invoice_policy: InvoicePolicy | None = None
    source: Source
    external_id: str | None = None
    """The order's reference in the system that it was imported from."""
    job_id: str | None = None
    """The import that it came of."""
    quiet: bool = False
    """Whether nobody is mailed about its placing and its tickets."""
    company_id: str | None = None
    allotment_id: str | None = None
    """Of the allotment that its tickets come from, in place of the tiers' own stock."""
    buyer: Buyer
    email_verified: bool = False
    """Whether it was shown that the buyer owns the address."""
    billing: Billing | None = None
    currency: str
    lines: Annotated[list[OrderLine], Field(min_length=1)]
    holders: list[HolderDetails | None] = []
    """Who attends, by ticket number; empty when nobody is named."""
    answers: dict[str, Answer] = {}
    """Of the buyer, by question."""
    consents: dict[str, Consent] = {}
    """By the question that asked for it."""
    subtotal: int
    discount: int
    tax: int
    total: int
    applied_discount: AppliedDiscount | None = None
    claims: list[Claim] = []
    seats: list[SeatClaim] = []
    """By ticket; those of tickets that have no seat, or none yet, are missing."""
    reseated: int = 0
    """How often its tickets were given seats, or other ones, after it was placed."""
    allowances: list[Allowance] = []
    placed_at: Instant
    placed_on: date | None = None
    """The day of that where the event takes place, by the time zone that it had then."""
    hold_expires_at: Instant | None = None
    due_at: Instant | None = None
    """When its invoice is to be paid."""
    reminders: list[Instant] = []
    """When the buyer is to be reminded of it, those that have not passed."""
    reminded: int = 0
    grace_ends_at: Instant | None = None
    """When an invoice that is not paid is decided on."""
    overdue: bool = False
    event_ends_at: Instant
    checkout: Checkout | None = None
    attempts: int = 0
    """Attempts at paying by card that were begun, with those whose page was never shown."""
    failed_payment: FailedPayment | None = None
    """The last attempt that was refused, or whose page ended."""
    processing: bool = False
    """The buyer has paid in a way that takes days; the tickets are held meanwhile."""
    movements: list[Movement] = []
    refunds: list[Refund] = []
    disputes: list[Dispute] = []
    documents: list[DocumentRef] = []
    credited: int = 0
    """By how much less is owed than was ordered, as for tickets that were cancelled before they were paid."""
    decide_by: Instant | None = None
    """When money that came too late goes back, unless the organizer gives the tickets before."""
    cancelled: list[int] = []
    """Numbers of the tickets that were cancelled while others stay."""
    holder_reminders: list[Instant] = []
    """When the buyer is to be reminded of tickets that nobody holds, those that have not passed."""
    holder_reminded: int = 0
    mail_bounced: bool = False
    """Whether mail to its buyer came back, or was not sent for that; until it is mailed again."""
    mailed_again: int = 0
    """How often the organizer has had its links mailed to the buyer again."""
    tickets_mailed_again: int = 0
    """How often the organizer has had its tickets mailed to their holders again."""
    mailed_again_for: str | None = None
    """The key of the request that last asked for it."""
    withdrawal: Withdrawal | None = None
    suspended: bool = False
    """Whether its tickets admit nobody for now."""
    unaligned_since: Instant | None = None
    """Since when its tickets do not all say what it says, if so."""
    set_aside: list[SetAside] = []
    """By reason, the last time that it was."""
    timeline: list[Moment]
    request_hash: str
    revision: int = 1

    @property
    def code(self) -> str:
        return order_code(self.id)

    @property
    def tickets(self) -> int:
        """How many tickets it has, those that were cancelled apart left out."""
        return sum(line.quantity for line in self.lines) - len(self.cancelled)

    @property
    def numbers(self) -> list[int]:
        """Return the numbers of its tickets."""
        ordered = sum(line.quantity for line in self.lines)
        return [number for number in range(1, ordered + 1) if number not in self.cancelled]

    @property
    def live(self) -> bool:
        """Whether it has what it claimed; an order that has ended keeps its claims as a record."""
        return self.status not in (OrderStatus.DECLINED, OrderStatus.EXPIRED, OrderStatus.CANCELLED)

    @property
    def booked_on(self) -> date:
        """The day to which it counts as a sale."""
        return self.placed_on or self.placed_at.date()

    @property
    def unpaid(self) -> bool:
        return self.status in (OrderStatus.AWAITING_APPROVAL, OrderStatus.AWAITING_PAYMENT)

    # --- money ---------------------------------------------------------------------------------------------

    def balance(self, account: Account) -> int:
        return balance(self.movements, account, self.currency)

    @property
    def paid(self) -> int:
        """What was paid for it and not paid back."""
        return -self.balance(Account.ORDER)

    @property
    def paid_back(self) -> int:
        """What of the money for it went back, by refund or by a lost dispute."""
        causes = (Cause.REFUND, Cause.REFUND_FAILED, Cause.DISPUTE_LOST)
        return balance((one for one in self.movements if one.cause in causes), Account.ORDER, self.currency)

    @property
    def owed(self) -> int:
        """What is to be paid for it in all; of an order that has ended nothing beyond what it keeps."""
        return self.total - self.credited if self.live else max(0, self.paid)

    @property
    def payment_status(self) -> PaymentStatus:
        full = self.total - self.credited
        if any(dispute.outcome is DisputeOutcome.OPEN for dispute in self.disputes):
            return PaymentStatus.DISPUTED
        if self.total > 0 and self.paid <= 0:
            return PaymentStatus.REFUNDED if self.paid_back > 0 else PaymentStatus.UNPAID
        if self.paid > full and self.live:
            return PaymentStatus.OVERPAID
        if self.paid >= full:
            return PaymentStatus.PAID
        return PaymentStatus.PARTIALLY_REFUNDED if self.paid_back > 0 else PaymentStatus.PARTIALLY_PAID

    def has_moved(self, movement_id: str) -> bool:
        return any(movement.id == movement_id for movement in self.movements)

    def payments(self) -> list[Movement]:
        """Return the payments that came for it or by mistake, oldest first."""
        return [one for one in self.movements if one.cause is Cause.PAYMENT]

    def refundable(self, payment: Movement) -> int:
        """Return what of a payment has not gone back and is not about to."""
        back = sum(
            one.amount
            for one in self.refunds
            if one.payment == payment.id and one.status is not RefundStatus.FAILED
        )
        taken = any(
            one.payment == payment.reference and one.outcome is not DisputeOutcome.WON
            for one in self.disputes
        )
        return 0 if taken else max(0, payment.amount - back)

    @property
    def misfits(self) -> frozenset[Misfit]:
        """Say what is wrong with the money that came and is neither for it by now nor back."""
        return frozenset(
            payment.misfit for payment in self.payments() if payment.misfit and self._stays(payment)
        )

    @property
    def attention(self) -> list[Attention]:
        """Why an organizer should look at it now; what is dealt with, or set aside, is gone from here."""
        aside = {one.reason: one.about for one in self.set_aside}
        return [reason for reason, about in self.matters.items() if not about.issubset(aside.get(reason, ()))]

    @property
    def matters(self) -> dict[Attention, frozenset[str]]:
        """By reason to look at it, the names of what that is about: what is new has a new name."""
        failed = self.failed_payment
        matters = {
            **{reason: self._misfitting(misfit) for misfit, reason in _MISFITS.items()},
            Attention.OVERPAID: frozenset(
                one.id for one in self.payments() if self.payment_status is PaymentStatus.OVERPAID
            ),
            Attention.INVOICE_OVERDUE: _about(self.due_at, holds=self.overdue and self.awaits_money),
            Attention.REFUND_BY_HAND: frozenset(
                str(one.sequence)
                for one in self.refunds
                if one.status is RefundStatus.PENDING and one.account is not Account.STRIPE
            ),
            Attention.REFUND_FAILED: frozenset(
                str(one.sequence)
                for one in self.refunds
                if one.status is RefundStatus.FAILED and not self._made_good(one)
            ),
            Attention.DISPUTE: frozenset(
                one.id for one in self.disputes if one.outcome is DisputeOutcome.OPEN
            ),
            Attention.MAIL_BOUNCED: _about(self.mailed_again, holds=self.mail_bounced),
            Attention.APPROVAL_WAITING: _about(self.id, holds=self.status is OrderStatus.AWAITING_APPROVAL),
            Attention.PAYMENT_FAILED: _about(failed.attempt if failed else 0, holds=self._payment_failed),
            Attention.MANUAL_SETTLEMENT: _about(self.id, holds=self._waits_for_release),
        }
        return {reason: about for reason, about in matters.items() if about}

    @property
    def _payment_failed(self) -> bool:
        """Whether the last attempt at paying by card has failed, and no other was begun."""
        waits = self.status is OrderStatus.AWAITING_PAYMENT and not self.processing
        return (
            self.failed_payment is not None
            and self.checkout is not None
            and self.checkout.attempt == self.failed_payment.attempt
            and (waits or self.status is OrderStatus.EXPIRED)
            and not self.payments()
        )

    @property
    def _waits_for_release(self) -> bool:
        """Whether the organizer gives its tickets before its invoice is paid, if he likes."""
        return (
            self.status is OrderStatus.AWAITING_PAYMENT
            and self.payment_method is PaymentMethod.INVOICE
            and self.invoice_policy is InvoicePolicy.ON_RELEASE
        )

    def _misfitting(self, misfit: Misfit) -> frozenset[str]:
        return frozenset(one.id for one in self.payments() if one.misfit is misfit and self._stays(one))

    def _stays(self, payment: Movement) -> bool:
        """Say whether money that did not fit is where it came."""
        back = sum(
            one.amount
            for one in self.refunds
            if one.payment == payment.id and one.status is RefundStatus.SUCCEEDED
        )
        lost = sum(
            one.amount
            for one in self.disputes
            if one.payment == payment.reference and one.outcome is DisputeOutcome.LOST
        )
        return not self.has_moved(f"{payment.id}:allocated") and back + lost < payment.amount

    def _made_good(self, failed: Refund) -> bool:
        """Say whether the money has gone back after all, or there is none of it left to go back."""
        again = any(
            one.sequence > failed.sequence
            and one.payment == failed.payment
            and one.status is not RefundStatus.FAILED
            for one in self.refunds
        )
        payment = next(one for one in self.payments() if one.id == failed.payment)
        return again or self.refundable(payment) == 0

    @property
    def awaits_money(self) -> bool:
        """Whether an invoice of it is still to be paid, with or without tickets."""
        return self.payment_method is PaymentMethod.INVOICE and self.missing > 0

    @property
    def missing(self) -> int:
        """What is still to be paid for it. Once it is settled, what goes back is not asked for again."""
        if not self.live or self.status is OrderStatus.AWAITING_APPROVAL:
            return 0
        came = self.paid if self.status is OrderStatus.AWAITING_PAYMENT else self.paid + self.paid_back
        return max(0, self.owed - came)

    @property
    def invoice_number(self) -> str | None:
        invoices = [one.number for one in self.documents if one.kind is DocumentKind.INVOICE]
        return invoices[-1] if invoices else None

    # --- what comes next -----------------------------------------------------------------------------------

    @property
    def due(self) -> Instant | None:
        """When something is to be done about it that nobody else does."""
        moments: list[datetime | None] = [self.unaligned_since, self.decide_by]
        if self.status is OrderStatus.AWAITING_PAYMENT and not self.misfits:
            moments.append(self.hold_expires_at)
        if self.awaits_money:
            moments += self.reminders[:1]
            if not self.overdue:
                moments.append(self.due_at)
            moments.append(self.grace_ends_at)
        if self.status is OrderStatus.FULFILLED:
            moments += self.holder_reminders[:1]
        if self.status is OrderStatus.EXPIRED and self.failed_payment is not None:
            moments.append(self.failed_payment.at + FAILURE_SHOWN)
        moments += [one.requested_at for one in self.refunds if one.status is RefundStatus.REQUESTED]
        if self.withdrawal is not None:
            moments.append(self.withdrawal.at)
        return min((at for at in moments if at is not None), default=None)

    # --- writing -------------------------------------------------------------------------------------------

    def item(self) -> dict[str, Any]:
        """Return what is stored of it, with the attributes of its indexes."""
        indexes = {
            "gsi1pk": keys.orders_of(self.event_id, self.shard),
            "gsi1sk": keys.by_time(self.placed_at, self.id),
            "gsi2pk": keys.orders_in_state(self.event_id, self.shard, self.status, self.payment_method),
            "gsi2sk": keys.by_time(self.placed_at, self.id),
            "gsi4pk": keys.orders_by(self.buyer.email),
            "gsi4sk": keys.by_time(self.event_ends_at, self.id),
        }
        if (due := self.due) is not None:
            indexes |= {"gsi3pk": keys.due_of(self.id), "gsi3sk": keys.by_time(due, self.id)}
        return {"kind": "order", **self.attributes(), **indexes}

    def put(self) -> Put:
        """Return the write that places it; false when the same request was here before."""
        return Put(keys.order(self.id), self.item())

    def over(self, read: "Order") -> Update:
        """Return the write that makes the order that was read into this one. What has moved stays so."""
        if self.movements[: len(read.movements)] != read.movements:
            raise AssertionError("what has moved stays as it is")
        old, new = read.item(), self.model_copy(update={"revision": read.revision + 1}).item()
        changed = {name: value for name, value in new.items() if old.get(name) != value}
        gone = sorted(old.keys() - new.keys())
        # False when anything has changed the order since it was read.
        unchanged = "revision = :read"
        return Update(
            keys.order(self.id),
            "SET "
            + ", ".join(f"#{name} = :{name}" for name in changed)
            + (f" REMOVE {', '.join(f'#{name}' for name in gone)}" if gone else ""),
            condition=unchanged,
            values=changed | {"read": read.revision},
        )

    def then(self, actor: str, what: str, at: datetime, **update: Any) -> Self:
        """Return the order after a step of its timeline, with the attributes that the step changes."""
        return self._told(Moment(at=at, actor=actor, what=what), update)

    def then_privately(
        self, actor: str, what: str, at: datetime, *, asked: str | None = None, **update: Any
    ) -> Self:
        """Return the order after a step that only its organizer is shown."""
        return self._told(Moment(at=at, actor=actor, what=what, private=True, asked=asked), update)

    def _told(self, moment: Moment, update: dict[str, Any]) -> Self:
        return self.model_copy(update={"timeline": [*self.timeline, moment], **update})

    def settled_if_paid(self) -> Self:
        """Return the order settled if it waited for money that is there now."""
        if self.status is not OrderStatus.AWAITING_PAYMENT or self.paid < self.owed:
            return self
        return self.model_copy(update={"status": OrderStatus.SETTLED, "processing": False})

    def with_movement(self, movement: Movement) -> Self:
        return self.model_copy(update={"movements": [*self.movements, movement]})

    def with_refund(self, refund: Refund) -> Self:
        """Return the order with a refund added, or put in place of the one of its number."""
        others = [one for one in self.refunds if one.sequence != refund.sequence]
        return self.model_copy(update={"refunds": sorted([*others, refund], key=lambda one: one.sequence)})


def _about(what: object, *, holds: bool) -> frozenset[str]:
    """Name the one thing that a reason is about, while it holds."""
    return frozenset({str(what)} if holds else ())


def load_order(table: Table, order_id: str) -> Order:
    """Read an order as it is now. Raises NotFound."""
    item = table.get(keys.order(order_id))
    if item is None:
        raise NotFound("There is no such order.")
    return Order.of(item)
