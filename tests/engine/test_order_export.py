"""Orders as files: what a cell may do in a spreadsheet, what a job writes in parts, and who fetches it."""

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from defusedxml.ElementTree import fromstring

from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog
from admit.ids import order_id
from admit.insight.order_export import KEPT, MOST_AT_ONCE
from admit.insight.order_list import Facet, ListedOrder, relist
from admit.orders.order import Billing, Order, OrderStatus
from admit.people.account import Member, Role
from admit.store import Put
from tests.builders import NOW, a_buyer, a_card_order, a_name, an_event
from tests.engine.api import FOUNDER, Answer, Api, serving

ORGANIZER = "organizer-1"
FORMULA = "=HYPERLINK(0)"
_CELL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def catalog(table: DynamoTable) -> Catalog:
    return an_event(table, capacity=10_000)


@pytest.fixture
def stage(table: DynamoTable) -> Iterator[Api]:
    for email, role in ((FOUNDER, Role.OWNER), ("door@northern.example", Role.DOOR)):
        table.write(Member(organizer_id=ORGANIZER, email=email, role=role).put())
    with serving(table) as api:
        yield api


def path_of(catalog: Catalog, rest: str) -> str:
    return f"/organizer/{ORGANIZER}/events/{catalog.event.id}/orders/{rest}"


def placed(table: DynamoTable, catalog: Catalog, **overrides: Any) -> Order:
    own = {"id": order_id(catalog.event.id, a_name("key")), "event_id": catalog.event.id}
    order = a_card_order(**own | overrides)
    table.write(order.put())
    relist(table, {order.id: None})
    return order


def spread(table: DynamoTable, catalog: Catalog, count: int) -> None:
    """List so many orders."""
    template = ListedOrder.of_order(a_card_order(event_id=catalog.event.id))
    puts = []
    for number in range(count):
        own = {"id": f"{number:013d}", "placed_at": NOW - timedelta(minutes=number)}
        row = template.model_copy(update=own)
        puts.append(Put(row.key_in(Facet.ALL), {"kind": "listed_order", **row.attributes()}))
    for at in range(0, count, 25):
        requests: Any = [{"PutRequest": {"Item": table._put(put)["Item"]}} for put in puts[at : at + 25]]
        table._client.batch_write_item(RequestItems={table._name: requests})


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


def cells(content: bytes) -> list[dict[str, tuple[str, str]]]:
    """Return the rows of a spreadsheet: each cell with its type, by the title of its column."""
    with ZipFile(BytesIO(content)) as file:
        sheet = fromstring(file.read("xl/worksheets/sheet1.xml"))
    rows = [
        [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row.iter(f"{_CELL}c")]
        for row in sheet.iter(f"{_CELL}row")
    ]
    titles = [text for _, text in rows[0]]
    return [dict(zip(titles, row, strict=True)) for row in rows[1:]]


def exported(stage: Api, catalog: Catalog, **request: Any) -> tuple[Any, bytes]:
    """Have a file written; return its job and what is in it."""
    begun = stage.post(path_of(catalog, "exports"), request, as_=FOUNDER)
    assert begun.status == 202, begun.text
    stage.work_off_jobs()
    job = stage.get(path_of(catalog, f"exports/{begun.body['id']}"), as_=FOUNDER).body
    assert job["status"] == "done", job
    return job, stage.bucket.objects[fetched(stage, catalog, job["id"]).headers["location"].split("/", 3)[3]]


def fetched(stage: Api, catalog: Catalog, job_id: str, as_: str = FOUNDER) -> Answer:
    return stage.get(path_of(catalog, f"exports/{job_id}/file"), as_=as_)


def hostile(table: DynamoTable, catalog: Catalog) -> Order:
    return placed(
        table,
        catalog,
        buyer=a_buyer(name=FORMULA, email="kari@polar.example"),
        billing=Billing(company="+Polar", reference="@PO"),
        due_at="2027-07-01T10:00:00Z",
    )


def test_a_thousand_orders_are_csv_at_once_with_amounts_currency_and_local_times(
    table: DynamoTable, stage: Api, catalog: Catalog
) -> None:
    order = hostile(table, catalog)
    placed(table, catalog, status=OrderStatus.EXPIRED)

    answer = stage.get(
        path_of(catalog, "export"), as_=FOUNDER, query={"status": "awaiting_payment", "q": "polar"}
    )

    assert answer.status == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    [row] = read(answer.text)
    assert row == {
        "order": order.code,
        "order_id": order.id,
        "placed_at": "2027-03-01T13:00:00+01:00",
        "status": "awaiting_payment",
        "payment_status": "unpaid",
        "payment_method": "card",
        "source": "public",
        "buyer_name": f"'{FORMULA}",
        "buyer_email": "kari@polar.example",
        "company": "'+Polar",
        "reference": "'@PO",
        "invoice_number": "",
        "due_at": "2027-07-01T12:00:00+02:00",
        "attention": "",
        "tiers": "2 x Two-day pass",
        "tickets": "2",
        "issued": "0",
        "nameless": "0",
        "used": "0",
        "currency": "EUR",
        "total": "250.00",
        "paid": "0.00",
        "refunded": "0.00",
    }


def test_more_than_a_thousand_are_a_file(table: DynamoTable, stage: Api, catalog: Catalog) -> None:
    spread(table, catalog, MOST_AT_ONCE + 1)

    refused = stage.get(path_of(catalog, "export"), as_=FOUNDER)
    assert (refused.status, refused.code) == (422, "too_many")
    within = {"from": (NOW - timedelta(minutes=MOST_AT_ONCE - 1)).isoformat()}
    assert len(read(stage.get(path_of(catalog, "export"), as_=FOUNDER, query=within).text)) == MOST_AT_ONCE

    job, content = exported(stage, catalog, format="csv")
    rows = read(content.decode())
    assert [row["order_id"] for row in rows] == [f"{number:013d}" for number in range(MOST_AT_ONCE + 1)]
    # One part and the file, told as the rows of the job.
    assert (job["kind"], job["done"], job["failed"]) == ("export_orders", 2, 0)
    assert job["url"].endswith(path_of(catalog, f"exports/{job['id']}/file"))


def test_a_list_of_several_parts_is_one_file(
    table: DynamoTable, stage: Api, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admit.insight.order_export._PAGES_A_PART", 1)
    spread(table, catalog, 401)

    job, content = exported(stage, catalog, format="csv", **{"from": "2027-01-01"})

    assert [row["order_id"] for row in read(content.decode())] == [f"{number:013d}" for number in range(401)]
    assert job["done"] == 4


def test_a_spreadsheet_has_text_as_text_and_amounts_as_numbers(
    table: DynamoTable, stage: Api, catalog: Catalog
) -> None:
    hostile(table, catalog)

    _, content = exported(stage, catalog, format="xlsx", status="awaiting_payment")

    [row] = cells(content)
    assert row["buyer_name"] == ("inlineStr", FORMULA)
    assert row["company"] == ("inlineStr", "+Polar")
    assert row["total"] == ("n", "250")
    assert row["currency"] == ("inlineStr", "EUR")
    assert row["placed_at"] == ("inlineStr", "2027-03-01T13:00:00+01:00")
    with ZipFile(BytesIO(content)) as file:
        assert not re.search(rb"<f>|<hyperlink", file.read("xl/worksheets/sheet1.xml"))


def test_a_file_is_fetched_once_it_is_there_by_who_handles_money_and_for_a_week(
    table: DynamoTable, stage: Api, catalog: Catalog
) -> None:
    placed(table, catalog)
    begun = stage.post(path_of(catalog, "exports"), {"format": "csv"}, as_=FOUNDER, idempotency_key="one")
    early = fetched(stage, catalog, begun.body["id"])
    assert (early.status, early.code) == (409, "not_ready")
    waiting = stage.get(path_of(catalog, f"exports/{begun.body['id']}"), as_=FOUNDER).body
    assert (waiting["status"], waiting["url"]) == ("waiting", None)

    stage.work_off_jobs()
    found = fetched(stage, catalog, begun.body["id"])
    assert (found.status, found.headers["cache-control"]) == (302, "no-store")
    name = f"exports/{begun.body['id']}/orders.csv"
    assert found.headers["location"] == f"https://bucket.example/{name}"
    assert len(read(stage.bucket.objects[name].decode())) == 1

    assert fetched(stage, catalog, begun.body["id"], as_="door@northern.example").status == 403
    other = an_event(table)
    assert fetched(stage, other, begun.body["id"]).status == 404
    stage.now = NOW + KEPT
    assert fetched(stage, catalog, begun.body["id"]).status == 404
    again = stage.post(path_of(catalog, "exports"), {"format": "xlsx"}, as_=FOUNDER, idempotency_key="one")
    assert again.code == "idempotency_conflict"


def test_what_can_not_be_exported_is_said_by_the_job(
    table: DynamoTable, stage: Api, catalog: Catalog
) -> None:
    begun = stage.post(path_of(catalog, "exports"), {"format": "csv", "tier": "no-tier"}, as_=FOUNDER)
    assert begun.status == 202
    stage.work_off_jobs()

    job = stage.get(path_of(catalog, f"exports/{begun.body['id']}"), as_=FOUNDER).body
    assert (job["status"], job["error"], job["url"]) == ("failed", "tier is not a tier of this event", None)
    assert fetched(stage, catalog, begun.body["id"]).status == 404
    wrong = stage.post(path_of(catalog, "exports"), {"format": "pdf"}, as_=FOUNDER)
    assert (wrong.status, wrong.body["errors"][0]["field"]) == (422, "format")
