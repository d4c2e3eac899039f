"""The waiting list: first come first served, with offers that really hold what they promise."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.discount import DiscountSettings
from admit.catalog.edit_discount import create_discount
from admit.catalog.edit_event import close, edit_event
from admit.catalog.edit_tier import edit_tier
from admit.catalog.event import EventPatch
from admit.catalog.price import PaymentMethod
from admit.catalog.tier import TierPatch
from admit.errors import (
    AlreadyWaiting,
    Invalid,
    LimitReached,
    Locked,
    NotOnSale,
    PaymentMethodNotAllowed,
    PriceChanged,
    SoldOut,
    StillAvailable,
    UnknownCode,
    WrongState,
)
from admit.money import Money
from admit.orders.accept import AcceptRequest, accept, waiting_view
from admit.orders.approve import DecisionRequest, approve, decline
from admit.orders.order import Order, OrderStatus, Source, load_order
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
from admit.payments.sweep import sweep
from admit.stock.stock import left_in
from tests.builders import (
    BILLING,
    NOW,
    a_name,
    a_price,
    an_event,
    an_order,
    clock_at,
    later,
    other_tier,
)
from tests.fake_gateway import FakeGateway

WORKSHOP = {"title": "Workshop", "prices": [a_price(2_000, "card", "invoice")], "ticket_limit": 4}


class House:
    """An event on a table, as guests, its organizer and the clock meet it."""

    def __init__(self, table: DynamoTable, *tiers: dict[str, Any], **event: Any) -> None:
        self.table = table
        self.event_id = an_event(table, *(tiers or (WORKSHOP,)), **event).event.id

    @property
    def catalog(self) -> Catalog:
        return load_catalog(self.table, self.event_id)

    @property
    def tier_id(self) -> str:
        return other_tier(self.catalog)

    def tier_named(self, title: str) -> str:
        return next(tier.id for tier in self.catalog.tiers.values() if tier.title == title)

    def left(self, tier_id: str | None = None) -> int:
        tier_id = tier_id or self.tier_id
        return left_in(self.table, [self.catalog.tiers[tier_id].stock])[tier_id]

    def sold(self, quantity: int, tier_id: str | None = None) -> Order:
        """Sell tickets by card to somebody; they are held, and can come free again."""
        tier_id = tier_id or self.tier_id
        buyer = {"email": f"{a_name('guest')}@polar.example", "name": "Guest"}
        return an_order(
            self.table, self.catalog, tier_id=tier_id, quantity=quantity, method="card", buyer=buyer
        )

    def frees(self, order: Order) -> None:
        release(self.table, order, OrderStatus.CANCELLED, actor="buyer", what="cancelled", now=NOW)

    def joins(
        self,
        who: str,
        quantity: int = 1,
        *tier_ids: str,
        key: str | None = None,
        minutes: int = 0,
    ) -> WaitingEntry:
        catalog = self.catalog
        request = WaitRequest(
            email=f"{who}@polar.example",
            name=who,
            quantity=quantity,
            tier_ids=list(tier_ids or [self.tier_id]),
        )
        left = left_in(self.table, catalog.limits())
        now = later(minutes)
        return join(self.table, catalog, request, key or a_name("key"), left=left, now=now)

    def offers(self, minutes: int = 0) -> int:
        return offer_round(self.table, self.catalog, later(minutes), Random(1))

    def swept(self, minutes: int) -> None:
        sweep(
            self.table,
            FakeGateway(),
            clock_at(later(minutes)),
            Random(1),
            lambda key, error: pytest.fail(f"{key}: {error!r}"),
        )

    def now(self, entry: WaitingEntry) -> WaitingEntry:
        return load_entry(self.table, self.event_id, entry.id)

    def status(self, *entries: WaitingEntry) -> list[str]:
        return [self.now(entry).status.value for entry in entries]

    def leaves(self, entry: WaitingEntry, to: WaitingStatus = WaitingStatus.REFUSED) -> None:
        end_entry(self.table, self.now(entry), to, NOW)

    def accepts(
        self, entry: WaitingEntry, total: int, method: str = "card", minutes: int = 0, **request: Any
    ) -> Order:
        catalog = self.catalog
        accepting = AcceptRequest(
            payment_method=PaymentMethod(method),
            billing=BILLING,
            total=Money(amount=total, currency="EUR"),
            **request,
        )
        left = left_in(self.table, catalog.limits())
        customer = Customer(codes=accepting.codes, left=lambda: left)
        return accept(
            self.table, catalog, self.now(entry), accepting, customer, now=later(minutes), random=Random(1)
        )


@pytest.fixture
def house(table: DynamoTable) -> House:
    return House(table)


def test_nobody_waits_for_what_can_be_bought(house: House) -> None:
    house.sold(2)

    with pytest.raises(StillAvailable):
        house.joins("kari", 2)

    assert house.joins("kari", 3).status is WaitingStatus.WAITING


def test_an_address_has_one_place_and_the_same_request_finds_it(house: House) -> None:
    house.sold(4)
    entry = house.joins("kari", 2, key="key-1")

    assert house.joins("kari", 2, key="key-1") == entry
    with pytest.raises(AlreadyWaiting):
        house.joins("Kari", 1)
    with pytest.raises(AlreadyWaiting):
        house.joins("kari", 2, key="key-2")


@pytest.mark.parametrize("event", [{"waiting_list": False}, {}])
def test_an_event_that_is_closed_or_has_no_list_takes_nobody(table: DynamoTable, event: Any) -> None:
    house = House(table, **event)
    house.sold(4)
    if not event:
        close(table, house.catalog)

    with pytest.raises(NotOnSale):
        house.joins("kari")


def test_what_can_not_be_had_at_all_is_not_waited_for(table: DynamoTable) -> None:
    house = House(table, WORKSHOP | {"ticket_limit_per": 2, "sale_ends_at": later(60)})
    house.sold(2)
    house.sold(2)

    with pytest.raises(LimitReached):
        house.joins("kari", 3)
    with pytest.raises(Invalid):
        house.joins("kari", 1, "tier-of-nobody")
    with pytest.raises(NotOnSale):
        house.joins("kari", 1, minutes=60)


def test_an_offer_holds_the_tickets_until_its_deadline(table: DynamoTable) -> None:
    house = House(table, offer_minutes=30)
    order = house.sold(4)
    entry = house.joins("kari", 2)
    assert house.offers() == 0
    house.frees(order)

    assert house.offers(minutes=5) == 1

    offered = house.now(entry)
    assert (offered.status, offered.offered_tier) == (WaitingStatus.OFFERED, house.tier_id)
    assert offered.offer_until == later(35)
    assert house.left() == 2
    assert {(claim.stock_id, claim.units) for claim in offered.claims} == {
        (house.tier_id, 2),
        (house.event_id, 2),
    }
    assert house.offers(minutes=6) == 0


def test_who_came_first_is_served_first(house: House) -> None:
    orders = [house.sold(1) for _ in range(4)]
    entries = [house.joins(who, minutes=at) for at, who in enumerate(("kari", "ola", "liv"))]

    house.frees(orders[0])
    house.offers()
    assert house.status(*entries) == ["offered", "waiting", "waiting"]
    house.frees(orders[1])
    house.frees(orders[2])
    house.offers()
    assert house.status(*entries) == ["offered", "offered", "offered"]


def test_a_small_party_is_served_when_what_is_free_does_not_suffice_for_the_first(house: House) -> None:
    orders = [house.sold(2), house.sold(2)]
    large, small = house.joins("kari", 3), house.joins("ola", 2, minutes=1)

    house.frees(orders[0])
    house.offers()
    assert house.status(large, small) == ["waiting", "offered"]
    house.leaves(small)
    house.frees(orders[1])
    house.offers()
    assert house.status(large, small) == ["offered", "refused"]


def test_any_of_the_tiers_will_do_and_the_first_ones_rather(table: DynamoTable) -> None:
    house = House(table, WORKSHOP, WORKSHOP | {"title": "Dinner", "prices": [a_price(500, "card")]})
    workshop, dinner = house.tier_named("Workshop"), house.tier_named("Dinner")
    held = {tier_id: [house.sold(2, tier_id), house.sold(2, tier_id)] for tier_id in (workshop, dinner)}
    kari, ola = house.joins("kari", 1, dinner, workshop), house.joins("ola", 2, dinner, workshop, minutes=1)

    house.frees(held[workshop][0])
    house.offers()
    assert (house.now(kari).offered_tier, house.status(ola)) == (workshop, ["waiting"])
    house.frees(held[workshop][1])
    house.frees(held[dinner][0])
    house.offers()
    assert house.now(ola).offered_tier == dinner


def test_the_capacity_of_the_event_is_waited_for_as_well(table: DynamoTable) -> None:
    house = House(table, WORKSHOP, capacity=2)
    order = house.sold(2)
    entry = house.joins("kari")

    house.frees(order)
    house.offers()

    assert house.status(entry) == ["offered"]
    assert left_in(table, [house.catalog.event.stock]) == {house.event_id: 1}


def test_an_offer_is_accepted_at_the_price_of_now_and_keeps_its_tickets(house: House) -> None:
    order = house.sold(4)
    entry = house.joins("kari", 2)
    house.frees(order)
    house.offers()

    order = house.accepts(entry, 4_000)

    assert (order.status, order.source) == (OrderStatus.AWAITING_PAYMENT, Source.WAITING_LIST)
    assert (order.buyer.email, order.email_verified) == ("kari@polar.example", True)
    assert (house.status(entry), house.now(entry).order_id) == (["accepted"], order.id)
    assert house.left() == 2
    assert house.accepts(entry, 4_000) == order
    house.frees(order)
    assert house.left() == 4


def test_an_offer_stands_while_what_was_sent_does_not_fit(house: House) -> None:
    order = house.sold(4)
    entry = house.joins("kari", 2)
    house.frees(order)
    house.offers()

    with pytest.raises(PriceChanged) as changed:
        house.accepts(entry, 3_900)
    assert changed.value.extra["quote"]["total"]["amount"] == 4_000
    with pytest.raises(PaymentMethodNotAllowed):
        house.accepts(entry, 4_000, method="free")
    with pytest.raises(UnknownCode):
        house.accepts(entry, 4_000, code="nonsense")

    assert (house.status(entry), house.left()) == (["offered"], 2)
    assert house.accepts(entry, 4_000, method="invoice").payment_method is PaymentMethod.INVOICE


def test_an_offer_can_be_accepted_with_a_discount_whose_uses_are_counted(house: House) -> None:
    settings = DiscountSettings(title="Friends", code="FRIENDS", percent="25", use_limit=1)
    discount = create_discount(house.table, house.catalog, settings, discount_id=a_name("discount"))
    order = house.sold(4)
    entry = house.joins("kari", 2)
    house.frees(order)
    house.offers()

    order = house.accepts(entry, 3_000, code="friends")

    assert (order.total, order.discount) == (3_000, 1_000)
    assert left_in(house.table, [discount.uses]) == {discount.uses.id: 0}
    assert len(order.claims) == 4
    house.frees(order)
    assert left_in(house.table, [discount.uses]) == {discount.uses.id: 1}
    assert house.left() == 4


def test_an_offer_is_shown_with_what_it_costs(table: DynamoTable) -> None:
    early, regular = a_price(1_000, "card", quantity=9), a_price(2_000, "card")
    house = House(table, WORKSHOP | {"prices": [early, regular]})
    order = house.sold(4)
    settings = DiscountSettings(title="First ones", percent="10", use_limit=5)
    create_discount(table, house.catalog, settings, discount_id=a_name("discount"))
    entry = house.joins("kari", 2)
    assert waiting_view(house.catalog, entry, NOW).offer is None
    house.frees(order)
    house.offers()

    offer = waiting_view(house.catalog, house.now(entry), NOW).offer

    assert offer is not None
    assert offer.quote is not None
    assert (offer.tier_title, offer.until) == ("Workshop", house.now(entry).offer_until)
    assert house.accepts(entry, offer.quote.total.amount).total == 1_800


def test_somebody_who_may_have_no_more_keeps_his_offer_and_gets_no_order(table: DynamoTable) -> None:
    house = House(table, WORKSHOP | {"ticket_limit_per": 2})
    kari = {"email": "kari@polar.example", "name": "Kari"}
    an_order(table, house.catalog, tier_id=house.tier_id, quantity=2, method="card", buyer=kari)
    other = house.sold(2)
    entry = house.joins("kari", 1)
    house.frees(other)
    house.offers()

    with pytest.raises(LimitReached):
        house.accepts(entry, 2_000)

    assert (house.status(entry), house.left()) == (["offered"], 1)


def test_a_refused_offer_gives_back_once_and_the_next_one_is_served(house: House) -> None:
    order = house.sold(4)
    kari, ola = house.joins("kari", 4), house.joins("ola", 3, minutes=1)
    house.frees(order)
    house.offers()
    offered = house.now(kari)

    house.leaves(kari)

    assert house.left() == 4
    with pytest.raises(WrongState):
        end_entry(house.table, offered, WaitingStatus.EXPIRED, NOW)
    with pytest.raises(WrongState):
        house.leaves(kari)
    assert house.left() == 4
    house.offers()
    assert house.status(kari, ola) == ["refused", "offered"]


@pytest.mark.parametrize("end", [WaitingStatus.REFUSED, WaitingStatus.EXPIRED])
def test_an_offer_that_has_ended_is_not_accepted_any_more(house: House, end: WaitingStatus) -> None:
    order = house.sold(4)
    entry = house.joins("kari", 2)
    house.frees(order)
    house.offers()
    house.leaves(entry, end)

    with pytest.raises(WrongState):
        house.accepts(entry, 4_000)

    assert (house.status(entry), house.left()) == ([end.value], 4)


def test_an_offer_is_not_accepted_after_its_deadline_though_nobody_has_ended_it(table: DynamoTable) -> None:
    house = House(table, offer_minutes=30)
    order = house.sold(4)
    entry = house.joins("kari", 2)
    house.frees(order)
    house.offers()

    with pytest.raises(WrongState, match="ended"):
        house.accepts(entry, 4_000, minutes=30)

    assert house.accepts(entry, 4_000, minutes=29).status is OrderStatus.AWAITING_PAYMENT


def test_without_an_offer_there_is_nothing_to_accept(house: House) -> None:
    house.sold(4)

    with pytest.raises(WrongState, match="no offer"):
        house.accepts(house.joins("kari"), 2_000)


def test_the_sweep_makes_offers_ends_them_at_their_deadline_and_goes_on(empty_table: DynamoTable) -> None:
    house = House(empty_table, offer_minutes=30)
    order = house.sold(4)
    kari, ola = house.joins("kari", 3), house.joins("ola", 2, minutes=1)
    house.frees(order)

    house.swept(2)
    assert house.status(kari, ola) == ["offered", "waiting"]
    house.swept(31)
    assert house.status(kari, ola) == ["offered", "waiting"]
    house.swept(33)
    house.swept(34)
    assert house.status(kari, ola) == ["expired", "offered"]
    assert house.left() == 2


def test_what_is_waited_for_is_not_sold_to_others_and_is_again_when_nobody_waits(house: House) -> None:
    order = house.sold(4)
    entry = house.joins("kari", 3)
    house.frees(order)

    with pytest.raises(SoldOut, match="others wait"):
        house.sold(1)
    house.leaves(entry)
    assert house.offers() == 0

    assert house.sold(1).status is OrderStatus.AWAITING_PAYMENT


def test_what_is_over_after_everybody_is_served_is_sold_again(house: House) -> None:
    order = house.sold(4)
    entry = house.joins("kari", 3)
    house.frees(order)
    house.offers()

    assert house.sold(1).status is OrderStatus.AWAITING_PAYMENT
    assert house.accepts(entry, 6_000).tickets == 3
    assert house.left() == 0


def test_others_may_join_behind_somebody_though_there_would_be_enough_for_them(house: House) -> None:
    order = house.sold(4)
    house.joins("kari", 4)
    house.frees(order)

    assert house.joins("ola", 1).status is WaitingStatus.WAITING


def test_a_closed_event_makes_no_offers(house: House) -> None:
    order = house.sold(4)
    entry = house.joins("kari")
    house.frees(order)
    close(house.table, house.catalog)

    assert house.offers() == 0
    assert (house.status(entry), house.left()) == (["waiting"], 4)


def test_an_event_that_is_over_and_a_tier_that_sells_no_more_make_no_offers(table: DynamoTable) -> None:
    house = House(table, WORKSHOP | {"sale_ends_at": later(60)})
    order = house.sold(4)
    house.joins("kari")
    house.frees(order)

    assert house.offers(minutes=60) == 0
    assert house.offers(minutes=1_000_000) == 0
    inactive = TierPatch(active=False)
    edit_tier(table, house.catalog, house.tier_id, inactive, new_id=lambda: a_name("price"))
    assert house.offers(minutes=1) == 0


def test_new_places_are_offered_as_well(table: DynamoTable) -> None:
    house = House(table, capacity=4)
    house.sold(4)
    entry = house.joins("kari", 2)
    edit_tier(table, house.catalog, house.tier_id, TierPatch(ticket_limit=6), new_id=lambda: a_name("price"))
    assert house.offers() == 0

    edit_event(table, house.catalog, EventPatch(capacity=6), actor="organizer", now=NOW)

    assert house.offers() == 1
    assert (house.status(entry), house.left()) == (["offered"], 0)


def test_who_leaves_before_an_offer_is_passed_over_and_may_come_again_at_the_end(house: House) -> None:
    order = house.sold(4)
    kari, ola = house.joins("kari", 4), house.joins("ola", 4, minutes=1)
    house.leaves(kari)
    again = house.joins("kari", 4, minutes=2)
    assert again.id == kari.id

    house.frees(order)
    house.offers()

    assert house.status(kari, ola) == ["waiting", "offered"]


def test_who_was_served_may_wait_again_and_gets_an_order_of_its_own(house: House) -> None:
    orders = [house.sold(2), house.sold(2)]
    entry = house.joins("kari", 2)
    house.frees(orders[0])
    house.offers()
    first = house.accepts(entry, 4_000)
    house.joins("kari", 2, minutes=1)
    house.frees(orders[1])
    house.offers(minutes=2)

    second = house.accepts(entry, 4_000, minutes=3)

    assert second.id != first.id
    assert load_order(house.table, first.id).live
    assert house.left() == 0


def test_an_offer_of_tickets_that_need_approval_holds_them_until_the_decision(table: DynamoTable) -> None:
    house = House(table, WORKSHOP | {"approval_required": True}, approval_holds_stock=True)
    order = house.sold(4)
    kari, ola = house.joins("kari", 2), house.joins("ola", 2)
    house.frees(order)
    edit_event(table, house.catalog, EventPatch(approval_holds_stock=False), actor="organizer", now=NOW)
    house.offers()

    orders = [house.accepts(entry, 4_000) for entry in (kari, ola)]

    assert [order.status for order in orders] == [OrderStatus.AWAITING_APPROVAL] * 2
    assert house.left() == 0
    given = approve(
        table, house.catalog, orders[0], DecisionRequest(), actor="olav", now=NOW, random=Random(1)
    )
    assert (given.status, given.claims) == (OrderStatus.AWAITING_PAYMENT, orders[0].claims)
    decline(table, orders[1], actor="olav", note="", now=NOW)
    assert house.left() == 2


def test_the_key_of_an_offer_is_not_told_to_who_joins_again(house: House) -> None:
    house.sold(2)
    order = house.sold(2)
    entry = house.joins("kari", 2, key="k")
    assert house.joins("kari", 2, key="k").id == entry.id
    house.frees(order)
    assert house.offers() == 1

    with pytest.raises(AlreadyWaiting):
        house.joins("kari", 2, key="k")


def test_a_party_that_nothing_suffices_for_does_not_stop_the_sale(house: House) -> None:
    house.sold(1)
    house.joins("kari", 900)
    assert house.sold(1).status is OrderStatus.AWAITING_PAYMENT
    assert house.offers() == 0

    assert house.sold(1).status is OrderStatus.AWAITING_PAYMENT


def test_nobody_waits_for_what_he_could_not_accept(table: DynamoTable) -> None:
    capped = WORKSHOP | {"prices": [a_price(2_000, "card", max=2)]}
    house = House(table, capped)
    house.sold(2)
    house.sold(2)
    with pytest.raises(LimitReached):
        house.joins("kari", 3)

    locked = House(table, WORKSHOP | {"passcode": "aurora", "ticket_limit": 0})
    with pytest.raises(Locked):
        locked.joins("kari")


def test_the_list_of_an_event_that_was_over_and_is_moved_is_looked_at_again(house: House) -> None:
    order = house.sold(4)
    house.joins("kari", 2)
    over = house.catalog.event.ends_at
    offer_round(house.table, house.catalog, over, Random(1))
    moved = EventPatch(ends_at=over + timedelta(days=60))
    edit_event(house.table, house.catalog, moved, actor="organizer", now=NOW)
    house.frees(order)
    order = house.sold(4)
    house.joins("ola", 1)

    assert "gsi3pk" in (house.table.get(keys.waiting_list(house.event_id)) or {})
