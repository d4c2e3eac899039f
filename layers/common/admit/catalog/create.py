"""An event comes into being, and brings a category, its default free tier and a check-in list along."""

from datetime import datetime

from admit import keys
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.check_in_list import CheckInList
from admit.catalog.event import Event, EventSettings, EventStatus, Seller
from admit.catalog.price import Price, PriceSettings
from admit.catalog.tier import Category, Tier
from admit.errors import Fault, IdempotencyConflict, SlugTaken
from admit.ids import derived_id
from admit.model import request_hash
from admit.money import Money
from admit.stock.stock import Stock
from admit.store import Put, Table, TransactionRefused

DEFAULT_LIST_ID = "everyone"


def create_event(
    table: Table,
    organizer_id: str,
    settings: EventSettings,
    *,
    event_id: str,
    public_key: str,
    hold_minutes: int,
    now: datetime,
    seller: Seller | None = None,
) -> Catalog:
    """Create a draft with its General category, default free tier and a check-in list of every tier.

    `seller` is the account's own, for who names none. The event comes first, so that a request sent again
    finds its own. Raises SlugTaken, IdempotencyConflict.
    """
    event = new_event(
        organizer_id,
        settings,
        event_id=event_id,
        public_key=public_key,
        hold_minutes=hold_minutes,
        hashed=request_hash(settings),
        now=now,
    )
    event = event.model_copy(update={"seller": event.seller or seller})
    general = Category(id=derived_id(event_id, "general"), event_id=event_id, title="General")
    tier_id = derived_id(event_id, "default")
    default_tier = Tier(
        id=tier_id,
        event_id=event_id,
        category=general.id,
        title="Free ticket",
        default=True,
        prices=[zero_price(derived_id(event_id, "default", "price"), event.currency)],
        stock=Stock.opened(tier_id, None),
    )
    everyone = CheckInList(id=DEFAULT_LIST_ID, event_id=event_id, title="Everyone")
    earlier = begin_event(table, event, [general.put(), default_tier.put(), everyone.put()])
    return earlier or Catalog(
        event, {general.id: general}, {default_tier.id: default_tier}, {everyone.id: everyone}
    )


def begin_event(table: Table, event: Event, parts: list[Put]) -> Catalog | None:
    """Store a new event with its first parts; return the catalog if the same request was here before.

    Raises SlugTaken, IdempotencyConflict.
    """
    slug = Put(keys.slug(event.slug), {"kind": "slug", "event_id": event.id})
    try:
        table.transact([event.put(), slug, *parts])
    except TransactionRefused as refused:
        if 0 not in refused.failed:
            raise SlugTaken(faults=[Fault("slug", "is taken by another event; choose another")]) from refused
        earlier = refused.failed[0]
        if earlier is None or earlier["request_hash"] != event.request_hash:
            raise IdempotencyConflict from refused
        return load_catalog(table, event.id)
    return None


def new_event(
    organizer_id: str,
    settings: EventSettings,
    *,
    event_id: str,
    public_key: str,
    hold_minutes: int,
    hashed: str,
    now: datetime,
) -> Event:
    return Event(
        **settings.model_dump(exclude={"hold_minutes"}),
        id=event_id,
        organizer_id=organizer_id,
        status=EventStatus.DRAFT,
        hold_minutes=settings.hold_minutes or hold_minutes,
        stock=Stock.opened(event_id, settings.capacity),
        public_key=public_key,
        request_hash=hashed,
        created_at=now,
    )


def zero_price(price_id: str, currency: str) -> Price:
    settings = PriceSettings(amount=Money(amount=0, currency=currency))
    return Price.of_settings(settings, lambda: price_id)
