"""An event is changed, published, closed, cancelled and copied."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.copy import CopyRequest, copy_event
from admit.catalog.edit_event import cancel, close, publish
from admit.catalog.edit_quota import create_quota
from admit.catalog.edit_tier import remove_tier
from admit.catalog.edit_whitelist import change_whitelist, read_whitelist
from admit.catalog.event import EventStatus
from admit.catalog.quota import QuotaSettings
from admit.catalog.tier import Tier
from admit.errors import (
    IdempotencyConflict,
    Invalid,
    NotOnSale,
    NotReady,
    SlugTaken,
    WrongState,
)
from admit.orders.price import Customer
from tests.builders import (
    NOW,
    a_draft,
    a_name,
    a_price,
    an_event,
    an_order,
    default_tier,
    other_tier,
)
from tests.engine.setting_up import (
    KARI,
    SOLD,
    a_category,
    a_discount,
    a_new_tier,
    changed,
    edited,
    fields,
    left,
    listed,
    now_of,
    sell,
)


def leads_to(table: DynamoTable, slug: str) -> str | None:
    item = table.get(keys.slug(slug))
    return None if item is None else str(item["event_id"])


def test_the_slug_of_a_draft_is_free_again_when_it_moves(table: DynamoTable) -> None:
    draft = a_draft(table)
    old, new = draft.event.slug, a_name("moved")

    changed(table, draft, slug=new)

    assert (leads_to(table, old), leads_to(table, new)) == (None, draft.event.id)
    assert a_draft(table, slug=old).event.slug == old
    with pytest.raises(SlugTaken):
        changed(table, draft, slug=old)
    assert leads_to(table, new) == draft.event.id


def test_a_slug_that_was_public_keeps_leading_to_its_event(table: DynamoTable) -> None:
    catalog = an_event(table)
    old, new = catalog.event.slug, a_name("moved")

    changed(table, catalog, slug=new)

    assert leads_to(table, old) == leads_to(table, new) == catalog.event.id
    with pytest.raises(SlugTaken):
        a_draft(table, slug=old)
    assert changed(table, catalog, slug=old).event.slug == old


def test_of_two_events_that_take_a_slug_at_once_one_gets_it(table: DynamoTable) -> None:
    events = [a_draft(table) for _ in range(4)]
    wanted = a_name("wanted")

    def take(event: Catalog) -> str:
        try:
            return changed(table, event, slug=wanted).event.slug
        except SlugTaken as refused:
            return refused.code

    with ThreadPoolExecutor(4) as threads:
        told = sorted(threads.map(take, events))

    assert told == ["slug_taken"] * 3 + [wanted]


def test_the_currency_moves_while_nothing_has_a_price(table: DynamoTable) -> None:
    draft = a_draft(table)
    catalog = changed(table, draft, currency="NOK")
    assert {str(tier.prices[0].amount) for tier in now_of(table, draft).tiers.values()} == {"0.00 NOK"}
    with pytest.raises(Invalid):
        a_new_tier(table, catalog)

    price = {"amount": {"amount": 100, "currency": "NOK"}}
    paid = a_new_tier(table, catalog, prices=[price])
    with pytest.raises(WrongState):
        changed(table, draft, currency="EUR")
    remove_tier(table, now_of(table, draft), paid)
    changed(table, draft, currency="EUR")
    published = publish(table, now_of(table, draft))
    with pytest.raises(WrongState):
        changed(table, published, currency="NOK")


def test_an_event_that_would_end_before_it_starts_is_not_changed(table: DynamoTable) -> None:
    draft = a_draft(table)
    with pytest.raises(Invalid):
        changed(table, draft, ends_at=draft.event.starts_at.isoformat())
    assert now_of(table, draft) == draft


def test_publishing_names_everything_that_is_missing_at_once(table: DynamoTable) -> None:
    draft = a_draft(table)
    parent = a_new_tier(table, draft, active=False)
    child = a_new_tier(table, draft, add_on_of=parent)

    with pytest.raises(NotReady) as refused:
        publish(table, now_of(table, draft))
    assert fields(refused) == [f"tiers[{child}].add_on_of"]

    edited(table, draft, child, active=False)
    edited(table, draft, default_tier(draft), active=False)
    with pytest.raises(NotReady) as refused:
        publish(table, now_of(table, draft))
    assert fields(refused) == ["tiers"]
    assert now_of(table, draft).event.status is EventStatus.DRAFT


def test_a_closed_event_sells_nothing_until_it_is_opened_again_as_it_was(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD, capacity=4_000)
    with pytest.raises(WrongState):
        close(table, a_draft(table))

    for _ in range(2):
        closed = close(table, catalog)
    with pytest.raises(NotOnSale):
        sell(table, closed, other_tier(catalog))
    changed(table, catalog, capacity=90_000)
    opened = publish(table, closed)

    assert (opened.event.status, opened.event.shards) == (EventStatus.PUBLISHED, catalog.event.shards)
    assert sell(table, opened, other_tier(catalog)).tickets == 1


def test_a_cancelled_event_takes_no_orders_and_does_not_come_back(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)

    for _ in range(2):
        cancelled = cancel(table, catalog)
    assert cancelled.event.status is EventStatus.CANCELLED
    with pytest.raises(NotOnSale):
        sell(table, cancelled, other_tier(catalog))
    for step in (publish, close):
        with pytest.raises(WrongState):
            step(table, cancelled)


def copied(
    table: DynamoTable, catalog: Catalog, slug: str | None = None, event_id: str | None = None, **request: Any
) -> Catalog:
    body = {"slug": slug or a_name("copy"), "starts_at": catalog.event.starts_at + timedelta(days=364)}
    return copy_event(
        table,
        now_of(table, catalog),
        CopyRequest.model_validate(body | request),
        event_id=event_id or a_name("event"),
        public_key="ab",
        now=NOW,
    )


def a_full_event(table: DynamoTable) -> Catalog:
    """Return an event that uses everything that can be set up."""
    draft = a_draft(table, capacity=500, hold_minutes=25, description="Every year.")
    quota = create_quota(
        table, now_of(table, draft), QuotaSettings(title="Room", limit=40), quota_id=a_name("quota")
    )
    workshops = a_category(table, draft)
    price = a_price(
        2_000, "card", quantity=20, valid_from=NOW - timedelta(days=1), valid_until=NOW + timedelta(days=9)
    )
    tier_id = a_new_tier(
        table,
        draft,
        title="Workshop",
        category=workshops.id,
        prices=[price],
        ticket_limit=30,
        quotas=[quota.id],
        limited=True,
        whitelist_auto_approve=True,
        limited_whitelist_users=listed(KARI, "x.example"),
        passcode="Polarlicht",
        sale_starts_at=NOW - timedelta(days=2),
        external_ids=["eb-1"],
    )
    a_new_tier(table, draft, title="Dinner", add_on_of=tier_id)
    a_discount(table, draft, code="TEN", tier_ids=[tier_id], use_limit=3, valid_until=NOW + timedelta(days=9))
    publish(table, now_of(table, draft))
    return now_of(table, draft)


def by_title(catalog: Catalog, title: str) -> Tier:
    return next(tier for tier in catalog.tiers.values() if tier.title == title)


def test_a_copy_is_a_draft_with_all_that_was_set_up_and_nothing_that_was_sold(table: DynamoTable) -> None:
    original = a_full_event(table)
    tier = by_title(original, "Workshop")
    shown = Customer(verified_email=KARI, codes=["polarlicht", "ten"])
    total = {"amount": 3_600, "currency": "EUR"}
    sell(table, original, tier.id, 2, total=total, customer=shown)

    copy = copied(table, original, title="Next year")

    event, moved = copy.event, timedelta(days=364)
    assert (event.status, event.title, event.description) == (EventStatus.DRAFT, "Next year", "Every year.")
    assert (event.starts_at, event.ends_at) == (
        original.event.starts_at + moved,
        original.event.ends_at + moved,
    )
    assert (event.capacity, event.hold_minutes, event.public_key) == (500, 25, "ab")
    assert not copy.tiers.keys() & original.tiers.keys()
    assert not copy.categories.keys() & original.categories.keys()
    of_copy = by_title(copy, "Workshop")
    assert copy.categories[of_copy.category or ""].title == "Workshops"
    assert by_title(copy, "Dinner").add_on_of == of_copy.id
    assert [copy.quotas[quota_id].title for quota_id in of_copy.quotas] == ["Room"]
    assert (of_copy.sale_starts_at, of_copy.ticket_limit) == (NOW - timedelta(days=2) + moved, 30)
    [price], [before] = of_copy.prices, tier.prices
    assert (price.valid_from, price.valid_until) == (
        NOW + moved - timedelta(days=1),
        NOW + moved + timedelta(days=9),
    )
    assert price.id != before.id
    assert price.stock is not None
    assert [left(table, stock) for stock in (of_copy.stock, price.stock, event.stock)] == [30, 20, 500]
    [discount] = copy.discounts.values()
    assert (discount.code, discount.tier_ids, left(table, discount.uses)) == ("TEN", [of_copy.id], 3)
    assert discount.valid_until == NOW + moved + timedelta(days=9)
    assert [one.title for one in copy.lists.values()] == ["Everyone"]
    assert load_catalog(table, event.id) == copy


def test_a_copy_sells_to_the_same_whitelist_with_the_same_passcode(table: DynamoTable) -> None:
    original = a_full_event(table)
    copy = copied(table, original)
    tier = by_title(copy, "Workshop")
    publish(table, copy)

    assert tier.whitelist_size == 2
    assert {(u.email, u.domain) for u in read_whitelist(table, tier.id).users} == {
        (KARI, None),
        (None, "x.example"),
    }
    shown = Customer(verified_email=KARI, codes=["POLARLICHT"])
    order = an_order(
        table,
        now_of(table, copy),
        tier_id=tier.id,
        method="card",
        customer=shown,
        now=NOW + timedelta(days=364),
    )
    assert order.lines[0].tier_id == tier.id


def test_a_copy_asked_for_again_is_found_as_it_has_become(table: DynamoTable) -> None:
    original = a_full_event(table)
    event_id, slug = a_name("event"), a_name("copy")
    first = copied(table, original, slug, event_id)
    tier = by_title(first, "Workshop")
    edited(table, first, tier.id, title="Masterclass", ticket_limit=12)
    change_whitelist(table, first, tier.id, add=[], remove=listed(KARI))
    present = now_of(table, first)

    assert copied(table, original, slug, event_id) == present
    assert [user.domain for user in read_whitelist(table, tier.id).users] == ["x.example"]
    with pytest.raises(IdempotencyConflict):
        copied(table, original, slug, event_id, title="Another")
    with pytest.raises(SlugTaken):
        copied(table, original, original.event.slug)
