"""What the domain asks of a payment provider with hosted payment pages. Its words are those of Stripe's API.

Amounts are minor units, currencies ISO 4217 in upper case; `payment` and `reference` name a PaymentIntent.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from admit.clock import Instant
from admit.errors import PaymentUnavailable
from admit.model import Entity
from admit.orders.order import Order

# A hosted page must live 30 minutes at least; a shorter hold ends by an explicit call.
PAGE_OUTLIVES_HOLD = timedelta(minutes=31)

MONEY_EVENTS = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.refunded",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    }
)
"""The types of news that tell of money; every other one is answered and left alone."""


class PaymentBroken(PaymentUnavailable):
    """An idempotency key leads nowhere any more: the provider keeps its failure as the answer to it.

    What was asked may have been done all the same; the caller looks, and goes on with a new key.
    """


class PageStatus(StrEnum):
    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class PaymentPage(Entity):
    """A hosted payment page as the provider has it now.

    Pages of others who use the same account need have neither amount nor order.
    """

    session_id: str
    url: str | None
    status: PageStatus
    paid: bool
    processing: bool
    """The buyer has done his part, and the money is on its way."""
    failed: bool
    """The buyer has done his part, and the money did not come: this page can't be paid any more."""
    amount: int | None
    currency: str | None
    order_id: str | None
    reference: str | None
    declined: bool = False
    """The last card that the buyer tried was refused, and nothing has come since."""
    ends_at: Instant | None = None
    """When it ends by itself; one that has ended before then was closed."""


class Hint(Entity):
    """What a webhook tells: the kind of event, and the object to fetch."""

    id: str
    type: str
    object_id: str
    livemode: bool
    """Whether it is about real money."""
    created: Instant


class RefundStatus(StrEnum):
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class CardRefund(Entity):
    """Money that goes back; one that failed or was canceled has given nothing back."""

    id: str
    payment: str
    amount: int
    currency: str
    status: RefundStatus
    order_id: str | None
    """None for one that was made in the provider's own dashboard, as is `sequence`."""
    sequence: int | None
    reason: str | None
    """Why it failed."""
    created_at: Instant


class DisputeStatus(StrEnum):
    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    APPEAL_NEEDS_RESPONSE = "appeal_needs_response"
    APPEAL_UNDER_REVIEW = "appeal_under_review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"


_KEPT = frozenset({DisputeStatus.WARNING_CLOSED, DisputeStatus.WON, DisputeStatus.PREVENTED})


class CardDispute(Entity):
    """A payment that the buyer's bank questions."""

    id: str
    payment: str
    amount: int
    currency: str
    status: DisputeStatus
    reason: str
    respond_by: Instant | None
    """Until when evidence is taken; None when the bank takes none."""
    withdrawn: bool
    """Whether the provider has taken the money back and has not given it again."""

    @property
    def open(self) -> bool:
        return not self.won and not self.lost

    @property
    def won(self) -> bool:
        """Whether it has ended and the money stays."""
        return self.status in _KEPT

    @property
    def lost(self) -> bool:
        return self.status is DisputeStatus.LOST


class CardPayment(Entity):
    """A payment that has arrived, as far as it did: `amount` is what was received."""

    reference: str
    amount: int
    currency: str
    order_id: str | None
    created_at: Instant
    """When the buyer began to pay; a delayed payment arrives days later."""
    session_id: str | None = None
    """The page it was paid on, where that is known; the provider's payment does not name it."""


class OrderGateway(Protocol):
    """What is asked when an order ends or its money goes back. Raises as a Gateway does."""

    def expire_page(self, session_id: str) -> PaymentPage:
        """Close an open page and return it as it then is; one that is paid comes back paid."""

    def refund(self, payment: str, amount: int, *, order_id: str, sequence: int) -> CardRefund:
        """Give so much of a payment back; the same order and sequence give the same refund."""

    def refunds_of(self, payment: str) -> list[CardRefund]:
        """Return all refunds of a payment, the latest first."""


class Gateway(OrderGateway, Protocol):
    """Every call may raise PaymentUnavailable, PaymentRefused; none decides anything of ours.

    Those that take or give money may raise PaymentBroken; those about one object raise NotFound when the
    provider has no such object, or one that no payment page of ours can have made. Spans of time are open at
    their beginning and closed at their end, in whole seconds.
    """

    @property
    def livemode(self) -> bool | None:
        """Whether it moves real money; None when that can't be told."""

    def open_page(self, order: Order, attempt: int, *, title: str) -> PaymentPage:
        """Create the page of one attempt, or find it: the same order and attempt give the same page.

        The event's title goes onto the buyer's statement.
        """

    def fetch_page(self, session_id: str) -> PaymentPage: ...

    def read_webhook(self, raw: bytes, signature: str, now: datetime) -> Hint:
        """Check a webhook's signature over its raw body. Raises BadSignature, Malformed."""

    def fetch_refund(self, refund_id: str) -> CardRefund: ...

    def fetch_payment(self, reference: str) -> CardPayment: ...

    def page_of(self, payment: str) -> PaymentPage:
        """Return the page that a payment was made on."""

    def payment_of_charge(self, charge_id: str) -> str | None:
        """Return the payment that a charge was made for; None for one without."""

    def fetch_dispute(self, dispute_id: str) -> CardDispute: ...

    def disputes_of(self, payment: str) -> list[CardDispute]:
        """Return all disputes of a payment, the latest first."""

    def hints(self, after: datetime, until: datetime) -> Iterator[Hint]:
        """Return the news of MONEY_EVENTS that came in a span of time, the oldest first.

        The provider keeps them for 30 days.
        """

    def payments(self, after: datetime, until: datetime) -> Iterator[CardPayment]:
        """Return the payments that were begun in a span of time and have arrived, the latest first."""

    def refunds(self, after: datetime, until: datetime) -> Iterator[CardRefund]:
        """Return the refunds that were made in a span of time, the latest first."""

    def disputes(self, after: datetime, until: datetime) -> Iterator[CardDispute]:
        """Return the disputes that were opened in a span of time, the latest first."""
