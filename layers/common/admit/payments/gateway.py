"""What the domain asks of a payment provider with hosted payment pages."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from admit.model import Entity
from admit.orders.order import Order

# A hosted page must live 30 minutes at least; a shorter hold ends by an explicit call.
PAGE_OUTLIVES_HOLD = timedelta(minutes=31)


class PageStatus(StrEnum):
    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


class PaymentPage(Entity):
    """A hosted payment page as the provider has it now; the amount is in minor units.

    Pages of others who use the same account need have neither amount nor order.
    """

    session_id: str
    url: str | None
    status: PageStatus
    paid: bool
    amount: int | None
    currency: str | None
    order_id: str | None
    reference: str | None
    """The provider's id of the payment itself."""


class Hint(Entity):
    """What a webhook tells: the kind of event, and the object to fetch."""

    id: str
    type: str
    object_id: str


class Gateway(Protocol):
    """Every call may raise PaymentUnavailable, PaymentRefused; none decides anything of ours."""

    def open_page(self, order: Order, attempt: int) -> PaymentPage:
        """Create the page of one attempt, or find it: the same order and attempt give the same page."""

    def fetch_page(self, session_id: str) -> PaymentPage: ...

    def expire_page(self, session_id: str) -> PaymentPage:
        """Close an open page and return it as it then is; one that is paid comes back paid."""

    def read_webhook(self, raw: bytes, signature: str, now: datetime) -> Hint:
        """Check a webhook's signature over its raw body. Raises BadSignature, Malformed."""
