"""An event is changed, published, closed and cancelled."""

from datetime import datetime

from admit import keys
from admit.catalog.amend import Amendment, amend
from admit.catalog.catalog import Catalog
from admit.catalog.checklist import unready
from admit.catalog.event import Event, EventPatch, EventSettings, EventStatus
from admit.catalog.follow_change import followed_by_tickets
from admit.catalog.restock import restock
from admit.catalog.tier import Tier
from admit.errors import Fault, Invalid, NotReady, SlugTaken, WrongState
from admit.model import merged
from admit.money import Money
from admit.store import Delete, Put, Table, Write

_MOST_INDEX_SHARDS = 32
_TICKETS_PER_INDEX_SHARD = 2_000
_INDEX_SHARDS_OF_UNLIMITED = 8


def edit_event(table: Table, catalog: Catalog, patch: EventPatch, *, actor: str, now: datetime) -> Catalog:
    """Change what a patch names. Raises Invalid, SlugTaken, BelowSoldUnits, WrongState."""

    def decide(catalog: Catalog) -> Amendment[Catalog]:
        event = catalog.event
        settings = merged(EventSettings, event.model_dump(), patch)
        stock, writes = restock(
            table, catalog, event.stock, event.capacity, settings.capacity, field="capacity"
        )
        edited = event.model_copy(
            update={name: getattr(settings, name) for name in EventSettings.model_fields}
            | {"hold_minutes": settings.hold_minutes or event.hold_minutes, "stock": stock}
        )
        if event.status is not EventStatus.DRAFT and edited.plus_tags is not event.plus_tags:
            raise Invalid.field("plus_tags", "can't change any more: guests are counted by it already")
        writes += _renamed(table, event, edited)
        writes += followed_by_tickets(event, edited, actor=actor, now=now)
        tiers = _in_currency(catalog, edited.currency) if edited.currency != event.currency else []
        writes += [tier.put().over(tier.revision - 1) for tier in tiers]
        result = Catalog(
            **{
                **vars(catalog),
                "event": edited,
                "tiers": {**catalog.tiers, **{tier.id: tier for tier in tiers}},
            }
        )
        return Amendment(result, writes, edited)

    return amend(table, catalog, decide)


def publish(table: Table, catalog: Catalog) -> Catalog:
    """Open an event for orders, or open a closed one again. Publishing again changes nothing.

    Raises NotReady with every reason, WrongState. The number of index shards is fixed the first time: what
    was written under it must be found again.
    """

    def decide(catalog: Catalog) -> Amendment[Catalog]:
        event = catalog.event
        if event.status is EventStatus.PUBLISHED:
            return Amendment(catalog, [])
        if event.status is EventStatus.CANCELLED:
            raise WrongState("A cancelled event can't be published; copy it.")
        if faults := unready(catalog):
            raise NotReady(faults=faults)
        shards = _index_shards(catalog) if event.status is EventStatus.DRAFT else event.shards
        return _as(catalog, {"status": EventStatus.PUBLISHED, "shards": shards})

    return amend(table, catalog, decide)


def close(table: Table, catalog: Catalog) -> Catalog:
    """End the sale of an event; it can be published again. Closing again changes nothing. Raises
    WrongState."""

    def decide(catalog: Catalog) -> Amendment[Catalog]:
        if catalog.event.status is EventStatus.CLOSED:
            return Amendment(catalog, [])
        if catalog.event.status is not EventStatus.PUBLISHED:
            raise WrongState(f"An event that is {catalog.event.status} can't be closed.")
        return _as(catalog, {"status": EventStatus.CLOSED})

    return amend(table, catalog, decide)


def cancel(table: Table, catalog: Catalog) -> Catalog:
    """Call an event off for good: no order is taken any more. Cancelling again changes nothing."""

    def decide(catalog: Catalog) -> Amendment[Catalog]:
        if catalog.event.status is EventStatus.CANCELLED:
            return Amendment(catalog, [])
        return _as(catalog, {"status": EventStatus.CANCELLED})

    return amend(table, catalog, decide)


def _as(catalog: Catalog, update: dict[str, object]) -> Amendment[Catalog]:
    event = catalog.event.model_copy(update=update)
    return Amendment(Catalog(**{**vars(catalog), "event": event}), [], event)


def _renamed(table: Table, event: Event, edited: Event) -> list[Write]:
    """Move the event to its new slug. An address that was public keeps leading here."""
    if edited.slug == event.slug:
        return []
    holder = table.get(keys.slug(edited.slug))
    if holder is not None and holder["event_id"] != event.id:
        raise SlugTaken(faults=[Fault("slug", "is taken by another event; choose another")])
    # False when another event was given this slug meanwhile.
    free_or_ours = "attribute_not_exists(pk) OR event_id = :event_id"
    item = {"kind": "slug", "event_id": event.id}
    writes: list[Write] = [
        Put(keys.slug(edited.slug), item, condition=free_or_ours, values={"event_id": event.id})
    ]
    if event.status is EventStatus.DRAFT:
        writes.append(Delete(keys.slug(event.slug)))
    return writes


def _in_currency(catalog: Catalog, currency: str) -> list[Tier]:
    """Return the tiers, all free, with their prices in another currency. Raises WrongState."""
    priced = any(price.amount.amount for tier in catalog.tiers.values() for price in tier.prices)
    if catalog.event.status is not EventStatus.DRAFT or priced or catalog.discounts:
        raise WrongState(
            "The currency can be changed in a draft without prices and discounts only; copy the event, or "
            "remove them first."
        )
    zero = Money(amount=0, currency=currency)
    return [
        tier.model_copy(
            update={
                "prices": [price.model_copy(update={"amount": zero, "floor": None}) for price in tier.prices],
                "revision": tier.revision + 1,
            }
        )
        for tier in catalog.tiers.values()
    ]


def _index_shards(catalog: Catalog) -> int:
    """Return over how many partitions the orders of an event are spread in an index, by how many may come."""
    limits = [tier.ticket_limit for tier in catalog.tiers.values() if tier.active]
    expected = catalog.event.capacity
    if expected is None and None not in limits:
        expected = sum(limit or 0 for limit in limits)
    if expected is None:
        return _INDEX_SHARDS_OF_UNLIMITED
    return max(1, min(_MOST_INDEX_SHARDS, -(-expected // _TICKETS_PER_INDEX_SHARD)))
