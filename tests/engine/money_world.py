"""A small world of money: one event, its table, Stripe, a clock, and what must hold of them at rest."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.create import new_event
from admit.catalog.event import EventStatus
from admit.catalog.price import PaymentMethod, Price
from admit.catalog.tier import Category, Tier
from admit.errors import AdmitError
from admit.insight.sales import SalesBy
from admit.insight.summary import Change, apply, read_summary
from admit.orders.ledger import RECEIVING, Account, Cause, DisputeOutcome, Movement
from admit.orders.order import Attention, Order, OrderStatus, load_order
from admit.payments.gateway import Hint
from admit.payments.tend import tend
from admit.payments.webhook import take_webhook
from admit.stock.stock import Stock, left_in, look, units_of
from admit.store import Contention, Delete, Item, Key, Put, Update, Write
from admit.tickets.align import status_of
from admit.tickets.credential import Signer
from admit.tickets.issue import issue
from admit.tickets.ticket import TicketStatus, order_and_tickets
from tests.builders import NOW, SIGNING_SECRET, FakeBucket, a_name, a_price, event_settings
from tests.engine.reports import check_reports
from tests.fake_gateway import FakeGateway

GUESTS = ["kari@polar.example", "ola@polar.example", "liv@fjord.example"]
NOT_OF_MONEY = {Attention.PAYMENT_FAILED, Attention.APPROVAL_WAITING, Attention.MANUAL_SETTLEMENT}
"""Reasons that say nothing of money that has come."""
_ROUNDS = 12


class Died(Exception):
    """The process is gone: nothing of the domain catches this."""


class Stage(DynamoTable):
    """The same table, which keeps every image of an order and ends a process, or is contended, at a write.

    `dies_after` counts the writes that still take place, `contends_at` those before the one that does not;
    `meanwhile` is done before the next.
    """

    def __init__(self, dynamodb: Any, name: str, sleep: Callable[[float], None] = time.sleep) -> None:
        super().__init__(dynamodb, name, sleep=sleep)
        self.client, self.name = dynamodb, name
        self.dies_after: int | None = None
        self.contends_at: int | None = None
        self.meanwhile: Callable[[], None] | None = None
        self.images: dict[str, list[Item]] = {}
        self.records: list[tuple[Item | None, Item]] = []

    def calm(self) -> None:
        self.dies_after = self.contends_at = self.meanwhile = None

    def write(self, write: Put | Update | Delete) -> Item:
        self._before()
        item = super().write(write)
        self._after([(write.key, item)])
        return item

    def transact(self, writes: Sequence[Write]) -> None:
        self._before()
        super().transact(writes)
        self._after([(one.key, self.get(one.key) or {}) for one in writes if one.key.sk == "ORDER"])

    def _before(self) -> None:
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        if self.contends_at is not None:
            self.contends_at -= 1
            if self.contends_at < 0:
                self.contends_at = None
                raise Contention

    def _after(self, written: Sequence[tuple[Key, Item]]) -> None:
        for key, after in written:
            if key.sk == "ORDER" and after:
                self.noted(key, after)
        self.step()

    def noted(self, key: Key, after: Item) -> None:
        """Keep an image of an order, if it is another one than the last."""
        images = self.images.setdefault(key.pk, [])
        if not images or images[-1] != after:
            self.records.append((images[-1] if images else None, after))
            images.append(after)

    def step(self) -> None:
        """Count a step of the process, which may be its last."""
        if self.dies_after is not None:
            self.dies_after -= 1
            if self.dies_after <= 0:
                self.dies_after = None
                raise Died


class World:
    """One event with few tickets, and everything that happens to the money for them."""

    def __init__(self, table: Stage, gateway: FakeGateway, seed: int = 1, **event: Any) -> None:
        self.table = table
        self.gateway = gateway
        self.bucket = FakeBucket()
        self.random = Random(seed)
        self.now = gateway.now = NOW
        table.calm()
        table.images.clear()
        table.records.clear()
        self.catalog = _an_event(table, event)
        self.signer = Signer(SIGNING_SECRET, self.catalog.event.id)

    def tier(self, name: str) -> Tier:
        return self.catalog.tiers[f"{self.catalog.event.id}-{name}"]

    def goes_on(self, passed: timedelta) -> None:
        self.now = self.gateway.now = self.now + passed

    def orders(self) -> list[Order]:
        """Return every order that was ever written, as it is now."""
        event = self.catalog.event
        found = [
            item
            for nn in range(event.shards)
            for item in self.table.page("gsi1", keys.orders_of(event.id, nn), limit=100).items
        ]
        for item in found:
            self.table.noted(Key(item["pk"], item["sk"]), item)  # what was written without an answer
        return [Order.of(item) for item in found]

    # --- who acts by himself ------------------------------------------------------------------------------

    def deliver(self, hint: Hint) -> Order | None:
        return take_webhook(
            self.table, self.gateway, self._catalog_of, hint, now=self.now, random=self.random
        )

    def tend(self, order: Order) -> Order:
        return tend(self.table, self.gateway, self.catalog, order, now=self.now, random=self.random)

    def issue(self, order: Order) -> None:
        issue(self.table, self.bucket, self.signer, self.catalog.event, order, now=self.now)

    def _catalog_of(self, event_id: str) -> Catalog:
        assert event_id == self.catalog.event.id
        return self.catalog

    # --- coming to rest -----------------------------------------------------------------------------------

    def reconcile(self) -> list[Hint]:
        """Return news of every page, refund and dispute, as if each had just changed."""
        told = [("checkout.session.completed", name) for name in self.gateway.pages]
        told += [("refund.updated", name) for name in self.gateway.refunds_made]
        told += [("charge.dispute.updated", name) for name in self.gateway.disputes_opened]
        return [
            Hint(id=f"evt_again_{at}", type=kind, object_id=name, livemode=False, created=self.now)
            for at, (kind, name) in enumerate(told)
        ]

    def rest(self, news: Sequence[Hint]) -> None:
        """Deliver news until each is taken, as Stripe does; tend and issue until there is nothing to do."""
        self.table.calm()
        self.gateway.errors.clear()
        self.gateway.errors_after.clear()
        left = list(news)
        told = len(self.gateway.news)
        for _ in range(_ROUNDS):
            left = [hint for hint in left if not self._taken(hint)]
            busy = [order for order in self.orders() if self._is_busy(order)]
            for order in busy:
                self._tried(partial(self.tend, order))
                self.issue(load_order(self.table, order.id))
            left += self.gateway.news[told:]
            told = len(self.gateway.news)
            if not left and not busy:
                return
        raise AssertionError(f"never at rest: {left} {[(one.id, one.due, one.status) for one in busy]}")

    def _is_busy(self, order: Order) -> bool:
        return order.status is OrderStatus.SETTLED or (order.due is not None and order.due <= self.now)

    def _taken(self, hint: Hint) -> bool:
        return self._tried(lambda: self.deliver(hint))

    @staticmethod
    def _tried(do: Callable[[], object]) -> bool:
        try:
            do()
        except AdmitError:
            return False
        return True

    # --- what holds at rest -------------------------------------------------------------------------------

    def check(self) -> None:
        """Say that money, tickets and stock are where they should be."""
        orders = self.orders()
        for order in orders:
            _check_books(order, self.gateway)
            self._check_tickets(order)
            _check_nobody_is_forgotten(order)
            self._check_due(order)
        self._check_stock(orders)
        self._check_summary(orders)
        asked = Counter((one.order_id, one.sequence) for one in self.gateway.refunds_made.values())
        del asked[None, None]
        assert all(times == 1 for times in asked.values()), "money went back twice"

    def _check_tickets(self, order: Order) -> None:
        present, tickets = order_and_tickets(self.table, order.id)
        assert present == order, "what is stored is what was written"
        for ticket in tickets:
            assert ticket.status is status_of(order, ticket.number), f"ticket {ticket.number} of {order.id}"
        valid = [one.number for one in tickets if one.status is not TicketStatus.CANCELLED]
        fulfilled = order.status is OrderStatus.FULFILLED
        assert valid == (order.numbers if fulfilled else []), f"tickets of {order.id}"

    def _check_due(self, order: Order) -> None:
        assert order.due is None or order.due > self.now, f"{order.id} is due since {order.due}"
        stored = self.table.images[keys.order(order.id).pk][-1].get("gsi3sk")
        assert stored == (keys.by_time(order.due, order.id) if order.due else None), (
            "the index of what is due"
        )

    def _check_stock(self, orders: Sequence[Order]) -> None:
        taken: Counter[str] = Counter()
        guests: Counter[tuple[str, str]] = Counter()
        for order in (one for one in orders if one.live):
            for claim in order.claims:
                taken[claim.stock_id] += claim.units
            guests.update({(one.scope, one.guest): one.units for one in order.allowances})
            line = order.lines[0]
            held = (
                order.status is not OrderStatus.AWAITING_APPROVAL or self.catalog.event.approval_holds_stock
            )
            for stock in self.catalog.stocks_of(self.catalog.tiers[line.tier_id]):
                units = sum(claim.units for claim in order.claims if claim.stock_id == stock.id)
                assert units == (order.tickets if held else 0), f"{order.id} claims {units} of {stock.id}"
        left = left_in(self.table, self.catalog.all_limits())
        for stock, limit in self.catalog.all_limits().items():
            assert 0 <= left[stock.id] == units_of(limit) - taken[stock.id], (
                f"{left[stock.id]} left of {limit}"
            )
        scopes = [self.catalog.event.id, *self.catalog.tiers]
        counters = {keys.guest_limit(scope, guest): (scope, guest) for scope in scopes for guest in GUESTS}
        for (scope, guest), item in zip(counters.values(), look(self.table, list(counters)), strict=True):
            assert (item["taken"] if item else 0) == guests[scope, guest], f"{guest} in {scope}"

    def _check_summary(self, orders: Sequence[Order]) -> None:
        """Project the stream, with a part of it twice, and compare what people read with the orders."""
        changes = [
            Change(f"{self.catalog.event.id}-{at}", Order.of(before) if before else None, Order.of(after))
            for at, (before, after) in enumerate(self.table.records)
        ]
        apply(self.table, changes, self.now)
        apply(self.table, changes[len(changes) // 2 :], self.now)
        event = self.catalog.event
        summary = read_summary(self.table, event.id, event.currency)
        came = sum(one.balance(account) for one in orders for account in RECEIVING)
        assert summary.received.amount - summary.refunded.amount == came
        assert summary.paid.amount == sum(one.paid for one in orders)
        assert summary.unallocated.amount == -sum(one.balance(Account.UNALLOCATED) for one in orders)
        assert (summary.orders, summary.tickets) == (len(orders), sum(one.tickets for one in orders))
        counted = Counter(reason for one in orders for reason in one.attention)
        assert {row.reason: row.orders for row in summary.attention} == counted
        check_reports(self.table, self.catalog, orders, [SalesBy.DAY, SalesBy.PRICE])
        rows = [item for nn in range(event.shards) for item in self.table.query(keys.ledger(event.id, nn))]
        assert len(rows) == sum(len(one.movements) for one in orders)
        booked = [
            Movement.model_validate({k: row[k] for k in Movement.model_fields if k in row}) for row in rows
        ]
        at_stripe = sum(_into(one, Account.STRIPE) for one in booked)
        assert at_stripe == self.gateway.held == sum(one.balance(Account.STRIPE) for one in orders)


def _check_books(order: Order, gateway: FakeGateway) -> None:
    assert sum(order.balance(account) for account in Account) == 0
    for account in (Account.ORDER, Account.UNALLOCATED):
        assert order.balance(account) <= 0, f"{order.id} has given more than came: {account}"
    disputed = sum(
        one.amount
        for one in gateway.disputes_opened.values()
        if one.open and one.withdrawn and gateway.payments_made[one.payment].order_id == order.id
    )
    assert order.balance(Account.DISPUTED) == disputed
    ours = [one for one in gateway.payments_made.values() if one.order_id == order.id]
    held = sum(gateway.held_of(one.reference) for one in ours)
    assert order.balance(Account.STRIPE) == held, (
        f"{order.id} says {order.balance(Account.STRIPE)}, not {held}"
    )
    taken_by_hand = any(
        one.cause is Cause.ALLOCATION and one.actor not in ("system", "stripe") for one in order.movements
    )
    lost = {one.payment for one in order.disputes if one.outcome is not DisputeOutcome.WON}
    for_it = [
        one
        for one in order.payments()
        if one.debit is Account.STRIPE
        and (one.misfit is None or order.has_moved(f"{one.id}:allocated"))
        and one.reference not in lost
        and order.refundable(one) > 0
    ]
    assert len(for_it) <= 1 or taken_by_hand, f"{order.id} was paid by card more than once"
    if order.payment_method is PaymentMethod.CARD and order.status in (
        OrderStatus.SETTLED,
        OrderStatus.FULFILLED,
    ):
        came = sum(
            one.amount
            for one in order.movements
            if one.credit is Account.ORDER and one.cause in (Cause.PAYMENT, Cause.ALLOCATION)
        )
        assert came > 0, f"{order.id} has tickets for nothing"


def _check_nobody_is_forgotten(order: Order) -> None:
    """Money that is for no tickets is on its way back, before the organizer, or kept by a cancellation."""
    under_way = any(one.open for one in order.refunds)
    seen = bool(set(order.attention) - NOT_OF_MONEY) or under_way
    if order.balance(Account.UNALLOCATED) < 0:
        assert seen, f"{order.id} has money that nobody looks at"
    if order.paid > 0 and order.status in (OrderStatus.EXPIRED, OrderStatus.DECLINED):
        assert seen, f"{order.id} was paid, has ended and nobody looks at it"
    if order.paid >= order.owed > 0:
        assert order.status is not OrderStatus.AWAITING_PAYMENT, f"{order.id} is paid and waits"


def _into(movement: Movement, account: Account) -> int:
    return movement.amount * ((movement.debit is account) - (movement.credit is account))


def _an_event(table: Stage, overrides: dict[str, Any]) -> Catalog:
    """Publish an event with a pass, a vetted and a free tier, of few tickets each."""
    event_id = a_name("money")
    settings = event_settings(
        slug=event_id, **{"capacity": 7, "ticket_limit_per": 6, "approval_holds_stock": True} | overrides
    )
    event = new_event(
        "organizer-1",
        settings,
        event_id=event_id,
        public_key=Signer(SIGNING_SECRET, event_id).public_key,
        hold_minutes=10,
        hashed="",
        now=NOW,
    ).model_copy(update={"status": EventStatus.PUBLISHED, "stock": _stock(event_id, settings.capacity)})

    def a_tier(name: str, limit: int, price: Price, **fields: Any) -> Tier:
        identifier = f"{event_id}-{name}"
        return Tier(
            id=identifier,
            event_id=event_id,
            category="general",
            title=name,
            ticket_limit=limit,
            stock=_stock(identifier, limit),
            prices=[price],
            **fields,
        )

    def priced(name: str, amount: int, *methods: str) -> Price:
        return Price.of_settings(a_price(amount, *methods), lambda: f"{event_id}-{name}-price")

    tiers = [
        a_tier("pass", 4, priced("pass", 1_001, "card", "invoice"), ticket_limit_per=4),
        a_tier("vetted", 3, priced("vetted", 2_000, "card", "invoice"), approval_required=True),
        a_tier("free", 3, priced("free", 0)),
    ]
    category = Category(id="general", event_id=event_id, title="General")
    table.transact([event.put(), category.put(), *(tier.put() for tier in tiers)])
    return load_catalog(table, event_id)


def _stock(identifier: str, limit: int | None) -> Stock:
    return Stock(id=identifier, units=units_of(limit), shards=1)
