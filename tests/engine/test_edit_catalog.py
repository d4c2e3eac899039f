"""Setting an event up: changes hold together, at once or not at all, and never below what is sold."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.allot import create_allotment, edit_allotment, remove_allotment
from admit.catalog.allotment import Allotment, AllotmentPatch, AllotmentSettings
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.copy import CopyRequest, copy_event
from admit.catalog.discount import Discount, DiscountPatch, DiscountSettings
from admit.catalog.edit_category import create_category, edit_category, remove_category
from admit.catalog.edit_discount import create_discount, edit_discount, remove_discount
from admit.catalog.edit_event import cancel, close, edit_event, publish
from admit.catalog.edit_quota import create_quota, edit_quota, remove_quota
from admit.catalog.edit_tier import create_tier, edit_tier, remove_tier
from admit.catalog.edit_whitelist import change_whitelist, read_whitelist, set_whitelist
from admit.catalog.event import Event, EventPatch, EventStatus
from admit.catalog.quota import Quota, QuotaPatch, QuotaSettings
from admit.catalog.reorder import CategoryOrder, TierOrder, reorder_categories, reorder_tiers
from admit.catalog.tier import Category, CategoryPatch, CategorySettings, Tier, TierPatch, TierSettings
from admit.catalog.view import taken_of
from admit.catalog.whitelist import Listed
from admit.errors import (
    AdmitError,
    BelowSoldUnits,
    DefaultTier,
    DiscountUsedUp,
    IdempotencyConflict,
    InUse,
    Invalid,
    LimitReached,
    NotFound,
    NotOnSale,
    NotReady,
    NotWhitelisted,
    SlugTaken,
    SoldOut,
    WrongState,
)
from admit.orders.order import Order, OrderStatus
from admit.orders.place import OrganizerPlaceRequest, place, place_by_organizer
from admit.orders.price import Customer
from admit.orders.release import release
from admit.stock.stock import Stock, left_in
from admit.store import Item, Key, Put, Update, Write
from tests.builders import (
    NOW,
    a_buyer,
    a_draft,
    a_draft_order,
    a_name,
    a_price,
    a_tier,
    an_event,
    an_order,
    default_tier,
    other_tier,
)

SOLD = {"title": "Workshop", "prices": [a_price(2_000, "card")], "ticket_limit": 50}
UNLIMITED = {"title": "Pass", "prices": [a_price(2_000, "card")]}
KARI = "kari@polar.example"


def new_id() -> str:
    return a_name("price")


def now_of(table: DynamoTable, catalog: Catalog) -> Catalog:
    return load_catalog(table, catalog.event.id)


def fields(refused: pytest.ExceptionInfo[AdmitError]) -> list[str]:
    return [fault.field for fault in refused.value.faults]


def edited(table: DynamoTable, catalog: Catalog, tier_id: str, **patch: Any) -> Tier:
    settings = TierPatch.model_validate(patch)
    return edit_tier(table, now_of(table, catalog), tier_id, settings, new_id=new_id)


def changed(table: DynamoTable, catalog: Catalog, **patch: Any) -> Catalog:
    return edit_event(table, now_of(table, catalog), EventPatch.model_validate(patch))


def listed(*names: str) -> list[Listed]:
    return [Listed(email=name) if "@" in name else Listed(domain=name) for name in names]


def a_new_tier(table: DynamoTable, catalog: Catalog, **overrides: Any) -> str:
    return a_tier(table, now_of(table, catalog), **overrides)


def left(table: DynamoTable, stock: Stock) -> int:
    return left_in(table, [stock])[stock.id]


def sell(table: DynamoTable, catalog: Catalog, tier_id: str, quantity: int = 1, **request: Any) -> Order:
    return an_order(table, catalog, tier_id=tier_id, quantity=quantity, **({"method": "card"} | request))


def end(table: DynamoTable, order: Order) -> None:
    release(table, order, OrderStatus.EXPIRED, actor="system", what="expired", now=NOW)


def a_quota(table: DynamoTable, catalog: Catalog, title: str, limit: int) -> Quota:
    settings = QuotaSettings(title=title, limit=limit)
    return create_quota(table, now_of(table, catalog), settings, quota_id=a_name("quota"))


# --- a tier and what it needs -----------------------------------------------------------------------------


def test_an_active_tier_needs_a_price_and_a_category_and_is_told_of_both(table: DynamoTable) -> None:
    draft = a_draft(table)
    bare = TierSettings(title="Pass", prices=[])

    with pytest.raises(NotReady) as refused:
        create_tier(table, draft, bare, tier_id="bare", new_id=new_id)
    assert fields(refused) == ["prices", "category"]

    waiting = TierSettings(title="Pass", prices=[], active=False)
    tier = create_tier(table, draft, waiting, tier_id=a_name("tier"), new_id=new_id)
    with pytest.raises(NotReady) as refused:
        edited(table, draft, tier.id, active=True)
    assert fields(refused) == ["prices", "category"]
    [general] = draft.categories
    ready = edited(table, draft, tier.id, active=True, category=general, prices=[a_price(100, "card")])
    assert now_of(table, draft).tiers[tier.id] == ready


def test_a_tier_without_prices_given_has_the_zero_price_and_comes_last_in_its_category(
    table: DynamoTable,
) -> None:
    draft = a_draft(table, currency="NOK")
    [general] = draft.categories
    first, second = (
        create_tier(table, draft, TierSettings(title=title, category=general), tier_id=title, new_id=new_id)
        for title in ("A", "B")
    )
    [price] = first.prices
    assert (str(price.amount), price.payment_methods) == ("0.00 NOK", ["free"])
    assert (first.position, second.position) == (1, 2)


def test_a_limited_tier_is_private_needs_approval_and_a_whitelist(table: DynamoTable) -> None:
    draft = a_draft(table)
    tier_id = a_new_tier(table, draft)

    with pytest.raises(NotReady) as refused:
        edited(table, draft, tier_id, limited=True)
    assert fields(refused) == ["limited_whitelist_users"]

    catalog = now_of(table, draft)
    tier = edited(
        table,
        catalog,
        tier_id,
        limited=True,
        private=False,
        approval_required=False,
        limited_whitelist_users=listed("Kari@Polar.example", "fjord.example"),
    )
    assert (tier.private, tier.approval_required, tier.whitelist_size) == (True, True, 2)
    assert tier.whitelist_domains == ["fjord.example"]
    kept = edited(table, draft, tier_id, private=False, title="Invited")
    assert (kept.private, kept.whitelist_size) == (True, 2)
    with pytest.raises(NotReady):
        edited(table, draft, tier_id, limited_whitelist_users=[])


def test_a_limited_tier_comes_with_its_whitelist(table: DynamoTable) -> None:
    draft = a_draft(table)
    tier_id = a_new_tier(
        table,
        draft,
        limited=True,
        limited_whitelist_users=listed(KARI, "KARI@polar.example", "ola@x.example"),
    )

    assert now_of(table, draft).tiers[tier_id].whitelist_size == 2
    assert {user.email for user in read_whitelist(table, tier_id).users} == {KARI, "ola@x.example"}


def test_a_limited_tier_sells_to_listed_addresses_only_while_they_are_listed(table: DynamoTable) -> None:
    users = {"limited_whitelist_users": listed(KARI, "x.example"), "whitelist_auto_approve": True}
    catalog = an_event(table, UNLIMITED | {"limited": True} | users)
    tier_id = other_tier(catalog)

    def buy(email: str) -> Order:
        buyer, shown = a_buyer(email=email), Customer(verified_email=email.lower())
        return sell(table, catalog, tier_id, buyer=buyer, customer=shown)

    assert buy("Kari@Polar.example").status is OrderStatus.AWAITING_PAYMENT
    assert buy("anybody@x.example").email_verified
    with pytest.raises(NotWhitelisted):
        buy("ola@polar.example")
    change_whitelist(table, catalog, tier_id, add=[], remove=listed(KARI))
    with pytest.raises(NotWhitelisted):
        buy(KARI)


def test_changes_of_a_whitelist_can_be_sent_again_and_many_are_counted(table: DynamoTable) -> None:
    catalog = an_event(table, UNLIMITED)
    tier_id = other_tier(catalog)
    many = listed(*(f"guest{at}@x.example" for at in range(250)))

    for _ in range(2):
        change_whitelist(table, catalog, tier_id, add=many, remove=listed("nobody@x.example"))
    assert now_of(table, catalog).tiers[tier_id].whitelist_size == 250

    set_whitelist(table, catalog, tier_id, many[:3], limited=False)
    assert now_of(table, catalog).tiers[tier_id].whitelist_size == 3
    assert len(read_whitelist(table, tier_id).users) == 3


def test_the_default_tier_stays_free_and_can_be_renamed_but_not_removed(table: DynamoTable) -> None:
    draft = a_draft(table)
    tier_id = default_tier(draft)

    with pytest.raises(DefaultTier):
        edited(table, draft, tier_id, prices=[a_price(1, "card")])
    with pytest.raises(DefaultTier):
        remove_tier(table, now_of(table, draft), tier_id)
    with pytest.raises(Invalid) as refused:
        edited(table, draft, tier_id, default=False)
    assert fields(refused) == ["default"]
    with pytest.raises(Invalid):
        a_new_tier(table, draft, default=True)
    assert edited(table, draft, tier_id, title="Visitor", active=False).default


def test_external_ids_belong_to_one_tier_of_an_event(table: DynamoTable) -> None:
    draft = a_draft(table)
    first = a_new_tier(table, draft, external_ids=["eb-1", "eb-2"])

    with pytest.raises(Invalid) as refused:
        a_new_tier(table, draft, external_ids=["eb-3", "eb-2"])
    assert fields(refused) == ["external_ids[1]"]

    edited(table, draft, first, external_ids=["eb-1"])
    assert a_new_tier(table, draft, external_ids=["eb-2"])


def test_what_a_tier_names_must_be_of_its_event(table: DynamoTable) -> None:
    draft = a_draft(table)
    parent = a_new_tier(table, draft)
    add_on = a_new_tier(table, draft, add_on_of=parent)

    with pytest.raises(Invalid) as refused:
        a_new_tier(table, draft, category="nothing", quotas=["nothing"], add_on_of=add_on)
    assert fields(refused) == ["category", "quotas[0]", "add_on_of"]
    with pytest.raises(Invalid):
        edited(table, draft, parent, add_on_of=default_tier(draft))


def test_a_price_that_is_kept_goes_by_its_id_and_keeps_what_it_has_sold(table: DynamoTable) -> None:
    early = a_price(1_000, "card", quantity=10)
    catalog = an_event(table, SOLD | {"prices": [early]})
    tier_id = other_tier(catalog)
    sell(table, catalog, tier_id, 4)
    price = catalog.tiers[tier_id].prices[0]
    kept = {"id": price.id, "amount": {"amount": 1_500, "currency": "EUR"}, "label": "Early"}

    with pytest.raises(BelowSoldUnits) as refused:
        edited(table, catalog, tier_id, prices=[kept | {"quantity": 3}])
    assert fields(refused) == ["prices[0].quantity"]
    tier = edited(table, catalog, tier_id, prices=[kept | {"quantity": 6}, a_price(9_000, "card")])

    assert [one.amount.amount for one in tier.prices] == [1_500, 9_000]
    assert tier.prices[0].stock is not None
    assert left(table, tier.prices[0].stock) == 2
    with pytest.raises(SoldOut):
        sell(table, now_of(table, catalog), tier_id, 3)
    for wrong in ({"id": "nothing"}, {"id": tier.prices[1].id, "quantity": 5}):
        with pytest.raises(Invalid):
            edited(table, catalog, tier_id, prices=[kept | wrong])


def test_a_passcode_is_kept_until_it_is_changed_or_taken_away(table: DynamoTable) -> None:
    draft = a_draft(table)
    tier_id = a_new_tier(table, draft, passcode="Polarlicht")

    renamed = edited(table, draft, tier_id, title="VIP")
    assert (renamed.opens_with(["polarlicht"]), renamed.opens_with([])) == (True, False)
    assert edited(table, draft, tier_id, passcode="sol").opens_with(["SOL"])
    assert edited(table, draft, tier_id, passcode=None).opens_with([])


def test_quotas_and_parents_are_settled_once_the_event_is_published(table: DynamoTable) -> None:
    draft = a_draft(table)
    tier_id = a_new_tier(table, draft)
    quota = create_quota(
        table, now_of(table, draft), QuotaSettings(title="Room", limit=5), quota_id=a_name("quota")
    )
    catalog = publish(table, now_of(table, draft))

    with pytest.raises(Invalid) as refused:
        edited(table, catalog, tier_id, quotas=[quota.id], add_on_of=default_tier(catalog))
    assert fields(refused) == ["quotas", "add_on_of"]


# --- limits while it sells --------------------------------------------------------------------------------


def test_a_limit_is_raised_and_lowered_on_sale_down_to_what_is_sold_or_held(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    tier_id = other_tier(catalog)
    held = sell(table, catalog, tier_id, 7)

    with pytest.raises(BelowSoldUnits) as refused:
        edited(table, catalog, tier_id, ticket_limit=6)
    assert (refused.value.code, fields(refused)) == ("limit_below_sold", ["ticket_limit"])
    lowered = edited(table, catalog, tier_id, ticket_limit=7)
    assert left(table, lowered.stock) == 0
    with pytest.raises(SoldOut):
        sell(table, now_of(table, catalog), tier_id)
    end(table, held)
    raised = edited(table, catalog, tier_id, ticket_limit=4_000)
    assert left(table, raised.stock) == 4_000
    assert taken_of(raised.stock, raised.ticket_limit, left_in(table, [raised.stock])) == 0


def test_a_limit_comes_to_what_had_none_and_goes_again(table: DynamoTable) -> None:
    catalog = an_event(table, UNLIMITED)
    tier_id = other_tier(catalog)
    sell(table, catalog, tier_id, 7)

    with pytest.raises(BelowSoldUnits):
        edited(table, catalog, tier_id, ticket_limit=6)
    limited = edited(table, catalog, tier_id, ticket_limit=9)
    assert left(table, limited.stock) == 2
    with pytest.raises(SoldOut):
        sell(table, now_of(table, catalog), tier_id, 3)
    free = edited(table, catalog, tier_id, ticket_limit=None)
    sell(table, now_of(table, catalog), tier_id, 100)
    assert taken_of(free.stock, None, left_in(table, [free.stock])) == 107


def test_the_capacity_of_an_event_is_raised_lowered_set_and_taken_away_on_sale(table: DynamoTable) -> None:
    catalog = an_event(table, UNLIMITED, capacity=10)
    tier_id = other_tier(catalog)
    sell(table, catalog, tier_id, 6)

    with pytest.raises(BelowSoldUnits) as refused:
        changed(table, catalog, capacity=5)
    assert fields(refused) == ["capacity"]
    changed(table, catalog, capacity=7)
    with pytest.raises(SoldOut, match="The event is full"):
        sell(table, now_of(table, catalog), tier_id, 2)
    changed(table, catalog, capacity=None)
    sell(table, now_of(table, catalog), tier_id, 50)
    full = changed(table, catalog, capacity=56)
    assert left(table, full.event.stock) == 0


def test_in_a_draft_a_limit_is_spread_over_as_many_shards_as_it_asks_for(table: DynamoTable) -> None:
    draft = a_draft(table)
    tier_id = a_new_tier(table, draft, ticket_limit=10)

    many = edited(table, draft, tier_id, ticket_limit=50_000).stock
    assert (many.shards, left(table, many)) == (50, 50_000)
    few = edited(table, draft, tier_id, ticket_limit=None)
    assert (few.stock.shards, few.stock.id == many.id) == (96, False)


def test_an_order_that_comes_while_a_limit_is_lowered_is_counted(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    tier_id = other_tier(catalog)

    class Meanwhile(DynamoTable):
        """Somebody orders right after the shards were read."""

        def get_many(self, keys: Sequence[Key]) -> list[Item]:
            seen = super().get_many(keys)
            if not placed:
                placed.append(sell(table, catalog, tier_id, 3))
            return seen

    placed: list[Order] = []
    tier = edited(Meanwhile(table._client, table._name), catalog, tier_id, ticket_limit=5)

    assert (left(table, tier.stock), tier.ticket_limit) == (2, 5)


class Unguarded(DynamoTable):
    """The same table without the condition on stock: the control of the race with a limit."""

    def transact(self, writes: Sequence[Write]) -> None:
        super().transact([_unguarded(write) for write in writes])


def _unguarded(write: Write) -> Write:
    return replace(write, condition=None) if isinstance(write, Update) else write


def sold_while_lowering(table: DynamoTable, kind: type[DynamoTable]) -> tuple[int, Tier]:
    """Lower a limit of 50 to 10 while 40 tickets are sold between the look at the shards and the write."""
    catalog = an_event(table, SOLD)
    tier_id = other_tier(catalog)

    class Rush(kind):  # type: ignore[misc,valid-type]
        def get_many(self, keys: Sequence[Key]) -> list[Item]:
            seen: list[Item] = super().get_many(keys)
            if not sold:
                with ThreadPoolExecutor(8) as threads:
                    sold.extend(threads.map(lambda _: sell(table, catalog, tier_id).tickets, range(40)))
            return seen

    sold: list[int] = []
    with suppress(BelowSoldUnits):
        edited(Rush(table._client, table._name), catalog, tier_id, ticket_limit=10)
    return sum(sold), now_of(table, catalog).tiers[tier_id]


def test_a_limit_that_is_lowered_in_a_rush_stays_above_what_was_sold_meanwhile(table: DynamoTable) -> None:
    sold, tier = sold_while_lowering(table, DynamoTable)

    assert (sold, tier.ticket_limit, left(table, tier.stock)) == (40, 50, 10)


def test_without_the_condition_on_stock_a_limit_falls_below_what_is_sold(table: DynamoTable) -> None:
    sold, tier = sold_while_lowering(table, Unguarded)

    assert (sold, tier.ticket_limit, left(table, tier.stock)) == (40, 10, -30)


def test_a_quota_is_shared_by_its_tiers_raised_lowered_and_removed_when_nobody_draws_on_it(
    table: DynamoTable,
) -> None:
    draft = a_draft(table)
    quota = create_quota(
        table, now_of(table, draft), QuotaSettings(title="Room", limit=5), quota_id=a_name("quota")
    )
    first, second = (a_new_tier(table, draft, **UNLIMITED, quotas=[quota.id]) for _ in range(2))
    catalog = publish(table, now_of(table, draft))
    sell(table, catalog, first, 3)

    with pytest.raises(SoldOut):
        sell(table, catalog, second, 3)
    with pytest.raises(BelowSoldUnits):
        edit_quota(table, now_of(table, catalog), quota.id, QuotaPatch(limit=2))
    larger = edit_quota(table, now_of(table, catalog), quota.id, QuotaPatch(limit=6, title="Large room"))
    sell(table, catalog, second, 3)
    assert (left(table, larger.stock), larger.title) == (0, "Large room")
    with pytest.raises(InUse):
        remove_quota(table, now_of(table, catalog), quota.id)

    unused = create_quota(
        table, now_of(table, catalog), QuotaSettings(title="Bus", limit=0), quota_id=a_name("quota")
    )
    remove_quota(table, now_of(table, catalog), unused.id)
    assert now_of(table, catalog).quotas.keys() == {quota.id}


def test_a_tier_that_has_sold_is_kept_and_one_that_has_not_goes_with_its_stock(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD, UNLIMITED)
    sold, unsold = (tier.id for tier in catalog.tiers.values() if not tier.default)
    order = sell(table, catalog, sold)
    late = a_draft_order(catalog, tier_id=unsold, method="card")

    with pytest.raises(InUse):
        remove_tier(table, now_of(table, catalog), sold)
    remove_tier(table, now_of(table, catalog), unsold)
    with pytest.raises(SoldOut):
        place(table, catalog, late, Random(1))
    with pytest.raises(NotFound):
        remove_tier(table, now_of(table, catalog), unsold)
    end(table, order)
    remove_tier(table, now_of(table, catalog), sold)
    assert now_of(table, catalog).tiers.keys() == {default_tier(catalog)}


def test_a_tier_that_something_else_names_is_kept(table: DynamoTable) -> None:
    draft = a_draft(table)
    parent, discounted = a_new_tier(table, draft), a_new_tier(table, draft)
    a_new_tier(table, draft, add_on_of=parent)
    a_discount(table, draft, tier_ids=[discounted])

    for tier_id in (parent, discounted):
        with pytest.raises(InUse):
            remove_tier(table, now_of(table, draft), tier_id)


# --- categories and order ---------------------------------------------------------------------------------


def a_category(table: DynamoTable, catalog: Catalog, title: str = "Workshops") -> Category:
    settings = CategorySettings(title=title)
    return create_category(table, now_of(table, catalog), settings, category_id=a_name("category"))


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


# --- discounts --------------------------------------------------------------------------------------------


def a_discount(table: DynamoTable, catalog: Catalog, **overrides: Any) -> Discount:
    settings = DiscountSettings.model_validate({"title": "Sale", "percent": "10"} | overrides)
    return create_discount(table, now_of(table, catalog), settings, discount_id=a_name("discount"))


def test_a_discount_is_used_as_often_as_it_may_and_its_limit_moves_on_sale(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    discount = a_discount(table, catalog, code="TEN", use_limit=2, ticket_limit=5)
    catalog = now_of(table, catalog)
    tier_id = other_tier(catalog)

    def buy(quantity: int) -> Order:
        total = {"amount": 1_800 * quantity, "currency": "EUR"}
        shown = Customer(codes=["ten"])
        return sell(table, catalog, tier_id, quantity, total=total, code="ten", customer=shown)

    orders = [buy(2), buy(2)]
    with pytest.raises(DiscountUsedUp):
        buy(1)
    for limits in ({"use_limit": 1}, {"ticket_limit": 3}):
        with pytest.raises(BelowSoldUnits) as refused:
            edit_discount(table, now_of(table, catalog), discount.id, DiscountPatch.model_validate(limits))
        assert fields(refused) == list(limits)
    edit_discount(table, now_of(table, catalog), discount.id, DiscountPatch(use_limit=4))
    with pytest.raises(DiscountUsedUp):
        buy(2)
    end(table, orders[0])
    assert buy(3).discount == 600
    remove_discount(table, now_of(table, catalog), discount.id)
    assert now_of(table, catalog).discounts == {}


def test_a_guest_uses_a_discount_as_often_as_he_may(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    a_discount(table, catalog, code="TEN", use_limit_per=1, ticket_limit_per=2)
    catalog = now_of(table, catalog)

    def buy(email: str, quantity: int = 1) -> Order:
        total = {"amount": 1_800 * quantity, "currency": "EUR"}
        return sell(
            table,
            catalog,
            other_tier(catalog),
            quantity,
            total=total,
            code="ten",
            buyer=a_buyer(email=email),
            customer=Customer(codes=["ten"]),
        )

    for guest in (KARI, "ola@polar.example"):
        with pytest.raises(LimitReached) as refused:
            buy(guest, 3)
        assert fields(refused) == ["code"]
        assert buy(guest).discount == 200
        with pytest.raises(LimitReached):
            buy(guest.upper())


def test_a_code_belongs_to_one_discount_and_names_tiers_of_its_event(table: DynamoTable) -> None:
    draft = a_draft(table)
    first = a_discount(table, draft, code="Early")

    with pytest.raises(Invalid) as refused:
        a_discount(table, draft, code="EARLY", tier_ids=["nothing"])
    assert fields(refused) == ["tier_ids[0]", "code"]
    with pytest.raises(Invalid) as refused:
        a_discount(table, draft, percent=None, amount={"amount": 1, "currency": "NOK"})
    assert fields(refused) == ["amount.currency"]
    same = edit_discount(
        table, now_of(table, draft), first.id, DiscountPatch(code="EARLY", title="Early bird")
    )
    assert (same.title, same.uses) == ("Early bird", first.uses)


# --- the event --------------------------------------------------------------------------------------------


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


# --- copies -----------------------------------------------------------------------------------------------


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


# --- allotments -------------------------------------------------------------------------------------------


def allot(table: DynamoTable, catalog: Catalog, units: int, **overrides: Any) -> Allotment:
    body = {"title": "Polar", "units": units, "tier_id": other_tier(catalog), "company_id": "polar"}
    settings = AllotmentSettings.model_validate(body | overrides)
    catalog = now_of(table, catalog)
    return create_allotment(table, catalog, settings, allotment_id=a_name("allotment"), random=Random(1))


def resized(table: DynamoTable, catalog: Catalog, allotment: Allotment, units: int) -> Allotment:
    catalog = now_of(table, catalog)
    return edit_allotment(table, catalog, allotment.id, AllotmentPatch(units=units), random=Random(1))


def handed_out(
    table: DynamoTable, catalog: Catalog, allotment: Allotment, quantity: int, **how: Any
) -> Order:
    body = {
        "lines": [{"tier_id": how.pop("tier_id", allotment.tier_id), "quantity": quantity}],
        "buyer": a_buyer(),
        "payment_method": "free",
        "company_id": "polar",
        "source": "allotment",
        "allotment_id": allotment.id,
    }
    request = OrganizerPlaceRequest.model_validate(body | how)
    catalog = now_of(table, catalog)
    return place_by_organizer(table, catalog, request, a_name("key"), now=NOW, random=Random(1))


def test_an_allotment_takes_its_tickets_from_the_tier_grows_shrinks_and_gives_them_back(
    table: DynamoTable,
) -> None:
    catalog = an_event(table, SOLD, capacity=60)
    tier = catalog.tiers[other_tier(catalog)]

    def stocks() -> list[int]:
        return [left(table, tier.stock), left(table, catalog.event.stock)]

    allotment = allot(table, catalog, 20)
    assert (stocks(), left(table, allotment.stock)) == ([30, 40], 20)
    allotment = resized(table, catalog, allotment, 45)
    assert (stocks(), left(table, allotment.stock)) == ([5, 15], 45)
    with pytest.raises(SoldOut):
        resized(table, catalog, allotment, 51)
    with pytest.raises(SoldOut):
        allot(table, catalog, 6)
    allotment = resized(table, catalog, allotment, 10)
    assert (stocks(), left(table, allotment.stock)) == ([40, 50], 10)
    remove_allotment(table, now_of(table, catalog), allotment.id, random=Random(1))
    assert (stocks(), now_of(table, catalog).allotments) == ([50, 60], {})


def test_an_order_from_an_allotment_takes_nothing_of_what_is_on_sale(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    tier = catalog.tiers[other_tier(catalog)]
    allotment = allot(table, catalog, 20)

    order = handed_out(table, catalog, allotment, 15)

    assert (left(table, tier.stock), left(table, allotment.stock)) == (30, 5)
    assert (order.status, order.allotment_id, order.company_id) == ("settled", allotment.id, "polar")
    with pytest.raises(SoldOut):
        handed_out(table, catalog, allotment, 6)
    with pytest.raises(BelowSoldUnits) as refused:
        resized(table, catalog, allotment, 14)
    assert fields(refused) == ["units"]
    with pytest.raises(InUse):
        remove_allotment(table, now_of(table, catalog), allotment.id, random=Random(1))
    assert left(table, resized(table, catalog, allotment, 15).stock) == 0
    assert left(table, tier.stock) == 35
    with pytest.raises(BelowSoldUnits):
        edited(table, catalog, tier.id, ticket_limit=14)
    edited(table, catalog, tier.id, ticket_limit=15)


def test_an_allotment_is_of_one_tier_and_one_company(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    allotment = allot(table, catalog, 5)

    with pytest.raises(Invalid) as refused:
        handed_out(table, catalog, allotment, 1, tier_id=default_tier(catalog), company_id="fjord")
    assert fields(refused) == ["lines[0].tier_id", "company_id"]
    with pytest.raises(Invalid):
        handed_out(table, catalog, allotment, 1, allotment_id="nothing")
    with pytest.raises(Invalid):
        allot(table, catalog, 5, tier_id="nothing")
    block = allot(table, catalog, 5, company_id=None, title="Block")
    assert handed_out(table, catalog, block, 2, source="organizer", company_id=None).tickets == 2


def test_tickets_set_apart_in_a_draft_stay_so_when_its_limits_change(table: DynamoTable) -> None:
    draft = a_draft(table)
    a_new_tier(table, draft, **SOLD)
    draft = now_of(table, draft)
    allotment = allot(table, draft, 20)

    with pytest.raises(BelowSoldUnits):
        edited(table, draft, allotment.tier_id, ticket_limit=19)
    tier = edited(table, draft, allotment.tier_id, ticket_limit=25)
    assert left(table, tier.stock) == 5
    with pytest.raises(InUse):
        remove_tier(table, now_of(table, draft), allotment.tier_id)


# --- two at once, and the same again ----------------------------------------------------------------------


def test_changes_at_the_same_time_all_hold(table: DynamoTable) -> None:
    draft = a_draft(table)
    tier_id = a_new_tier(table, draft)
    seen = now_of(table, draft)
    changes: list[Callable[[], object]] = [
        lambda: edit_tier(table, seen, tier_id, TierPatch(title="Pass"), new_id=new_id),
        lambda: edit_tier(table, seen, tier_id, TierPatch(description="All days"), new_id=new_id),
        lambda: edit_event(table, seen, EventPatch(title="Sunspots")),
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
        edit_event(table, catalog, EventPatch.model_validate({"plus_tags": "same"}))

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
