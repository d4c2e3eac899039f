"""A till: an event that sells over HTTP, with everything that happens to the money of its orders."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.insight.audit import audit
from admit.insight.order_list import Facet
from admit.orders.order import Order, load_order
from admit.payments.gateway import Hint
from admit.stock.stock import left_in
from admit.store import Delete, Item, Put, Update, Write
from admit.tickets.credential import Signer
from admit.tickets.issue import issue
from admit.tickets.ticket import Ticket, TicketStatus, tickets_of
from tests.builders import SIGNING_SECRET, a_name
from tests.engine.api import FOUNDER, Answer, Api, serving
from tests.engine.stream import a_record
from tests.fake_gateway import FakeGateway

type Json = dict[str, Any]
type Opened = Callable[..., "Till"]

PRICE = 2_000
"""What a ticket costs, in minor units."""
LIMIT = 50
"""How many tickets there are."""
BILLING = {"company": "Polar Systems AS", "reference": "PO 4711"}
VALID, SUSPENDED, CANCELLED = TicketStatus.VALID, TicketStatus.SUSPENDED, TicketStatus.CANCELLED


class Died(BaseException):
    """The process is gone: nothing of the domain catches this."""


class Mortal(DynamoTable):
    """The same table for a process that dies when so many writes have taken place."""

    def __init__(self, table: DynamoTable, writes: int) -> None:
        super().__init__(table._client, table._name)
        self._left = writes

    def write(self, write: Put | Update | Delete) -> Item:
        self._live()
        return super().write(write)

    def transact(self, writes: Sequence[Write]) -> None:
        self._live()
        super().transact(writes)

    def _live(self) -> None:
        if self._left == 0:
            raise Died
        self._left -= 1


def euro(amount: int) -> Json:
    return {"amount": amount, "currency": "EUR"}


@contextmanager
def tills(table: DynamoTable) -> Iterator[Opened]:
    """Serve a table for a while; what it gives opens events on it, with fields of the event and its tier."""
    with serving(table) as api, pytest.MonkeyPatch.context() as patch:
        patch.setattr("admit.tickets.issue.draw_qr", lambda _: b"a code")
        patch.setattr("admit.tickets.issue.draw_badge", lambda *_: b"a badge")
        account = api.post("/organizer", {"name": "Northern Lights"}, as_=FOUNDER).body["id"]
        told: list[Hint] = []

        def opened(tier: Json | None = None, **event: Any) -> Till:
            return _opened(api, account, told, tier or {}, event)

        yield opened
    _forget_what_is_due(table)


def _forget_what_is_due(table: DynamoTable) -> None:
    """Take everything off the due index, so that a later till on this table does not meet it."""
    for nn in range(keys.DUE_SHARDS):
        for entry in table.find("gsi3", keys.due(nn), limit=1_000).entries:
            table.write(Update(entry.key, "REMOVE gsi3pk, gsi3sk", condition=None, values={}))


def _opened(api: Api, account: str, told: list[Hint], tier: Json, event: Json) -> "Till":
    organizer = f"/organizer/{account}"

    def made(path: str, body: Any = None) -> Json:
        answer = api.post(path, body or {}, as_=FOUNDER)
        assert answer.status in (200, 201), answer.text
        return dict(answer.body)

    settings = {
        "title": "Northern Lights Conference",
        "timezone": "Europe/Oslo",
        "currency": "EUR",
        "slug": a_name("event"),
        "starts_at": "2027-06-03T07:00:00Z",
        "ends_at": "2027-06-04T15:00:00Z",
    }
    draft = made(f"{organizer}/events", settings | event)
    path = f"{organizer}/events/{draft['id']}"
    price = {"amount": euro(PRICE), "payment_methods": ["card", "invoice"]}
    fields = {"title": "Pass", "category": draft["categories"][0]["id"], "ticket_limit": LIMIT}
    tier_id = made(f"{path}/tiers", fields | {"prices": [price]} | tier)["id"]
    made(f"{path}/publish")
    public = f"/public/events/{draft['slug']}"
    return Till(api, api.shop.table, account, draft["id"], path, public, tier_id, told)


@dataclass
class Till:
    """One event on sale, and its tier."""

    api: Api
    table: DynamoTable
    account: str
    event_id: str
    path: str
    public: str
    tier: str
    _told: list[Hint]
    _projected: dict[str, Item] = field(default_factory=dict)

    @property
    def gateway(self) -> FakeGateway:
        return self.api.gateway

    @property
    def catalog(self) -> Catalog:
        return load_catalog(self.table, self.event_id)

    @property
    def random(self) -> Random:
        return Random(1)

    # --- buyers -------------------------------------------------------------------------------------------

    def place(self, quantity: int = 1, method: str = "card", **fields: Any) -> Answer:
        body = {
            "lines": [{"tier_id": self.tier, "quantity": quantity}],
            "buyer": {"email": f"{a_name('buyer')}@home.example", "name": "Kari Nordmann"},
            "payment_method": method,
            "total": euro(PRICE * quantity),
            **({"billing": BILLING} if method == "invoice" else {}),
        }
        return self.api.post(f"{self.public}/orders", body | fields, idempotency_key=a_name("key"))

    def buy(self, quantity: int = 1, method: str = "card", **fields: Any) -> Json:
        """Place an order; by card its payment page is open."""
        answer = self.place(quantity, method, **fields)
        assert answer.status == 201, answer.text
        return dict(answer.body)

    def page(self, order: Json) -> str:
        """Return the name of the order's present payment page."""
        checkout = self.order(order).checkout
        assert checkout is not None
        return checkout.session_id

    def pay(self, order: Json) -> str:
        """Pay on the order's page and tell of it; return the payment's name."""
        page = self.gateway.pay(self.page(order))
        self.deliver()
        return page.reference or ""

    def sold(self, quantity: int = 1, method: str = "card", **fields: Any) -> Json:
        """Let somebody order, pay and get the tickets; return the order as it was placed."""
        order = self.buy(quantity, method, **fields)
        if method == "card":
            self.pay(order)
        else:
            assert self.act(order, "settle").status == 200
        self.issue(order)
        return order

    def payment(self, order: Json) -> str:
        """Return the name of the first payment of an order."""
        return self.order(order).payments()[0].reference

    def ask(self, order: Json, verb: str, body: Any = None) -> Answer:
        """Let the buyer do something with his order."""
        path = f"/public/orders/{order['id']}/{verb}"
        return self.api.post(path, {} if body is None else body, key=order["key"])

    def seen(self, order: Json) -> Json:
        """Return the order as its buyer sees it."""
        answer = self.api.get(f"/public/orders/{order['id']}", key=order["key"])
        assert answer.status == 200, answer.text
        return dict(answer.body)

    # --- the organizer ------------------------------------------------------------------------------------

    def act(self, order: Json, verb: str, body: Any = None, key: str | None = None) -> Answer:
        """Let the organizer do something with an order, by a request of its own unless a key is given.

        An empty key is none.
        """
        path = f"{self.path}/orders/{order['id']}/{verb}"
        key = a_name("key") if key is None else key or None
        return self.api.post(path, {} if body is None else body, as_=FOUNDER, idempotency_key=key)

    def did(self, order: Json, verb: str, body: Any = None, key: str | None = None) -> Json:
        """Let the organizer do something with an order that is allowed."""
        answer = self.act(order, verb, body, key)
        assert answer.status == 200, answer.text
        return dict(answer.body)

    def view(self, order: Json) -> Json:
        """Return the order as its organizer sees it."""
        answer = self.api.get(f"{self.path}/orders/{order['id']}", as_=FOUNDER)
        assert answer.status == 200, answer.text
        return dict(answer.body)

    def door(self) -> str:
        """Pair a device and return its key."""
        made = self.api.post(f"{self.path}/devices", {"name": "Door"}, as_=FOUNDER)
        return str(self.api.post("/checkin/pair", {"code": made.body["code"]}).body["device_key"])

    def scan(self, door: str, order: Json, number: int = 1) -> str:
        """Show a ticket at a door; return what the device tells."""
        request = {"ticket_id": f"{order['id']}-{number}", "nonce": a_name("nonce")}
        answer = self.api.post("/checkin/scans", request, key=door)
        assert answer.status == 200, answer.text
        return str(answer.body["reason"] or answer.body["result"])

    # --- what goes on by itself ---------------------------------------------------------------------------

    def deliver(self) -> None:
        """Deliver all news that was not told yet, in its order, until each is taken."""
        while left := self.gateway.news[len(self._told) :]:
            self._told += left
            for hint in left:
                assert self.api.tell(hint).status == 200, hint

    def drop_news(self) -> None:
        """Lose the news that was not told yet."""
        self._told[:] = self.gateway.news

    def goes_on(self, **time: float) -> None:
        self.api.now = self.gateway.now = self.api.now + timedelta(**time)

    def sweep(self) -> int:
        return self.api.sweep()

    def issue(self, order: Json) -> None:
        """Make the tickets of an order that is settled."""
        signer = Signer(SIGNING_SECRET, self.event_id)
        event = self.catalog.event
        issue(self.table, self.api.bucket, signer, event, self.order(order), now=self.api.now)

    def project(self) -> None:
        """Let the stream tell of every order and ticket as it is now, and let be billed what is to be."""
        for _ in range(10):
            records = []
            for item in self._items():
                name = item["pk"] + item["sk"]
                before = self._projected.get(name)
                if before != item:
                    records.append(a_record(before, item))
                    self._projected[name] = item
            if not records:
                return
            assert self.api.invoke("project", {"Records": records}) == {"batchItemFailures": []}
            self.api.bill()
        raise AssertionError("the stream never comes to rest")

    def _items(self) -> list[Item]:
        """Return the orders of the event with their tickets, and their rows in its list."""
        return [
            item
            for order in self.orders()
            for item in self.table.query(keys.order(order.id).pk)
            if item["kind"] in ("order", "ticket")
        ] + self.table.query(keys.order_rows(self.event_id, Facet.ALL))

    # --- what is there ------------------------------------------------------------------------------------

    def order(self, order: Json) -> Order:
        return load_order(self.table, order["id"])

    def orders(self) -> list[Order]:
        event = self.catalog.event
        return [
            Order.of(item)
            for nn in range(event.shards)
            for item in self.table.page("gsi1", keys.orders_of(event.id, nn), limit=1_000).items
        ]

    def tickets(self, order: Json) -> list[Ticket]:
        return tickets_of(self.table, order["id"])

    def statuses(self, order: Json) -> list[TicketStatus]:
        return [ticket.status for ticket in self.tickets(order)]

    def left(self) -> int:
        """How many tickets are left."""
        return left_in(self.table, self.catalog.limits())[self.tier]

    def drifts(self) -> list[str]:
        """Count everything again; return what is not as it should be: stock, guests, summary, ledger."""
        self.project()
        return [str(drift) for drift in audit(self.table, self.event_id, lambda _: None).drifts]
