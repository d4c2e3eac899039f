"""An event is copied into a new draft: everything that was set up, nothing that was sold."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import batched

from pydantic import TypeAdapter, ValidationError

from admit import keys
from admit.catalog.badge import copy_templates
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.create import DEFAULT_LIST_ID, begin_event, new_event
from admit.catalog.discount import most_shards
from admit.catalog.edit_whitelist import read_whitelist, store_whitelist
from admit.catalog.event import EventPatch, EventSettings, Slug, Title
from admit.catalog.price import Price
from admit.catalog.zone import MAIN_ZONE
from admit.clock import Instant
from admit.errors import Invalid
from admit.ids import derived_id
from admit.model import Shape, merged, request_hash
from admit.stock.stock import Stock
from admit.store import MOST_WRITES, Check, Delete, Item, Key, Put, Table, TransactionRefused, Write

_SECTIONS_AT_ONCE = 8
"""Of a seating plan: each is up to 400 KB, and a transaction takes 4 MB."""
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


class CopyRequest(Shape):
    """What is new about the copy; without `ends_at` it lasts as long as the original."""

    slug: Slug
    title: Title | None = None
    starts_at: Instant
    ends_at: Instant | None = None


def copy_event(
    table: Table, catalog: Catalog, request: CopyRequest, *, event_id: str, public_key: str, now: datetime
) -> Catalog:
    """Copy an event with its categories, tiers, prices, whitelists, discounts, quotas, questions, gates,
    zones, check-in lists and seating plan; no seat of it is taken or kept.

    Every time moves with the start of the event. Pictures, allotments and devices stay with the original. The
    event itself is written last: until then nobody sees a part of it; a request sent again begins anew.
    Raises Invalid, SlugTaken, IdempotencyConflict.
    """
    moved = request.starts_at - catalog.event.starts_at
    patch = EventPatch(
        slug=request.slug,
        title=request.title or catalog.event.title,
        starts_at=request.starts_at,
        ends_at=request.ends_at or _shifted(catalog.event.ends_at, moved),
        images=[],
        badge=catalog.event.badge.model_copy(update={"logo": None}),
    )
    event = new_event(
        catalog.event.organizer_id,
        merged(EventSettings, catalog.event.model_dump(), patch),
        event_id=event_id,
        public_key=public_key,
        hold_minutes=catalog.event.hold_minutes,
        hashed=request_hash(request),
        now=now,
    )
    with suppress(TransactionRefused):
        _store_parts(table, catalog, event_id, moved)
    return begin_event(table, event, []) or load_catalog(table, event_id)


def _store_parts(table: Table, catalog: Catalog, event_id: str, moved: timedelta) -> None:
    """Write what belongs to a copy that is about to come. Raises TransactionRefused when it has come."""
    # False when the copy is there: what it holds may have been changed since.
    not_there_yet = "attribute_not_exists(pk)"
    guard = Check(keys.event(event_id), not_there_yet, {})
    parts = list(_parts(catalog, event_id, moved))
    writes: list[Write] = [replace(put, condition=None) for put in parts]
    # Of a try that died, before the original was changed.
    stale = {Key(item["pk"], item["sk"]) for item in table.query(guard.key.pk)} - {put.key for put in parts}
    writes += [Delete(key, condition=None) for key in sorted(stale - {guard.key})]
    for chunk in batched(writes, MOST_WRITES - 1, strict=False):
        table.transact([guard, *chunk])
    _copy_plan(table, catalog, event_id, guard)
    copy_templates(table, catalog.event.id, event_id)
    for tier in catalog.tiers.values():
        users = read_whitelist(table, tier.id).users
        copied = derived_id(event_id, tier.id)
        store_whitelist(table, event_id, copied, users, before=guard.key)


def _copy_plan(table: Table, catalog: Catalog, event_id: str, guard: Check) -> None:
    """Copy the version of the seating plan that holds, under the same number."""
    if catalog.seating is None:
        return
    version = catalog.seating.version
    for items in batched(
        table.query(*keys.plan_sections(catalog.event.id, version)), _SECTIONS_AT_ONCE, strict=False
    ):
        table.transact([guard, *(_section_of_copy(item, event_id, version) for item in items)])


def _section_of_copy(item: Item, event_id: str, version: int) -> Put:
    kept = {name: value for name, value in item.items() if name not in ("pk", "sk")}
    key = keys.plan_section(event_id, version, item["id"])
    return Put(key, kept | {"event_id": event_id}, condition=None)


def _parts(catalog: Catalog, event_id: str, moved: timedelta) -> Iterable[Put]:
    """Give the items of the copy, under ids that the original's and the copy's give."""

    def renamed(identifier: str) -> str:
        return derived_id(event_id, identifier)

    def shifted(at: datetime | None) -> datetime | None:
        return None if at is None else _shifted(at, moved)

    def price(price: Price) -> Price:
        identifier = renamed(price.id)
        update = {
            "id": identifier,
            "valid_from": shifted(price.valid_from),
            "valid_until": shifted(price.valid_until),
            "stock": None if price.quantity is None else Stock.opened(identifier, price.quantity),
        }
        return price.model_copy(update=update)

    of_copy = {"event_id": event_id, "revision": 1}
    for category in catalog.categories.values():
        yield category.model_copy(update=of_copy | {"id": renamed(category.id)}).put()
    for quota in catalog.quotas.values():
        identifier = renamed(quota.id)
        stock = Stock.opened(identifier, quota.limit)
        yield quota.model_copy(update=of_copy | {"id": identifier, "stock": stock}).put()
    for tier in catalog.tiers.values():
        identifier = renamed(tier.id)
        update = {
            "id": identifier,
            "category": tier.category and renamed(tier.category),
            "photos": [],
            "prices": [price(one) for one in tier.prices],
            "sale_starts_at": shifted(tier.sale_starts_at),
            "sale_ends_at": shifted(tier.sale_ends_at),
            "add_on_of": tier.add_on_of and renamed(tier.add_on_of),
            "quotas": [renamed(quota_id) for quota_id in tier.quotas],
            "stock": Stock.opened(identifier, tier.ticket_limit),
            "waited_for": False,
        }
        yield tier.model_copy(update=of_copy | update).put()
    for discount in catalog.discounts.values():
        identifier = renamed(discount.id)
        most = most_shards(discount)
        update = {
            "id": identifier,
            "tier_ids": [renamed(tier_id) for tier_id in discount.tier_ids],
            "valid_from": shifted(discount.valid_from),
            "valid_until": shifted(discount.valid_until),
            "uses": Stock.opened(f"{identifier}#uses", discount.use_limit, most_shards=most),
            "tickets": Stock.opened(f"{identifier}#tickets", discount.ticket_limit, most_shards=most),
        }
        yield discount.model_copy(update=of_copy | update).put()
    for question in catalog.questions.values():
        condition = question.shown_if
        if condition is not None:
            condition = condition.model_copy(update={"question_id": renamed(condition.question_id)})
        tier_ids = [renamed(tier_id) for tier_id in question.tier_ids]
        asked = {"id": renamed(question.id), "tier_ids": tier_ids, "shown_if": condition}
        yield question.model_copy(update=of_copy | asked).put()
    yield from _entrances(catalog, event_id, moved)
    for text in catalog.mail_texts.values():
        yield text.model_copy(update={"event_id": event_id}).put()
    if catalog.seating is not None:
        seats = [
            one.model_copy(update={"tier_ids": [renamed(tier_id) for tier_id in one.tier_ids]})
            for one in catalog.seating.categories
        ]
        zones = [
            zone.model_copy(update={"quota_id": renamed(zone.quota_id)}) for zone in catalog.seating.zones
        ]
        yield catalog.seating.model_copy(update=of_copy | {"categories": seats, "zones": zones}).put()


def _entrances(catalog: Catalog, event_id: str, moved: timedelta) -> Iterable[Put]:
    """Give the gates, zones and check-in lists of the copy; what every event has keeps its name."""

    def renamed(identifier: str) -> str:
        known = (MAIN_ZONE, DEFAULT_LIST_ID)
        return identifier if identifier in known else derived_id(event_id, identifier)

    for gate in catalog.gates.values():
        yield gate.model_copy(update={"event_id": event_id, "id": renamed(gate.id)}).put()
    for zone in catalog.zones.values():
        yield zone.model_copy(update={"event_id": event_id, "id": renamed(zone.id)}).put()
    for rules in catalog.lists.values():
        update = {
            "event_id": event_id,
            "id": renamed(rules.id),
            "tier_ids": [renamed(tier_id) for tier_id in rules.tier_ids],
            "category_ids": [renamed(category_id) for category_id in rules.category_ids],
            "starts_at": rules.starts_at and _shifted(rules.starts_at, moved),
            "ends_at": rules.ends_at and _shifted(rules.ends_at, moved),
            "zone_id": renamed(rules.zone_id),
        }
        yield rules.model_copy(update=update).put()


def _shifted(at: datetime, by: timedelta) -> datetime:
    """Raises Invalid when the time would leave the calendar."""
    try:
        return _INSTANT.validate_python(at + by)
    except (OverflowError, ValidationError) as exc:
        raise Invalid.field("starts_at", "moves a time of the event out of the calendar") from exc
