"""Invoices: numbered without a gap, never changed, drawn once, and summing up to what is billed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.orders.billing import missing_document
from admit.orders.ledger import DocumentKind
from admit.orders.order import OrderStatus
from admit.payments.documents import IssuedDocument, draw_documents, issue_documents
from admit.payments.reference import payment_reference
from tests.engine.api import FOUNDER
from tests.engine.till import (
    BILLING,
    CANCELLED,
    LIMIT,
    PRICE,
    VALID,
    Json,
    Opened,
    Till,
    euro,
    tills,
)
from tests.engine.unguarded import Unguarded


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened()


def numbers(till: Till, order: Json) -> list[str]:
    return [one.number for one in till.order(order).documents]


def billed(till: Till, order: Json) -> int:
    """Return what the documents of an order bill in all."""
    signs = {DocumentKind.INVOICE: 1, DocumentKind.CREDIT_NOTE: -1}
    return sum(signs[one.kind] * one.amount for one in till.order(order).documents)


def invoice_of(till: Till, order: Json) -> IssuedDocument:
    item = till.table.get(keys.document(till.account, numbers(till, order)[0]))
    assert item is not None
    return IssuedDocument.of(item)


# --- which orders have one --------------------------------------------------------------------------------


def test_an_order_by_invoice_has_one_as_soon_as_it_is_placed(till: Till) -> None:
    order = till.buy(2, "invoice")

    till.project()

    view = till.seen(order)
    assert view["invoice_number"] == "INV-000001"
    [document] = view["documents"]
    assert (document["kind"], document["amount"]) == ("invoice", euro(2 * PRICE))
    content = invoice_of(till, order).content
    assert (content.total, content.paid, content.payable) == (2 * PRICE, 0, 2 * PRICE)
    assert content.reference == payment_reference("INV-000001")
    assert (content.buyer.name, content.buyer.reference) == ("Polar Systems AS", "PO 4711")
    assert content.due_on == till.order(order).due_at.date()  # type: ignore[union-attr]


def test_an_order_by_card_has_an_invoice_only_when_it_is_paid_and_says_whom_to_bill(till: Till) -> None:
    nobody, company = till.sold(), till.buy(billing=BILLING)
    till.project()
    assert numbers(till, company) == []
    till.pay(company)

    till.project()

    assert numbers(till, nobody) == []
    content = invoice_of(till, company).content
    assert (content.total, content.paid, content.payable) == (PRICE, PRICE, 0)


def test_an_order_that_costs_nothing_has_no_invoice(till: Till) -> None:
    free = next(tier.id for tier in till.catalog.tiers.values() if tier.default)
    order = till.buy(1, "free", lines=[{"tier_id": free, "quantity": 1}], total=euro(0))

    till.project()

    assert numbers(till, order) == []


def test_an_order_that_waits_for_approval_is_billed_when_it_has_it(opened: Opened) -> None:
    till = opened({"approval_required": True})
    order = till.buy(1, "invoice")
    till.project()
    assert numbers(till, order) == []

    till.did(order, "approve")
    till.project()

    assert len(numbers(till, order)) == 1


# --- numbers ----------------------------------------------------------------------------------------------


def issue_at_once(till: Till, table: DynamoTable, orders: list[Json]) -> list[str]:
    """Issue the invoices of all orders at the same time; return their numbers in order."""
    event = till.catalog.event

    def issue(order: Json) -> str:
        done = issue_documents(table, event, "Northern Lights", till.order(order), till.api.now)
        return done.documents[-1].number

    with ThreadPoolExecutor(30) as threads:
        return sorted(threads.map(issue, orders))


def test_thirty_invoices_at_once_have_thirty_numbers_in_a_row(till: Till) -> None:
    orders = [till.buy(1, "invoice") for _ in range(30)]

    issued = issue_at_once(till, till.table, orders)

    assert issued == [f"INV-{number:06d}" for number in range(1, 31)]
    assert {invoice_of(till, order).order_id for order in orders} == {order["id"] for order in orders}


def test_without_the_condition_of_the_counter_numbers_are_given_twice(till: Till) -> None:
    first, second = till.buy(1, "invoice"), till.buy(1, "invoice")

    class Overtaken(Unguarded):
        """A table on which the first invoice is issued just before the second takes its number."""

        overtaken = False

        def transact(self, writes: Any) -> None:
            if not self.overtaken:
                self.overtaken = True
                event = till.catalog.event
                issue_documents(self, event, "Northern Lights", till.order(first), till.api.now)
            super().transact(writes)

    table = Overtaken(till.table, "ORGANIZER#", "DOCUMENT#")
    issue_documents(table, till.catalog.event, "Northern Lights", till.order(second), till.api.now)

    assert numbers(till, first) == numbers(till, second) == ["INV-000001"]


def test_of_twenty_messages_about_one_order_one_invoice_is_made(till: Till) -> None:
    order = till.buy(1, "invoice")
    read, event = till.order(order), till.catalog.event

    with ThreadPoolExecutor(20) as threads:
        list(
            threads.map(
                lambda _: issue_documents(till.table, event, "Northern Lights", read, till.api.now),
                range(20),
            )
        )

    assert numbers(till, order) == ["INV-000001"]
    assert invoice_of(till, order).amount == PRICE


# --- what goes back ---------------------------------------------------------------------------------------


def test_a_refund_has_a_credit_note_that_names_the_invoice(till: Till) -> None:
    order = till.sold(2, "invoice")
    till.project()
    till.did(order, "refund", {"tickets": [1]})
    till.project()
    assert len(numbers(till, order)) == 1  # It is not sent yet.

    till.did(order, "refunds/1/confirm")
    till.project()

    assert numbers(till, order) == ["INV-000001", "CN-000001"]
    item = till.table.get(keys.document(till.account, "CN-000001"))
    assert item is not None
    note = IssuedDocument.of(item).content
    assert (note.total, note.corrects, note.payable) == (PRICE, "INV-000001", 0)
    assert (billed(till, order), missing_document(till.order(order))) == (PRICE, None)


@pytest.mark.parametrize("method", ["card", "invoice"])
def test_documents_sum_up_to_what_is_billed_after_each_step(till: Till, method: str) -> None:
    order = till.sold(3, method, billing=BILLING)
    till.project()
    assert billed(till, order) == 3 * PRICE
    steps: list[tuple[str, Json, int]] = [
        ("refund", {"amount": euro(500)}, 3 * PRICE - 500),
        ("cancel", {"tickets": [2], "refund": True}, 2 * PRICE - 500),
        ("cancel", {"refund": True}, 0),
    ]
    for verb, body, left in steps:
        till.did(order, verb, body)
        for refund in till.order(order).refunds:
            if refund.status == "pending":
                till.did(order, f"refunds/{refund.sequence}/confirm")
        till.project()
        assert billed(till, order) == left
    assert till.order(order).paid == 0
    assert till.drifts() == []


def test_an_unpaid_invoice_of_which_tickets_are_cancelled_is_credited_by_them(till: Till) -> None:
    order = till.buy(3, "invoice")
    till.project()

    till.did(order, "cancel", {"tickets": [1]})
    till.project()
    assert (numbers(till, order), billed(till, order)) == (["INV-000001", "CN-000001"], 2 * PRICE)
    till.did(order, "cancel")
    till.project()

    assert (len(numbers(till, order)), billed(till, order)) == (3, 0)


def test_what_was_paid_too_much_and_goes_back_is_credited_by_nothing(till: Till) -> None:
    order = till.buy(1, "invoice")
    till.did(order, "settle", {"amount": euro(PRICE + 500)}, key="over")
    till.project()
    assert till.view(order)["attention"] == ["overpaid"]

    till.did(order, "refund", {"amount": euro(500)})
    till.did(order, "refunds/1/confirm")
    till.project()

    assert (till.view(order)["attention"], numbers(till, order)) == ([], ["INV-000001"])


def test_an_invoice_that_is_drawn_stays_as_it_was_written(till: Till) -> None:
    order = till.buy(2, "invoice")
    till.project()
    before = invoice_of(till, order)

    till.api.patch(till.path, {"title": "Another Conference"}, as_=FOUNDER)
    till.did(order, "settle")
    till.project()

    assert invoice_of(till, order) == before


# --- the drawing ------------------------------------------------------------------------------------------


def pdf(till: Till, order: Json) -> str:
    return f"documents/{till.account}/{numbers(till, order)[0]}.pdf"


def test_an_invoice_is_shown_once_it_is_drawn(till: Till) -> None:
    order = till.buy(1, "invoice")
    path = f"/public/orders/{order['id']}/invoice"
    assert till.api.get(path, key=order["key"]).status == 404
    issue_documents(till.table, till.catalog.event, "Northern Lights", till.order(order), till.api.now)
    busy = till.api.get(path, key=order["key"])
    assert (busy.status, busy.code) == (503, "busy")

    draw_documents(till.table, till.api.bucket, till.order(order))

    shown = till.api.get(path, key=order["key"])
    assert (shown.status, shown.headers["location"]) == (302, f"https://bucket.example/{pdf(till, order)}")
    assert till.api.bucket.objects[pdf(till, order)].startswith(b"%PDF")
    assert till.api.get(path, key="another").status == 401


def test_an_invoice_has_an_address_of_its_own_that_opens_nothing_else(till: Till) -> None:
    order = till.buy(1, "invoice")
    till.project()
    [document] = till.seen(order)["documents"]
    path, key = document["url"].split("/public/", 1)[1].split("?key=")

    assert till.api.get(f"/public/{path}", query={"key": key}).status == 302
    assert till.api.get(f"/public/{path}", query={"key": "x" * len(key)}).status == 401
    other = path.replace("INV-000001", "INV-000002")
    assert till.api.get(f"/public/{other}", query={"key": key}).status == 401
    for number, status in [("INV-000001", 302), ("INV-000007", 404)]:
        shown = till.api.get(f"{till.path}/orders/{order['id']}/documents/{number}", as_=FOUNDER)
        assert shown.status == status


def test_a_document_is_drawn_once_however_often_it_is_asked_for(till: Till) -> None:
    order = till.buy(1, "invoice")
    till.project()
    till.api.bucket.objects.clear()

    draw_documents(till.table, till.api.bucket, till.order(order))

    assert till.api.bucket.objects == {}


# --- being paid -------------------------------------------------------------------------------------------


def test_an_invoice_is_paid_in_parts_each_booked_once(till: Till) -> None:
    order = till.buy(2, "invoice")

    for key in ("first", "first", "second"):
        view = till.did(order, "settle", {"amount": euro(1_500)}, key=key)
    assert (view["status"], view["payment_status"], view["paid"]) == (
        "awaiting_payment",
        "partially_paid",
        euro(3_000),
    )
    view = till.did(order, "settle", {"note": "the rest"})

    assert (view["status"], view["payment_status"]) == ("settled", "paid")
    assert till.drifts() == []


def test_a_part_without_a_key_is_refused(till: Till) -> None:
    order = till.buy(2, "invoice")

    answer = till.act(order, "settle", {"amount": euro(1_500)}, key="")

    assert (answer.status, answer.code) == (422, "invalid_input")
    assert till.order(order).paid == 0


def test_an_invoice_that_is_overpaid_needs_attention_until_it_is_sent_back(till: Till) -> None:
    order = till.buy(1, "invoice")

    view = till.did(order, "settle", {"amount": euro(PRICE + 300)}, key="over")
    assert (view["status"], view["payment_status"], view["attention"]) == (
        "settled",
        "overpaid",
        ["overpaid"],
    )
    till.did(order, "refund", {"amount": euro(300)})
    view = till.did(order, "refunds/1/confirm")

    # Nothing of the price has gone back.
    assert (view["paid"], view["attention"], till.drifts()) == (euro(PRICE), [], [])


def test_on_issue_the_tickets_come_at_once_and_the_money_later(opened: Opened) -> None:
    till = opened(invoice_policy="on_issue")
    order = till.buy(2, "invoice")
    assert (order["status"], order["payment_status"]) == ("settled", "unpaid")
    till.issue(order)
    assert till.seen(order)["explanation"]["why"] == "The tickets are made, and the invoice is not paid yet."

    view = till.did(order, "settle")

    assert (view["status"], view["payment_status"]) == ("fulfilled", "paid")
    assert till.drifts() == []


def test_on_release_the_organizer_gives_the_tickets_before_they_are_paid(opened: Opened) -> None:
    till = opened(invoice_policy="on_release")
    order = till.buy(2, "invoice")
    assert order["status"] == "awaiting_payment"

    view = till.did(order, "release")
    again = till.did(order, "release")

    assert view == again
    assert (view["status"], view["payment_status"]) == ("settled", "unpaid")
    assert till.did(order, "settle")["payment_status"] == "paid"


# --- not being paid ---------------------------------------------------------------------------------------

DUE = {"invoice_days": 14, "reminder_days": [-3, 0, 7], "invoice_grace_days": 10}


def days(till: Till, count: int) -> None:
    """Let days go by, and the sweep with each."""
    for _ in range(count):
        till.goes_on(days=1, minutes=1)
        till.sweep()


def test_a_buyer_is_reminded_before_on_and_after_the_day_once_each(opened: Opened) -> None:
    till = opened(**DUE)
    order = till.buy(1, "invoice")
    given = []
    for day in range(1, 24):
        before = till.order(order).reminded
        days(till, 1)
        till.sweep()
        given += [day] * (till.order(order).reminded - before)

    assert given == [11, 14, 21]
    told = [one.what for one in till.order(order).timeline]
    assert told.count("reminded") == 3


def test_after_a_long_silence_several_reminders_are_one(opened: Opened) -> None:
    till = opened(**DUE)
    order = till.buy(1, "invoice")

    till.goes_on(days=22)
    till.sweep()

    assert till.order(order).reminded == 1


def test_a_paid_invoice_is_reminded_of_no_more(opened: Opened) -> None:
    till = opened(**DUE)
    order = till.buy(1, "invoice")
    days(till, 11)
    till.did(order, "settle")

    days(till, 15)

    present = till.order(order)
    assert (present.reminded, present.overdue, present.due) == (1, False, None)


def test_an_overdue_invoice_needs_attention_until_it_is_paid(opened: Opened) -> None:
    till = opened(**DUE)
    order = till.buy(1, "invoice")
    days(till, 14)

    view = till.view(order)
    assert (view["attention"], view["explanation"]["why"]) == (["invoice_overdue"], "The invoice is overdue.")
    assert view["explanation"]["who"] == "buyer"
    assert till.did(order, "settle")["attention"] == []
    assert till.drifts() == []


def test_when_its_grace_is_over_the_organizer_is_asked(opened: Opened) -> None:
    till = opened(**DUE, overdue="ask")
    order = till.buy(1, "invoice")
    days(till, 25)

    view = till.view(order)
    assert (view["status"], view["attention"]) == ("awaiting_payment", ["invoice_overdue"])
    assert view["explanation"]["who"] == "organizer"
    assert (till.order(order).due, till.left()) == (None, LIMIT - 1)


def test_when_its_grace_is_over_an_unpaid_invoice_is_cancelled_where_the_event_says_so(
    opened: Opened,
) -> None:
    till = opened(**DUE, overdue="cancel")
    order = till.buy(2, "invoice")
    days(till, 25)

    assert till.view(order)["status"] == "expired"
    till.project()
    assert (billed(till, order), till.left(), till.drifts()) == (0, LIMIT, [])


def test_tickets_given_for_an_unpaid_invoice_are_cancelled_with_it(opened: Opened) -> None:
    till = opened(**DUE, overdue="cancel", invoice_policy="on_issue")
    order, used = till.buy(2, "invoice"), till.buy(1, "invoice")
    for one in (order, used):
        till.issue(one)
    assert till.scan(till.door(), used) == "admitted"

    days(till, 25)

    assert (till.view(order)["status"], till.statuses(order)) == ("cancelled", [CANCELLED] * 2)
    # Somebody has gone in with it: that is for the organizer.
    assert (till.view(used)["status"], till.statuses(used)) == ("fulfilled", [VALID])
    assert till.view(used)["attention"] == ["invoice_overdue"]
    assert (till.left(), till.drifts()) == (LIMIT - 1, [])


def test_what_was_paid_in_part_goes_back_when_an_invoice_is_cancelled_for_its_rest(opened: Opened) -> None:
    till = opened(**DUE, overdue="cancel")
    order = till.buy(2, "invoice")
    till.did(order, "settle", {"amount": euro(500)}, key="part")
    days(till, 25)

    view = till.view(order)
    assert (view["status"], view["attention"]) == ("expired", ["refund_by_hand"])
    assert [refund["amount"] for refund in view["refunds"]] == [euro(500)]
    till.did(order, "refunds/1/confirm")
    till.project()
    assert (till.order(order).status, till.order(order).paid) == (OrderStatus.EXPIRED, 0)
    assert (billed(till, order), till.drifts()) == (0, [])
