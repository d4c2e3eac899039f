"""What follows from the stream is the same whatever comes twice, is cut, reordered, or fails in between."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

from admit import keys
from admit.aws import settings
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog
from admit.insight.ledger import read_ledger
from admit.insight.summary import read_summary
from admit.mail.mails import MailKind, MailRequest
from admit.orders.billing import BillingMessage
from admit.orders.ledger import Account, balance
from admit.orders.order import Order, OrderStatus, load_order
from admit.payments.late import take_misfit
from admit.payments.settle import settle_card
from admit.people.person import Holder
from admit.store import ConditionFailed, Item, Update
from admit.tickets.credential import Credential, Signer, read_credential
from admit.tickets.ticket import Images, Ticket, TicketStatus, load_ticket, order_and_tickets
from tests.builders import (
    NOW,
    SIGNING_SECRET,
    FakeBucket,
    a_page,
    a_price,
    an_event,
    an_order,
    give,
    later,
    other_tier,
)
from tests.engine.stream import a_record, deliver

PASS = {"title": "Two-day pass", "prices": [a_price(2_000, "invoice", "card")]}


class FakeSecrets:
    def read(self, arn: str) -> str:
        return SIGNING_SECRET


class FakeQueue[T]:
    def __init__(self) -> None:
        self.sent: list[T] = []

    def send(self, messages: list[T]) -> None:
        self.sent += messages


@pytest.fixture
def bucket() -> FakeBucket:
    return FakeBucket()


@pytest.fixture
def queue() -> FakeQueue[MailRequest]:
    return FakeQueue()


@pytest.fixture(autouse=True)
def shop(
    table: DynamoTable, bucket: FakeBucket, queue: FakeQueue[MailRequest], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """What the functions work with, on this table and with a bucket and a queue in memory."""
    monkeypatch.setenv("TABLE_NAME", "of the fixture")
    settings.workshop.cache_clear()
    made: Any = settings.workshop()
    made.table, made.bucket, made.mail_queue, made.secrets = table, bucket, queue, FakeSecrets()
    made.billing_queue = FakeQueue[BillingMessage]()
    yield made
    settings.workshop.cache_clear()


def function(name: str) -> ModuleType:
    """Import a function's handler as Lambda does: by itself, from its own folder."""
    spec = importlib.util.spec_from_file_location(f"handler_of_{name}", Path("functions", name, "handler.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def generate(shop: Any) -> Any:
    return function("generate_tickets").handler


@pytest.fixture
def project(shop: Any) -> Any:
    return function("project").handler


@pytest.fixture
def catalog(table: DynamoTable) -> Catalog:
    return an_event(table, PASS)


def image(table: DynamoTable, order: Order) -> Item:
    stored = table.get(keys.order(order.id))
    assert stored is not None
    return stored


def placed(table: DynamoTable, order: Order) -> dict[str, Any]:
    """Return the record of an order's placing."""
    return a_record(None, image(table, order))


def tickets_of(table: DynamoTable, order: Order) -> list[Ticket]:
    return order_and_tickets(table, order.id)[1]


def test_a_settled_order_becomes_its_tickets_with_credentials_that_verify(
    table: DynamoTable, catalog: Catalog, bucket: FakeBucket, generate: Any
) -> None:
    order = an_order(table, catalog, quantity=3)

    assert deliver(generate, [placed(table, order)]) == []

    assert load_order(table, order.id).status is OrderStatus.FULFILLED
    tickets = tickets_of(table, order)
    assert [ticket.number for ticket in tickets] == [1, 2, 3]
    assert {name for ticket in tickets for name in (ticket.qr_name, ticket.badge_name)} == set(bucket.objects)
    signed = Signer(SIGNING_SECRET, catalog.event.id).sign(Credential(order.id, 2, 0))
    read = read_credential(signed, catalog.event.public_key, catalog.event.id)
    assert read.ticket_id == tickets[1].id


def test_a_batch_that_comes_three_times_makes_the_same_tickets(
    table: DynamoTable, catalog: Catalog, generate: Any
) -> None:
    orders = [an_order(table, catalog, quantity=quantity) for quantity in (1, 4, 2)]
    batch = [placed(table, order) for order in orders]
    deliver(generate, batch)
    first = [tickets_of(table, order) for order in orders]

    deliver(generate, batch)
    deliver(generate, batch)

    assert [tickets_of(table, order) for order in orders] == first
    assert [len(tickets) for tickets in first] == [1, 4, 2]


def test_a_batch_in_any_order_and_cut_anywhere_makes_the_same_tickets(
    table: DynamoTable, catalog: Catalog, generate: Any
) -> None:
    random = Random(7)
    orders = [an_order(table, catalog, quantity=2) for _ in range(5)]
    batch = [placed(table, order) for order in orders]
    for _ in range(4):
        random.shuffle(batch)
        cut = random.randrange(len(batch))
        deliver(generate, batch[cut:])
        deliver(generate, batch[:cut])

    assert [len(tickets_of(table, order)) for order in orders] == [2] * 5


def test_an_assignment_made_in_between_survives_every_replay(
    table: DynamoTable, catalog: Catalog, generate: Any
) -> None:
    order = an_order(table, catalog, quantity=2)
    record = placed(table, order)
    deliver(generate, [record])
    holder = Holder(email="ola@polar.example", name="Ola Nordmann")
    assigned = give(table, order, 1, holder)

    deliver(generate, [record, record])

    assert tickets_of(table, order)[0] == assigned
    assert assigned.holder == holder
    assert assigned.revision == 1


def test_without_the_condition_on_tickets_a_replay_would_lose_the_assignment(
    table: DynamoTable, catalog: Catalog, generate: Any
) -> None:
    order = an_order(table, catalog, quantity=1)
    deliver(generate, [placed(table, order)])
    fresh = tickets_of(table, order)[0].put()
    give(table, order, 1, Holder(email="ola@polar.example", name="Ola Nordmann"))

    with pytest.raises(ConditionFailed):
        table.write(fresh)
    table.write(type(fresh)(fresh.key, fresh.item, condition=None))

    assert tickets_of(table, order)[0].holder is None


def test_an_order_of_more_tickets_than_a_transaction_holds_is_made_whole(
    table: DynamoTable, catalog: Catalog, generate: Any
) -> None:
    order = an_order(table, catalog, quantity=230)

    deliver(generate, [placed(table, order)])

    assert [ticket.number for ticket in tickets_of(table, order)] == list(range(1, 231))
    assert load_order(table, order.id).status is OrderStatus.FULFILLED


@pytest.mark.parametrize("died_after", [0, 1, 2])
def test_a_generator_that_dies_between_two_chunks_is_finished_by_the_next_try(
    table: DynamoTable,
    catalog: Catalog,
    generate: Any,
    died_after: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = an_order(table, catalog, quantity=200)
    transact = table.transact
    left = iter([*[False] * died_after, True])

    def dying(writes: Any) -> None:
        if next(left, False):
            raise SystemError("the sandbox is gone")
        transact(writes)

    monkeypatch.setattr(table, "transact", dying)
    record = placed(table, order)
    with pytest.raises(SystemError):
        generate({"Records": [record]}, None)
    assert load_order(table, order.id).status is OrderStatus.SETTLED

    deliver(generate, [record])

    assert len(tickets_of(table, order)) == 200
    assert load_order(table, order.id).status is OrderStatus.FULFILLED


def test_an_order_cancelled_before_its_tickets_were_made_gets_none(
    table: DynamoTable, catalog: Catalog, generate: Any
) -> None:
    order = an_order(table, catalog, quantity=120)
    record = placed(table, order)
    table.write(order.then("test", "cancelled", NOW, status=OrderStatus.CANCELLED).over(order))

    deliver(generate, [record])

    assert tickets_of(table, order) == []


def test_a_poisoned_record_goes_to_the_failure_queue_and_holds_up_nobody(
    table: DynamoTable, catalog: Catalog, generate: Any
) -> None:
    before, after = an_order(table, catalog), an_order(table, catalog)
    poison = a_record(None, {"pk": "ORDER#x", "sk": "ORDER", "kind": "order", "status": "settled"})

    lost = deliver(generate, [placed(table, before), poison, placed(table, after)])

    assert lost == [poison]
    assert [len(tickets_of(table, order)) for order in (before, after)] == [1, 1]


def test_a_ticket_that_changed_hands_is_drawn_as_it_is_now_whichever_record_comes(
    table: DynamoTable, catalog: Catalog, bucket: FakeBucket, generate: Any
) -> None:
    order = an_order(table, catalog)
    deliver(generate, [placed(table, order)])
    first = give(table, order, 1, Holder(email="ola@polar.example", name="Ola Nordmann"))
    first_image = table.get(keys.ticket(order.id, 1))
    second = give(table, order, 1, Holder(email="eva@polar.example", name="Eva Nordmann"))
    second_image = table.get(keys.ticket(order.id, 1))

    deliver(generate, [a_record(None, first_image)])
    drawn = load_ticket(table, first.id)
    bucket.objects[second.badge_name] = b"as it was drawn"
    deliver(generate, [a_record(None, second_image), a_record(None, first_image)])

    assert drawn.images is Images.DRAWN
    assert first.badge_name not in bucket.objects
    assert bucket.objects[second.badge_name] == b"as it was drawn"


def test_what_would_look_the_same_is_not_drawn_again(
    table: DynamoTable, catalog: Catalog, bucket: FakeBucket, generate: Any
) -> None:
    order = an_order(table, catalog)
    deliver(generate, [placed(table, order)])
    ticket = load_ticket(table, f"{order.id}-1")
    bucket.objects[ticket.badge_name] = b"as it was drawn"
    table.write(replace(ticket.model_copy(update={"images": Images.STALE}).put(), condition=None))

    deliver(generate, [a_record(None, table.get(keys.ticket(order.id, 1)))])

    assert load_ticket(table, ticket.id).images is Images.DRAWN
    assert bucket.objects[ticket.badge_name] == b"as it was drawn"


def summary_of(table: DynamoTable, catalog: Catalog) -> Item:
    stored = table.get(keys.summary(catalog.event.id)) or {}
    return {name: value for name, value in stored.items() if isinstance(value, int) and value}


def life_of(table: DynamoTable, order: Order) -> list[dict[str, Any]]:
    """Return the records of an order from its placing to the state in which it is now."""
    first = order.put()
    placing = {"pk": first.key.pk, "sk": first.key.sk, **first.item}
    return [a_record(None, placing), a_record(placing, image(table, order))]


def test_the_summary_counts_every_record_once_however_often_and_cut_it_comes(
    table: DynamoTable, catalog: Catalog, generate: Any, project: Any
) -> None:
    random = Random(11)
    free = [an_order(table, catalog, quantity=2) for _ in range(30)]
    invoices = [
        an_order(table, catalog, tier_id=other_tier(catalog), quantity=3, method="invoice") for _ in range(70)
    ]
    deliver(generate, [placed(table, order) for order in free])
    records = [record for order in [*free, *invoices] for record in life_of(table, order)]

    for _ in range(5):
        start = 0
        while start < len(records):
            size = random.randrange(1, 120)
            assert deliver(project, records[max(0, start - 20) : start + size]) == []
            start += size

    assert summary_of(table, catalog) == {
        "fulfilled__free__orders": 30,
        "fulfilled__free__tickets": 60,
        "awaiting_payment__invoice__orders": 70,
        "awaiting_payment__invoice__tickets": 210,
        "awaiting_payment__invoice__amount": 70 * 6_000,
    }


def test_the_summary_equals_the_ledger_however_often_and_cut_its_records_come(
    table: DynamoTable, catalog: Catalog, project: Any
) -> None:
    random, records = Random(5), []
    changes: list[Callable[[Order], Order]] = [
        lambda order: settle_card(table, order, a_page(order, session_id="cs_other"), NOW),
        lambda order: take_misfit(table, order, actor="boss@admit.example", note="", now=NOW),
        lambda order: settle_card(table, order, a_page(order, reference="pi_2"), NOW),
    ]
    for _ in range(30):
        order = an_order(table, catalog, tier_id=other_tier(catalog), quantity=2, method="card")
        records.append(placed(table, order))
        for change in changes:
            before = image(table, order)
            order = change(order)
            records.append(a_record(before, image(table, order)))

    for _ in range(3):
        start = 0
        while start < len(records):
            size = random.randrange(1, 60)
            assert deliver(project, records[max(0, start - 10) : start + size]) == []
            start += size

    summary = read_summary(table, catalog.event.id, "EUR")
    told = [summary.paid, summary.received, summary.refunded, summary.unallocated]
    assert [money.amount for money in told] == [30 * 4_000, 30 * 8_000, 0, 30 * 4_000]
    page = read_ledger(
        table, catalog.event, after=NOW - timedelta(days=1), until=later(1), limit=1_000, cursor=None
    )
    assert len(page.rows) == 30 * 3
    assert sum(row.amount for row in page.rows if row.debit is Account.STRIPE) == summary.received.amount
    assert (
        balance(page.rows, Account.UNALLOCATED, "EUR"),
        balance(page.rows, Account.ORDER, "EUR"),
    ) == (-summary.unallocated.amount, -summary.paid.amount)


def test_a_summary_of_millions_can_be_read(table: DynamoTable, catalog: Catalog, project: Any) -> None:
    dear = an_event(table, {"title": "Island", "prices": [a_price(90_000_000, "invoice")]})
    for _ in range(3):
        order = an_order(table, dear, tier_id=other_tier(dear), method="invoice")
        deliver(project, [placed(table, order)])

    assert read_summary(table, dear.event.id, "EUR").amount.amount == 270_000_000


def test_without_the_marks_the_summary_would_count_a_replay_again(
    table: DynamoTable, catalog: Catalog, project: Any
) -> None:
    record = placed(table, an_order(table, catalog))
    deliver(project, [record])
    marked = keys.applied(record["eventID"])
    table.write(Update(marked, "SET pk_was = :x", condition="attribute_exists(pk)", values={"x": "y"}))

    deliver(project, [record | {"eventID": "another-id-for-the-same-change"}])

    assert summary_of(table, catalog)["settled__free__orders"] == 2


def test_a_record_that_can_not_be_read_holds_up_no_other_count(
    table: DynamoTable, catalog: Catalog, project: Any
) -> None:
    poison = a_record(None, {"pk": "ORDER#x", "sk": "ORDER", "kind": "order"})
    records = [placed(table, an_order(table, catalog)) for _ in range(6)]

    lost = deliver(project, [*records[:3], poison, *records[3:]])

    assert lost == [poison]
    assert summary_of(table, catalog)["settled__free__orders"] == 6


def test_mails_are_asked_for_when_tickets_are_ready_and_when_a_ticket_changes_hands(
    table: DynamoTable, catalog: Catalog, queue: FakeQueue[MailRequest], generate: Any, project: Any
) -> None:
    order = an_order(table, catalog)
    deliver(generate, [placed(table, order)])
    before = table.get(keys.ticket(order.id, 1))
    give(table, order, 1, Holder(email="ola@polar.example", name="Ola Nordmann"))
    change = a_record(before, table.get(keys.ticket(order.id, 1)))

    deliver(project, [*life_of(table, order), change])

    assert [request.kind for request in queue.sent] == [MailKind.TICKETS_READY, MailKind.TICKET_ASSIGNED]
    assert before is not None
    assert before["status"] == TicketStatus.VALID
