"""Placing: claims are exact under load, a request sent again is recognised, and a refusal writes nothing."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.discount import DiscountSettings
from admit.catalog.edit_discount import create_discount
from admit.errors import DiscountUsedUp, IdempotencyConflict, LimitReached, PriceChanged, SoldOut
from admit.money import Money
from admit.orders.order import Order, OrderStatus
from admit.orders.place import place, place_by_buyer
from admit.orders.price import Customer, LineRequest, price_lines
from admit.orders.quote import taken
from admit.orders.release import release
from admit.stock.stock import Stock, left_in
from tests.builders import (
    NOW,
    a_buyer,
    a_draft_order,
    a_name,
    a_price,
    a_request,
    an_event,
    an_order,
    later,
    other_tier,
)
from tests.engine.dynamodb_local import client
from tests.engine.unguarded import Unguarded

LIMITED = {"title": "Workshop", "prices": [a_price(0)], "ticket_limit": 50}


def rush(table: DynamoTable, catalog: Catalog, buyers: int, **request: Any) -> Counter[str]:
    """Let buyers order at once, each on a thread of his own, and count what they are told."""

    def buy(buyer: int) -> str:
        somebody = {"buyer": a_buyer(email=f"{a_name('guest')}@polar.example")}
        order = a_draft_order(catalog, **(somebody | request))
        try:
            place(table, catalog, order, Random(buyer))
        except (SoldOut, LimitReached, DiscountUsedUp) as refused:
            return refused.code
        return "placed"

    with ThreadPoolExecutor(buyers) as threads:
        return Counter(threads.map(buy, range(buyers)))


def in_stock(table: DynamoTable, catalog: Catalog) -> dict[str, int]:
    """Return what is left in each stock of the catalog that can run out."""
    return left_in(table, catalog.limits())


def with_shards(table: DynamoTable, shards: int, units: int) -> Catalog:
    """Return an event with a limited tier whose stock is split over so many shards."""
    catalog = an_event(table, LIMITED | {"ticket_limit": units})
    tier = catalog.tiers[other_tier(catalog)]
    split = tier.model_copy(update={"stock": Stock(id=tier.id, units=units, shards=shards)})
    table.write(split.put().over(tier.revision))
    return load_catalog(table, catalog.event.id)


@pytest.mark.parametrize("shards", [1, 8])
def test_200_buyers_after_50_tickets_get_exactly_50(endpoint: str, table_name: str, shards: int) -> None:
    table = DynamoTable(client(endpoint, connections=200), table_name)
    catalog = with_shards(table, shards, units=50)

    told = rush(table, catalog, 200, tier_id=other_tier(catalog))

    assert told == {"placed": 50, "sold_out": 150}
    assert in_stock(table, catalog) == {other_tier(catalog): 0}


@pytest.mark.parametrize("shards", [1, 8])
def test_without_the_condition_on_stock_the_same_rush_oversells(
    endpoint: str, table_name: str, shards: int
) -> None:
    table = Unguarded(DynamoTable(client(endpoint, connections=200), table_name), "STOCK#", "LIMIT#")
    catalog = with_shards(table, shards, units=50)

    told = rush(table, catalog, 200, tier_id=other_tier(catalog))

    assert told["placed"] > 50


def test_nobody_is_told_sold_out_while_the_shards_together_hold_enough(table: DynamoTable) -> None:
    catalog = with_shards(table, 8, units=24)

    order = an_order(table, catalog, tier_id=other_tier(catalog), quantity=20)

    claims = [claim for claim in order.claims if claim.stock_id == other_tier(catalog)]
    assert sum(claim.units for claim in claims) == 20
    assert len(claims) > 1
    assert in_stock(table, catalog) == {other_tier(catalog): 4}


def test_parties_of_several_sizes_sell_the_last_ticket_and_no_more(endpoint: str, table_name: str) -> None:
    table = DynamoTable(client(endpoint, connections=60), table_name)
    catalog = with_shards(table, 4, units=60)
    tier_id = other_tier(catalog)

    def buy(buyer: int) -> int:
        quantity = 1 + buyer % 4
        try:
            place(table, catalog, a_draft_order(catalog, tier_id=tier_id, quantity=quantity), Random(buyer))
        except SoldOut:
            return 0
        return quantity

    with ThreadPoolExecutor(60) as threads:
        sold = sum(threads.map(buy, range(60)))

    assert sold + in_stock(table, catalog)[tier_id] == 60
    single = 60 - sold
    assert rush(table, catalog, single + 3, tier_id=tier_id) == Counter(
        {"placed": single, "sold_out": 3} if single else {"sold_out": 3}
    )


def test_an_event_is_full_at_its_capacity_whatever_the_tiers_have_left(table: DynamoTable) -> None:
    catalog = an_event(table, LIMITED, capacity=5)
    an_order(table, catalog, quantity=3)
    an_order(table, catalog, tier_id=other_tier(catalog), quantity=2)

    with pytest.raises(SoldOut, match="The event is full"):
        an_order(table, catalog, tier_id=other_tier(catalog))

    assert in_stock(table, catalog) == {catalog.event.id: 0, other_tier(catalog): 48}


def test_one_guest_on_many_connections_gets_his_limit_and_no_more(endpoint: str, table_name: str) -> None:
    table = DynamoTable(client(endpoint, connections=50), table_name)
    catalog = an_event(table, LIMITED | {"ticket_limit_per": 4})

    told = rush(table, catalog, 50, tier_id=other_tier(catalog), buyer=a_buyer(email="  Kari@Polar.example"))

    assert told == {"placed": 4, "limit_reached": 46}
    assert in_stock(table, catalog) == {other_tier(catalog): 46}


def test_without_the_condition_on_the_limit_the_same_guest_gets_more(endpoint: str, table_name: str) -> None:
    table = Unguarded(DynamoTable(client(endpoint, connections=50), table_name), "STOCK#", "LIMIT#")
    catalog = an_event(table, LIMITED | {"ticket_limit_per": 4})

    told = rush(table, catalog, 50, tier_id=other_tier(catalog), buyer=a_buyer())
    assert told["placed"] > 4


def test_one_guest_gets_the_limit_of_the_event_over_all_its_tiers(endpoint: str, table_name: str) -> None:
    table = DynamoTable(client(endpoint, connections=20), table_name)
    catalog = an_event(table, LIMITED, ticket_limit_per=5)
    an_order(table, catalog, quantity=3)

    told = rush(table, catalog, 20, tier_id=other_tier(catalog), buyer=a_buyer())
    assert told == {"placed": 2, "limit_reached": 18}
    with pytest.raises(LimitReached) as refused:
        an_order(table, catalog)
    assert [fault.field for fault in refused.value.faults] == ["lines"]


def test_a_price_with_a_quantity_sells_it_and_no_more(endpoint: str, table_name: str) -> None:
    table = DynamoTable(client(endpoint, connections=40), table_name)
    prices = [a_price(0, quantity=7), a_price(9_000, "card")]
    catalog = an_event(table, LIMITED | {"prices": prices})
    tier = catalog.tiers[other_tier(catalog)]
    lines = [LineRequest(tier_id=tier.id, price_id=tier.prices[0].id, quantity=1)]

    told = rush(table, catalog, 40, tier_id=tier.id, lines=lines)

    assert told == {"placed": 7, "sold_out": 33}
    assert in_stock(table, catalog) == {tier.id: 43, tier.prices[0].id: 0}


@pytest.mark.parametrize("guarded", [True, False])
def test_a_code_lowers_as_many_orders_as_it_may_and_more_only_without_its_condition(
    endpoint: str, table_name: str, guarded: bool
) -> None:
    table = DynamoTable(client(endpoint, connections=40), table_name)
    if not guarded:
        table = Unguarded(table, "STOCK#", "LIMIT#")
    event = an_event(table, LIMITED | {"prices": [a_price(2_000, "card")]})
    settings = DiscountSettings(title="Half", code="HALF", percent=Decimal(50), use_limit=6)
    create_discount(table, event, settings, discount_id=a_name("discount"))
    catalog = load_catalog(table, event.event.id)
    request = {
        "tier_id": other_tier(catalog),
        "method": "card",
        "code": "half",
        "total": Money(amount=1_000, currency="EUR"),
        "customer": Customer(codes=["half"]),
    }

    told = rush(table, catalog, 40, **request)

    if guarded:
        assert told == {"placed": 6, "discount_used_up": 34}
    else:
        assert told["placed"] > 6


def test_the_same_request_at_the_same_time_is_one_order(endpoint: str, table_name: str) -> None:
    table = DynamoTable(client(endpoint, connections=20), table_name)
    catalog = an_event(table, LIMITED)
    key = a_name("key")

    def buy(buyer: int) -> Order:
        draft = a_draft_order(catalog, key, tier_id=other_tier(catalog), quantity=2)
        return place(table, catalog, draft, Random(buyer))

    with ThreadPoolExecutor(20) as threads:
        orders = list(threads.map(buy, range(20)))

    assert len({(order.id, order.placed_at) for order in orders}) == 1
    assert in_stock(table, catalog) == {other_tier(catalog): 48}


def test_the_same_request_later_finds_its_order_even_when_all_is_sold(table: DynamoTable) -> None:
    catalog = an_event(table, LIMITED | {"ticket_limit": 2})
    key = a_name("key")
    first = an_order(table, catalog, key, tier_id=other_tier(catalog), quantity=2)

    assert an_order(table, catalog, key, tier_id=other_tier(catalog), quantity=2) == first


def test_the_same_request_finds_its_order_though_the_price_has_changed_since(table: DynamoTable) -> None:
    early = a_price(5_000, "card", valid_until=later(30))
    catalog = an_event(table, {"title": "Pass", "prices": [early, a_price(9_000, "card")]})
    request = a_request(catalog, tier_id=other_tier(catalog), method="card")

    def buy(key: str, minutes: int) -> Order:
        return place_by_buyer(table, catalog, request, key, Customer(), now=later(minutes), random=Random(1))

    first = buy("key-1", minutes=29)

    assert buy("key-1", minutes=31) == first
    with pytest.raises(PriceChanged):
        buy("key-2", minutes=31)


def test_what_a_guest_has_taken_is_counted_in_his_quote(table: DynamoTable) -> None:
    catalog = an_event(table, LIMITED | {"ticket_limit_per": 4})
    an_order(table, catalog, tier_id=other_tier(catalog), quantity=3)
    priced = price_lines(catalog, a_request(catalog, tier_id=other_tier(catalog)).lines, NOW)

    assert taken(table, catalog, priced, "Kari@polar.example") == {other_tier(catalog): 3}
    assert taken(table, catalog, priced, "ola@polar.example") == {other_tier(catalog): 0}
    assert taken(table, catalog, priced, None) == {}


def test_the_same_key_with_another_body_is_refused_and_takes_nothing(table: DynamoTable) -> None:
    catalog = an_event(table, LIMITED)
    key = a_name("key")
    an_order(table, catalog, key, tier_id=other_tier(catalog), quantity=2)

    with pytest.raises(IdempotencyConflict):
        an_order(table, catalog, key, tier_id=other_tier(catalog), quantity=3)

    assert in_stock(table, catalog) == {other_tier(catalog): 48}


def test_a_refused_order_leaves_no_trace(table: DynamoTable) -> None:
    catalog = an_event(table, LIMITED | {"ticket_limit": 1})
    draft = a_draft_order(catalog, tier_id=other_tier(catalog), quantity=2)

    with pytest.raises(SoldOut):
        place(table, catalog, draft, Random(1))

    assert table.get(keys.order(draft.order.id)) is None
    assert in_stock(table, catalog) == {other_tier(catalog): 1}


def at_once(times: int, act: Callable[[int], str]) -> Counter[str]:
    with ThreadPoolExecutor(times) as threads:
        return Counter(threads.map(act, range(times)))


def test_an_order_ended_twenty_times_at_once_gives_its_stock_back_once(table: DynamoTable) -> None:
    catalog = an_event(table, LIMITED | {"prices": [a_price(2_000, "card")], "ticket_limit_per": 10})
    order = an_order(table, catalog, tier_id=other_tier(catalog), quantity=3, method="card")

    def end(_: int) -> str:
        try:
            release(table, order, OrderStatus.CANCELLED, actor="buyer", what="cancelled", now=NOW)
        except Exception as refused:  # the kinds are what is asserted
            return type(refused).__name__
        return "ended"

    assert at_once(20, end) == {"ended": 1, "WrongState": 19}
    assert in_stock(table, catalog) == {other_tier(catalog): 50}
    taken = table.get(keys.guest_limit(other_tier(catalog), "kari@polar.example"))
    assert taken is not None
    assert taken["taken"] == 0


def test_without_the_condition_on_its_state_an_order_gives_its_stock_back_twice(table: DynamoTable) -> None:
    catalog = an_event(table, LIMITED | {"prices": [a_price(2_000, "card")]})
    order = an_order(table, catalog, tier_id=other_tier(catalog), quantity=3, method="card")
    give_back = [claim.give_back() for claim in order.claims]

    table.transact(give_back)
    table.transact(give_back)

    assert in_stock(table, catalog) == {other_tier(catalog): 53}
