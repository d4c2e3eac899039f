"""The event and its tiers as the organizer sees them, and the event in brief for everybody."""

from admit.catalog.catalog import Catalog
from admit.catalog.event import Event, EventStatus, InvoicePolicy, Venue
from admit.catalog.tier import Price, Tier
from admit.clock import Instant
from admit.model import Shape


class EventBrief(Shape):
    id: str
    slug: str
    title: str
    starts_at: Instant
    ends_at: Instant
    timezone: str
    venue: Venue | None


class OrganizerTierView(Shape):
    id: str
    category: str
    title: str
    default: bool
    active: bool
    private: bool
    description: str
    description_line: str
    position: int
    prices: list[Price]
    ticket_limit: int | None
    ticket_limit_per: int | None
    address_required: bool
    sale_starts_at: Instant | None
    sale_ends_at: Instant | None


class OrganizerCategoryView(Shape):
    id: str
    title: str
    position: int
    tiers: list[OrganizerTierView]


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
    capacity: int | None
    show_available: bool
    hold_minutes: int
    invoice_policy: InvoicePolicy
    invoice_days: int
    created_at: Instant


class CatalogView(EventView):
    categories: list[OrganizerCategoryView]


def event_brief(event: Event) -> EventBrief:
    return EventBrief(**event.model_dump(include=set(EventBrief.model_fields)))


def event_view(event: Event) -> EventView:
    return EventView(**event.model_dump(include=set(EventView.model_fields)))


def tier_view(tier: Tier) -> OrganizerTierView:
    return OrganizerTierView(**tier.model_dump(include=set(OrganizerTierView.model_fields)))


def catalog_view(catalog: Catalog) -> CatalogView:
    return CatalogView(
        **dict(event_view(catalog.event)),
        categories=[
            OrganizerCategoryView(
                id=category.id,
                title=category.title,
                position=category.position,
                tiers=[tier_view(tier) for tier in tiers],
            )
            for category, tiers in catalog.in_order()
        ],
    )
