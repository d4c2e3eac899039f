"""Jobs: an import done twice, cut short or by two workers at once has the effect of one."""

import importlib.util
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from random import Random
from threading import Barrier
from typing import Any, NamedTuple

import pytest

from admit import keys
from admit.aws import settings
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.imports import ImportRequest
from admit.catalog.price import PaymentMethod
from admit.errors import IdempotencyConflict, Invalid, NotReady, Unavailable
from admit.job import (
    Job,
    JobMessage,
    JobStatus,
    Outcome,
    RowResult,
    RowStatus,
    create_job,
    job_view,
    jobs_of,
    load_job,
    rows_of,
    work_off,
)
from admit.mail.facts import mails_for_order, mails_for_ticket
from admit.mail.mails import MailKind
from admit.orders.imports import start_import, work_on
from admit.orders.order import Order, OrderStatus, PaymentStatus, Source, load_order
from admit.stock.stock import left_in
from admit.store import Update, Write
from admit.tickets.ticket import tickets_from
from tests.builders import NOW, a_draft, a_name, a_price, an_event, clock_at, later, other_tier
from tests.engine.unguarded import Unguarded

LONG = 1_000.0
PASS = {"title": "Pass", "prices": [a_price(12_500, "card", "invoice")], "ticket_limit": 100}
HEADER = "reference,email,name,tier,price,status,attendee_name,attendee_email\n"


def order_rows(orders: int, tickets: int = 2) -> str:
    return HEADER + "".join(
        f"R{at},b{at}@polar.example,Buyer {at},pass,125.00,,Guest {at}-{number},g{at}{number}@polar.example\n"
        for at in range(orders)
        for number in range(tickets)
    )


def begin(table: DynamoTable, catalog: Catalog, csv: str, key: str | None = None, **fields: Any) -> Job:
    request = ImportRequest.model_validate({"kind": "orders", "csv": csv, **fields})
    return start_import(table, catalog, request, key or a_name("key"), created_by="eva@x.example", now=NOW)


def work(table: DynamoTable, job: Job, seconds: float = LONG) -> bool:
    return work_on(table, job.id, clock=clock_at(), random=Random(5), seconds=seconds)


def run(table: DynamoTable, catalog: Catalog, csv: str, **fields: Any) -> Job:
    job = begin(table, catalog, csv, **fields)
    assert not work(table, job)
    return load_job(table, job.id)


def results(table: DynamoTable, job: Job) -> list[RowResult]:
    return rows_of(table, load_job(table, job.id), limit=1_000, cursor=None).rows


def told(table: DynamoTable, job: Job) -> Counter[str]:
    return Counter(row.result for row in results(table, job))


def imported(table: DynamoTable, catalog: Catalog) -> list[Order]:
    """Return every order of the event, as it is stored."""
    found = []
    for nn in range(catalog.event.shards):
        page = table.page("gsi1", keys.orders_of(catalog.event.id, nn), limit=1_000)
        found += [Order.of(item) for item in page.items]
    return sorted(found, key=lambda order: order.external_id or "")


def left(table: DynamoTable, catalog: Catalog) -> int:
    stock = catalog.tiers[other_tier(catalog)].stock
    return left_in(table, [stock])[stock.id]


class Effect(NamedTuple):
    """What an import leaves behind, without what differs from one event to the next."""

    orders: list[Any]
    left: int
    counts: tuple[int, ...]
    rows: list[tuple[int, str]]


def effect(table: DynamoTable, catalog: Catalog, job: Job) -> Effect:
    job = load_job(table, job.id)
    assert job.status is JobStatus.DONE
    orders = [(o.external_id, o.total, o.tickets, o.holders) for o in imported(table, catalog)]
    counts = (job.total, job.next_row, job.created, job.changed, job.unchanged, job.skipped, job.failed)
    rows = [(row.row, row.result.value) for row in results(table, job)]
    return Effect(orders, left(table, catalog), counts, rows)


@pytest.fixture
def catalog(table: DynamoTable) -> Catalog:
    return an_event(table, PASS)


# --- orders -----------------------------------------------------------------------------------------------


def test_an_imported_order_is_settled_paid_claimed_and_held_by_who_attends(
    table: DynamoTable, catalog: Catalog
) -> None:
    job = run(table, catalog, order_rows(1))

    [order] = imported(table, catalog)
    assert (order.status, order.payment_status) == (OrderStatus.SETTLED, PaymentStatus.PAID)
    assert (order.source, order.external_id, order.job_id) == (Source.IMPORT, "R0", job.id)
    assert (order.payment_method, order.total, order.allowances) == (PaymentMethod.INVOICE, 25_000, [])
    assert [claim.units for claim in order.claims] == [2, 2]
    assert left(table, catalog) == 98
    tickets = tickets_from(order)
    assert [ticket.holder and ticket.holder.name for ticket in tickets] == ["Guest 0-0", "Guest 0-1"]
    assert tickets[0].put().item["gsi4pk"] == keys.tickets_with("g00@polar.example")
    assert (job.status, job.created, job.failed) == (JobStatus.DONE, 1, 0)
    assert job.finished_at == NOW


def test_holders_stay_with_their_tickets_when_lines_gather_tiers_and_prices(
    table: DynamoTable, catalog: Catalog
) -> None:
    rows = ["pass,10,,A,a@x.example", "free ticket,0,,B,b@x.example", "pass,10,,C,c@x.example", "pass,5,,,"]
    run(table, catalog, HEADER + "".join(f"R,k@x.example,K,{row}\n" for row in rows))

    [order] = imported(table, catalog)
    assert [(line.tier_title, line.unit, line.quantity) for line in order.lines] == [
        ("Pass", 1_000, 2),
        ("Free ticket", 0, 1),
        ("Pass", 500, 1),
    ]
    held = [(ticket.tier_title, ticket.holder and ticket.holder.name) for ticket in tickets_from(order)]
    assert held == [("Pass", "A"), ("Pass", "C"), ("Free ticket", "B"), ("Pass", None)]


def test_an_import_twice_changes_nothing(table: DynamoTable, catalog: Catalog) -> None:
    run(table, catalog, order_rows(5))
    before = imported(table, catalog)

    again = run(table, catalog, order_rows(5))

    assert imported(table, catalog) == before
    assert left(table, catalog) == 90
    assert (again.created, again.unchanged) == (0, 5)


def test_an_order_that_was_imported_with_other_content_is_a_row_error(
    table: DynamoTable, catalog: Catalog
) -> None:
    run(table, catalog, order_rows(2))
    job = run(table, catalog, order_rows(3).replace("Buyer 1", "Another"))

    assert [row.result for row in results(table, job)] == ["unchanged", "failed", "created"]
    assert results(table, job)[1].code == "idempotency_conflict"


def test_a_row_that_would_oversell_is_refused_while_the_others_go_in(table: DynamoTable) -> None:
    catalog = an_event(table, PASS | {"ticket_limit": 5})
    rows = ["A,2", "B,4", "C,3", "D,1"]
    csv = "reference,quantity,email,tier,price\n" + "".join(f"{row},k@x.example,Pass,1\n" for row in rows)

    job = run(table, catalog, csv)

    assert [order.external_id for order in imported(table, catalog)] == ["A", "C"]
    assert [(row.row, row.result, row.code) for row in results(table, job)] == [
        (2, "created", None),
        (3, "failed", "sold_out"),
        (4, "created", None),
        (5, "failed", "sold_out"),
    ]
    assert results(table, job)[1].errors[0].field == "tier"
    assert left(table, catalog) == 0


def test_a_tier_is_found_by_external_id_before_title(table: DynamoTable) -> None:
    catalog = an_event(table, PASS | {"external_ids": ["4711"]}, PASS | {"title": "4711"})
    rows = "A,k@x.example,4711,1\nB,k@x.example,Nothing,1\n"
    job = run(table, catalog, "reference,email,tier,price\n" + rows)

    [order] = imported(table, catalog)
    assert order.lines[0].tier_title == "Pass"
    [fault] = results(table, job)[1].errors
    assert (fault.row, fault.field) == (3, "tier")
    assert "Nothing" in fault.message


def test_nobody_is_mailed_about_an_import_unless_it_is_asked_for(
    table: DynamoTable, catalog: Catalog
) -> None:
    def mails(order: Order) -> list[MailKind]:
        fulfilled = order.model_copy(update={"status": OrderStatus.FULFILLED})
        requests = [*mails_for_order(None, order), *mails_for_order(order, fulfilled)]
        requests += [request for ticket in tickets_from(order) for request in mails_for_ticket(None, ticket)]
        return [request.kind for request in requests]

    run(table, catalog, order_rows(1, tickets=1))
    run(table, catalog, order_rows(1, tickets=1).replace("R0", "S0"), notify=True)

    silent, loud = imported(table, catalog)
    assert mails(silent) == []
    assert mails(loud) == [MailKind.TICKETS_READY, MailKind.TICKET_ASSIGNED]


def test_a_dry_run_writes_nothing_and_counts_what_its_own_rows_would_take(table: DynamoTable) -> None:
    catalog = an_event(table, PASS | {"ticket_limit": 5})
    run(table, catalog, order_rows(1))

    job = begin(table, catalog, order_rows(3), dry_run=True)
    while work(table, job, seconds=0):
        pass

    done = load_job(table, job.id)
    assert [row.result for row in results(table, job)] == ["unchanged", "would_create", "failed"]
    assert (done.created, done.unchanged, done.failed) == (1, 1, 1)
    assert len(imported(table, catalog)) == 1
    assert left(table, catalog) == 3


# --- one effect, however it is run ------------------------------------------------------------------------


class Cut(DynamoTable):
    """A table whose client dies before or after its n-th transaction."""

    def __init__(self, table: DynamoTable, at: int, *, after: bool) -> None:
        super().__init__(table._client, table._name)
        self._numbers = count()
        self._at = at
        self._after = after

    def transact(self, writes: Sequence[Write]) -> None:
        dies = next(self._numbers) == self._at
        if dies and not self._after:
            raise SystemError("the sandbox is gone")
        super().transact(writes)
        if dies:
            raise SystemError("the sandbox is gone")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(6))
def test_an_import_killed_anywhere_and_resumed_is_as_one_that_was_not(
    table: DynamoTable, at: int, *, after: bool
) -> None:
    whole, cut = an_event(table, PASS), an_event(table, PASS)
    expected = effect(table, whole, run(table, whole, order_rows(3)))
    job = begin(table, cut, order_rows(3))

    with pytest.raises(SystemError):
        work(Cut(table, at, after=after), job)
    assert not work(table, job)

    assert effect(table, cut, job) == expected


def test_in_parts_it_goes_on_where_it_stood(table: DynamoTable, catalog: Catalog) -> None:
    job = begin(table, catalog, order_rows(3))

    more = [work(table, job, seconds=0) for _ in range(3)]

    assert more == [True, True, False]
    assert effect(table, catalog, job).counts == (3, 3, 3, 0, 0, 0, 0)
    assert not work(table, job)


def together(table: DynamoTable, job: Job, workers: int) -> None:
    start = Barrier(workers)

    def worker(_: int) -> None:
        start.wait()
        work(table, job)

    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(worker, range(workers)))
    while work(table, job):
        pass


def test_two_workers_at_once_have_the_effect_of_one(table: DynamoTable) -> None:
    alone, shared = an_event(table, PASS), an_event(table, PASS)
    expected = effect(table, alone, run(table, alone, order_rows(12)))
    job = begin(table, shared, order_rows(12))

    together(table, job, 2)

    assert effect(table, shared, job) == expected


def test_without_the_condition_on_the_next_row_two_workers_count_double(table: DynamoTable) -> None:
    catalog = an_event(table, PASS)
    job = begin(table, catalog, order_rows(12))
    unguarded = Unguarded(table, "JOB#")

    together(unguarded, job, 2)

    done = load_job(table, job.id)
    assert done.created > done.total == 12
    assert len(imported(table, catalog)) == 12


def test_without_ids_derived_from_the_reference_a_resumed_import_doubles_an_order(
    table: DynamoTable, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = count()
    identify: Callable[[str, str], str] = lambda event, key: f"{next(numbers):013d}"  # noqa: E731
    monkeypatch.setattr("admit.orders.imports.order_id", identify)
    job = begin(table, catalog, order_rows(3))

    with pytest.raises(SystemError):
        work(Cut(table, 2, after=True), job)
    work(table, job)

    assert [order.external_id for order in imported(table, catalog)] == ["R0", "R1", "R1", "R2"]


# --- jobs of any kind -------------------------------------------------------------------------------------


class Number(NamedTuple):
    row: int


def a_job(table: DynamoTable, rows: int) -> tuple[Job, list[Number]]:
    job = Job(
        id=a_name("job"),
        work="count",
        organizer_id="organizer-1",
        event_id=a_name("event"),
        dry_run=False,
        created_by="eva@x.example",
        created_at=NOW,
        total=rows,
        request_hash="x",
    )
    return create_job(table, job, "{}"), [Number(2 + at) for at in range(rows)]


def test_a_row_that_can_not_be_worked_off_is_told_and_holds_up_nobody(table: DynamoTable) -> None:
    job, rows = a_job(table, 3)

    def apply(row: Number) -> Outcome:
        if row.row == 3:
            raise KeyError("poison")
        return Outcome(result=RowStatus.CREATED)

    assert not work_off(table, job, rows, apply, clock=clock_at(), seconds=LONG)

    assert told(table, job) == {"created": 2, "failed": 1}
    assert results(table, job)[1].code == "internal"


def test_a_refusal_of_the_domain_is_told_with_its_code_and_faults(table: DynamoTable) -> None:
    job, rows = a_job(table, 1)

    def apply(row: Number) -> Outcome:
        raise Invalid.field("title", "is too long")

    work_off(table, job, rows, apply, clock=clock_at(), seconds=LONG)

    [row] = results(table, job)
    assert (row.code, [fault.message for fault in row.errors]) == ("invalid_input", ["title: is too long"])


def test_what_is_not_the_rows_fault_is_tried_again(table: DynamoTable) -> None:
    job, rows = a_job(table, 2)
    answers: Iterator[Exception | None] = iter([None, Unavailable(), OSError(), None])

    def apply(row: Number) -> Outcome:
        if error := next(answers):
            raise error
        return Outcome(result=RowStatus.CREATED)

    for failure in (Unavailable, OSError):
        with pytest.raises(failure):
            work_off(table, job, rows, apply, clock=clock_at(), seconds=LONG)
    assert not work_off(table, job, rows, apply, clock=clock_at(), seconds=LONG)

    assert told(table, job) == {"created": 2}


def test_a_row_that_kills_each_worker_is_given_up_and_the_job_goes_on(table: DynamoTable) -> None:
    job, rows = a_job(table, 3)

    def apply(row: Number) -> Outcome:
        if row.row == 3:
            raise SystemError("out of memory")
        return Outcome(result=RowStatus.CREATED)

    tries = 0
    while load_job(table, job.id).status is not JobStatus.DONE:
        tries += 1
        try:
            work_off(table, job, rows, apply, clock=clock_at(), seconds=LONG)
        except SystemError:
            continue

    assert tries <= 5
    assert [row.result for row in results(table, job)] == ["created", "failed", "created"]


def test_a_part_ends_when_its_time_is_up_and_does_a_row_at_least(table: DynamoTable) -> None:
    job, rows = a_job(table, 4)
    minutes = count()

    def apply(row: Number) -> Outcome:
        return Outcome(result=RowStatus.UNCHANGED)

    more = work_off(table, job, rows, apply, clock=lambda: later(next(minutes)), seconds=120)

    assert more
    assert load_job(table, job.id).next_row == 2


def test_results_are_read_in_pages_while_the_job_runs(table: DynamoTable, catalog: Catalog) -> None:
    job = begin(table, catalog, order_rows(4))
    for _ in range(3):
        work(table, job, seconds=0)
    job = load_job(table, job.id)

    first = rows_of(table, job, limit=2, cursor=None)
    second = rows_of(table, job, limit=2, cursor=first.cursor)

    assert [row.row for row in first.rows + second.rows] == [2, 4, 6]
    assert second.cursor is None
    view = job_view(job)
    assert (view.kind, view.status, view.done, view.total) == ("import_orders", JobStatus.RUNNING, 3, 4)
    with pytest.raises(Invalid):
        rows_of(table, job, limit=2, cursor="x")


# --- beginning --------------------------------------------------------------------------------------------


def test_the_same_key_gives_the_same_job_and_another_body_under_it_is_refused(
    table: DynamoTable, catalog: Catalog
) -> None:
    job = begin(table, catalog, order_rows(1), key="k")
    work(table, job)

    again = begin(table, catalog, order_rows(1), key="k")

    assert (again.id, again.status) == (job.id, JobStatus.DONE)
    with pytest.raises(IdempotencyConflict):
        begin(table, catalog, order_rows(2), key="k")
    assert [one.id for one in jobs_of(table, catalog.event.id, limit=10, cursor=None).jobs] == [job.id]


@pytest.mark.parametrize(("filler", "result"), [("ø" * 100_000, "created"), ("x" * 250_000, "failed")])
def test_a_body_as_large_as_it_may_be_is_kept(
    table: DynamoTable, catalog: Catalog, filler: str, result: str
) -> None:
    header = "reference,email,tier,price,note\n"
    job = run(table, catalog, f"{header}R,k@x.example,Pass,1,{filler}\nS,k@x.example,Pass,1,\n")

    assert job.unknown_columns == ["note"]
    # One cell above what the csv module takes is its row's fault.
    assert [row.result for row in results(table, job)] == [result, "created"]


def test_a_file_that_can_not_be_used_makes_no_job(table: DynamoTable, catalog: Catalog) -> None:
    draft = a_draft(table)
    with pytest.raises(Invalid):
        begin(table, catalog, "reference\nA\n")
    with pytest.raises(NotReady):
        begin(table, draft, order_rows(1))
    with pytest.raises(Invalid):
        begin(table, catalog, "email\na@x.example\n", kind="whitelist")
    with pytest.raises(Invalid):
        begin(table, catalog, "title,price\nA,1\n", kind="tiers", format="pretix")
    assert jobs_of(table, catalog.event.id, limit=10, cursor=None).jobs == []


def test_a_job_that_can_not_be_worked_off_at_all_says_why(table: DynamoTable) -> None:
    catalog = an_event(table, PASS)
    job = begin(table, catalog, order_rows(1))
    drafted = Update(
        keys.event(catalog.event.id),
        "SET #status = :draft",
        condition="attribute_exists(pk)",
        values={"draft": "draft"},
    )
    table.write(drafted)

    assert not work(table, job)

    failed = load_job(table, job.id)
    assert failed.status is JobStatus.FAILED
    assert failed.error is not None
    assert failed.error.startswith("Publish the event")


# --- tiers and whitelists ---------------------------------------------------------------------------------

TIERS = "title,price,external_id,ticket_limit\nGala,80.00,gala-1,20\nWorkshop,0,,\nGala,1,,\n"


def test_tiers_are_created_once_and_found_again(table: DynamoTable, catalog: Catalog) -> None:
    first = run(table, catalog, TIERS, kind="tiers")
    again = run(table, catalog, TIERS, kind="tiers")

    assert told(table, first) == {"created": 2, "failed": 1}
    assert told(table, again) == {"unchanged": 2, "failed": 1}
    tiers = load_catalog(table, catalog.event.id).tiers
    gala = next(tier for tier in tiers.values() if tier.title == "Gala")
    assert (gala.external_ids, gala.ticket_limit, len(tiers)) == (["gala-1"], 20, 4)


def test_a_tier_that_differs_and_one_of_no_category_are_told(table: DynamoTable, catalog: Catalog) -> None:
    run(table, catalog, TIERS, kind="tiers")
    rows = "gala,81.00,\nDinner,1,Evening\nLunch,1,general\n"
    dry = run(table, catalog, "title,price,category\n" + rows, kind="tiers", dry_run=True)
    job = run(table, catalog, "title,price,category\n" + rows, kind="tiers")

    assert [row.result for row in results(table, dry)] == ["would_change", "failed", "would_create"]
    assert [row.result for row in results(table, job)] == ["changed", "failed", "created"]
    assert [fault.field for fault in results(table, job)[1].errors] == ["category"]


def test_a_whitelist_is_added_to(table: DynamoTable, catalog: Catalog) -> None:
    csv = "email,domain\nKari@Polar.example,\n,fjord.example\nx@x.example,x.example\nnobody,\n"
    tier_id = other_tier(catalog)

    dry = run(table, catalog, csv, kind="whitelist", tier_id=tier_id, dry_run=True)
    assert table.query(keys.whitelist(tier_id)) == []
    first = run(table, catalog, csv, kind="whitelist", tier_id=tier_id)
    again = run(table, catalog, csv, kind="whitelist", tier_id=tier_id)

    assert told(table, dry) == {"would_create": 2, "failed": 2}
    assert told(table, first) == {"created": 2, "failed": 2}
    assert told(table, again) == {"unchanged": 2, "failed": 2}
    assert table.get(keys.whitelisted_email(tier_id, "kari@polar.example")) is not None
    assert table.get(keys.whitelisted_domain(tier_id, "fjord.example")) is not None


# --- the function -----------------------------------------------------------------------------------------


def test_the_function_queues_a_job_until_it_is_done(
    table: DynamoTable, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FakeQueue(list[JobMessage]):
        def send(self, messages: list[JobMessage], *, delay_seconds: int = 0) -> None:
            assert delay_seconds == 0
            self.extend(messages)

    monkeypatch.setenv("TABLE_NAME", "of the fixture")
    settings.workshop.cache_clear()
    shop: Any = settings.workshop()
    shop.table = table
    shop.job_queue = queue = FakeQueue()
    spec = importlib.util.spec_from_file_location("handler_of_jobs", Path("functions/jobs/handler.py"))
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "_SECONDS", 0)
    job = begin(table, catalog, order_rows(3))

    def deliver(message: JobMessage) -> Any:
        record = {"messageId": "m", "body": json.dumps({"job_id": message.job_id})}
        return module.handler({"Records": [record]}, None)

    queue.send([JobMessage(job_id=job.id)])
    calls = 0
    while queue:
        calls += 1
        assert deliver(queue.pop()) == {"batchItemFailures": []}
    settings.workshop.cache_clear()

    assert calls == 3
    assert load_job(table, job.id).status is JobStatus.DONE
    assert load_order(table, results(table, job)[0].reference or "").external_id == "R0"
