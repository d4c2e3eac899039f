"""Bank statements: each line is kept once, and booked on the invoice that it names."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.orders.ledger import Account, Cause
from admit.orders.order import OrderStatus
from admit.payments.reference import payment_reference
from tests.builders import a_name
from tests.engine.api import FOUNDER, Answer
from tests.engine.till import LIMIT, PRICE, Json, Opened, Till, euro, tills

DAY = "2027-03-02"


@pytest.fixture
def opened(table: DynamoTable) -> Iterator[Opened]:
    with tills(table) as opened:
        yield opened


@pytest.fixture
def till(opened: Opened) -> Till:
    return opened()


def written(cents: int) -> str:
    return f"{cents / 100:.2f}"


def csv(*rows: tuple[int, str]) -> str:
    """Write a bank's file of amounts and what their payers wrote."""
    lines = [f'{DAY},{written(amount)},EUR,"{text}",Kari Nordmann' for amount, text in rows]
    return "\n".join(["date,amount,currency,text,name", *lines]) + "\n"


def camt(*rows: tuple[int, str]) -> str:
    """Write the same as CAMT.053."""
    entries = "".join(
        f'<Ntry><Amt Ccy="EUR">{written(abs(amount))}</Amt>'
        f"<CdtDbtInd>{'CRDT' if amount > 0 else 'DBIT'}</CdtDbtInd><Sts>BOOK</Sts>"
        f"<BookgDt><Dt>{DAY}</Dt></BookgDt><AcctSvcrRef>{a_name('line')}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for amount, text in rows
    )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>1</MsgId></GrpHdr><Stmt><Acct><Id><IBAN>NO9386011117947</IBAN></Id></Acct>"
        f"{entries}</Stmt></BkToCstmrStmt></Document>"
    )


def sent(till: Till, content: str, key: str | None = None, **fields: Any) -> Answer:
    body = {"format": "camt" if content.startswith("<") else "csv", "content": content} | fields
    path = f"/organizer/{till.account}/bank-statements"
    return till.api.post(path, body, as_=FOUNDER, idempotency_key=key or a_name("key"))


def booked(till: Till, content: str, **fields: Any) -> Json:
    """Import a statement, work it off, and return the job with its rows."""
    answer = sent(till, content, **fields)
    assert answer.status == 202, answer.text
    till.api.work_off_jobs()
    path = f"/organizer/{till.account}/bank-statements/{answer.body['id']}"
    read = till.api.get(path, as_=FOUNDER)
    assert read.status == 200
    return dict(read.body)


def lines(till: Till, state: str = "unmatched") -> list[Json]:
    path = f"/organizer/{till.account}/bank-lines"
    return list(till.api.get(path, as_=FOUNDER, query={"state": state}).body["items"])


def on_line(till: Till, line: Json, verb: str, body: Json | None = None) -> Answer:
    path = f"/organizer/{till.account}/bank-lines/{line['id']}/{verb}"
    return till.api.post(path, body or {}, as_=FOUNDER)


def invoiced(till: Till, quantity: int = 1) -> tuple[Json, str]:
    """Place an order by invoice; return it with the number of its invoice."""
    order = till.buy(quantity, "invoice")
    till.project()
    number = till.order(order).invoice_number
    assert number is not None
    return order, number


def causes(till: Till, order: Json) -> list[Cause]:
    return [one.cause for one in till.order(order).movements]


# --- matching ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [csv, camt])
@pytest.mark.parametrize("named", ["number", "reference", "spaced"])
def test_a_line_settles_the_invoice_that_it_names(till: Till, write: Callable[..., str], named: str) -> None:
    order, number = invoiced(till, 2)
    reference = payment_reference(number)
    text = {
        "number": f"Invoice {number.lower()}, thank you",
        "reference": reference,
        "spaced": " ".join(reference[at : at + 4] for at in range(0, len(reference), 4)),
    }[named]

    job = booked(till, write((2 * PRICE, text)))

    assert (job["status"], job["changed"], job["rows"][0]["reference"]) == ("done", 1, order["id"])
    view = till.view(order)
    assert (view["status"], view["payment_status"]) == ("settled", "paid")
    assert till.order(order).balance(Account.BANK) == 2 * PRICE
    [line] = lines(till, "matched")
    assert (line["order_id"], line["amount"], lines(till)) == (order["id"], 2 * PRICE, [])
    assert till.drifts() == []


def test_a_line_of_less_than_the_invoice_is_a_part_and_of_more_too_much(till: Till) -> None:
    (part, first), (over, second) = invoiced(till, 2), invoiced(till, 1)

    booked(till, csv((1_500, first), (PRICE + 300, second)))

    assert (till.view(part)["status"], till.view(part)["payment_status"]) == (
        "awaiting_payment",
        "partially_paid",
    )
    assert (till.view(over)["payment_status"], till.view(over)["attention"]) == ("overpaid", ["overpaid"])
    booked(till, csv((2_500, first)))
    assert till.view(part)["status"] == "settled"
    assert till.drifts() == []


def test_two_payments_of_the_same_amount_are_two_lines(till: Till) -> None:
    order, number = invoiced(till, 2)

    job = booked(till, csv((PRICE, number), (PRICE, number)))

    assert (job["changed"], till.view(order)["status"]) == (2, "settled")


def test_a_line_that_names_no_invoice_or_two_waits_on_the_list(till: Till) -> None:
    (one, first), (other, second) = invoiced(till), invoiced(till)

    job = booked(till, csv((PRICE, "for the conference"), (2 * PRICE, f"{first} and {second}")))

    assert (job["skipped"], job["changed"]) == (2, 0)
    waiting = {line["text"]: line["suggestions"] for line in lines(till)}
    assert waiting == {
        "for the conference": [],
        f"{first} and {second}": [one["id"], other["id"]],
    }
    assert [till.order(order).paid for order in (one, other)] == [0, 0]


def test_a_line_of_another_currency_is_not_booked(till: Till) -> None:
    order, number = invoiced(till)

    job = booked(till, csv((PRICE, number)).replace("EUR", "NOK"))

    assert (job["skipped"], till.order(order).paid) == (1, 0)
    assert [line["currency"] for line in lines(till)] == ["NOK"]


def test_the_invoice_of_another_organizer_is_not_found(till: Till) -> None:
    order, number = invoiced(till)
    other = till.api.post("/organizer", {"name": "Southern Lights"}, as_=FOUNDER).body["id"]
    elsewhere = replace(till, account=other)

    job = booked(elsewhere, csv((PRICE, number)))

    assert (job["skipped"], till.order(order).paid, lines(till)) == (1, 0, [])
    [line] = lines(elsewhere)
    assert on_line(elsewhere, line, "match", {"order_id": order["id"]}).status == 404
    assert on_line(till, line, "ignore").status == 404


# --- twice ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [csv, camt])
def test_the_same_statement_twice_books_nothing_twice(till: Till, write: Callable[..., str]) -> None:
    order, number = invoiced(till, 2)
    content = write((PRICE, number), (700, "a mystery"))

    booked(till, content)
    job = booked(till, content)

    assert (job["changed"], job["unchanged"], job["skipped"]) == (0, 1, 1)
    assert (till.order(order).paid, len(lines(till)), len(lines(till, "matched"))) == (PRICE, 1, 1)
    assert till.drifts() == []


def test_the_same_request_is_the_same_job_and_another_under_its_key_is_refused(till: Till) -> None:
    _, number = invoiced(till)

    first, again = (sent(till, csv((PRICE, number)), key="statement") for _ in range(2))
    other = sent(till, csv((PRICE + 1, number)), key="statement")

    assert (first.status, again.status, first.body["id"]) == (202, 202, again.body["id"])
    assert (other.status, other.code) == (422, "idempotency_conflict")


def test_a_rehearsal_says_what_would_be_and_books_nothing(till: Till) -> None:
    order, number = invoiced(till)

    job = booked(till, csv((PRICE, number), (700, "a mystery")), dry_run=True)

    assert [row["result"] for row in job["rows"]] == ["would_change", "skipped"]
    assert (till.order(order).paid, lines(till), lines(till, "matched")) == (0, [], [])


def test_a_file_that_is_none_is_refused_before_it_is_a_job(till: Till) -> None:
    for content in ("<html></html>", "name;price\nKari;1\n"):
        answer = sent(till, content)
        assert (answer.status, answer.code) == (422, "invalid_input")
    assert till.api.queued == []


def test_a_row_that_can_not_be_read_holds_up_no_other(till: Till) -> None:
    order, number = invoiced(till)
    content = csv((700, "a mystery"), (PRICE, number)).replace("7.00", "seven")

    job = booked(till, content)

    assert (job["failed"], job["changed"]) == (1, 1)
    assert job["rows"][0]["errors"][0]["field"] == "amount"
    assert till.order(order).status is OrderStatus.SETTLED


# --- by hand ----------------------------------------------------------------------------------------------


def test_an_unmatched_line_is_matched_by_hand_once(till: Till) -> None:
    (order, _), (other, _) = invoiced(till), invoiced(till)
    booked(till, csv((PRICE, "for the conference")))
    [line] = lines(till)

    first = on_line(till, line, "match", {"order_id": order["id"]})
    again = on_line(till, line, "match", {"order_id": order["id"]})
    elsewhere = on_line(till, line, "match", {"order_id": other["id"]})

    assert (first.status, first.body["state"], first.body["order_id"]) == (200, "matched", order["id"])
    assert again.body == first.body
    assert (elsewhere.status, elsewhere.code) == (409, "wrong_state")
    assert (till.view(order)["status"], till.order(other).paid, lines(till)) == ("settled", 0, [])
    assert on_line(till, line, "ignore").status == 409
    assert till.drifts() == []


def test_a_line_that_is_for_no_order_is_set_aside_and_may_be_matched_after_all(till: Till) -> None:
    order, _ = invoiced(till)
    booked(till, csv((PRICE, "rent")))
    [line] = lines(till)

    assert on_line(till, line, "ignore").body["state"] == "ignored"
    assert (lines(till), [one["id"] for one in lines(till, "ignored")]) == ([], [line["id"]])
    booked(till, csv((PRICE, "rent")))
    assert lines(till) == []

    assert on_line(till, line, "match", {"order_id": order["id"]}).status == 200
    assert till.order(order).paid == PRICE


def test_a_line_of_another_currency_can_not_be_matched(till: Till) -> None:
    order, _ = invoiced(till)
    booked(till, csv((PRICE, "kroner")).replace("EUR", "NOK"))
    [line] = lines(till)

    answer = on_line(till, line, "match", {"order_id": order["id"]})

    assert (answer.status, answer.code) == (422, "invalid_input")
    assert till.order(order).paid == 0


# --- the organizer's word ---------------------------------------------------------------------------------


def test_what_the_organizer_has_said_is_shown_by_the_bank_later(till: Till) -> None:
    order, number = invoiced(till, 2)
    till.did(order, "settle")
    assert till.order(order).balance(Account.BY_HAND) == 2 * PRICE

    booked(till, csv((2 * PRICE, number)))

    present = till.order(order)
    assert causes(till, order) == [Cause.PAYMENT, Cause.CONFIRMATION]
    assert (present.balance(Account.BY_HAND), present.balance(Account.BANK)) == (0, 2 * PRICE)
    assert (present.paid, present.attention, till.drifts()) == (2 * PRICE, [], [])


def test_a_second_transfer_after_the_word_was_shown_is_too_much(till: Till) -> None:
    order, number = invoiced(till)
    till.did(order, "settle")

    booked(till, csv((PRICE, number), (PRICE, f"again {number}")))

    assert (till.order(order).paid, till.view(order)["attention"]) == (2 * PRICE, ["overpaid"])


def test_a_refund_by_hand_is_confirmed_by_the_line_that_shows_it(till: Till) -> None:
    order, number = invoiced(till, 2)
    booked(till, csv((2 * PRICE, number)))
    till.did(order, "refund", {"amount": euro(700)})
    assert till.view(order)["attention"] == ["refund_by_hand"]

    content = csv((-700, f"refund {number}"))
    booked(till, content)
    booked(till, content)

    view = till.view(order)
    assert (view["refunds"][0]["status"], view["attention"]) == ("succeeded", [])
    assert (till.order(order).balance(Account.BANK), till.drifts()) == (2 * PRICE - 700, [])


def test_money_that_leaves_for_nothing_here_waits_on_the_list(till: Till) -> None:
    order, number = invoiced(till)
    booked(till, csv((PRICE, number)))

    booked(till, csv((-700, f"refund {number}")))

    assert [line["amount"] for line in lines(till)] == [-700]
    assert till.order(order).paid == PRICE


# --- too late ---------------------------------------------------------------------------------------------


def test_money_for_an_invoice_that_expired_finds_its_tickets_again(opened: Opened) -> None:
    till = opened(invoice_days=14, invoice_grace_days=0, overdue="cancel")
    order, number = invoiced(till, 2)
    till.goes_on(days=15)
    till.sweep()
    assert (till.order(order).status, till.left()) == (OrderStatus.EXPIRED, LIMIT)

    booked(till, csv((2 * PRICE, number)))
    assert till.view(order)["attention"] == ["paid_after_end"]
    till.goes_on(minutes=1)
    till.sweep()

    view = till.view(order)
    assert (view["status"], view["payment_status"], view["attention"]) == ("settled", "paid", [])
    assert (till.left(), till.drifts()) == (LIMIT - 2, [])


def test_money_for_a_cancelled_invoice_is_to_be_sent_back_by_hand(till: Till) -> None:
    order, number = invoiced(till)
    till.did(order, "cancel")

    booked(till, csv((PRICE, number)))
    till.goes_on(minutes=1)
    till.sweep()

    view = till.view(order)
    assert view["attention"] == ["paid_after_end", "refund_by_hand"]
    booked(till, csv((-PRICE, f"refund {number}")))
    assert till.view(order)["attention"] == []
    assert (till.order(order).balance(Account.BANK), till.drifts()) == (0, [])


def test_late_money_in_two_parts_waits_for_the_organizer_who_gives_the_tickets_for_all_of_it(
    opened: Opened,
) -> None:
    till = opened(invoice_days=14, invoice_grace_days=0, overdue="cancel")
    order, number = invoiced(till, 2)
    till.goes_on(days=15)
    till.sweep()

    for part in (1_500, 2 * PRICE - 1_500):
        booked(till, csv((part, number)))
        till.goes_on(hours=1)
        till.sweep()
    assert till.view(order)["attention"] == ["paid_after_end"]
    view = till.did(order, "settle")

    assert (view["status"], view["payment_status"], view["refunds"]) == ("settled", "paid", [])
    assert (till.left(), till.drifts()) == (LIMIT - 2, [])
