"""The public page of an event: only what everybody may know."""

from collections.abc import Mapping
from datetime import datetime

from admit.catalog.catalog import Catalog
from admit.catalog.event import EventStatus, Venue
from admit.catalog.tier import PaymentMethod, SaleState, Tier
from admit.clock import Instant
from admit.errors import NotFound
from admit.model import Shape
from admit.money import Money


class PriceView(Shape):
    id: str
    label: str
    amount: Money
    payment_methods: list[PaymentMethod]
    min: int | None
    max: int | None


class TierView(Shape):
    id: str
    title: str
    description_line: str
    description: str
    photos: list[str]
    position: int
    state: SaleState
    available: int | None
    """How many are left, if the event shows it and the tier is limited."""
    prices: list[PriceView]
    ticket_limit_per: int | None
    approval_required: bool
    address_required: bool
    sale_starts_at: Instant | None
    sale_ends_at: Instant | None


class CategoryView(Shape):
    id: str
    title: str
    position: int
    tiers: list[TierView]


class EventPage(Shape):
    id: str
    slug: str
    title: str
    description: str
    status: EventStatus
    starts_at: Instant
    ends_at: Instant
    timezone: str
    currency: str
    venue: Venue | None
    images: list[str]
    categories: list[CategoryView]


def event_page(catalog: Catalog, left: Mapping[str, int], now: datetime) -> EventPage:
    """Draw the page. `left` is what each stock holds. Raises NotFound while the event is a draft."""
    event = catalog.event
    if event.status is EventStatus.DRAFT:
        raise NotFound("There is no such event.")
    return EventPage(
        **event.model_dump(include=EventPage.model_fields.keys() & type(event).model_fields.keys()),
        images=[],
        categories=[
            CategoryView(
                id=category.id,
                title=category.title,
                position=category.position,
                tiers=[
                    _tier_view(catalog, tier, left, now) for tier in tiers if tier.active and not tier.private
                ],
            )
            for category, tiers in catalog.in_order()
        ],
    )


def _tier_view(catalog: Catalog, tier: Tier, left: Mapping[str, int], now: datetime) -> TierView:
    remaining = min((left[stock.id] for stock in catalog.stocks_of(tier)), default=None)
    state = tier.sale_state(now, remaining)
    if state is SaleState.ON_SALE and (
        catalog.event.status is not EventStatus.PUBLISHED or now >= catalog.event.ends_at
    ):
        state = SaleState.ENDED
    return TierView(
        **tier.model_dump(include=TierView.model_fields.keys() & Tier.model_fields.keys() - {"prices"}),
        photos=[],
        state=state,
        available=remaining if catalog.event.show_available else None,
        prices=[
            PriceView(**price.model_dump(include=set(PriceView.model_fields)))
            for price in tier.valid_prices(now)
        ],
        approval_required=False,
    )
