"""Events and tiers: they come into being whole, once, and never sell without their stock."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.catalog import load_catalog
from admit.catalog.create import create_event, create_tier
from admit.catalog.event import EventStatus
from admit.catalog.publish import publish
from admit.catalog.tier import TierSettings
from admit.errors import IdempotencyConflict, Invalid, NotFound, NotReady, SlugTaken, WrongState
from admit.stock.shard import left_in
from tests.builders import NOW, a_draft, a_name, a_price, a_tier, an_event, event_settings


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


def test_publishing_opens_the_stock_of_the_event_and_of_each_limited_tier(table: DynamoTable) -> None:
    catalog = an_event(table, {"ticket_limit": 5_000}, {"ticket_limit": 3}, {}, capacity=7_000)

    left = left_in(table, sorted(catalog.stocks()))

    assert sorted(left.values()) == [3, 5_000, 7_000]
    assert load_catalog(table, catalog.event.id) == catalog
    assert catalog.event.shards == 4


def test_publishing_at_once_from_several_sides_opens_the_stock_once(table: DynamoTable) -> None:
    draft = a_draft(table, capacity=100)
    a_tier(table, draft, ticket_limit=10)
    seen = load_catalog(table, draft.event.id)

    def attempt(_: int) -> str:
        try:
            return publish(table, seen).event.status
        except WrongState as refused:
            return refused.code

    with ThreadPoolExecutor(6) as threads:
        told = sorted(threads.map(attempt, range(6)))

    assert told == ["published", *["wrong_state"] * 5]
    published = load_catalog(table, draft.event.id)
    assert sorted(left_in(table, sorted(published.stocks())).values()) == [10, 100]
    assert publish(table, published) == published


def test_a_tier_added_while_the_event_is_published_never_sells_without_its_stock(table: DynamoTable) -> None:
    draft = a_draft(table)
    seen_before = load_catalog(table, draft.event.id)
    a_tier(table, seen_before, ticket_limit=10)

    with pytest.raises(WrongState):
        publish(table, seen_before)
    publish(table, load_catalog(table, draft.event.id))
    with pytest.raises(WrongState):
        a_tier(table, seen_before, ticket_limit=20)

    late = a_tier(table, load_catalog(table, draft.event.id), ticket_limit=30)
    catalog = load_catalog(table, draft.event.id)
    assert left_in(table, sorted(catalog.stocks()))[late] == 30


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
