"""Histories: in whatever order guests, organizers and deadlines act, no unit is lost, and none is sold twice.

Hypothesis makes up the histories. After each step everything is counted again from what is stored: the
orders, the offers and the allotments on one side, the shards and the guests' counters on the other.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.allot import create_allotment, edit_allotment, remove_allotment
from admit.catalog.allotment import AllotmentPatch, AllotmentSettings
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.create import new_event
from admit.catalog.discount import Discount, DiscountPatch, DiscountSettings
from admit.catalog.edit_discount import edit_discount
from admit.catalog.edit_event import edit_event
from admit.catalog.edit_quota import edit_quota
from admit.catalog.edit_tier import edit_tier
from admit.catalog.event import EventPatch, EventStatus
from admit.catalog.price import PaymentMethod, Price
from admit.catalog.quota import Quota, QuotaPatch
from admit.catalog.tier import Category, Tier, TierPatch
from admit.errors import Conflict, DiscountUsedUp, IdempotencyConflict, Invalid, SoldOut
from admit.money import Money
from admit.orders.accept import AcceptRequest, accept
from admit.orders.approve import DecisionRequest, approve, decline
from admit.orders.order import Buyer, Order, OrderStatus, Source, load_order
from admit.orders.place import (
    OrganizerPlaceRequest,
    PlaceRequest,
    draft_by_buyer,
    place_by_buyer,
    place_by_organizer,
)
from admit.orders.price import Customer, LineRequest, price_lines
from admit.orders.waiting import (
    WaitingEntry,
    WaitingStatus,
    WaitRequest,
    end_entry,
    join,
    load_entry,
    offer_round,
)
from admit.payments.checkout import open_checkout
from admit.payments.expire import end_order
from admit.payments.settle import settle_card, settle_invoice
from admit.stock.claim import Claim
from admit.stock.stock import Stock, left_in, units_of
from admit.store import Delete, Item, Key, Put, Update, Write
from tests.builders import BILLING, NOW, a_name, a_price, event_settings, later
from tests.engine.dynamodb_local import client
from tests.fake_gateway import FakeGateway

GUESTS = ["kari@polar.example", "Ola@polar.example", "liv@fjord.example"]


class Watched(DynamoTable):
    """The same table, which remembers where something was written."""

    def __init__(self, dynamodb: Any, name: str) -> None:
        super().__init__(dynamodb, name)
        self.written: set[Key] = set()
        self.writes = 0

    def write(self, write: Put | Update | Delete) -> Item:
        item = super().write(write)
        self._noted([write])
        return item

    def transact(self, writes: Sequence[Write]) -> None:
        super().transact(writes)
        self._noted(writes)

    def _noted(self, writes: Iterable[Write]) -> None:
        self.written |= {write.key for write in writes}
        self.writes += 1


class Unguarded(Watched):
    """The same table without any condition on stock."""

    def transact(self, writes: Sequence[Write]) -> None:
        super().transact([_unguarded(write) for write in writes])


def _unguarded(write: Write) -> Write:
    if isinstance(write, Update) and write.key.pk.startswith("STOCK#"):
        return Update(write.key, write.expression, condition=None, values=write.values)
    return write


few = st.integers(1, 4)
limits = st.one_of(st.integers(0, 9), st.none())
which = st.integers(0, 7)


class History(RuleBasedStateMachine):
    """One event with few tickets, a quota, codes and three guests, and everything that changes its stock."""

    def __init__(self, table: Watched, told: Counter[str]) -> None:
        super().__init__()
        self.table = table
        self.told = told
        self.gateway = FakeGateway()
        self.orders: list[str] = []
        self.allotments: list[str] = []
        self.entries: list[str] = []
        self.last: tuple[PlaceRequest, str, Customer, Order] | None = None
        self.counted_at = 0
        self.read_at = 0

    @initialize(
        tier_limit=st.one_of(st.integers(2, 6), st.none()),
        capacity=st.one_of(st.integers(4, 8), st.none()),
        tier_per=st.one_of(st.integers(2, 4), st.none()),
        event_per=st.one_of(st.integers(3, 5), st.none()),
        holds=st.booleans(),
        shards=st.integers(1, 3),
        seed=st.integers(0, 99),
        waiting=st.integers(0, 2),
    )
    def open_event(
        self,
        *,
        tier_limit: int | None,
        capacity: int | None,
        tier_per: int | None,
        event_per: int | None,
        holds: bool,
        shards: int,
        seed: int,
        waiting: int,
    ) -> None:
        self.random = Random(seed)
        self.table.written.clear()
        event_id = a_name("history")
        settings = event_settings(
            slug=event_id, capacity=capacity, ticket_limit_per=event_per, approval_holds_stock=holds
        )
        event = new_event(
            "organizer-1", settings, event_id=event_id, public_key="00", hold_minutes=10, hashed="", now=NOW
        ).model_copy(update={"status": EventStatus.PUBLISHED, "stock": _stock(event_id, capacity, shards)})
        self.event_id = event_id
        quota = Quota(
            id=f"{event_id}-quota",
            event_id=event_id,
            title="Hall",
            limit=7,
            stock=_stock(f"{event_id}-quota", 7, 1),
        )

        def a_tier(name: str, limit: int | None, *prices: Price, **fields: Any) -> Tier:
            identifier = f"{event_id}-{name}"
            return Tier(
                id=identifier,
                event_id=event_id,
                category="general",
                title=name,
                ticket_limit=limit,
                stock=_stock(identifier, limit, shards),
                prices=list(prices),
                **fields,
            )

        def priced(name: str, amount: int, *methods: str, **fields: Any) -> Price:
            return Price.of_settings(a_price(amount, *methods, **fields), lambda: f"{event_id}-{name}")

        early = priced("early", 1_000, "card", "invoice", quantity=3)
        self.passes = a_tier(
            "pass",
            tier_limit,
            early,
            priced("regular", 1_500, "card", "invoice"),
            ticket_limit_per=tier_per,
            quotas=[quota.id],
        )
        self.vetted = a_tier(
            "vetted", 4, priced("vet", 2_000, "card", "invoice"), approval_required=True, quotas=[quota.id]
        )
        self.dinner = a_tier("dinner", 3, priced("dine", 500, "card", "invoice"), add_on_of=self.passes.id)
        self.free = a_tier("free", None, priced("zero", 0))
        self.tiers = [self.passes, self.vetted, self.free, self.dinner]

        def discounted(name: str, **fields: Any) -> Discount:
            identifier = f"{event_id}-{name}"
            asked = DiscountSettings(title=name, **fields)
            return Discount(
                **asked.model_dump(),
                id=identifier,
                event_id=event_id,
                uses=_stock(f"{identifier}#uses", asked.use_limit, shards),
                tickets=_stock(f"{identifier}#tickets", asked.ticket_limit, 1),
            )

        half = discounted("half", code="HALF", percent="50", use_limit=1, ticket_limit_per=3)
        gift = discounted("gift", code="GIFT", percent="100", ticket_limit=2, use_limit_per=1)
        rebate = discounted(
            "rebate", amount=Money(amount=100, currency="EUR"), tier_ids=[self.vetted.id], use_limit=1
        )
        self.discounts = [half, gift, rebate]
        category = Category(id="general", event_id=event_id, title="General")
        self.table.transact(
            [
                event.put(),
                category.put(),
                quota.put(),
                *(tier.put() for tier in self.tiers),
                *(discount.put() for discount in self.discounts),
            ]
        )
        for guest in range(waiting):
            self.wait(guest=guest, quantity=1 + guest, both=True, rushes=2)

    # --- guests -------------------------------------------------------------------------------------------

    @rule(guest=which, at=which, quantity=few, method=which)
    def order(self, *, guest: int, at: int, quantity: int, method: int) -> None:
        line = LineRequest(tier_id=_pick(self.tiers[:3], at).id, quantity=quantity)
        self.place([line], guest, None, method)

    @rule(guest=which, at=which, quantity=st.integers(1, 2), code=st.sampled_from(["half", "GIFT"]))
    def order_with_code(self, *, guest: int, at: int, quantity: int, code: str) -> None:
        line = LineRequest(tier_id=_pick(self.tiers[:2], at).id, quantity=quantity)
        self.place([line], guest, code, 0)

    @rule(guest=which, quantity=few, dinners=st.integers(0, 3), both=st.booleans(), method=which)
    def order_together(self, *, guest: int, quantity: int, dinners: int, both: bool, method: int) -> None:
        regular = self.passes.prices[1].id
        lines = [LineRequest(tier_id=self.passes.id, price_id=regular, quantity=quantity)]
        if dinners:
            lines.append(LineRequest(tier_id=self.dinner.id, quantity=dinners))
        if both:
            lines.append(LineRequest(tier_id=self.vetted.id, quantity=1))
        self.place(lines, guest, None, method)

    @precondition(lambda self: self.last)
    @rule()
    def order_again(self) -> None:
        assert self.last is not None
        request, key, customer, first = self.last
        before = self.table.writes
        again = place_by_buyer(
            self.table, self.catalog(), request, key, customer, now=NOW, random=self.random
        )
        assert (again.id, self.table.writes) == (first.id, before)

    @precondition(lambda self: self.orders)
    @rule(at=which, expires=st.booleans())
    def end(self, *, at: int, expires: bool) -> None:
        unpaid = [one for one in self.stored_orders() if one.unpaid and (one.hold_expires_at or not expires)]
        order = _pick(unpaid, at) if at < 7 and unpaid else self.an_order(at)
        to = OrderStatus.EXPIRED if expires and order.hold_expires_at else OrderStatus.CANCELLED

        def end_it() -> None:
            end_order(self.table, self.gateway, order, to, actor="buyer", now=later(11))

        self.act(to, end_it)
        if self.entries:
            self.offer()

    @precondition(lambda self: self.orders)
    @rule(at=which)
    def pay(self, at: int) -> None:
        order = self.an_order(at)

        def by_card() -> None:
            opened = open_checkout(self.table, self.gateway, order, "An event", NOW)
            assert opened.checkout is not None
            page = self.gateway.pay(opened.checkout.session_id)
            settle_card(self.table, opened, page, NOW)

        def by_invoice() -> None:
            settle_invoice(self.table, order, actor="olav", note="paid", now=NOW)

        self.act("paid", by_card if order.payment_method is PaymentMethod.CARD else by_invoice)

    def sell_out(self, at: int) -> None:
        """A rush takes whatever is left of a tier, for the organizer orders like a rush of many guests."""
        catalog = self.catalog()
        tier = catalog.tiers[_pick(self.tiers[:2], at).id]
        left = catalog.remaining(tier, left_in(self.table, catalog.limits()))
        if left:
            self.hand_out([LineRequest(tier_id=tier.id, quantity=left)], 0, by_invoice=True)

    # --- the waiting list ---------------------------------------------------------------------------------

    @rule(guest=which, quantity=few, both=st.booleans(), rushes=st.integers(0, 2))
    def wait(self, *, guest: int, quantity: int, both: bool, rushes: int) -> None:
        for at in range(rushes):
            self.sell_out(at)
        catalog = self.catalog()
        left = left_in(self.table, catalog.limits())
        tiers = sorted(self.tiers[:2], key=lambda tier: catalog.remaining(tier, left) or 0)
        request = WaitRequest(
            email=_pick(GUESTS, guest),
            name="G",
            quantity=quantity,
            tier_ids=[tier.id for tier in tiers[: 1 + both]],
        )

        def wait_for_it() -> None:
            entry = join(self.table, catalog, request, a_name("key"), left=left, now=NOW)
            self.entries.append(entry.id)

        self.act("joined", wait_for_it)

    def offer(self) -> None:
        offers = offer_round(self.table, self.catalog(), NOW, self.random)
        self.told["offered"] += offers

    @precondition(lambda self: self.entries)
    @rule(at=which, late=st.sampled_from([False, False, True]), method=which)
    def take_offer(self, *, at: int, late: bool, method: int) -> None:
        self.offer()
        entry = self.an_entry(at)
        catalog = self.catalog()
        now = later(2_000) if late else NOW
        self.act("accepted", lambda: self.accepted(catalog, entry, method, now))

    @precondition(lambda self: self.entries)
    @rule(at=which, refuses=st.booleans())
    def leave(self, *, at: int, refuses: bool) -> None:
        self.offer()
        entry = self.an_entry(at)
        to = WaitingStatus.REFUSED if refuses else WaitingStatus.EXPIRED
        what = f"offer {to}" if entry.status is WaitingStatus.OFFERED else "left"
        self.act(what, lambda: end_entry(self.table, entry, to, NOW))

    def accepted(self, catalog: Catalog, entry: WaitingEntry, method: int, now: datetime) -> None:
        line = LineRequest(tier_id=entry.offered_tier or self.free.id, quantity=entry.quantity)
        left = left_in(self.table, catalog.limits())
        customer = Customer(left=lambda: left)
        priced = price_lines(catalog, [line], NOW, Customer(left=lambda: left, offered=True))
        request = AcceptRequest(
            payment_method=_pick(priced.payment_methods, method),
            billing=BILLING,
            total=Money(amount=priced.total, currency="EUR"),
        )
        order = accept(self.table, catalog, entry, request, customer, now=now, random=self.random)
        if order.id not in self.orders:
            self.orders.append(order.id)

    # --- organizers ---------------------------------------------------------------------------------------

    @rule(guest=which, at=which, quantity=few, by_invoice=st.booleans(), on_sale=st.integers(0, 2))
    def give(self, *, guest: int, at: int, quantity: int, by_invoice: bool, on_sale: int) -> None:
        if on_sale < 2 and self.allotments:
            allotment_id = _pick(self.allotments, at)
            tier_id = self.catalog().allotments[allotment_id].tier_id
        else:
            allotment_id, tier_id = None, _pick(self.tiers, at).id
        line = LineRequest(tier_id=tier_id, quantity=quantity)
        self.hand_out([line], guest, by_invoice=by_invoice, allotment_id=allotment_id)

    @precondition(lambda self: self.orders)
    @rule(at=which, approves=st.booleans())
    def decide(self, *, at: int, approves: bool) -> None:
        waiting = [o for o in self.stored_orders() if o.status is OrderStatus.AWAITING_APPROVAL]
        order = _pick(waiting, at) if at < 7 and waiting else self.an_order(at)
        catalog = self.catalog()

        def decide_it() -> None:
            if approves:
                approve(
                    self.table, catalog, order, DecisionRequest(), actor="olav", now=NOW, random=self.random
                )
            else:
                decline(self.table, order, actor="olav", note="", now=NOW)

        self.act("approved" if approves else "declined", decide_it)

    @rule(to=limits, of=st.sampled_from(["tier", "price", "event", "quota", "uses", "tickets"]), at=which)
    def resize(self, *, to: int | None, of: str, at: int) -> None:
        catalog = self.catalog()
        self.act("resized", lambda: self.resized(catalog, of, at, to))

    def resized(self, catalog: Catalog, of: str, at: int, to: int | None) -> object:
        table, discount = self.table, _pick(self.discounts, at)
        match of:
            case "event":
                return edit_event(
                    table,
                    catalog,
                    EventPatch(capacity=None if to is None else max(to, 1)),
                    actor="organizer",
                    now=NOW,
                )
            case "quota":
                return edit_quota(table, catalog, f"{self.event_id}-quota", QuotaPatch(limit=to or 0))
            case "uses":
                return edit_discount(table, catalog, discount.id, DiscountPatch(use_limit=to))
            case "tickets":
                return edit_discount(table, catalog, discount.id, DiscountPatch(ticket_limit=to))
            case "tier":
                tier, patch = _pick(self.tiers, at), TierPatch(ticket_limit=to)
            case _:
                tier = self.passes
                kept = [price.model_dump(exclude={"stock"}) for price in catalog.tiers[tier.id].prices]
                kept[0]["quantity"] = to
                patch = TierPatch.model_validate({"prices": kept})
        return edit_tier(table, catalog, tier.id, patch, new_id=lambda: a_name("price"))

    @rule(at=which, units=st.integers(0, 5), how=st.sampled_from(["change", "allot", "give up"]))
    def allot(self, *, at: int, units: int, how: str) -> None:
        catalog = self.catalog()
        if how == "allot" or not self.allotments:
            tier = _pick(self.tiers, at)
            settings = AllotmentSettings(title="Block", units=units, tier_id=tier.id)
            self.act("allotted", lambda: self.allotted(catalog, settings))
            return
        allotment_id = _pick(self.allotments, at)
        if how == "change":
            patch = AllotmentPatch(units=units)
            self.act(
                "allotment changed",
                lambda: edit_allotment(self.table, catalog, allotment_id, patch, random=self.random),
            )
        else:
            self.act("given up", lambda: self.gave_up(catalog, allotment_id))

    def allotted(self, catalog: Catalog, settings: AllotmentSettings) -> None:
        allotment = create_allotment(
            self.table, catalog, settings, allotment_id=a_name("allotment"), random=self.random
        )
        self.allotments.append(allotment.id)

    def gave_up(self, catalog: Catalog, allotment_id: str) -> None:
        remove_allotment(self.table, catalog, allotment_id, random=self.random)
        self.allotments.remove(allotment_id)

    # --- how they act -------------------------------------------------------------------------------------

    def catalog(self) -> Catalog:
        """Return the catalog as it is, and read it only when something was written."""
        if self.read_at != self.table.writes:
            self.read_at = self.table.writes
            self.read = load_catalog(self.table, self.event_id)
        return self.read

    def an_order(self, at: int) -> Order:
        return load_order(self.table, _pick(self.orders, at))

    def an_entry(self, at: int) -> WaitingEntry:
        """Return somebody on the waiting list, by rule who has an offer."""
        entries = [load_entry(self.table, self.event_id, entry_id) for entry_id in self.entries]
        offered = [entry for entry in entries if entry.status is WaitingStatus.OFFERED]
        return _pick(offered if at < 7 and offered else entries, at)

    def stored_orders(self) -> list[Order]:
        return [Order.of(item) for item in self.table.get_many([keys.order(at) for at in self.orders])]

    def act(self, what: str, do: Callable[[], object]) -> None:
        try:
            do()
        except (Conflict, Invalid, IdempotencyConflict) as refused:
            self.told[f"{what}: {refused.code}"] += 1
        else:
            self.told[what] += 1

    def place(self, lines: list[LineRequest], guest: int, code: str | None, method: int) -> None:
        catalog = self.catalog()
        left = left_in(self.table, catalog.limits())
        customer = Customer(codes=[code] if code else [], left=lambda: left)
        try:
            priced = price_lines(catalog, lines, NOW, customer)
        except (Conflict, Invalid) as refused:
            self.told[f"priced: {refused.code}"] += 1
            return
        request = PlaceRequest(
            lines=lines,
            buyer=Buyer(email=_pick(GUESTS, guest), name="G"),
            payment_method=_pick(priced.payment_methods, method),
            billing=BILLING,
            total=Money(amount=priced.total, currency="EUR"),
            code=code,
        )
        key = a_name("key")
        try:
            order = place_by_buyer(self.table, catalog, request, key, customer, now=NOW, random=self.random)
        except (Conflict, Invalid) as refused:
            self.told[f"placed: {refused.code}"] += 1
            if isinstance(refused, SoldOut | DiscountUsedUp):
                wanted = draft_by_buyer(catalog, request, "x", customer, NOW).wanted
                really = left_in(self.table, wanted)
                assert any(really[stock.id] < units for stock, units in wanted.items()), "refused for nothing"
            return
        self.told["placed"] += 1
        self.told[f"placed {order.status}"] += 1
        self.orders.append(order.id)
        self.last = request, key, customer, order

    def hand_out(
        self, lines: list[LineRequest], guest: int, *, by_invoice: bool, allotment_id: str | None = None
    ) -> None:
        request = OrganizerPlaceRequest(
            lines=lines,
            buyer=Buyer(email=_pick(GUESTS, guest), name="G"),
            payment_method=PaymentMethod.INVOICE if by_invoice else PaymentMethod.FREE,
            billing=BILLING if by_invoice else None,
            allotment_id=allotment_id,
        )
        catalog = self.catalog()

        def hand_it_out() -> None:
            order = place_by_organizer(
                self.table, catalog, request, a_name("key"), now=NOW, random=self.random
            )
            self.orders.append(order.id)

        self.act("from allotment" if allotment_id else "given", hand_it_out)

    # --- what always holds --------------------------------------------------------------------------------

    @invariant()
    def nothing_is_lost_and_nothing_sold_twice(self) -> None:
        if self.counted_at != self.table.writes:
            self.counted_at = self.table.writes
            Count(self.table, self.catalog()).check()


class Count:
    """Everything that is stored of an event, counted."""

    def __init__(self, table: Watched, catalog: Catalog) -> None:
        self.catalog = catalog
        found = table.get_many(sorted(key for key in table.written if not key.pk.startswith("EVENT#")))
        self.items = {Key(item["pk"], item["sk"]): item for item in found}
        kinds = {"order", "waiting", "stock", "limit"}
        self.of_kind = {kind: [item for item in found if item["kind"] == kind] for kind in kinds}
        orders = [Order.of(item) for item in self.of_kind["order"]]
        self.orders = [order for order in orders if order.live]
        entries = [WaitingEntry.of(item) for item in self.of_kind["waiting"]]
        self.offers = [entry for entry in entries if entry.status is WaitingStatus.OFFERED]

    def check(self) -> None:
        self._claims_are_what_lines_want()
        self._units_add_up_to_the_limits()
        self._guests_have_what_is_counted()
        self._totals_are_sums_of_lines()

    def _units_add_up_to_the_limits(self) -> None:
        taken: Counter[str] = Counter()
        holders = (self.orders, self.offers, self.catalog.allotments.values())
        for claims in (one.claims for several in holders for one in several):
            taken += Counter(_units(claims))
        assert all(item["available"] >= 0 for item in self.of_kind["stock"])
        for stock, limit in self._stocks():
            left = stock.left([self.items.get(key) for key in stock.all_keys()])
            assert sum(left) + taken[stock.id] == units_of(limit), f"{stock.id}: {left} left of {limit}"

    def _stocks(self) -> list[tuple[Stock, int | None]]:
        catalog = self.catalog
        return [
            (catalog.event.stock, catalog.event.capacity),
            *((quota.stock, quota.limit) for quota in catalog.quotas.values()),
            *((tier.stock, tier.ticket_limit) for tier in catalog.tiers.values()),
            *(
                (price.stock, price.quantity)
                for tier in catalog.tiers.values()
                for price in tier.prices
                if price.stock is not None
            ),
            *((discount.uses, discount.use_limit) for discount in catalog.discounts.values()),
            *((discount.tickets, discount.ticket_limit) for discount in catalog.discounts.values()),
            *((allotment.stock, allotment.units) for allotment in catalog.allotments.values()),
        ]

    def _claims_are_what_lines_want(self) -> None:
        """A price may have lost its quantity since it was sold; all else that lines want is claimed."""
        prices = {price.id for tier in self.catalog.tiers.values() for price in tier.prices}
        for order in self.orders:
            wanted = self._wanted(order)
            claimed = _units(order.claims)
            assert {at: n for at, n in claimed.items() if at not in prices} == wanted, order.id
        for entry in self.offers:
            tier = self.catalog.tiers[entry.offered_tier or ""]
            assert _units(entry.claims) == {s.id: entry.quantity for s in self.catalog.stocks_of(tier)}
        for allotment in self.catalog.allotments.values():
            stocks = self.catalog.stocks_of(self.catalog.tiers[allotment.tier_id])
            assert _units(allotment.claims) == (
                {s.id: allotment.units for s in stocks} if allotment.units else {}
            )

    def _wanted(self, order: Order) -> dict[str, int]:
        wanted: Counter[str] = Counter()
        if order.allotment_id is not None:
            return {order.allotment_id: order.tickets}
        waits = order.status is OrderStatus.AWAITING_APPROVAL and not self.catalog.event.approval_holds_stock
        if not waits or order.source is Source.WAITING_LIST:
            for line in order.lines:
                for stock in self.catalog.stocks_of(self.catalog.tiers[line.tier_id]):
                    wanted[stock.id] += line.quantity
        if order.applied_discount is not None:
            discount = self.catalog.discounts[order.applied_discount.id]
            wanted[discount.uses.id] = 1
            wanted[discount.tickets.id] = self._discounted(order, discount)
        return dict(wanted)

    def _discounted(self, order: Order, discount: Discount) -> int:
        return sum(
            line.quantity
            for line in order.lines
            if not discount.tier_ids or line.tier_id in discount.tier_ids
        )

    def _guests_have_what_is_counted(self) -> None:
        catalog = self.catalog
        most: dict[str, int | None] = {catalog.event.id: catalog.event.ticket_limit_per}
        most |= {tier.id: tier.ticket_limit_per for tier in catalog.tiers.values()}
        for discount in catalog.discounts.values():
            most[f"{discount.id}#uses"] = discount.use_limit_per
            most[f"{discount.id}#tickets"] = discount.ticket_limit_per
        has: Counter[tuple[str, str]] = Counter()
        for order in self.orders:
            if order.source not in (Source.PUBLIC, Source.WAITING_LIST):
                continue
            guest = order.buyer.email.casefold()
            for line in order.lines:
                has[line.tier_id, guest] += line.quantity
                if catalog.tiers[line.tier_id].add_on_of is None:
                    has[catalog.event.id, guest] += line.quantity
            if order.applied_discount is not None:
                discount = catalog.discounts[order.applied_discount.id]
                has[f"{discount.id}#uses", guest] += 1
                has[f"{discount.id}#tickets", guest] += self._discounted(order, discount)
        for scope, limit in most.items():
            for guest in {guest.casefold() for guest in GUESTS}:
                item = self.items.get(keys.guest_limit(scope, guest))
                assert (item["taken"] if item else 0) == has[scope, guest], f"{guest} in {scope}"
                assert limit is None or has[scope, guest] <= limit, f"{guest} in {scope}"

    def _totals_are_sums_of_lines(self) -> None:
        for order in self.orders:
            for line in order.lines:
                assert line.total == line.unit * line.quantity - line.discount >= 0
            assert order.subtotal == sum(line.unit * line.quantity for line in order.lines)
            assert order.discount == sum(line.discount for line in order.lines)
            assert order.total == sum(line.total for line in order.lines)


def _stock(identifier: str, limit: int | None, shards: int) -> Stock:
    return Stock(id=identifier, units=units_of(limit), shards=shards)


def _units(claims: Iterable[Claim]) -> dict[str, int]:
    units: Counter[str] = Counter()
    for claim in claims:
        units[claim.stock_id] += claim.units
    return dict(units)


def _pick[T](things: Sequence[T], at: int) -> T:
    return things[at % len(things)]


def run_histories(table: Watched, histories: int, turn: int = 0, **overrides: Any) -> Counter[str]:
    """Run so many histories, others in each turn, and return what became of their steps."""
    told: Counter[str] = Counter()

    @seed(turn)
    class Told(History):
        def __init__(self) -> None:
            super().__init__(table, told)

    run_state_machine_as_test(
        Told,
        settings=settings(
            max_examples=histories,
            stateful_step_count=12,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **overrides,
        ),
    )
    return told


MOST_TURNS = 8
STEPS = [
    "placed",
    "placed awaiting_approval",
    "placed settled",
    "placed: sold_out",
    "placed: limit_reached",
    "placed: discount_used_up",
    "expired",
    "cancelled",
    "paid",
    "approved",
    "declined",
    "given",
    "joined",
    "joined: still_available",
    "offered",
    "accepted",
    "accepted: wrong_state",
    "offer refused",
    "left",
    "resized",
    "resized: limit_below_sold",
    "allotted",
    "allotted: sold_out",
    "allotment changed",
    "from allotment",
    "given up",
]


def test_in_any_history_every_unit_is_where_orders_offers_and_allotments_say(
    endpoint: str, table_name: str
) -> None:
    table, told = Watched(client(endpoint), table_name), Counter[str]()
    # Which steps chance brings about changes with the code; so there are more turns until each was there.
    for turn in range(MOST_TURNS):
        told += run_histories(table, 100, turn)
        if turn and all(told[step] for step in STEPS):
            break

    assert [step for step in STEPS if not told[step]] == []


def test_a_claim_that_gives_back_too_much_is_found(
    endpoint: str, table_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Claim.give_back

    def too_much(claim: Claim) -> Update:
        return right(claim.model_copy(update={"units": claim.units + 1}))

    monkeypatch.setattr(Claim, "give_back", too_much)

    with pytest.raises(AssertionError, match="left of"):
        run_histories(Watched(client(endpoint), table_name), 40, phases=[Phase.generate])


def test_a_table_without_the_conditions_on_stock_is_found(endpoint: str, table_name: str) -> None:
    with pytest.raises(AssertionError):
        run_histories(Unguarded(client(endpoint), table_name), 40, phases=[Phase.generate])
