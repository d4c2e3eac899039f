"""A tier is set up, and its limits move while it sells."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.edit_event import publish
from admit.catalog.edit_quota import create_quota, edit_quota, remove_quota
from admit.catalog.edit_tier import create_tier, remove_tier
from admit.catalog.edit_whitelist import change_whitelist, read_whitelist, set_whitelist
from admit.catalog.quota import QuotaPatch, QuotaSettings
from admit.catalog.tier import Tier, TierSettings
from admit.catalog.view import taken_of
from admit.errors import (
    BelowSoldUnits,
    DefaultTier,
    InUse,
    Invalid,
    NotFound,
    NotReady,
    NotWhitelisted,
    SoldOut,
)
from admit.orders.order import Order, OrderStatus
from admit.orders.place import place
from admit.orders.price import Customer
from admit.stock.stock import left_in
from admit.store import Item, Key, Update, Write
from tests.builders import (
    a_buyer,
    a_draft,
    a_draft_order,
    a_name,
    a_price,
    an_event,
    default_tier,
    other_tier,
)
from tests.engine.setting_up import (
    KARI,
    SOLD,
    UNLIMITED,
    a_discount,
    a_new_tier,
    changed,
    edited,
    end,
    fields,
    left,
    listed,
    new_id,
    now_of,
    sell,
)


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
