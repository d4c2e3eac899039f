"""Events and tiers come into being; an event brings a category, its default free tier and a list along."""

from datetime import datetime

from admit import keys
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.check_in_list import CheckInList
from admit.catalog.event import Event, EventSettings, EventStatus
from admit.catalog.tier import Category, PaymentMethod, Price, PriceSettings, Tier, TierSettings
from admit.errors import Fault, IdempotencyConflict, Invalid, NotReady, SlugTaken, WrongState
from admit.ids import NewId, derived_id
from admit.model import request_hash
from admit.money import Money
from admit.store import Put, Table, TransactionRefused, Update

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
) -> Catalog:
    """Create a draft with its General category, default free tier and a check-in list of every tier.

    The event comes first, so that a request sent again finds its own. Raises SlugTaken, IdempotencyConflict.
    """
    event = Event(
        **settings.model_dump(exclude={"hold_minutes"}),
        id=event_id,
        organizer_id=organizer_id,
        status=EventStatus.DRAFT,
        hold_minutes=settings.hold_minutes or hold_minutes,
        public_key=public_key,
        request_hash=request_hash(settings),
        created_at=now,
    )
    general = Category(id=derived_id(event_id, "general"), event_id=event_id, title="General")
    default_tier = Tier(
        id=derived_id(event_id, "default"),
        event_id=event_id,
        category=general.id,
        title="Free ticket",
        default=True,
        prices=[_zero_price(derived_id(event_id, "default", "price"), event)],
    )
    everyone = CheckInList(id=DEFAULT_LIST_ID, event_id=event_id, title="Everyone")
    slug = Put(keys.slug(event.slug), {"kind": "slug", "event_id": event_id})
    try:
        table.transact([event.put(), slug, general.put(), default_tier.put(), everyone.put()])
    except TransactionRefused as refused:
        if 0 not in refused.failed:
            raise SlugTaken(faults=[Fault("slug", "is taken by another event; choose another")]) from refused
        earlier = refused.failed[0]
        if earlier is None or earlier["request_hash"] != event.request_hash:
            raise IdempotencyConflict from refused
        return load_catalog(table, event_id)
    return Catalog(event, {general.id: general}, {default_tier.id: default_tier}, {everyone.id: everyone})


def create_tier(
    table: Table, catalog: Catalog, settings: TierSettings, *, tier_id: str, new_id: NewId
) -> Tier:
    """Add a tier; on an event that sells already its stock is opened in the same transaction.

    Raises Invalid, NotReady, WrongState, IdempotencyConflict.
    """
    event = catalog.event
    _refuse_faults(catalog, settings)
    prices = [_price(price, new_id()) for price in settings.prices or []]
    if settings.prices is None:
        prices = [_zero_price(new_id(), event)]
    position = settings.position
    if position is None:
        position = 1 + max(
            (t.position for t in catalog.tiers.values() if t.category == settings.category), default=-1
        )
    tier = Tier(
        **settings.model_dump(exclude={"prices", "position"}),
        id=tier_id,
        event_id=event.id,
        prices=prices,
        position=position,
        request_hash=request_hash(settings),
    )
    if event.status is not EventStatus.DRAFT:
        tier = tier.on_sale(event.shards)
    # False when the event was published or ended since it was read, so that the tier would have no stock.
    same_status = "#status = :status"
    changed = Update(
        keys.event(event.id),
        "SET revision = revision + :one",
        condition=same_status,
        values={"status": event.status, "one": 1},
    )
    try:
        table.transact([tier.put(), changed, *tier.opening()])
    except TransactionRefused as refused:
        earlier = refused.failed.get(0)
        if earlier is None:
            raise WrongState("The event was changed meanwhile; send the tier again.") from refused
        if earlier["request_hash"] != tier.request_hash:
            raise IdempotencyConflict from refused
        return Tier.of(earlier)
    return tier


def _refuse_faults(catalog: Catalog, settings: TierSettings) -> None:
    faults = []
    if settings.category not in catalog.categories:
        faults.append(Fault("category", "is not a category of this event"))
    for at, price in enumerate(settings.prices or []):
        if price.amount.currency != catalog.event.currency:
            faults.append(
                Fault(f"prices[{at}].amount.currency", f"must be the event's, {catalog.event.currency}")
            )
    if faults:
        raise Invalid(faults=faults)
    if settings.active and settings.prices == []:
        raise NotReady(faults=[Fault("prices", "an active tier needs at least one price")])


def _zero_price(price_id: str, event: Event) -> Price:
    return _price(PriceSettings(amount=Money(amount=0, currency=event.currency)), price_id)


def _price(settings: PriceSettings, price_id: str) -> Price:
    free = settings.amount.amount == 0
    methods = settings.payment_methods or [PaymentMethod.FREE if free else PaymentMethod.CARD]
    return Price(**settings.model_dump(exclude={"payment_methods"}), id=price_id, payment_methods=methods)
