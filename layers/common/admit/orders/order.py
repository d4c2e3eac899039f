"""An order: its lines, its claims on stock, its money and its steps."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from admit import keys
from admit.catalog.discount import Discount
from admit.catalog.event import InvoicePolicy
from admit.catalog.offer import Offer
from admit.catalog.price import PaymentMethod
from admit.clock import Instant, stamp
from admit.errors import NotFound
from admit.ids import order_code
from admit.model import ONE_LINE, Email, Entity, Percent, Shape
from admit.stock.claim import Claim
from admit.stock.limit import Allowance
from admit.store import Item, Put, Table, Update

type Name = Annotated[str, StringConstraints(min_length=1, max_length=120), ONE_LINE]
type Phone = Annotated[str, StringConstraints(max_length=40), ONE_LINE]


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
    PAID = "paid"


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
    PAID_AFTER_END = "paid_after_end"
    SECOND_PAYMENT = "second_payment"


class Address(Shape):
    street: Name
    postal_code: Annotated[str, StringConstraints(min_length=1, max_length=20), ONE_LINE]
    city: Name
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    """ISO 3166-1 alpha-2."""


class Buyer(Shape):
    email: Email
    name: Name
    phone: Phone | None = None
    address: Address | None = None


class Billing(Shape):
    company: Name
    vat_id: Annotated[str, StringConstraints(max_length=40), ONE_LINE] | None = None
    reference: Annotated[str, StringConstraints(max_length=80), ONE_LINE] | None = None


class Holder(Shape):
    """The person who attends."""

    email: Email
    name: Name
    company: Annotated[str, StringConstraints(max_length=120), ONE_LINE] | None = None
    title: Annotated[str, StringConstraints(max_length=120), ONE_LINE] | None = None


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


class Checkout(Entity):
    """The hosted payment page of one attempt at paying."""

    attempt: int
    session_id: str
    url: str


class Payment(Entity):
    """Money that has arrived. `reference` is Stripe's PaymentIntent, or the organizer's note."""

    reference: str
    amount: int
    at: Instant


class Order(Entity):
    id: str
    event_id: str
    organizer_id: str
    shard: int
    status: OrderStatus
    payment_status: PaymentStatus
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
    holders: list[Holder | None] = []
    """Who attends, by ticket number; empty when nobody is named."""
    subtotal: int
    discount: int
    tax: int
    total: int
    applied_discount: AppliedDiscount | None = None
    claims: list[Claim] = []
    allowances: list[Allowance] = []
    placed_at: Instant
    hold_expires_at: Instant | None = None
    due_at: Instant | None = None
    event_starts_at: Instant
    checkout: Checkout | None = None
    payment: Payment | None = None
    attention: list[Attention] = []
    timeline: list[Moment]
    request_hash: str

    @property
    def code(self) -> str:
        return order_code(self.id)

    @property
    def tickets(self) -> int:
        """How many tickets come of it."""
        return sum(line.quantity for line in self.lines)

    @property
    def live(self) -> bool:
        """Whether it has what it claimed; an order that has ended keeps its claims as a record."""
        return self.status not in (OrderStatus.DECLINED, OrderStatus.EXPIRED, OrderStatus.CANCELLED)

    @property
    def unpaid(self) -> bool:
        return self.status in (OrderStatus.AWAITING_APPROVAL, OrderStatus.AWAITING_PAYMENT)

    def put(self) -> Put:
        """Return the write that places it; false when the same request was here before."""
        indexes = {
            "gsi1pk": keys.orders_of(self.event_id, self.shard),
            "gsi1sk": keys.by_time(self.placed_at, self.id),
            "gsi2pk": keys.orders_in_state(self.event_id, self.shard, self.status, self.payment_method),
            "gsi2sk": keys.by_time(self.placed_at, self.id),
        }
        if self.hold_expires_at is not None:
            indexes["gsi3pk"] = keys.due_of(self.id)
            indexes["gsi3sk"] = keys.by_time(self.hold_expires_at, self.id)
        return Put(keys.order(self.id), {"kind": "order", **self.attributes(), **indexes})

    def step(
        self, to: OrderStatus, *, actor: str, what: str, at: datetime, also: dict[str, Any] | None = None
    ) -> Update:
        """Return the write that leaves the present state: forward only, and the deadline ends with the state.

        `also` sets further attributes with the step; a `hold_expires_at` among them is the next deadline.
        """
        also = dict(also or {})
        # False when something else has moved the order on since it was read.
        still_here = "#status = :from"
        # False when a payment page was opened since: a page that nobody has closed could still be paid.
        same_page = "checkout.attempt = :attempt" if self.checkout else "attribute_not_exists(checkout)"
        deadline = also.get("hold_expires_at")
        if deadline is not None:
            also |= {"gsi3pk": keys.due_of(self.id), "gsi3sk": f"{deadline}#{self.id}"}
        return Update(
            keys.order(self.id),
            "SET #status = :to, gsi2pk = :gsi2pk, timeline = list_append(timeline, :moment)"
            + "".join(f", #{name} = :{name}" for name in also)
            + ("" if deadline else " REMOVE gsi3pk, gsi3sk"),
            condition=f"{still_here} AND {same_page}",
            values={
                "from": self.status,
                "to": to,
                "gsi2pk": keys.orders_in_state(self.event_id, self.shard, to, self.payment_method),
                "moment": [moment(actor, what, at)],
                **({"attempt": self.checkout.attempt} if self.checkout else {}),
                **also,
            },
        )

    def flag(self, reason: Attention, *, at: datetime) -> Update:
        """Return the write that puts the order before its organizer, once a reason; its deadline ends."""
        # False when the order is flagged for this reason already.
        not_flagged = "NOT contains(attention, :reason)"
        return Update(
            keys.order(self.id),
            "SET attention = list_append(attention, :reasons), timeline = list_append(timeline, :moment) "
            "REMOVE gsi3pk, gsi3sk",
            condition=not_flagged,
            values={"reason": reason, "reasons": [reason], "moment": [moment("system", reason, at)]},
        )


def moment(actor: str, what: str, at: datetime) -> Item:
    return {"at": stamp(at), "actor": actor, "what": what}


def load_order(table: Table, order_id: str) -> Order:
    """Read an order as it is now. Raises NotFound."""
    item = table.get(keys.order(order_id))
    if item is None:
        raise NotFound("There is no such order.")
    return Order.of(item)
