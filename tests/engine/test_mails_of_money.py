"""Mails about money, from real changes of real orders: each fact once, however often its news comes."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from admit import clock, keys
from admit.aws import settings
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog
from admit.catalog.event import LatePayment
from admit.mail.mails import Mail, MailRequest
from admit.orders.billing import BillingMessage
from admit.orders.cancellation import CancelRequest
from admit.orders.order import Order, OrderStatus, load_order
from admit.payments.checkout import open_checkout
from admit.payments.decide import cancel_by_organizer, confirm_refund
from admit.payments.documents import draw_documents, issue_documents
from admit.payments.expire import end_order
from admit.payments.settle import settle_card, settle_invoice
from admit.payments.tend import tend
from admit.people.person import Holder
from admit.store import Delete, Item, Key, Put, Update, Write
from admit.tickets.credential import Signer
from admit.tickets.issue import issue
from tests.builders import (
    NOW,
    SIGNING_SECRET,
    FakeBucket,
    a_price,
    an_event,
    an_order,
    give,
    later,
    other_tier,
)
from tests.engine.stream import a_record, deliver
from tests.engine.test_stream import FakeQueue, FakeSecrets, function
from tests.fake_gateway import FakeGateway

PASS = {"title": "Two-day pass", "prices": [a_price(2_000, "invoice", "card")], "ticket_limit": 50}
KARI, OLA, MONA = "kari@polar.example", "ola@polar.example", "mona@polar.example"
DAY = timedelta(days=1)


class Streaming(DynamoTable):
    """The same table, which keeps a stream record of each change."""

    def __init__(self, table: DynamoTable) -> None:
        super().__init__(table._client, table._name)
        self.records: list[dict[str, Any]] = []

    def write(self, write: Put | Update | Delete) -> Item:
        before = self.get(write.key)
        after = super().write(write)
        self._note(before, write.key)
        return after

    def transact(self, writes: Sequence[Write]) -> None:
        before = [self.get(write.key) for write in writes]
        super().transact(writes)
        for image, write in zip(before, writes, strict=True):
            self._note(image, write.key)

    def _note(self, before: Item | None, key: Key) -> None:
        after = self.get(key)
        if after != before:
            self.records.append(a_record(before, after))


class Postman:
    def __init__(self) -> None:
        self.sent: list[Mail] = []

    def send(self, mail: Mail) -> None:
        self.sent.append(mail)


@pytest.fixture
def streaming(table: DynamoTable) -> Streaming:
    return Streaming(table)


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def shop(table: DynamoTable, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("TABLE_NAME", "of the fixture")
    settings.workshop.cache_clear()
    made: Any = settings.workshop()
    made.table, made.secrets, made.postman = table, FakeSecrets(), Postman()
    made.mail_queue, made.billing_queue = FakeQueue[MailRequest](), FakeQueue[BillingMessage]()
    yield made
    settings.workshop.cache_clear()


class Post:
    """The two functions that bring mails: what has changed is delivered twice, and so is what it asks for."""

    def __init__(self, shop: Any, table: Streaming, monkeypatch: pytest.MonkeyPatch) -> None:
        self._shop, self._table, self._monkeypatch = shop, table, monkeypatch
        self._project, self._notify = function("project").handler, function("notify").handler

    def told(self, now: datetime = NOW) -> list[tuple[str, str]]:
        """Return to whom which mails were sent since, by their subjects up to the event's title."""
        self._monkeypatch.setattr(clock, "now", lambda: now)
        kinds = {"order", "ticket", "document"}
        records = [one for one in self._table.records if _kind(one) in kinds]
        self._table.records.clear()
        for _ in range(2):
            assert deliver(self._project, records) == []
        messages = [
            {"messageId": str(at), "body": request.model_dump_json()}
            for at, request in enumerate(self._shop.mail_queue.sent)
        ]
        self._shop.mail_queue.sent.clear()
        assert self._notify({"Records": messages}, None) == {"batchItemFailures": []}
        sent, self._shop.postman.sent = self._shop.postman.sent, []
        return [(mail.to, mail.subject.partition(" for Northern")[0]) for mail in sent]


def _kind(record: dict[str, Any]) -> str:
    image: dict[str, dict[str, str]] = record["dynamodb"].get("NewImage", {})
    return image["kind"]["S"] if image else ""


@pytest.fixture
def post(shop: Any, streaming: Streaming, monkeypatch: pytest.MonkeyPatch) -> Post:
    return Post(shop, streaming, monkeypatch)


def an_order_of_two(table: DynamoTable, catalog: Catalog, method: str) -> Order:
    return an_order(table, catalog, tier_id=other_tier(catalog), quantity=2, method=method)


def issued(table: DynamoTable, catalog: Catalog, order_id: str) -> Order:
    signer = Signer(SIGNING_SECRET, catalog.event.id)
    issue(table, FakeBucket(), signer, catalog.event, load_order(table, order_id), now=NOW)
    return load_order(table, order_id)


def billed(table: DynamoTable, catalog: Catalog, order: Order) -> Order:
    order = issue_documents(table, catalog.event, "Polar AS", order, NOW)
    draw_documents(table, FakeBucket(), order)
    return order


def paid_late(table: DynamoTable, catalog: Catalog, gateway: FakeGateway) -> Order:
    """Return an order by card whose page was closed, and paid all the same."""
    order = an_order_of_two(table, catalog, "card")
    order = open_checkout(table, gateway, order, catalog.event.title, NOW)
    assert order.checkout is not None
    ended = end_order(table, gateway, order, OrderStatus.EXPIRED, actor="system", now=later(11))
    return settle_card(table, ended, gateway.pay(order.checkout.session_id), later(12))


def test_a_paid_order_that_is_cancelled_tells_its_buyer_and_who_holds_its_tickets(
    streaming: Streaming, gateway: FakeGateway, post: Post
) -> None:
    catalog = an_event(streaming, PASS)
    order = an_order_of_two(streaming, catalog, "card")
    order = open_checkout(streaming, gateway, order, catalog.event.title, NOW)
    assert order.checkout is not None
    settle_card(streaming, order, gateway.pay(order.checkout.session_id), NOW)
    order = issued(streaming, catalog, order.id)
    give(streaming, order, 1, Holder(email=KARI, name="Kari Nordmann"))
    give(streaming, order, 2, Holder(email=OLA, name="Ola Nordmann"))
    assert post.told() == [(KARI, "Your tickets"), (KARI, "Your ticket"), (OLA, "Your ticket")]

    everything = CancelRequest(refund=True, note="the hall has burnt")
    cancel_by_organizer(streaming, gateway, catalog, order, everything, actor=MONA, now=NOW)
    assert sorted(post.told()) == [
        (KARI, f"Your order {order.code}"),
        (KARI, "Your refund"),
        (OLA, "Your ticket"),
    ]


def test_an_invoice_is_told_from_its_placing_to_its_credit_note(
    streaming: Streaming, gateway: FakeGateway, post: Post
) -> None:
    catalog = an_event(streaming, PASS)
    order = an_order_of_two(streaming, catalog, "invoice")
    order = billed(streaming, catalog, order)
    number = order.invoice_number
    assert post.told() == [(KARI, f"Your order {order.code}"), (KARI, f"Invoice {number}")]

    order = settle_invoice(streaming, order, actor=MONA, note="", now=NOW, amount=1_000, key="part")
    assert post.told() == [(KARI, "Your payment")]

    assert order.due_at is not None
    after = order.due_at + DAY
    order = tend(streaming, gateway, catalog, order, now=after, random=Random(1))
    assert [to for to, _ in post.told(after)] == [KARI]

    settle_invoice(streaming, order, actor=MONA, note="", now=NOW)
    order = issued(streaming, catalog, order.id)
    assert post.told() == [(KARI, "Your tickets")]

    one = CancelRequest(tickets=[2], refund=True)
    order = cancel_by_organizer(streaming, gateway, catalog, order, one, actor=MONA, now=NOW)
    assert post.told() == [(KARI, "Cancelled tickets")]
    for refund in order.refunds:
        order = confirm_refund(streaming, order, refund.sequence, note="", actor=MONA, now=NOW)
    order = billed(streaming, catalog, order)
    notes = [one.number for one in order.documents if one.number != number]
    assert notes != []
    assert post.told() == [
        *[(KARI, "Your refund") for _ in order.refunds],
        *[(KARI, f"Credit note {note}") for note in notes],
    ]


def test_late_money_that_takes_the_tickets_again_is_told(
    streaming: Streaming, gateway: FakeGateway, post: Post
) -> None:
    catalog = an_event(streaming, PASS)
    order = paid_late(streaming, catalog, gateway)
    tend(streaming, gateway, catalog, order, now=later(13), random=Random(1))
    assert post.told() == [(KARI, f"Your order {order.code}")]
    issued(streaming, catalog, order.id)
    assert post.told() == [(KARI, "Your tickets")]


def test_late_money_that_the_organizer_does_not_decide_on_is_told_until_it_goes_back(
    streaming: Streaming, gateway: FakeGateway, post: Post
) -> None:
    catalog = an_event(streaming, PASS, late_payment=LatePayment.ASK, late_payment_hours=1)
    order = paid_late(streaming, catalog, gateway)
    assert post.told() == []
    order = tend(streaming, gateway, catalog, order, now=later(13), random=Random(1))
    assert post.told() == [(KARI, "Your payment")]
    tend(streaming, gateway, catalog, order, now=later(90), random=Random(1))
    assert post.told() == [(KARI, "Your refund")]
    assert gateway.held == 0


def test_a_mail_that_was_told_leaves_its_mark_beside_its_order(
    streaming: Streaming, gateway: FakeGateway, post: Post
) -> None:
    catalog = an_event(streaming, PASS)
    order = billed(streaming, catalog, an_order_of_two(streaming, catalog, "invoice"))
    post.told()
    marks = streaming.query(keys.order(order.id).pk, "MAIL#")
    assert [mark["sk"] for mark in marks] == [
        f"MAIL#document_issued#{order.invoice_number}",
        "MAIL#order_placed#0-0",
    ]
    assert {mark["sent_at"][:10] for mark in marks} == {"2027-03-01"}
