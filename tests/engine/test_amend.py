"""Changes of a catalog at once hold together, and the same again answers what it has made."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.allot import create_allotment, remove_allotment
from admit.catalog.allotment import Allotment, AllotmentSettings
from admit.catalog.catalog import Catalog
from admit.catalog.discount import Discount, DiscountSettings
from admit.catalog.edit_category import create_category
from admit.catalog.edit_discount import create_discount
from admit.catalog.edit_event import edit_event
from admit.catalog.edit_quota import create_quota
from admit.catalog.edit_tier import create_tier, edit_tier
from admit.catalog.edit_whitelist import change_whitelist, read_whitelist
from admit.catalog.event import Event, EventPatch
from admit.catalog.quota import Quota, QuotaSettings
from admit.catalog.tier import Category, CategorySettings, Tier, TierPatch, TierSettings
from admit.errors import (
    IdempotencyConflict,
    Invalid,
)
from admit.store import Put, Write
from tests.builders import (
    NOW,
    a_draft,
    a_name,
    a_tier,
    an_event,
    default_tier,
    other_tier,
)
from tests.engine.setting_up import KARI, SOLD, a_new_tier, fields, left, listed, new_id, now_of


def test_changes_at_the_same_time_all_hold(table: DynamoTable) -> None:
    draft = a_draft(table)
    tier_id = a_new_tier(table, draft)
    seen = now_of(table, draft)
    changes: list[Callable[[], object]] = [
        lambda: edit_tier(table, seen, tier_id, TierPatch(title="Pass"), new_id=new_id),
        lambda: edit_tier(table, seen, tier_id, TierPatch(description="All days"), new_id=new_id),
        lambda: edit_event(table, seen, EventPatch(title="Sunspots"), actor="organizer", now=NOW),
        lambda: create_category(table, seen, CategorySettings(title="Talks"), category_id="talks"),
    ]

    with ThreadPoolExecutor(len(changes)) as threads:
        list(threads.map(lambda change: change(), changes))

    catalog = now_of(table, draft)
    tier = catalog.tiers[tier_id]
    assert (tier.title, tier.description, catalog.event.title) == ("Pass", "All days", "Sunspots")
    assert {category.title for category in catalog.categories.values()} == {"General", "Talks"}
    assert catalog.event.revision == seen.event.revision + 4


def test_without_the_events_revision_two_tiers_would_get_the_same_external_id(table: DynamoTable) -> None:
    class Unrevised(DynamoTable):
        """The same table without the condition on revisions: the control."""

        def transact(self, writes: Sequence[Write]) -> None:
            super().transact(
                [replace(w, condition=None, values={}) if isinstance(w, Put) else w for w in writes]
            )

    def race(kind: type[DynamoTable]) -> int:
        draft = a_draft(table)
        racing = kind(table._client, table._name)
        a_tier(racing, draft, external_ids=["eb-1"])
        with suppress(Invalid):
            a_tier(racing, draft, external_ids=["eb-1"])
        return sum("eb-1" in tier.external_ids for tier in now_of(table, draft).tiers.values())

    assert (race(DynamoTable), race(Unrevised)) == (1, 2)


def created(table: DynamoTable, catalog: Catalog, what: str, made: str, **body: Any) -> Any:
    match what:
        case "tier":
            settings = TierSettings.model_validate({"title": "Pass", "active": False} | body)
            return create_tier(table, catalog, settings, tier_id=made, new_id=new_id)
        case "category":
            return create_category(
                table, catalog, CategorySettings.model_validate({"title": "A"} | body), category_id=made
            )
        case "quota":
            return create_quota(
                table, catalog, QuotaSettings.model_validate({"title": "A", "limit": 1} | body), quota_id=made
            )
        case "discount":
            return create_discount(
                table,
                catalog,
                DiscountSettings.model_validate({"title": "A", "percent": "10"} | body),
                discount_id=made,
            )
    block = AllotmentSettings.model_validate(
        {"title": "A", "units": 2, "tier_id": default_tier(catalog)} | body
    )
    return create_allotment(table, catalog, block, allotment_id=made, random=Random(1))


@pytest.mark.parametrize("what", ["tier", "category", "quota", "discount", "allotment"])
def test_what_is_asked_for_again_is_answered_with_what_it_has_made(table: DynamoTable, what: str) -> None:
    draft = a_draft(table)
    made = a_name(what)
    first = created(table, draft, what, made)
    before = now_of(table, draft)

    assert created(table, draft, what, made) == first
    assert created(table, before, what, made) == first
    assert now_of(table, draft) == before
    with pytest.raises(IdempotencyConflict):
        created(table, before, what, made, title="Another")


def test_a_tier_asked_for_again_leaves_the_whitelist_as_it_has_become(table: DynamoTable) -> None:
    draft = a_draft(table)
    made = a_name("tier")
    body = {"limited": True, "limited_whitelist_users": listed(KARI, "x.example")}
    created(table, draft, "tier", made, **body)
    change_whitelist(table, now_of(table, draft), made, add=[], remove=listed(KARI))

    assert created(table, draft, "tier", made, **body).whitelist_size == 1

    assert [user.domain for user in read_whitelist(table, made).users] == ["x.example"]


@pytest.mark.parametrize("model", [Event, Tier, Category, Discount, Quota, Allotment])
def test_everything_in_a_catalog_counts_its_changes(model: type[Any]) -> None:
    assert "revision" in model.model_fields


def test_what_is_made_again_under_its_id_begins_with_a_stock_of_its_own(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    tier = catalog.tiers[other_tier(catalog)]
    settings = AllotmentSettings(title="Block", units=10, tier_id=tier.id)
    identifier = a_name("allotment")
    create_allotment(table, catalog, settings, allotment_id=identifier, random=Random(1))
    remove_allotment(table, now_of(table, catalog), identifier, random=Random(1))

    again = create_allotment(
        table, now_of(table, catalog), settings, allotment_id=identifier, random=Random(1)
    )

    assert (left(table, again.stock), left(table, tier.stock)) == (10, 40)
    remove_allotment(table, now_of(table, catalog), identifier, random=Random(1))
    assert left(table, tier.stock) == 50


def test_what_a_tier_draws_on_stays_once_some_of_it_is_set_apart_even_in_a_draft(
    table: DynamoTable,
) -> None:
    draft = a_draft(table)
    tier_id = a_tier(table, draft, **SOLD)
    quota = create_quota(
        table, now_of(table, draft), QuotaSettings(title="Hall", limit=50), quota_id=a_name("quota")
    )
    settings = AllotmentSettings(title="Block", units=50, tier_id=tier_id)
    create_allotment(
        table, now_of(table, draft), settings, allotment_id=a_name("allotment"), random=Random(1)
    )

    with pytest.raises(Invalid) as refused:
        edit_tier(table, now_of(table, draft), tier_id, TierPatch(quotas=[quota.id]), new_id=new_id)

    assert fields(refused) == ["quotas"]


def test_how_guests_are_told_apart_is_fixed_with_the_sale(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)

    with pytest.raises(Invalid) as refused:
        edit_event(
            table, catalog, EventPatch.model_validate({"plus_tags": "same"}), actor="organizer", now=NOW
        )

    assert fields(refused) == ["plus_tags"]


def test_a_change_of_a_tier_that_is_refused_leaves_its_whitelist(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    tier_id = other_tier(catalog)
    limit = {"limited": True, "limited_whitelist_users": [{"email": KARI}]}
    edit_tier(table, catalog, tier_id, TierPatch.model_validate(limit), new_id=new_id)
    wrong = {"category": "nothing", "limited_whitelist_users": [{"email": "ola@polar.example"}]}
    with pytest.raises(Invalid):
        edit_tier(table, now_of(table, catalog), tier_id, TierPatch.model_validate(wrong), new_id=new_id)
    assert [entry.email for entry in read_whitelist(table, tier_id).users] == [KARI]

    opened = TierPatch.model_validate({"limited": False, "limited_whitelist_users": []})
    tier = edit_tier(table, now_of(table, catalog), tier_id, opened, new_id=new_id)

    assert (tier.limited, read_whitelist(table, tier_id).users) == (False, [])
