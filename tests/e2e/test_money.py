"""Money comes in by each way, goes back, is questioned and comes too late: books and tickets follow it."""

import uuid
from collections import Counter
from datetime import UTC, datetime
from io import BytesIO

import pypdf

from tests.e2e.clients import (
    BILLING,
    Json,
    Organizer,
    Outbox,
    PayPage,
    Schedules,
    Shop,
    euro,
    wait_for,
    without_its_page,
)

SELLER = {"name": "Northern Lights AS", "address": "Kaibakken 1\n9008 Tromsø", "iban": "NO9386011117947"}


def a_statement(*payments: tuple[str, int]) -> str:
    """Return a CAMT.053 file whose payments have these texts and amounts, each new to the account."""
    entries = "".join(
        f'<Ntry><Amt Ccy="EUR">{amount / 100:.2f}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{datetime.now(UTC):%Y-%m-%d}</Dt></BookgDt><AcctSvcrRef>{uuid.uuid4().hex}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>Kari Nordmann</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for text, amount in payments
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>1</MsgId></GrpHdr>"
        f"<Stmt><Acct><Id><IBAN>{SELLER['iban']}</IBAN></Id></Acct>{entries}</Stmt>"
        "</BkToCstmrStmt></Document>"
    )


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)


def reference_in(pdf: bytes) -> str:
    """Read the creditor reference that a buyer would copy off an invoice."""
    [line] = [line for line in text_of(pdf).splitlines() if "RF" in line]
    return line[line.index("RF") :]


def paid_by_card(
    shop: Shop, pay_page: PayPage, event: Json, quantity: int = 1, title: str = "Regular", **overrides: object
) -> Json:
    """Place an order, pay it by card and return it with its tickets and its key."""
    placed = shop.place(event["slug"], title, "card", quantity, **overrides)
    pay_page.pay(placed)
    return placed | shop.wait(placed)


def wait_for_books(organizer: Organizer, pay_page: PayPage, event: Json) -> int:
    """Wait until ledger and summary tell what Stripe holds for an event, and return it."""

    def told() -> tuple[int, int]:
        summary = organizer.summary(event)
        of_summary = summary["received"]["amount"] - summary["refunded"]["amount"]
        return of_summary, organizer.balances(event)["stripe"]

    def agree() -> bool | None:
        return told() == (held, held) or None

    held = pay_page.held(event)
    wait_for(f"summary and ledger to tell of {held}", agree)
    return held


def wait_for_attention(organizer: Organizer, event: Json, order: Json, reasons: list[str]) -> Json:
    def look() -> Json | None:
        seen = organizer.look(event, f"orders/{order['id']}")
        return seen if seen["attention"] == reasons else None

    return wait_for(f"order {order['code']} to ask for {reasons}", look)


# --- invoices and the bank --------------------------------------------------------------------------------


def test_an_invoice_comes_as_pdf_and_mail_and_settling_it_gives_tickets(
    shop: Shop, organizer: Organizer, outbox: Outbox
) -> None:
    event = organizer.publish_event(seller=SELLER)
    order = shop.place(event["slug"], "Regular", "invoice", quantity=2)
    invoice = shop.wait_document(order)
    assert invoice["amount"] == euro(9800)

    pdf = shop.pdf(invoice)
    assert pdf.startswith(b"%PDF")
    for said in (invoice["number"], order["code"], SELLER["name"], BILLING["company"]):
        assert said in text_of(pdf)
    address = order["buyer"]["email"]

    def told() -> bool | None:
        mails = outbox.mails_to(address)
        return any(invoice["number"] in mail["Subject"] + mail["BodyText"] for mail in mails) or None

    wait_for("a mail about the invoice", told)
    wrong = shop.http.get(invoice["url"].partition("?")[0])
    assert (wrong.status_code, wrong.json()["code"]) == (401, "unauthenticated")

    assert organizer.settle(event, order).status_code == 200
    assert len(shop.wait(order)["tickets"]) == 2
    wait_for("the ledger", lambda: organizer.balances(event)["by_hand"] == 9800 or None)


def test_a_bank_statement_settles_the_invoice_that_it_names(shop: Shop, organizer: Organizer) -> None:
    event = organizer.publish_event(seller=SELLER)
    named, unnamed = [shop.place(event["slug"], "Regular", "invoice") for _ in range(2)]
    reference = reference_in(shop.pdf(shop.wait_document(named)))
    remark = f"conference {uuid.uuid4().hex}"
    statement = a_statement((reference, 4900), (remark, 4900))

    rows = organizer.book_statement(statement)
    assert [row["result"] for row in rows] == ["changed", "skipped"]
    assert rows[0]["reference"] == named["id"]
    assert len(shop.wait(named)["tickets"]) == 1

    lines = organizer.http.get(f"{organizer.path}/bank-lines?limit=100").json()["items"]
    [left] = [line for line in lines if line["text"] == remark]
    matched = organizer.send("POST", f"/bank-lines/{left['id']}/match", {"order_id": unnamed["id"]})
    assert (matched.status_code, matched.json()["state"]) == (200, "matched")
    shop.wait(unnamed)

    again = organizer.book_statement(statement)
    assert [row["result"] for row in again] == ["unchanged"] * 2
    wait_for("the ledger", lambda: organizer.balances(event)["bank"] == 9800 or None)
    assert organizer.summary(event)["received"] == euro(9800)


# --- money that goes back ---------------------------------------------------------------------------------


def test_a_refund_of_a_ticket_is_told_alike_by_stripe_books_and_credit_note(
    shop: Shop, organizer: Organizer, event: Json, pay_page: PayPage
) -> None:
    order = paid_by_card(shop, pay_page, event, quantity=2, billing=BILLING)
    shop.wait_document(order)
    refunded = organizer.refund(event, order, tickets=[1], note="came late")
    assert (refunded["amount"], refunded["status"]) == (euro(4900), "succeeded")

    [made] = [one for one in pay_page.all("refunds") if one["metadata"].get("order_id") == order["id"]]
    assert (made["amount"], made["status"]) == (4900, "succeeded")
    assert wait_for_books(organizer, pay_page, event) == 4900
    note = shop.wait_document(order, "credit_note")
    assert note["amount"] == euro(4900)
    assert note["number"] in text_of(shop.pdf(note))
    seen = shop.look(order)
    assert (seen["payment_status"], seen["paid"]) == ("partially_refunded", euro(4900))
    assert [ticket["status"] for ticket in seen["tickets"]] == ["valid"] * 2

    again = organizer.send("POST", f"/events/{event['id']}/orders/{order['id']}/refund", {"tickets": [1]})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_refund")
    too_much = organizer.send(
        "POST", f"/events/{event['id']}/orders/{order['id']}/refund", {"amount": euro(4901)}
    )
    assert (too_much.status_code, too_much.json()["code"]) == (409, "refund_too_large")


def test_a_cancelled_ticket_admits_nobody_and_its_money_and_seat_come_back(
    shop: Shop, organizer: Organizer, pay_page: PayPage
) -> None:
    event = organizer.publish_event(capacity=2)
    door = organizer.pair_device(event)
    order = paid_by_card(shop, pay_page, event, quantity=2)
    first, second = [shop.credential(ticket) for ticket in order["tickets"]]

    cancelled = organizer.cancel(event, order, tickets=[2], refund=True)
    assert [ticket["status"] for ticket in cancelled["tickets"]] == ["valid", "cancelled"]
    assert [refund["amount"] for refund in cancelled["refunds"]] == [euro(4900)]
    refused = door.scan(second)
    assert (refused["result"], refused["reason"]) == ("refused", "cancelled")
    assert door.scan(first)["result"] == "admitted"
    shop.wait(shop.place(event["slug"], "Free ticket", "free"))
    assert wait_for_books(organizer, pay_page, event) == 4900


def test_a_buyer_who_cancels_gets_back_what_the_order_has_told(
    shop: Shop, organizer: Organizer, pay_page: PayPage
) -> None:
    rule = {"days_before": 7, "fee_percent": "10", "fee": 100}
    event = organizer.publish_event(cancellation_rules=[rule])
    order = paid_by_card(shop, pay_page, event)
    offer = shop.look(order)["cancellation"]
    assert (offer["refund"], offer["fee"]) == (euro(4310), euro(590))

    cancelled = shop.cancel(order)
    assert (cancelled["status"], cancelled["cancellation"]) == ("cancelled", None)
    assert [refund["amount"] for refund in cancelled["refunds"]] == [euro(4310)]
    assert wait_for_books(organizer, pay_page, event) == 590


def test_a_refund_that_fails_later_is_the_organizers_again(
    shop: Shop, organizer: Organizer, event: Json, pay_page: PayPage
) -> None:
    pay_page.set(pending_refunds=1)
    order = paid_by_card(shop, pay_page, event)
    assert organizer.refund(event, order)["status"] == "pending"
    [made] = [one for one in pay_page.all("refunds") if one["metadata"].get("order_id") == order["id"]]
    pay_page.tell(f"refunds/{made['id']}/fail")

    seen = wait_for_attention(organizer, event, order, ["refund_failed"])
    assert (seen["paid"], seen["explanation"]["who"]) == (euro(4900), "organizer")
    assert wait_for_books(organizer, pay_page, event) == 4900
    wait_for(
        "the summary to name it",
        lambda: organizer.summary(event)["attention"] == [{"reason": "refund_failed", "orders": 1}] or None,
    )

    assert organizer.refund(event, order)["status"] == "succeeded"
    wait_for_attention(organizer, event, order, [])
    assert wait_for_books(organizer, pay_page, event) == 0


def test_a_refund_made_in_the_dashboard_is_known_here(
    shop: Shop, organizer: Organizer, event: Json, pay_page: PayPage
) -> None:
    order = paid_by_card(shop, pay_page, event)
    pay_page.tell("refunds", payment_intent=pay_page.payment(event, order), amount=900)
    wait_for("the refund to be known", lambda: shop.look(order)["refunds"] or None)
    assert shop.look(order)["paid"] == euro(4000)
    assert wait_for_books(organizer, pay_page, event) == 4000


def test_a_refund_waits_for_a_stripe_that_is_away(
    shop: Shop, organizer: Organizer, event: Json, pay_page: PayPage, schedules: Schedules
) -> None:
    order = paid_by_card(shop, pay_page, event)
    pay_page.set(fail_requests=100, only="POST /v1/refunds")
    assert organizer.refund(event, order)["status"] == "requested"
    pay_page.reset()

    def sent() -> bool | None:
        schedules.begin("settle", "sweep")
        return [one["status"] for one in shop.look(order)["refunds"]][-1] == "succeeded" or None

    wait_for("the sweep to send it", sent)
    made = [one for one in pay_page.all("refunds") if one["metadata"].get("order_id") == order["id"]]
    assert [one["amount"] for one in made] == [4900]
    assert wait_for_books(organizer, pay_page, event) == 0


# --- money that is questioned, slow, doubled or late ------------------------------------------------------


def test_a_disputed_order_admits_nobody_until_it_is_won(
    shop: Shop, organizer: Organizer, event: Json, pay_page: PayPage
) -> None:
    door = organizer.pair_device(event)
    order = paid_by_card(shop, pay_page, event)
    credential = shop.credential(order["tickets"][0])
    dispute = pay_page.tell("disputes", payment_intent=pay_page.payment(event, order))
    seen = wait_for_attention(organizer, event, order, ["dispute"])
    assert seen["payment_status"] == "disputed"

    def refused() -> Json | None:
        scan = door.scan(credential)
        return scan if scan["result"] == "refused" else None

    assert wait_for("the door to know", refused)["reason"] == "suspended"
    impossible = organizer.send("POST", f"/events/{event['id']}/orders/{order['id']}/refund")
    assert (impossible.status_code, impossible.json()["code"]) == (409, "nothing_to_refund")
    wait_for("the ledger", lambda: organizer.balances(event)["disputed"] == 4900 or None)

    pay_page.tell(f"disputes/{dispute['id']}/win")
    wait_for_attention(organizer, event, order, [])
    wait_for("the ticket", lambda: shop.look(order)["tickets"][0]["status"] == "valid" or None)
    assert door.scan(credential)["result"] == "admitted"
    assert wait_for_books(organizer, pay_page, event) == 4900


def wait_for_debit(shop: Shop, order: Json) -> Json:
    """Wait until it is known that the money is under way: the tickets are held for longer then."""

    def look() -> Json | None:
        seen = shop.look(order)
        return seen if seen["hold_expires_at"] > order["hold_expires_at"] else None

    return wait_for("the tickets to be held for longer", look)


def test_a_debit_holds_the_tickets_until_it_arrives(
    shop: Shop, organizer: Organizer, event: Json, pay_page: PayPage
) -> None:
    order = shop.place(event["slug"], "Workshop", "card")
    pay_page.debit(order)

    seen = wait_for_debit(shop, order)
    assert (seen["status"], seen["payment_status"]) == ("awaiting_payment", "unpaid")
    [page] = pay_page.pages(order)
    pay_page.tell(f"debits/{page['id']}/succeed")
    assert len(shop.wait(order)["tickets"]) == 1
    assert wait_for_books(organizer, pay_page, event) == 1900


def test_a_debit_that_fails_can_be_paid_another_way(shop: Shop, event: Json, pay_page: PayPage) -> None:
    order = shop.place(event["slug"], "Workshop", "card")
    pay_page.debit(order)
    wait_for_debit(shop, order)
    [page] = pay_page.pages(order)
    pay_page.tell(f"debits/{page['id']}/fail")
    wait_for(
        "the order to be told",
        lambda: shop.look(order)["timeline"][-1]["what"] == "payment failed" or None,
    )
    again = shop.open_payment(order)
    assert again["checkout_url"] != order["checkout_url"]
    pay_page.pay(again)
    assert len(shop.wait(order)["tickets"]) == 1


def test_a_second_payment_goes_back_by_itself(
    shop: Shop, organizer: Organizer, event: Json, pay_page: PayPage
) -> None:
    order, first_page = without_its_page(shop, pay_page, event)
    pay_page.pay(order)
    tickets = [ticket["id"] for ticket in shop.wait(order)["tickets"]]
    pay_page.press(first_page, "pay")

    def back() -> Json | None:
        seen = shop.look(order)
        return seen if [refund["status"] for refund in seen["refunds"]] == ["succeeded"] else None

    seen = wait_for("the second payment to go back", back)
    assert (seen["status"], seen["paid"], seen["attention"]) == ("fulfilled", euro(4900), [])
    assert [ticket["id"] for ticket in seen["tickets"]] == tickets
    charges = pay_page.charges(event)
    assert Counter(charge["amount_refunded"] for charge in charges) == {0: 1, 4900: 1}
    assert wait_for_books(organizer, pay_page, event) == 4900


def test_money_that_comes_after_the_hold_takes_the_tickets_again_or_goes_back(
    shop: Shop, organizer: Organizer, pay_page: PayPage, schedules: Schedules
) -> None:
    event = organizer.publish_event(hold_minutes=1, capacity=2)
    (lucky, its_page), (late, last_page) = [without_its_page(shop, pay_page, event) for _ in range(2)]

    def expired() -> bool | None:
        schedules.begin("settle", "sweep")
        return {shop.look(order)["status"] for order in (lucky, late)} == {"expired"} or None

    wait_for("the holds to end", expired, seconds=180)
    pay_page.press(its_page, "pay")
    assert len(shop.wait(lucky)["tickets"]) == 1
    shop.wait(shop.place(event["slug"], "Free ticket", "free"))
    pay_page.press(last_page, "pay")
    asked = wait_for_attention(organizer, event, late, ["paid_after_end"])
    assert (asked["status"], asked["explanation"]["who"]) == ("expired", "organizer")
    sold_out = organizer.settle(event, late)
    assert (sold_out.status_code, sold_out.json()["code"]) == (409, "sold_out")
    wait_for(
        "the summary to tell of both",
        lambda: organizer.summary(event)["unallocated"] == euro(4900) or None,
    )

    assert organizer.refund(event, late)["status"] == "succeeded"
    wait_for_attention(organizer, event, late, [])
    assert wait_for_books(organizer, pay_page, event) == 4900


def test_coming_back_from_the_page_is_enough(shop: Shop, event: Json, pay_page: PayPage) -> None:
    pay_page.set(drop=True)
    order = shop.place(event["slug"], "Regular", "card")
    pay_page.pay(order)
    assert shop.look(order)["status"] == "awaiting_payment"
    confirmed = shop.confirm(order)
    assert (confirmed["status"] in ("settled", "fulfilled"), confirmed["paid"]) == (True, euro(4900))
    assert len(shop.wait(order)["tickets"]) == 1


# --- an event that is cancelled ---------------------------------------------------------------------------


def test_a_cancelled_event_ends_every_order_and_sends_all_money_back(
    shop: Shop, organizer: Organizer, event: Json, pay_page: PayPage
) -> None:
    slug = event["slug"]
    paid = [paid_by_card(shop, pay_page, event, quantity) for quantity in (1, 2)]
    other = [
        shop.place(slug, "Regular", "card"),
        shop.place(slug, "Regular", "invoice"),
        shop.place(slug, "Free ticket", "free"),
    ]
    cancelled = organizer.add(event, "cancel", {"note": "the hall has burnt down"})
    assert cancelled["status"] == "cancelled"

    def done() -> Json | None:
        job = organizer.look(event, f"imports/{cancelled['cancellation_job']}")
        return job if job["status"] in ("done", "failed") else None

    job = wait_for("the job", done, seconds=180)
    assert (job["status"], job["failed"]) == ("done", 0)
    statuses = {"cancelled"}
    wait_for("the list", lambda: {one["status"] for one in organizer.orders(event)} == statuses or None)
    for order in paid:
        seen = shop.look(order)
        assert seen["payment_status"] == "refunded"
        assert {ticket["status"] for ticket in seen["tickets"]} == {"cancelled"}
    assert pay_page.press(other[0]["checkout_url"], "pay").status_code == 410
    assert wait_for_books(organizer, pay_page, event) == 0
    again = organizer.add(event, "cancel")
    assert again["cancellation_job"] == cancelled["cancellation_job"]
