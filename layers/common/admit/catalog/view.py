"""The catalog as the organizer sees it, and the event in brief for everybody."""

from collections.abc import Mapping

from admit.catalog.allotment import Allotment, AllotmentTerms
from admit.catalog.badge import BadgeSettings
from admit.catalog.catalog import Catalog
from admit.catalog.discount import Discount, DiscountSettings
from admit.catalog.event import (
    CancellationRule,
    Event,
    EventStatus,
    InvoicePolicy,
    LatePayment,
    Overdue,
    PlusTags,
    Seller,
    Venue,
)
from admit.catalog.offer import Offer
from admit.catalog.page import QuestionView
from admit.catalog.price import Audience, PaymentMethod, Price
from admit.catalog.question import Question
from admit.catalog.quota import Quota
from admit.catalog.tier import Category, Tier
from admit.clock import Instant
from admit.model import Percent, Shape
from admit.money import Money
from admit.stock.stock import Stock, units_of


class EventBrief(Shape):
    id: str
    slug: str
    title: str
    starts_at: Instant
    ends_at: Instant
    timezone: str
    venue: Venue | None


class OrganizerPriceView(Shape):
    id: str
    label: str
    amount: Money
    floor: Money | None
    payment_methods: list[PaymentMethod]
    valid_from: Instant | None
    valid_until: Instant | None
    quantity: int | None
    min: int | None
    max: int | None
    audience: Audience


class OrganizerTierView(Shape):
    id: str
    category: str | None
    title: str
    default: bool
    active: bool
    private: bool
    description: str
    description_line: str
    photos: list[str]
    position: int
    prices: list[OrganizerPriceView]
    ticket_limit: int | None
    ticket_limit_per: int | None
    ticket_count: int
    """How many are taken: sold, held and set apart."""
    limited: bool
    whitelist_size: int
    whitelist_auto_approve: bool
    approval_required: bool
    address_required: bool
    offers: list[Offer]
    external_ids: list[str]
    sale_starts_at: Instant | None
    sale_ends_at: Instant | None
    passcode_enabled: bool
    tax_rate: Percent | None
    add_on_of: str | None
    quotas: list[str]


class OrganizerCategoryView(Shape):
    id: str
    title: str
    description: str
    position: int
    tiers: list[OrganizerTierView]


class DiscountView(DiscountSettings):
    id: str
    use_count: int
    ticket_count: int


class QuotaView(Shape):
    id: str
    title: str
    limit: int
    taken: int
    tier_ids: list[str]


class OrganizerQuestionView(QuestionView):
    position: int
    active: bool


class AllotmentView(Shape):
    id: str
    title: str
    tier_id: str
    company_id: str | None
    units: int
    taken: int
    """How many of it are handed out or held."""
    terms: AllotmentTerms | None
    ended_at: Instant | None
    """When the rest went back, because the time for drawing was over."""


class EventView(Shape):
    id: str
    slug: str
    title: str
    description: str
    status: EventStatus
    timezone: str
    currency: str
    starts_at: Instant
    ends_at: Instant
    venue: Venue | None
    images: list[str]
    capacity: int | None
    ticket_limit_per: int | None
    plus_tags: PlusTags
    show_available: bool
    hold_minutes: int
    invoice_policy: InvoicePolicy
    invoice_days: int
    reminder_days: list[int]
    invoice_grace_days: int
    overdue: Overdue
    late_payment: LatePayment
    late_payment_hours: int
    cancellation_rules: list[CancellationRule]
    cancellation_job: str | None
    """Of the job that ends the orders of a cancelled event; it is read among the event's jobs."""
    approval_required: bool
    approval_holds_stock: bool
    approval_pay_minutes: int
    waiting_list: bool
    offer_minutes: int
    holder_changes_until: Instant | None
    transfers: bool
    transfer_limit: int | None
    transfer_hours: int
    assignment_reminder_days: list[int]
    language: str
    retention_days: int | None
    badge: BadgeSettings
    seller: Seller | None
    tax_included: bool
    offline_partition: bool
    """While a door has no network, each ticket has one gate that lets it in."""
    created_at: Instant


class CatalogView(EventView):
    categories: list[OrganizerCategoryView]
    uncategorized: list[OrganizerTierView]
    """Tiers without a category, which can't be active."""


def event_brief(event: Event) -> EventBrief:
    return EventBrief(**event.model_dump(include=set(EventBrief.model_fields)))


def event_view(event: Event) -> EventView:
    return EventView(
        **event.model_dump(include=set(EventView.model_fields)), cancellation_job=event.cancellation_job
    )


def organizer_tier_view(tier: Tier, left: Mapping[str, int]) -> OrganizerTierView:
    return OrganizerTierView(
        **tier.model_dump(include=OrganizerTierView.model_fields.keys() - {"prices"}),
        prices=[_price_view(price) for price in tier.prices],
        ticket_count=taken_of(tier.stock, tier.ticket_limit, left),
        passcode_enabled=tier.passcode_hash is not None,
    )


def category_view(category: Category, tiers: list[OrganizerTierView]) -> OrganizerCategoryView:
    return OrganizerCategoryView(
        **category.model_dump(include=OrganizerCategoryView.model_fields.keys() - {"tiers"}), tiers=tiers
    )


def discount_view(discount: Discount, left: Mapping[str, int]) -> DiscountView:
    return DiscountView(
        **discount.model_dump(include=set(DiscountSettings.model_fields) | {"id"}),
        use_count=taken_of(discount.uses, discount.use_limit, left),
        ticket_count=taken_of(discount.tickets, discount.ticket_limit, left),
    )


def quota_view(catalog: Catalog, quota: Quota, left: Mapping[str, int]) -> QuotaView:
    return QuotaView(
        id=quota.id,
        title=quota.title,
        limit=quota.limit,
        taken=taken_of(quota.stock, quota.limit, left),
        tier_ids=[tier.id for tier in catalog.tiers.values() if quota.id in tier.quotas],
    )


def organizer_question_view(question: Question) -> OrganizerQuestionView:
    return OrganizerQuestionView(**question.model_dump(include=set(OrganizerQuestionView.model_fields)))


def allotment_view(allotment: Allotment, left: Mapping[str, int]) -> AllotmentView:
    return AllotmentView(
        **allotment.model_dump(include=AllotmentView.model_fields.keys() - {"taken"}),
        taken=taken_of(allotment.stock, allotment.units, left),
    )


def catalog_view(catalog: Catalog, left: Mapping[str, int]) -> CatalogView:
    """Show a catalog; `left` is what the stock of each tier holds."""
    return CatalogView(
        **dict(event_view(catalog.event)),
        categories=[
            category_view(category, [organizer_tier_view(tier, left) for tier in tiers])
            for category, tiers in catalog.in_order()
        ],
        uncategorized=[organizer_tier_view(tier, left) for tier in catalog.tiers_in(None)],
    )


def taken_of(stock: Stock, limit: int | None, left: Mapping[str, int]) -> int:
    """Return how many units of a stock are taken."""
    return units_of(limit) - left[stock.id]


def _price_view(price: Price) -> OrganizerPriceView:
    return OrganizerPriceView(**price.model_dump(include=set(OrganizerPriceView.model_fields)))
