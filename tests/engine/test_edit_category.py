"""Categories and tiers in their order."""

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.edit_category import edit_category, remove_category
from admit.catalog.reorder import CategoryOrder, TierOrder, reorder_categories, reorder_tiers
from admit.catalog.tier import CategoryPatch
from admit.errors import (
    InUse,
    Invalid,
    NotFound,
)
from tests.builders import (
    a_draft,
    a_tier,
    default_tier,
)
from tests.engine.setting_up import a_category, a_new_tier, edited, fields, now_of


def test_a_category_is_removed_only_when_it_is_empty(table: DynamoTable) -> None:
    draft = a_draft(table)
    category = a_category(table, draft)
    tier_id = a_new_tier(table, draft, category=category.id)

    with pytest.raises(InUse, match="Two-day pass"):
        remove_category(table, now_of(table, draft), category.id)
    edited(table, draft, tier_id, category=next(iter(draft.categories)))
    remove_category(table, now_of(table, draft), category.id)
    with pytest.raises(NotFound):
        edit_category(table, now_of(table, draft), category.id, CategoryPatch(title="Gone"))


def test_a_tier_can_not_come_into_a_category_that_is_removed_at_the_same_time(table: DynamoTable) -> None:
    draft = a_draft(table)
    category = a_category(table, draft)
    seen = now_of(table, draft)
    remove_category(table, seen, category.id)

    with pytest.raises(Invalid) as refused:
        a_tier(table, seen, category=category.id)
    assert fields(refused) == ["category"]


def test_tiers_are_put_in_order_at_once_within_their_categories(table: DynamoTable) -> None:
    draft = a_draft(table)
    first = default_tier(draft)
    second, third, fourth = (a_new_tier(table, draft) for _ in range(3))

    reorder_tiers(table, now_of(table, draft), TierOrder(tiers=[fourth, second]))

    catalog = now_of(table, draft)
    [(_, tiers)] = catalog.in_order()
    assert [tier.id for tier in tiers] == [fourth, second, first, third]
    assert [tier.position for tier in tiers] == [0, 1, 2, 3]
    for wrong in ([first, "nothing"], [first, first]):
        with pytest.raises(Invalid) as refused:
            reorder_tiers(table, catalog, TierOrder(tiers=wrong))
        assert fields(refused) == ["tiers[1]"]
    assert now_of(table, draft) == catalog


def test_categories_are_put_in_order(table: DynamoTable) -> None:
    draft = a_draft(table)
    [general] = draft.categories
    second, third = a_category(table, draft), a_category(table, draft)

    reorder_categories(table, now_of(table, draft), CategoryOrder(categories=[third.id]))
    edit_category(table, now_of(table, draft), second.id, CategoryPatch(title="Talks", description="All day"))

    order = [(category.id, category.position) for category, _ in now_of(table, draft).in_order()]
    assert order == [(third.id, 0), (general, 1), (second.id, 2)]
