"""Races: of two that want the same, one wins, and nothing is lost between them.

Each race has its control: with the guard taken away the same race goes wrong, so the guard is what the test
sees. Some races are run on many threads; in the others the second one acts just before the first one writes.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from typing import Any, Protocol

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.discount import DiscountSettings
from admit.catalog.edit_discount import create_discount
from admit.catalog.edit_event import edit_event, publish
from admit.catalog.edit_tier import edit_tier, remove_tier
from admit.catalog.edit_whitelist import change_whitelist
from admit.catalog.event import EventPatch, EventStatus
from admit.catalog.price import PaymentMethod
from admit.catalog.tier import TierPatch
from admit.catalog.whitelist import Listed
from admit.errors import (
    AdmitError,
    BelowSoldUnits,
    DiscountUsedUp,
    InUse,
    LimitReached,
    NotWhitelisted,
    SoldOut,
    WrongState,
)
from admit.money import Money
from admit.orders.accept import AcceptRequest, accept
from admit.orders.approve import DecisionRequest, approve
from admit.orders.order import Order, OrderStatus, load_order
from admit.orders.place import place
from admit.orders.price import Customer
from admit.orders.release import release
from admit.orders.waiting import (
    WaitingEntry,
    WaitingStatus,
    WaitRequest,
    end_entry,
    join,
    load_entry,
    offer_round,
)
from admit.stock.stock import left_in
from admit.store import Contention
from tests.builders import (
    NOW,
    a_draft,
    a_draft_order,
    a_name,
    a_price,
    an_event,
    later,
    other_tier,
)
from tests.engine.unguarded import Meanwhile, Unguarded

WORKSHOP = {"title": "Workshop", "prices": [a_price(2_000, "card")], "ticket_limit": 50}


class Overtaken(Protocol):
    def __call__(self, act: Callable[[], object], loose: str = "") -> Meanwhile: ...


@pytest.fixture
def overtaken(table: DynamoTable) -> Overtaken:
    """Make a table whose first writer is overtaken by somebody else."""
    return lambda act, loose="": Meanwhile(table, act, loose=loose)


def at_once(*acts: Callable[[], object]) -> Counter[str]:
    """Let all act at the same time, and count what they are told."""

    def told(act: Callable[[], object]) -> str:
        try:
            act()
        except Contention:
            return "busy"
        except AdmitError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(len(acts)) as threads:
        return Counter(threads.map(told, acts))


def buying(table: DynamoTable, catalog: Catalog, **request: Any) -> Callable[[], Order]:
    """Return an order by a guest that nobody else is, of one ticket by card if not asked otherwise."""
    buyer = {"email": f"{a_name('guest')}@polar.example", "name": "Guest"}
    fields: dict[str, Any] = {"tier_id": other_tier(catalog), "method": "card", "buyer": buyer}
    drafted = a_draft_order(catalog, **(fields | request))
    return lambda: place(table, catalog, drafted, Random(drafted.order.id))


def left(table: DynamoTable, catalog: Catalog, tier_id: str | None = None) -> int:
    stock = catalog.tiers[tier_id or other_tier(catalog)].stock
    return left_in(table, [stock])[stock.id]


def resized(table: DynamoTable, catalog: Catalog, to: int) -> None:
    patch = TierPatch(ticket_limit=to)
    edit_tier(table, catalog, other_tier(catalog), patch, new_id=lambda: a_name("price"))


def limit_of(table: DynamoTable, catalog: Catalog) -> int:
    limit = load_catalog(table, catalog.event.id).tiers[other_tier(catalog)].ticket_limit
    assert limit is not None
    return limit


# --- the last of something --------------------------------------------------------------------------------


def discounted(
    table: DynamoTable, limits: dict[str, int], quantity: int, **request: Any
) -> tuple[Catalog, Callable[[DynamoTable], Callable[[], Order]]]:
    """Return an event with a code for half the price, and how somebody orders with it."""
    catalog = an_event(table, WORKSHOP)
    settings = DiscountSettings(title="Half", code="HALF", percent=Decimal(50), **limits)
    create_discount(table, catalog, settings, discount_id=a_name("discount"))
    catalog = load_catalog(table, catalog.event.id)
    total = Money(amount=1_000 * quantity, currency="EUR")
    customer = Customer(codes=["HALF"])

    def order(table: DynamoTable) -> Callable[[], Order]:
        return buying(
            table, catalog, quantity=quantity, code="HALF", customer=customer, total=total, **request
        )

    return catalog, order


LAST_USES = [({"use_limit": 5}, 1, 5), ({"ticket_limit": 9}, 2, 4)]


@pytest.mark.parametrize(("limits", "quantity", "orders"), LAST_USES)
def test_a_code_lowers_as_many_orders_and_tickets_as_it_may(
    table: DynamoTable, limits: dict[str, int], quantity: int, orders: int
) -> None:
    catalog, order = discounted(table, limits, quantity)

    told = at_once(*(order(table) for _ in range(20)))

    while told["done"] < orders:
        order(table)()
        told["done"] += 1
    assert told["done"] == orders
    with pytest.raises(DiscountUsedUp):
        order(table)()
    assert told.keys() <= {"done", "discount_used_up", "busy"}
    assert left(table, catalog) == 50 - orders * quantity


@pytest.mark.parametrize(("limits", "quantity", "orders"), LAST_USES)
def test_without_the_condition_on_stock_a_code_lowers_more(
    dynamodb: Any, table_name: str, limits: dict[str, int], quantity: int, orders: int
) -> None:
    table = Unguarded(DynamoTable(dynamodb, table_name), "STOCK#")
    _, order = discounted(table, limits, quantity)

    assert at_once(*(order(table) for _ in range(20)))["done"] > orders


def two_tiers(table: DynamoTable) -> tuple[Catalog, Callable[[DynamoTable, int], Callable[[], Order]]]:
    """Return an event with limits per guest, of each tier and in all, and how one guest orders."""
    workshop = WORKSHOP | {"ticket_limit_per": 3}
    catalog = an_event(table, workshop, workshop | {"title": "Dinner"}, ticket_limit_per=5)
    tiers = [tier.id for tier in catalog.tiers.values() if not tier.default]
    kari = {"email": " Kari@Polar.example", "name": "Kari"}

    def order(table: DynamoTable, at: int) -> Callable[[], Order]:
        return buying(table, catalog, tier_id=tiers[at % 2], buyer=kari)

    return catalog, order


def test_one_guest_on_50_connections_gets_what_one_may_have_of_each_tier_and_in_all(
    table: DynamoTable,
) -> None:
    catalog, order = two_tiers(table)

    told = at_once(*(order(table, at) for at in range(50)))
    told += at_once(order(table, 0)) + at_once(order(table, 1)) + at_once(order(table, 0))

    assert told["done"] == 5
    assert told.keys() <= {"done", "limit_reached", "busy"}
    tiers = [tier for tier in catalog.tiers.values() if not tier.default]
    sold = sorted(50 - left(table, catalog, tier.id) for tier in tiers)
    assert sold == [2, 3]


def test_without_the_condition_on_the_limits_the_same_guest_gets_more(dynamodb: Any, table_name: str) -> None:
    table = Unguarded(DynamoTable(dynamodb, table_name), "LIMIT#")
    _, order = two_tiers(table)

    assert at_once(*(order(table, at) for at in range(20)))["done"] > 5


def test_a_guest_who_has_used_a_code_as_often_as_one_may_is_refused_on_all_connections(
    table: DynamoTable,
) -> None:
    kari = {"email": "kari@polar.example", "name": "Kari"}
    _, order = discounted(table, {"use_limit_per": 2}, 1, buyer=kari)

    told = at_once(*(order(table) for _ in range(20)))

    told += at_once(order(table)) + at_once(order(table)) + at_once(order(table))
    assert told["done"] == 2
    with pytest.raises(LimitReached):
        order(table)()


# --- limits are changed -----------------------------------------------------------------------------------


def test_a_limit_lowered_in_a_rush_is_never_below_what_is_sold(table: DynamoTable) -> None:
    catalog = an_event(table, WORKSHOP | {"ticket_limit": 30})

    told = at_once(
        *(buying(table, catalog) for _ in range(12)),
        lambda: resized(table, catalog, 10),
        *(buying(table, catalog) for _ in range(12)),
    )

    lowered = limit_of(table, catalog) == 10
    sold = told["done"] - lowered
    assert sold + left(table, catalog) == limit_of(table, catalog)
    assert told.keys() <= {"done", "sold_out", "limit_below_sold", "busy"}


def test_a_limit_raised_in_a_rush_loses_no_ticket(table: DynamoTable) -> None:
    catalog = an_event(table, WORKSHOP | {"ticket_limit": 5})

    told = at_once(
        *(buying(table, catalog) for _ in range(12)),
        lambda: resized(table, catalog, 15),
        *(buying(table, catalog) for _ in range(12)),
    )

    raised = limit_of(table, catalog) == 15
    sold = told["done"] - raised
    while left(table, catalog):
        buying(table, catalog)()
        sold += 1
    assert sold == limit_of(table, catalog)
    with pytest.raises(SoldOut):
        buying(table, catalog)()


def test_who_is_quicker_than_a_lowered_limit_keeps_the_tickets(
    table: DynamoTable, overtaken: Overtaken
) -> None:
    catalog = an_event(table, WORKSHOP)
    quick = overtaken(buying(table, catalog, quantity=30))

    with pytest.raises(BelowSoldUnits):
        resized(quick, catalog, 20)

    assert (limit_of(table, catalog), left(table, catalog)) == (50, 20)


def test_without_the_condition_on_stock_a_limit_falls_below_what_is_sold(
    table: DynamoTable, overtaken: Overtaken
) -> None:
    catalog = an_event(table, WORKSHOP)
    quick = overtaken(buying(table, catalog, quantity=30), loose="STOCK#")

    resized(quick, catalog, 20)

    assert (limit_of(table, catalog), left(table, catalog)) == (20, -10)


@pytest.mark.parametrize(("loose", "stock"), [("", 60), ("EVENT#", 70)])
def test_two_who_raise_a_limit_at_once_add_to_it_one_after_the_other_or_without_the_guard_both(
    table: DynamoTable, overtaken: Overtaken, loose: str, stock: int
) -> None:
    catalog = an_event(table, WORKSHOP)
    quick = overtaken(lambda: resized(table, catalog, 60), loose=loose)

    resized(quick, catalog, 60)

    assert (limit_of(table, catalog), left(table, catalog)) == (60, stock)


def test_a_tier_is_not_removed_under_a_buyer_who_is_quicker(table: DynamoTable, overtaken: Overtaken) -> None:
    catalog = an_event(table, WORKSHOP)

    with pytest.raises(InUse):
        remove_tier(overtaken(buying(table, catalog)), catalog, other_tier(catalog))

    assert other_tier(catalog) in load_catalog(table, catalog.event.id).tiers


def test_a_buyer_who_is_slower_than_the_removal_of_a_tier_gets_nothing(
    table: DynamoTable, overtaken: Overtaken
) -> None:
    catalog = an_event(table, WORKSHOP)
    removed = overtaken(lambda: remove_tier(table, catalog, other_tier(catalog)))

    with pytest.raises(SoldOut):
        buying(removed, catalog)()


def test_without_the_condition_on_stock_somebody_has_a_ticket_of_a_tier_that_is_gone(
    table: DynamoTable, overtaken: Overtaken
) -> None:
    catalog, other = an_event(table, WORKSHOP), an_event(table, WORKSHOP)
    quick = overtaken(buying(table, catalog), loose="STOCK#")
    removed = overtaken(lambda: remove_tier(table, other, other_tier(other)), loose="STOCK#")

    remove_tier(quick, catalog, other_tier(catalog))
    order = buying(removed, other)()

    assert other_tier(catalog) not in load_catalog(table, catalog.event.id).tiers
    assert load_order(table, order.id).live


def test_a_tier_removed_in_a_rush_is_gone_or_sold(table: DynamoTable) -> None:
    catalog = an_event(table, WORKSHOP)

    told = at_once(
        *(buying(table, catalog) for _ in range(6)),
        lambda: remove_tier(table, catalog, other_tier(catalog)),
        *(buying(table, catalog) for _ in range(6)),
    )

    if other_tier(catalog) in load_catalog(table, catalog.event.id).tiers:
        assert left(table, catalog) == 50 - told["done"]
    else:
        assert (told["done"], left(table, catalog)) == (1, 0)


def test_two_publishes_at_once_are_one(table: DynamoTable) -> None:
    draft = a_draft(table)

    told = at_once(*[lambda: publish(table, draft)] * 12)

    event = load_catalog(table, draft.event.id).event
    assert (event.status, event.revision) == (EventStatus.PUBLISHED, draft.event.revision + 1)
    assert told.keys() <= {"done", "busy"}


@pytest.mark.parametrize(("loose", "shards"), [("", 8), ("EVENT#", 1)])
def test_the_first_publish_fixes_the_index_shards_and_without_the_guard_a_second_one_moves_them(
    table: DynamoTable, overtaken: Overtaken, loose: str, shards: int
) -> None:
    draft = a_draft(table, capacity=100)

    def publish_larger() -> None:
        publish(table, edit_event(table, draft, EventPatch(capacity=16_000), actor="organizer", now=NOW))

    publish(overtaken(publish_larger, loose=loose), draft)

    assert load_catalog(table, draft.event.id).event.shards == shards


# --- approval ---------------------------------------------------------------------------------------------

VETTED = WORKSHOP | {"approval_required": True}


def approving(table: DynamoTable, catalog: Catalog, order: Order) -> Callable[[], Order]:
    return lambda: approve(
        table, catalog, order, DecisionRequest(), actor="olav", now=NOW, random=Random(order.id)
    )


def cancelling(table: DynamoTable, order: Order) -> Callable[[], None]:
    def cancel() -> None:
        release(table, order, OrderStatus.CANCELLED, actor="buyer", what="cancelled", now=NOW)

    return cancel


def test_an_order_approved_many_times_at_once_takes_its_stock_once(table: DynamoTable) -> None:
    catalog = an_event(table, VETTED)
    order = buying(table, catalog, quantity=2)()

    told = at_once(*[approving(table, catalog, order)] * 12)

    assert told.keys() <= {"done", "busy"}
    assert load_order(table, order.id).status is OrderStatus.AWAITING_PAYMENT
    assert left(table, catalog) == 48


@pytest.mark.parametrize(("loose", "stock"), [("", 48), ("ORDER#", 46)])
def test_two_approvals_take_stock_once_or_twice_without_the_guard(
    table: DynamoTable, overtaken: Overtaken, loose: str, stock: int
) -> None:
    catalog = an_event(table, VETTED)
    order = buying(table, catalog, quantity=2)()
    quick = overtaken(approving(table, catalog, order), loose=loose)

    approving(quick, catalog, order)()

    assert left(table, catalog) == stock


@pytest.mark.parametrize("holds", [True, False])
def test_an_order_is_approved_or_cancelled_by_its_buyer_but_not_both(table: DynamoTable, holds: bool) -> None:
    catalog = an_event(table, VETTED, approval_holds_stock=holds)
    orders = [buying(table, catalog, quantity=2)() for _ in range(6)]

    acts = [(approving(table, catalog, order), cancelling(table, order)) for order in orders]
    told = at_once(*(act for pair in acts for act in pair))

    ended = [load_order(table, order.id) for order in orders]
    assert left(table, catalog) == 50 - 2 * sum(order.live for order in ended)
    assert {order.status for order in ended} <= {OrderStatus.AWAITING_PAYMENT, OrderStatus.CANCELLED}
    assert told == {"done": 6, "wrong_state": 6}


def test_an_approval_that_comes_after_the_buyers_cancellation_is_refused(
    table: DynamoTable, overtaken: Overtaken
) -> None:
    catalog = an_event(table, VETTED, approval_holds_stock=True)
    order = buying(table, catalog, quantity=2)()

    with pytest.raises(WrongState, match="cancelled"):
        approving(overtaken(cancelling(table, order)), catalog, order)()

    assert left(table, catalog) == 50


def test_without_the_condition_on_its_state_a_cancelled_order_is_approved_without_its_stock(
    table: DynamoTable, overtaken: Overtaken
) -> None:
    catalog = an_event(table, VETTED, approval_holds_stock=True)
    order = buying(table, catalog, quantity=2)()

    approving(overtaken(cancelling(table, order), loose="ORDER#"), catalog, order)()

    assert (load_order(table, order.id).live, left(table, catalog)) == (True, 50)


# --- the waiting list -------------------------------------------------------------------------------------


def queue(table: DynamoTable, waiting: int, free: int) -> tuple[Catalog, list[WaitingEntry]]:
    """Return an event whose tier has sold out, so many who wait for a ticket each, and so many free again."""
    catalog = an_event(table, WORKSHOP | {"ticket_limit": free})
    order = buying(table, catalog, quantity=free)()
    stock = left_in(table, catalog.limits())
    entries = [
        join(
            table,
            catalog,
            WaitRequest(email=f"{who}@w.example", name="W", quantity=1, tier_ids=[other_tier(catalog)]),
            a_name("key"),
            left=stock,
            now=later(who),
        )
        for who in range(waiting)
    ]
    cancelling(table, order)()
    return load_catalog(table, catalog.event.id), entries


def offering(table: DynamoTable, catalog: Catalog, seed: int = 1) -> Callable[[], int]:
    return lambda: offer_round(table, catalog, later(60), Random(seed))


def stored(table: DynamoTable, entries: list[WaitingEntry]) -> list[WaitingEntry]:
    return [load_entry(table, entry.event_id, entry.id) for entry in entries]


def accepting(table: DynamoTable, catalog: Catalog, entry: WaitingEntry) -> Callable[[], Order]:
    total = Money(amount=2_000, currency="EUR")
    request = AcceptRequest(payment_method=PaymentMethod.CARD, total=total)
    return lambda: accept(table, catalog, entry, request, Customer(), now=later(61), random=Random(1))


def expiring(table: DynamoTable, entry: WaitingEntry) -> Callable[[], None]:
    return lambda: end_entry(table, entry, WaitingStatus.EXPIRED, later(61))


def test_an_offer_is_accepted_or_expires_but_not_both(table: DynamoTable) -> None:
    catalog, entries = queue(table, waiting=6, free=6)
    offering(table, catalog)()

    offered = stored(table, entries)
    acts = [(accepting(table, catalog, entry), expiring(table, entry)) for entry in offered]
    told = at_once(*(act for pair in acts for act in pair))

    ended = stored(table, entries)
    accepted = [entry for entry in ended if entry.status is WaitingStatus.ACCEPTED]
    assert {entry.status for entry in ended} <= {WaitingStatus.ACCEPTED, WaitingStatus.EXPIRED}
    assert all(load_order(table, entry.order_id or "").live for entry in accepted)
    assert left(table, catalog) == 6 - len(accepted)
    assert told == {"done": 6, "wrong_state": 6}


def test_who_accepts_after_the_offer_has_expired_gets_no_order(
    table: DynamoTable, overtaken: Overtaken
) -> None:
    catalog, entries = queue(table, waiting=1, free=2)
    offering(table, catalog)()
    (entry,) = stored(table, entries)

    with pytest.raises(WrongState):
        accepting(overtaken(expiring(table, entry)), catalog, entry)()

    assert left(table, catalog) == 2


def test_without_the_condition_on_the_offer_an_order_takes_what_was_given_back(
    table: DynamoTable, overtaken: Overtaken
) -> None:
    catalog, entries = queue(table, waiting=1, free=2)
    offering(table, catalog)()
    (entry,) = stored(table, entries)

    order = accepting(overtaken(expiring(table, entry), loose="WAITING#"), catalog, entry)()

    assert (load_order(table, order.id).live, left(table, catalog)) == (True, 2)


def test_rounds_at_once_offer_to_each_once_and_first_come_first(table: DynamoTable) -> None:
    catalog, entries = queue(table, waiting=7, free=4)

    told = at_once(*(offering(table, catalog, seed) for seed in range(4)))

    assert told == {"done": 4}
    ended = stored(table, entries)
    assert [entry.status for entry in ended] == [WaitingStatus.OFFERED] * 4 + [WaitingStatus.WAITING] * 3
    assert [entry.offers for entry in ended] == [1] * 4 + [0] * 3
    assert left(table, catalog) == 0


@pytest.mark.parametrize(("loose", "stock"), [("", 2), ("WAITING#", 0)])
def test_a_second_round_offers_nothing_twice_or_loses_tickets_without_the_guard(
    table: DynamoTable, overtaken: Overtaken, loose: str, stock: int
) -> None:
    catalog, entries = queue(table, waiting=2, free=4)
    quick = overtaken(offering(table, catalog), loose=loose)

    offering(quick, catalog)()

    assert all(entry.status is WaitingStatus.OFFERED for entry in stored(table, entries))
    assert left(table, catalog) == stock


# --- whitelists -------------------------------------------------------------------------------------------

KARI, OLA = Listed(email="kari@polar.example"), Listed(email="ola@polar.example")
INVITED = WORKSHOP | {
    "limited": True,
    "limited_whitelist_users": [KARI, OLA],
    "whitelist_auto_approve": True,
}


def invited(table: DynamoTable, catalog: Catalog) -> Callable[[], Order]:
    kari = {"email": KARI.email, "name": "Kari"}
    return buying(table, catalog, buyer=kari, customer=Customer(verified_email=KARI.email))


def disinviting(table: DynamoTable, catalog: Catalog) -> Callable[[], object]:
    return lambda: change_whitelist(table, catalog, other_tier(catalog), add=[], remove=[KARI])


def test_who_is_taken_off_the_whitelist_meanwhile_gets_nothing(
    table: DynamoTable, overtaken: Overtaken
) -> None:
    catalog = an_event(table, INVITED)

    with pytest.raises(NotWhitelisted):
        invited(overtaken(disinviting(table, catalog)), catalog)()

    assert left(table, catalog) == 50


def test_without_the_check_of_the_whitelist_who_was_taken_off_it_has_a_ticket(
    table: DynamoTable, overtaken: Overtaken
) -> None:
    catalog = an_event(table, INVITED)

    order = invited(overtaken(disinviting(table, catalog), loose="WHITELIST#"), catalog)()

    assert load_order(table, order.id).live
    assert table.get(keys.whitelisted_email(other_tier(catalog), "kari@polar.example")) is None


def test_an_order_at_the_moment_of_being_taken_off_exists_or_is_refused(table: DynamoTable) -> None:
    for _ in range(4):
        catalog = an_event(table, INVITED)

        told = at_once(invited(table, catalog), disinviting(table, catalog))

        assert told in ({"done": 2}, {"done": 1, "not_whitelisted": 1})
        assert left(table, catalog) == 50 - (told["done"] - 1)
        with pytest.raises(NotWhitelisted):
            invited(table, catalog)()
