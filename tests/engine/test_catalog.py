"""Events and tiers: they come into being whole, once, and never sell without their stock."""

from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.cache import CatalogCache
from admit.catalog.catalog import load_catalog
from admit.catalog.create import create_event
from admit.catalog.edit_event import publish
from admit.catalog.edit_tier import create_tier
from admit.catalog.event import EventStatus
from admit.catalog.page import event_page
from admit.catalog.tier import TierSettings
from admit.errors import IdempotencyConflict, Invalid, NotFound, NotReady, SlugTaken
from admit.stock.stock import left_in
from admit.store import Within
from tests.builders import NOW, a_draft, a_name, a_price, a_tier, an_event, an_order, event_settings


def test_an_event_brings_its_category_and_its_free_tier_along(table: DynamoTable) -> None:
    made = a_draft(table)

    stored = load_catalog(table, made.event.id)

    assert stored == made
    assert [category.title for category in stored.categories.values()] == ["General"]
    assert [(t.default, t.active, t.prices[0].amount.amount) for t in stored.tiers.values()] == [
        (True, True, 0)
    ]


def test_a_slug_belongs_to_one_event(table: DynamoTable) -> None:
    first = a_draft(table)

    with pytest.raises(SlugTaken):
        a_draft(table, slug=first.event.slug)


def test_creating_again_with_the_same_key_finds_the_first_and_another_body_is_refused(
    table: DynamoTable,
) -> None:
    settings = event_settings()
    given = {"event_id": a_name("event"), "public_key": "ab", "hold_minutes": 10, "now": NOW}
    first = create_event(table, "organizer-1", settings, **given)  # type: ignore[arg-type]

    assert create_event(table, "organizer-1", settings, **given) == first  # type: ignore[arg-type]
    with pytest.raises(IdempotencyConflict):
        create_event(table, "organizer-1", event_settings(slug=settings.slug, title="Other"), **given)  # type: ignore[arg-type]


def test_what_can_run_out_is_full_from_the_start_and_publishing_fixes_the_index_shards(
    table: DynamoTable,
) -> None:
    catalog = an_event(table, {"ticket_limit": 5_000}, {"ticket_limit": 3}, {}, capacity=7_000)

    left = left_in(table, catalog.limits())

    assert sorted(left.values()) == [3, 5_000, 7_000]
    assert load_catalog(table, catalog.event.id) == catalog
    assert catalog.event.shards == 4


def test_the_page_shows_a_tier_that_was_added_a_moment_ago(table: DynamoTable) -> None:
    catalog = an_event(table, {"ticket_limit": 3}, show_available=True)
    moments = [NOW]
    cache = CatalogCache(table, lambda: moments[-1])
    moments.append(NOW - timedelta(seconds=4.9))
    cache.by_id(catalog.event.id)
    moments.append(NOW)
    cache.left(cache.by_id(catalog.event.id))
    a_tier(table, catalog, ticket_limit=7)
    moments.append(NOW + timedelta(seconds=0.5))

    now_shown = cache.by_id(catalog.event.id)
    page = event_page(now_shown, cache.left(now_shown), moments[-1], str)

    assert [tier.available for tier in page.categories[0].tiers] == [None, 3, 7]


def test_what_is_too_long_to_be_there_is_not_there(table: DynamoTable) -> None:
    assert table.get(keys.slug("x" * 3_000)) is None
    assert table.query(keys.event("x" * 3_000).pk) == []
    with pytest.raises(Invalid):
        table.find("gsi1", "EVENT#x", limit=1, within=Within(below="x" * 1_500))
    forged = '{"pk": {"S": ""}, "sk": {"S": "x"}, "gsi1pk": {"S": "EVENT#x"}, "gsi1sk": {"S": "x"}}'
    for cursor in (forged, "{}", "[]", "nothing"):
        with pytest.raises(Invalid):
            table.find("gsi1", "EVENT#x", limit=1, cursor=urlsafe_b64encode(cursor.encode()).decode())


def test_publishing_at_once_from_several_sides_publishes_once(table: DynamoTable) -> None:
    draft = a_draft(table, capacity=100)
    a_tier(table, draft, ticket_limit=10)
    seen = load_catalog(table, draft.event.id)

    with ThreadPoolExecutor(6) as threads:
        told = list(threads.map(lambda _: publish(table, seen), range(6)))

    published = load_catalog(table, draft.event.id)
    assert {catalog.event.status for catalog in told} == {EventStatus.PUBLISHED}
    assert published.event.revision == seen.event.revision + 1
    assert sorted(left_in(table, published.limits()).values()) == [10, 100]
    assert publish(table, published) == published


def test_a_tier_that_was_added_to_what_has_been_published_meanwhile_sells_from_its_stock(
    table: DynamoTable,
) -> None:
    draft = a_draft(table)
    seen_before = load_catalog(table, draft.event.id)
    publish(table, seen_before)

    late = a_tier(table, seen_before, ticket_limit=30)

    catalog = load_catalog(table, draft.event.id)
    assert catalog.event.status is EventStatus.PUBLISHED
    an_order(table, catalog, tier_id=late, method="card")
    assert left_in(table, catalog.limits())[late] == 29


def test_every_reason_against_publishing_is_named_at_once(table: DynamoTable) -> None:
    draft = a_draft(table)
    default = next(iter(draft.tiers))
    broken = draft.tiers[default].model_copy(update={"prices": [], "category": "gone"})

    with pytest.raises(NotReady) as refused:
        publish(table, type(draft)(draft.event, draft.categories, {default: broken}, draft.lists))

    assert [fault.field for fault in refused.value.faults] == [
        f"tiers[{default}].prices",
        f"tiers[{default}].category",
    ]
    assert load_catalog(table, draft.event.id).event.status is EventStatus.DRAFT


def test_a_tier_needs_a_category_of_its_event_and_prices_in_its_currency(table: DynamoTable) -> None:
    draft = a_draft(table)
    price = a_price(100, "card").model_dump() | {"amount": {"amount": 100, "currency": "NOK"}}
    settings = TierSettings.model_validate({"title": "Pass", "category": "nothing", "prices": [price]})

    with pytest.raises(Invalid) as refused:
        create_tier(table, draft, settings, tier_id="t", new_id=lambda: "p")

    assert [fault.field for fault in refused.value.faults] == ["category", "prices[0].amount.currency"]


def test_an_event_that_is_not_there_is_not_found(table: DynamoTable) -> None:
    with pytest.raises(NotFound):
        load_catalog(table, "nothing")
