"""Companies at an event: the part they have, the orders that are theirs, and what these come to."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.orders.order import Order, load_order
from tests.builders import NOW, a_name
from tests.engine.api import FOUNDER, Api, serving
from tests.engine.partners import BILLED, INGRID, JONAS, Partners, an_organizer, euro, partners
from tests.engine.streamed import Streamed, told


@pytest.fixture
def stage(api: Api, table: DynamoTable) -> Partners:
    return partners(api, table)


@pytest.fixture
def polar(stage: Partners) -> str:
    return stage.company("Polar Systems", INGRID, billing=BILLED)


@pytest.fixture
def streamed(table: DynamoTable) -> Streamed:
    return Streamed(table)


@pytest.fixture
def followed(streamed: Streamed) -> Iterator[Partners]:
    """The same stage on a table whose stream is kept."""
    with serving(streamed) as api:
        yield partners(api, streamed)


def totals(stage: Partners, company_id: str) -> Any:
    return stage.done("GET", f"{stage.event}/organizations/{company_id}")["totals"]


# --- the part that a company has --------------------------------------------------------------------------


def test_a_company_has_a_part_in_an_event_and_what_is_said_last_counts(stage: Partners, polar: str) -> None:
    path = f"{stage.event}/organizations/{polar}"
    said = {
        "role": "sponsor",
        "contact": {"name": "Jonas Berg", "email": JONAS, "phone": None},
        "billing": BILLED | {"company": "Polar Events AS"},
        "invoice_policy": "on_issue",
        "invoice_days": 60,
        "claim_domains": ["polar.example"],
        "notes": "Gold",
    }
    stage.done("PUT", path, said)

    read = stage.done("GET", path)
    assert {name: read[name] for name in said} == said
    assert (read["company_id"], read["name"], read["allotments"]) == (polar, "Polar Systems", [])
    assert read["totals"]["orders"] == 0

    stage.done("PUT", path, {"role": "exhibitor"})
    read = stage.done("GET", path)
    assert (read["role"], read["billing"], read["invoice_days"]) == ("exhibitor", None, None)


def test_a_company_without_orders_and_allotments_leaves_an_event(stage: Partners, polar: str) -> None:
    path = f"{stage.event}/organizations/{polar}"
    stage.done("PUT", path, {"role": "sponsor"})

    assert stage.send("DELETE", path).status == 204

    answers = [stage.send("GET", path), stage.send("DELETE", path)]
    assert {(answer.status, answer.code) for answer in answers} == {(404, "not_found")}


def test_a_company_with_an_allotment_or_an_order_stays(stage: Partners, polar: str) -> None:
    path = f"{stage.event}/organizations/{polar}"
    allotment = stage.allotment(polar)
    assert stage.done("GET", path)["role"] == "other"
    refused = stage.send("DELETE", path)
    assert (refused.status, refused.code) == (409, "in_use")

    stage.done("DELETE", f"{stage.event}/allotments/{allotment}")
    stage.placed(company_id=polar)
    refused = stage.send("DELETE", path)
    assert (refused.status, refused.code) == (409, "in_use")


def test_a_company_of_another_organizer_has_no_part(stage: Partners, api: Api) -> None:
    strange = api.post(
        f"{an_organizer(api, 'Southern Cross')}/companies", {"name": "Penguin"}, as_=FOUNDER
    ).body["id"]

    answers = [
        stage.send("PUT", f"{stage.event}/organizations/{strange}", {"role": "sponsor"}),
        stage.send("GET", f"{stage.event}/organizations/{strange}"),
        stage.send("GET", f"{stage.event}/organizations/{strange}/orders"),
        stage.send(
            "POST",
            f"{stage.event}/allotments",
            {"title": "P", "units": 1, "tier_id": stage.tier, "company_id": strange},
        ),
        stage.place(company_id=strange),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(404, "not_found")}


def test_an_archived_company_gets_no_new_part(stage: Partners, polar: str) -> None:
    stage.done("PATCH", f"{stage.organizer}/companies/{polar}", {"archived": True})

    answers = [
        stage.send("PUT", f"{stage.event}/organizations/{polar}", {"role": "sponsor"}),
        stage.send(
            "POST",
            f"{stage.event}/allotments",
            {"title": "P", "units": 1, "tier_id": stage.tier, "company_id": polar},
        ),
    ]

    assert {(answer.status, answer.code) for answer in answers} == {(409, "wrong_state")}


# --- orders -----------------------------------------------------------------------------------------------


def test_an_order_names_its_company_and_the_company_its_orders(stage: Partners, polar: str) -> None:
    stage.done("PUT", f"{stage.event}/organizations/{polar}", {"role": "partner"})
    answer = stage.place(2, company_id=polar)
    brief = {"company_id": polar, "name": "Polar Systems", "role": "partner"}
    assert answer.body["organization"] == brief

    order_id = answer.body["id"]
    assert stage.done("GET", f"{stage.event}/orders/{order_id}")["organization"] == brief
    [listed] = stage.done("GET", f"{stage.event}/organizations/{polar}/orders")["items"]
    assert (listed["id"], listed["organization"]) == (order_id, brief)
    cancelled = stage.done("POST", f"{stage.event}/orders/{order_id}/cancel", {})
    assert cancelled["organization"] == brief
    shown_to_its_buyer = stage.api.get(f"/public/orders/{order_id}", key=answer.body["key"]).body
    assert shown_to_its_buyer["organization"] is None
    assert stage.done("GET", f"{stage.event}/orders/{stage.placed()}")["organization"] is None


def test_a_company_that_orders_takes_part(stage: Partners, polar: str) -> None:
    stage.placed(company_id=polar)

    [row] = stage.done("GET", f"{stage.event}/organizations")["items"]
    assert (row["company_id"], row["role"], row["totals"]["orders"]) == (polar, "other", 1)


def test_the_orders_of_a_company_come_page_by_page_newest_first(stage: Partners, polar: str) -> None:
    fjord = stage.company("Fjord")
    wanted = []
    for minute in range(7):
        stage.api.now = NOW + timedelta(minutes=minute)
        wanted.append(stage.placed(company_id=polar))
        stage.placed(company_id=fjord)
        stage.placed()
    pages = list(stage.pages(f"{stage.event}/organizations/{polar}/orders", 3))

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [order["id"] for page in pages for order in page] == wanted[::-1]


def test_the_orders_of_an_event_are_narrowed_to_a_company_a_state_and_a_method(
    followed: Partners, streamed: Streamed
) -> None:
    stage, polar = followed, followed.company(billing=BILLED)
    other = stage.placed(company_id=stage.company("Fjord"))
    ids = []
    for minute in range(6):
        stage.api.now = NOW + timedelta(minutes=minute)
        method = "free" if minute % 2 else "invoice"
        ids.append(stage.placed(company_id=polar, payment_method=method))
    told(streamed, lambda records: stage.api.invoke("project", {"Records": records}))

    def listed(**query: str) -> list[str]:
        answer = stage.done("GET", f"{stage.event}/orders", query={"organization": polar} | query)
        return [order["id"] for order in answer["items"]]

    assert listed() == ids[::-1]
    assert other not in listed()
    assert listed(method="invoice") == ids[::2][::-1]
    assert listed(status="settled", method="invoice") == []
    first = stage.done(
        "GET",
        f"{stage.event}/orders",
        query={"organization": polar, "status": "settled", "limit": "2"},
    )
    assert [order["id"] for order in first["items"]] == [ids[5], ids[3]]
    assert listed(status="settled", limit="2", cursor=first["cursor"]) == [ids[1]]
    assert stage.done("GET", f"{stage.event}/orders", query={"organization": "nobody"})["items"] == []


def test_an_order_sent_again_is_found_once(stage: Partners, polar: str) -> None:
    body = {
        "lines": [{"tier_id": stage.tier, "quantity": 1}],
        "buyer": {"email": INGRID, "name": "Ingrid"},
        "payment_method": "free",
        "company_id": polar,
    }
    sent = [stage.send("POST", f"{stage.event}/orders", body, idempotency_key="again") for _ in range(2)]

    assert [answer.status for answer in sent] == [201, 201]
    assert len(stage.done("GET", f"{stage.event}/organizations/{polar}/orders")["items"]) == 1


# --- sums -------------------------------------------------------------------------------------------------


def test_the_sums_of_a_company_are_those_of_its_orders_and_tickets(stage: Partners, polar: str) -> None:
    free = stage.placed(4, company_id=polar)
    paid = stage.placed(3, company_id=polar, payment_method="invoice")
    open_ = stage.placed(2, company_id=polar, payment_method="invoice")
    ended = stage.placed(5, company_id=polar)
    stage.placed(6, company_id=stage.company("Fjord"))
    part = {"amount": euro(37_500), "note": "bank"}
    stage.done("POST", f"{stage.event}/orders/{paid}/settle", part, idempotency_key=a_name("key"))
    stage.fulfil(free, held=3, used=1)
    stage.fulfil(paid, held=1)
    stage.done("POST", f"{stage.event}/orders/{ended}/cancel", {})

    summed = totals(stage, polar)

    assert (summed["orders"], summed["tickets"]) == (3, 9)
    assert (summed["amount"], summed["paid"]) == (euro(62_500), euro(37_500))
    assert (summed["owed"], summed["refunded"]) == (euro(25_000), euro(0))
    counted = [summed[name] for name in ("issued", "assigned", "unassigned", "used")]
    assert counted == [7, 4, 3, 1]
    assert summed["by"] == [
        {"status": "awaiting_payment", "orders": 1, "tickets": 2, "amount": euro(25_000)},
        {"status": "fulfilled", "orders": 2, "tickets": 7, "amount": euro(37_500)},
        {"status": "cancelled", "orders": 1, "tickets": 5, "amount": euro(0)},
    ]
    assert load_order(stage.table, open_).missing == 25_000


def test_money_that_goes_back_is_in_the_sums(stage: Partners, polar: str) -> None:
    order_id = stage.placed(2, company_id=polar, payment_method="invoice")
    path = f"{stage.event}/orders/{order_id}"
    stage.done("POST", f"{path}/settle", {"note": "bank"})
    stage.done("POST", f"{path}/cancel", {"refund": True})
    assert totals(stage, polar)["paid"] == euro(25_000)

    stage.done("POST", f"{path}/refunds/1/confirm", {"note": "bank"})

    summed = totals(stage, polar)
    assert (summed["orders"], summed["paid"], summed["refunded"]) == (0, euro(0), euro(25_000))


def test_companies_are_listed_by_name_with_their_sums_page_by_page(stage: Partners) -> None:
    names = ["Polar", "Fjord", "aurora", "Breeze", "Cirrus"]
    for quantity, name in enumerate(names, start=1):
        stage.placed(quantity, company_id=stage.company(name))

    pages = list(stage.pages(f"{stage.event}/organizations", 2))

    rows = [(row["name"], row["totals"]["tickets"]) for page in pages for row in page]
    assert rows == [("aurora", 3), ("Breeze", 4), ("Cirrus", 5), ("Fjord", 2), ("Polar", 1)]
    assert [len(page) for page in pages] == [2, 2, 1]
    too_many = stage.send("GET", f"{stage.event}/organizations", query={"limit": "26"})
    assert too_many.status == 422


def test_a_page_of_companies_ends_early_rather_than_read_too_many_tickets(
    stage: Partners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admit.insight.organization._MOST_TICKETS_A_PAGE", 3)
    for quantity, name in enumerate(["Aurora", "Breeze", "Cirrus"], start=1):
        stage.fulfil(stage.placed(quantity, company_id=stage.company(name)))

    pages = list(stage.pages(f"{stage.event}/organizations", 25))

    assert [[row["name"] for row in page] for page in pages] == [["Aurora", "Breeze"], ["Cirrus"]]


def test_a_stranger_is_not_told_what_a_company_pays(stage: Partners, polar: str) -> None:
    stage.done("PUT", f"{stage.event}/organizations/{polar}", {"role": "sponsor"})

    answer = stage.send("GET", f"{stage.event}/organizations/{polar}", as_="nobody@x.example")

    assert (answer.status, answer.code) == (404, "not_found")


# --- terms of invoices ------------------------------------------------------------------------------------


def by_invoice(stage: Partners, company_id: str, **fields: Any) -> Order:
    return load_order(stage.table, stage.placed(company_id=company_id, payment_method="invoice", **fields))


def test_an_order_is_billed_to_its_company_unless_it_says_otherwise(stage: Partners, polar: str) -> None:
    order = by_invoice(stage, polar)
    assert order.billing is not None
    assert order.billing.model_dump() == {
        "company": "Polar Systems AS",
        "vat_id": "NO 987 654 321 MVA",
        "reference": "Dept. 7",
    }
    assert order.buyer.address is not None
    assert order.buyer.address.city == "Tromsø"

    said = by_invoice(stage, polar, billing={"company": "Ingrid's"})
    assert said.billing is not None
    assert (said.billing.company, said.billing.vat_id, said.buyer.address) == ("Ingrid's", None, None)

    stage.done("PUT", f"{stage.event}/organizations/{polar}", {"billing": {"company": "Polar Events"}})
    at_this_event = by_invoice(stage, polar)
    assert at_this_event.billing is not None
    assert (at_this_event.billing.company, at_this_event.billing.vat_id) == ("Polar Events", None)


def test_an_invoice_of_a_company_that_nobody_knows_how_to_bill_is_refused(stage: Partners) -> None:
    answer = stage.place(company_id=stage.company("Fjord"), payment_method="invoice")

    assert (answer.status, [fault["field"] for fault in answer.body["errors"]]) == (422, ["billing"])


def test_a_company_may_have_other_terms_of_invoices_than_the_event(stage: Partners, polar: str) -> None:
    usual = by_invoice(stage, polar)
    assert (usual.status, usual.due_at) == ("awaiting_payment", NOW + timedelta(days=14))

    terms = {"invoice_policy": "on_issue", "invoice_days": 60}
    stage.done("PUT", f"{stage.event}/organizations/{polar}", terms)

    agreed = by_invoice(stage, polar)
    assert (agreed.status, agreed.due_at) == ("settled", NOW + timedelta(days=60))
    assert agreed.invoice_policy == "on_issue"


def test_a_relay_who_orders_for_his_company_gets_its_terms_when_he_is_approved(
    stage: Partners, polar: str, table: DynamoTable
) -> None:
    stage.done("PUT", f"{stage.event}/organizations/{polar}", {"invoice_days": 60})
    stage.done("PATCH", f"{stage.event}/tiers/{stage.tier}", {"approval_required": True})
    slug = stage.done("GET", stage.event)["slug"]
    body = {
        "lines": [{"tier_id": stage.tier, "quantity": 1}],
        "buyer": {"email": INGRID, "name": "Ingrid"},
        "payment_method": "invoice",
        "billing": {"company": "Polar"},
        "company_id": polar,
        "total": euro(12_500),
    }
    placed = stage.send("POST", f"/public/events/{slug}/orders", body, INGRID, idempotency_key="one")
    assert placed.body["status"] == "awaiting_approval"

    approved = stage.done("POST", f"{stage.event}/orders/{placed.body['id']}/approve")

    assert approved["due_at"] == "2027-04-30T12:00:00.000Z"
    assert approved["organization"]["company_id"] == polar
