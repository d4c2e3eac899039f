"""Reports: what is counted from the stream equals the orders, the summary and the ledger, and is read by few
requests."""

import csv
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any, NamedTuple

import pytest

from admit import keys
from admit.aws import recount as command
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.discount import DiscountSettings
from admit.catalog.edit_discount import create_discount
from admit.catalog.edit_event import edit_event
from admit.catalog.event import EventPatch
from admit.catalog.organization import Organization
from admit.insight.audit import audit
from admit.insight.counts import Counted
from admit.insight.recount import recount, reported
from admit.insight.sales import SalesBy, sales_report
from admit.money import Money
from admit.orders.cancellation import CancelRequest
from admit.orders.listing import every_order
from admit.orders.order import Order, OrderStatus, load_order
from admit.orders.price import Customer, LineRequest, price_lines
from admit.payments.checkout import open_checkout
from admit.payments.decide import cancel_by_organizer
from admit.payments.gateway import RefundStatus
from admit.payments.settle import settle_card, settle_invoice
from admit.people.account import Member, Role
from admit.people.company import Company
from admit.store import ConditionFailed, Delete, Item, Put, Update
from admit.tickets.scan import ScanRecord
from admit.tickets.ticket import tickets_from
from tests.builders import (
    NOW,
    a_buyer,
    a_name,
    a_page,
    a_price,
    a_tier,
    an_event,
    an_order,
    default_tier,
)
from tests.engine.api import Api, serving
from tests.engine.reports import check_reports
from tests.engine.streamed import Record, Streamed, told

MANAGER = "manager@reports.example"
FINANCE = "finance@reports.example"
STAFF = "staff@reports.example"
PASS = {
    "title": "Pass",
    "prices": [
        a_price(1_999, "card", "invoice", label="Early", valid_until=NOW + timedelta(days=1)),
        a_price(2_999, "card", "invoice", label="Regular"),
    ],
    "tax_rate": "19",
}
DINNER = {"title": "=Dinner", "prices": [a_price(701, "card", "invoice")], "tax_rate": "7.7"}


class Till(NamedTuple):
    """An event that sells, and the function that reads its stream."""

    table: Streamed
    catalog: Catalog
    api: Api

    @property
    def path(self) -> str:
        return f"/organizer/{self.catalog.event.organizer_id}/events/{self.catalog.event.id}"

    def now(self) -> Catalog:
        return load_catalog(self.table, self.catalog.event.id)

    def tier(self, title: str) -> str:
        return next(tier.id for tier in self.now().tiers.values() if tier.title == title)

    def told(self, times: int = 1) -> None:
        told(self.table, self.project, times=times)

    def project(self, records: Sequence[Record]) -> None:
        answer = self.api.invoke("project", {"Records": list(records)})
        assert answer == {"batchItemFailures": []}

    def orders(self) -> list[Order]:
        return list(every_order(self.table, self.catalog.event))

    def sales(self, as_: str = FINANCE, **query: str) -> Any:
        return self.api.get(f"{self.path}/reports/sales", query=query, as_=as_)

    def rows(self, **query: str) -> dict[str, Any]:
        return {row["key"]: row for row in self.sales(**query).body["rows"]}

    def buy(
        self, *lines: tuple[str, int], method: str = "card", now: datetime = NOW, codes: Sequence[str] = ()
    ) -> Order:
        """Order tickets, and pay for them."""
        catalog, customer = self.now(), Customer(codes=codes)
        requests = [LineRequest(tier_id=tier_id, quantity=quantity) for tier_id, quantity in lines]
        total = price_lines(catalog, requests, now, customer).total
        order = an_order(
            self.table,
            catalog,
            tier_id=lines[0][0],
            method=method,
            now=now,
            customer=customer,
            lines=requests,
            buyer=a_buyer(email=f"{a_name('buyer')}@x.example"),
            total=Money(amount=total, currency="EUR"),
        )
        if method == "invoice":
            return settle_invoice(self.table, order, actor="eva@x.example", note="", now=now)
        if method == "card":
            order = open_checkout(self.table, self.api.gateway, order, "Event", now)
            assert order.checkout is not None
            return settle_card(self.table, order, self.api.gateway.pay(order.checkout.session_id), now)
        return order

    def of_company(self, order: Order, company_id: str) -> Order:
        self.table.write(order.model_copy(update={"company_id": company_id}).over(order))
        return load_order(self.table, order.id)

    def fulfilled(self, order: Order) -> Order:
        """Write the tickets of an order."""
        stored = load_order(self.table, order.id)
        for ticket in tickets_from(stored):
            self.table.write(ticket.put())
        made = stored.model_copy(update={"status": OrderStatus.FULFILLED})
        self.table.write(made.over(stored))
        return load_order(self.table, order.id)

    def cancel(self, order: Order, tickets: list[int] | None, *, refund: bool) -> Order:
        return cancel_by_organizer(
            self.table,
            self.api.gateway,
            self.now(),
            self.fulfilled(order),
            CancelRequest(tickets=tickets, refund=refund),
            actor="eva@x.example",
            now=NOW,
        )


@pytest.fixture
def till(table: DynamoTable) -> Iterator[Till]:
    streamed = Streamed(table)
    with serving(streamed) as api:
        catalog = an_event(streamed, PASS, DINNER, tax_included=True)
        discount = DiscountSettings.model_validate({"title": "Ten off", "percent": "10", "code": "TEN"})
        create_discount(streamed, catalog, discount, discount_id=a_name("discount"))
        roles = {MANAGER: Role.MANAGER, FINANCE: Role.FINANCE, STAFF: Role.DOOR}
        for email, role in roles.items():
            with suppress(ConditionFailed):
                streamed.write(Member(organizer_id=catalog.event.organizer_id, email=email, role=role).put())
        streamed.records.clear()
        yield Till(streamed, load_catalog(streamed, catalog.event.id), api)


def a_season(till: Till) -> list[Order]:
    """Let something of every kind be sold, and some of it be given back."""
    passes, dinner = till.tier("Pass"), till.tier("=Dinner")
    till.buy((passes, 2), (dinner, 1))
    till.buy((passes, 3), (dinner, 2), codes=["TEN"])
    till.buy((default_tier(till.catalog), 2), method="free")
    till.buy((passes, 1), method="invoice", now=NOW + timedelta(days=40))
    polar = till.of_company(till.buy((passes, 7), method="invoice"), "polar")
    till.told()
    till.cancel(till.buy((passes, 2), (dinner, 2)), [1, 4], refund=True)
    till.cancel(till.buy((passes, 1)), None, refund=True)
    till.cancel(polar, [7], refund=True)
    an_order(till.table, till.now(), tier_id=passes, method="card", total=Money(amount=1_999, currency="EUR"))
    till.told(times=2)
    return till.orders()


def test_every_report_is_what_the_orders_the_summary_and_the_ledger_make_it(till: Till) -> None:
    orders = a_season(till)

    check_reports(till.table, till.now(), orders)
    assert audit(till.table, till.catalog.event.id, lambda _: None).drifts == []


def a_count(till: Till, name: str) -> tuple[Counted, str]:
    """Return where a count of the reports stands."""
    found = reported(till.table, till.catalog.event.id)
    return next((item, known) for (item, known), count in found.items() if known == name and count)


def spoil(till: Till) -> str:
    """Add a unit to what a tier has brought; return the count as the audit names it."""
    item, name = a_count(till, f"t__{till.tier('Pass').replace('-', '_')}__gross")
    till.table.write(Update(item.key, f"ADD #{name} :one", "attribute_exists(pk)", {"one": 1}))
    till.table.records.clear()
    return f"report {item.key.pk} {item.key.sk} {name}"


def test_a_count_that_is_wrong_fails_the_check_is_named_by_the_audit_and_put_right(till: Till) -> None:
    orders = a_season(till)
    named = spoil(till)

    with pytest.raises(AssertionError, match="rows by tier"):
        check_reports(till.table, till.now(), orders)
    [drift] = audit(till.table, till.catalog.event.id, lambda _: None).drifts
    assert (drift.counter, drift.found - drift.expected) == (named, 1)
    told = recount(till.table, till.catalog.event.id, lambda _: None)
    assert (told.righted, told.moving) == (1, 0)
    check_reports(till.table, till.now(), orders)


def test_orders_from_before_the_reports_are_counted_once_by_the_command(
    till: Till, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    a_season(till)
    event_id = till.catalog.event.id
    for item in {item for item, _ in reported(till.table, event_id)}:
        till.table.write(Delete(item.key))
    # What becomes of them before they are counted takes from counts that are not there.
    sold = next(one for one in till.orders() if one.status is OrderStatus.SETTLED and one.total)
    till.cancel(sold, None, refund=True)
    till.told()
    monkeypatch.setattr(command, "DynamoTable", lambda *_: till.table)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setattr(sys, "argv", ["recount", "given", event_id])

    assert command.main() == 0

    check_reports(till.table, till.now(), till.orders())
    assert "0 moving" in capsys.readouterr().out
    assert command.main() == 0
    assert ", 0 put right, 0 moving" in capsys.readouterr().out


def test_a_count_that_moves_meanwhile_is_left_to_the_next_time(till: Till) -> None:
    orders = a_season(till)
    spoil(till)

    def meanwhile(_: float) -> None:
        spoil(till)

    told = recount(till.table, till.catalog.event.id, meanwhile)

    assert (told.righted, told.moving) == (0, 1)
    recount(till.table, till.catalog.event.id, lambda _: None)
    check_reports(till.table, till.now(), orders)


def test_a_count_that_moves_before_it_is_written_is_not_written_over(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_season(till)
    spoil(till)
    write = till.table.write

    def late(update: Update) -> Item:
        monkeypatch.setattr(till.table, "write", write)
        spoil(till)
        return write(update)

    monkeypatch.setattr(till.table, "write", late)

    told = recount(till.table, till.catalog.event.id, lambda _: None)

    assert (told.righted, told.moving) == (0, 1)


def test_sales_are_told_by_day_week_and_month_of_where_the_event_is(till: Till) -> None:
    passes = till.tier("Pass")
    # In Oslo it is an hour later than by universal time, and in summer two.
    for at in ("2027-03-07T22:59", "2027-03-07T23:00", "2027-03-31T21:59", "2027-03-31T22:00"):
        till.buy((passes, 1), now=datetime.fromisoformat(f"{at}:00+00:00"))
    till.told()

    days = till.rows(by="day")
    assert list(days) == ["2027-03-07", "2027-03-08", "2027-03-31", "2027-04-01"]
    weeks = {key: row["tickets"] for key, row in till.rows(by="week").items()}
    assert weeks == {"2027-W09": 1, "2027-W10": 1, "2027-W13": 2}
    months = {key: row["gross"]["amount"] for key, row in till.rows(by="month").items()}
    assert months == {"2027-03": 3 * 2_999, "2027-04": 2_999}
    assert list(till.rows(by="day", **{"from": "2027-03-08", "to": "2027-03-31"})) == [
        "2027-03-08",
        "2027-03-31",
    ]
    until = till.sales(by="tier", to="2027-03-07").body
    assert [row["tickets"] for row in until["rows"]] == [until["total"]["tickets"]] == [1]


def test_rows_have_the_titles_of_now_and_what_was_removed_keeps_its_id(till: Till) -> None:
    a_season(till)
    passes, dinner = till.tier("Pass"), till.tier("=Dinner")
    company = Company(
        id="polar", organizer_id=till.catalog.event.organizer_id, name="Polar Systems", created_at=NOW
    )
    till.table.write(Put(keys.company("polar"), {"kind": "company", **company.attributes()}, condition=None))
    part = Organization(event_id=till.catalog.event.id, company_id="polar", role="sponsor")
    till.table.write(part.put())
    till.table.write(Delete(keys.tier(till.catalog.event.id, dinner)))

    tiers = till.rows(by="tier")
    assert tiers[passes]["label"] == "Pass"
    assert tiers[dinner.replace("-", "_")]["label"] == ""
    assert {row["label"] for row in till.rows(by="price").values()} >= {"Pass, Early", "Pass, Regular"}
    assert till.rows(by="organization")["polar"]["label"] == "Polar Systems"
    assert till.rows(by="tax")["19"]["label"] == "19 %"
    assert set(till.rows(by="tax")) == {"19", "7.7", "none"}
    [ten] = till.catalog.discounts
    assert till.rows(by="discount")[ten]["label"] == "Ten off"
    assert set(till.rows(by="method")) == {"card", "invoice", "free"}


def test_a_report_costs_a_handful_of_requests_whatever_was_sold(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_season(till)
    catalog = till.now()
    query, queries = till.table.query, []

    def counted(pk: str, sk_prefix: str = "") -> list[Item]:
        queries.append((pk, sk_prefix))
        return query(pk, sk_prefix)

    monkeypatch.setattr(till.table, "query", counted)

    def requests(by: SalesBy) -> int:
        queries.clear()
        sales_report(till.table, catalog, by, since=None, until=None)
        return len(queries)

    assert [requests(by) for by in SalesBy] == [1, 1, 1, 2, 2, 2, 2, 1, 1]


def test_an_order_of_thirty_tiers_and_prices_is_counted_and_taken_back(till: Till) -> None:
    tiers = [
        a_tier(till.table, till.now(), title=f"T{at}", prices=[a_price(1_000 + at, "invoice")], tax_rate="19")
        for at in range(30)
    ]
    order = till.buy(*((tier_id, 1) for tier_id in tiers), method="invoice", codes=["TEN"])
    order = till.of_company(order, "polar")
    till.told()
    check_reports(till.table, till.now(), till.orders())

    till.cancel(order, None, refund=True)
    till.told(times=2)

    check_reports(till.table, till.now(), till.orders())
    assert till.sales(by="tier").body["rows"] == []


def test_sales_as_csv_by_the_header_or_the_query(till: Till) -> None:
    a_season(till)

    by_header = till.api.get(
        f"{till.path}/reports/sales", query={"by": "tier"}, as_=FINANCE, headers={"Accept": "text/csv"}
    )
    by_query = till.sales(by="tier", format="csv")

    assert by_header.status == 200
    assert by_header.headers["content-type"] == "text/csv; charset=utf-8"
    assert by_header.text == by_query.text
    assert by_query.text.startswith("\ufeff")
    header, *records = list(csv.reader(StringIO(by_query.text.removeprefix("\ufeff"), newline="")))
    rows = [dict(zip(header, record, strict=True)) for record in records]
    asked = till.sales(by="tier", format="json").body
    assert [row["key"] for row in rows] == [*(row["key"] for row in asked["rows"]), "total"]
    assert "'=Dinner" in {row["label"] for row in rows}
    for row, shown in zip(rows, [*asked["rows"], asked["total"]], strict=True):
        assert row["currency"] == "EUR"
        assert Decimal(row["gross"]) * 100 == shown["gross"]["amount"]
        assert row["gross"].partition(".")[2].__len__() == 2


def test_cash_names_what_is_open_with_its_order(till: Till) -> None:
    passes = till.tier("Pass")
    paid = till.buy((passes, 2))
    till.api.gateway.refund_status = RefundStatus.PENDING
    till.cancel(paid, [1], refund=True)
    wrong = an_order(
        till.table, till.now(), tier_id=passes, method="card", total=Money(amount=1_999, currency="EUR")
    )
    page = a_page(wrong, session_id="cs_other", reference="pi_wrong", amount=1_500)
    settle_card(till.table, wrong, page, NOW)
    till.told(times=2)

    report = till.api.get(f"{till.path}/reports/cash", as_=FINANCE).body

    open_rows = {(row["order_id"], row["what"]): row["amount"]["amount"] for row in report["open"]}
    assert open_rows[wrong.id, "unallocated"] == 1_500
    assert open_rows[paid.id, "refund_open"] == open_rows[paid.id, "difference"] == 1_999
    stripe = next(row for row in report["rows"] if row["account"] == "stripe")
    assert stripe["captured"]["amount"] == 2 * 1_999 + 1_500
    assert stripe["difference"]["amount"] == 1_999
    text = till.api.get(f"{till.path}/reports/cash", query={"format": "csv"}, as_=FINANCE).text
    assert f",{wrong.id},unallocated,,,,15.00,EUR" in text
    assert f",{till.catalog.event.currency}" in text


def test_arrivals_are_told_by_gate_list_and_tier_in_spans_of_local_time(till: Till) -> None:
    nepal = EventPatch(timezone="Asia/Kathmandu")
    edit_event(till.table, till.now(), nepal, actor=MANAGER, now=NOW)
    till.table.records.clear()
    order = till.buy((till.tier("Pass"), 2))
    tickets = list(tickets_from(load_order(till.table, order.id)))
    for ticket in tickets:
        till.table.write(ticket.put())
    # In Kathmandu, 5:45 ahead, an hour begins at a quarter past.
    scans = [
        (tickets[0], "2027-06-03T07:14", "north", False),
        (tickets[1], "2027-06-03T07:15", "north", False),
        (tickets[1], "2027-06-03T08:14", None, True),
    ]
    for at, (ticket, when, gate_id, out) in enumerate(scans):
        stored = till.table.get(keys.ticket(order.id, ticket.number)) or {}
        scan = ScanRecord(
            at=datetime.fromisoformat(f"{when}:00+00:00"),
            device_id="d",
            device_name="Door",
            gate_id=gate_id,
            list_id="everyone",
            out=out,
        )
        known = {**stored.get("scans", {}), f"scan{at}": scan.stored()}
        till.table.write(
            Update(
                keys.ticket(order.id, ticket.number),
                "SET scans = :scans, entries = :one",
                "attribute_exists(pk)",
                {"scans": known, "one": 1},
            )
        )
    till.told(times=2)

    def arrivals(as_: str = STAFF, **query: str) -> Any:
        return till.api.get(f"{till.path}/reports/arrivals", query=query, as_=as_).body

    hours = [(row["at"], row["key"], row["in"], row["out"]) for row in arrivals(interval="60")["rows"]]
    assert hours == [
        ("2027-06-03T06:15:00.000Z", "north", 1, 0),
        ("2027-06-03T07:15:00.000Z", "none", 0, 1),
        ("2027-06-03T07:15:00.000Z", "north", 1, 0),
    ]
    by_list = arrivals(by="list", interval="5")
    assert [row["key"] for row in by_list["rows"]] == ["everyone"] * 3
    assert by_list["total"] == {"in": 2, "out": 1}
    by_tier = arrivals(by="tier", interval="15")
    assert {(row["key"], row["label"]) for row in by_tier["rows"]} == {(till.tier("Pass"), "Pass")}
    text = till.api.get(f"{till.path}/reports/arrivals", query={"format": "csv"}, as_=STAFF).text
    assert "2027-06-03T13:00+05:45" in text


@pytest.mark.parametrize("report", ["sales", "cash"])
def test_money_is_not_for_the_door(till: Till, report: str) -> None:
    answers = {
        as_: till.api.get(f"{till.path}/reports/{report}", as_=as_).status
        for as_ in (MANAGER, FINANCE, STAFF)
    }

    assert answers == {MANAGER: 200, FINANCE: 200, STAFF: 403}


def test_a_span_that_ends_before_it_begins_is_refused(till: Till) -> None:
    answer = till.sales(**{"from": "2027-03-02", "to": "2027-03-01"})

    assert (answer.status, answer.body["errors"][0]["field"]) == (422, "to")
    assert till.sales(by="weather").status == 422
