"""Mails: what is told, to whom, and that a fact that holds no longer is not told."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, get_args
from urllib.parse import unquote

import pytest
from pydantic import ValidationError

from admit.catalog.event import Event, EventStatus, Seller
from admit.catalog.price import PaymentMethod
from admit.mail.event_mails import verify_mail, waiting_mail, whitelisted_mail
from admit.mail.facts import mails_for_document, mails_for_order, mails_for_ticket
from admit.mail.mails import (
    AboutAssignment,
    AboutCancellation,
    AboutDetails,
    AboutDocument,
    AboutEventChange,
    AboutMoney,
    AboutOrder,
    AboutTicket,
    AboutTransfer,
    FormerHolder,
    LostLinks,
    MailKind,
    MailRequest,
    MemberAdded,
    VerifyEmail,
    WaitingOffer,
    Whitelisted,
    read_request,
)
from admit.mail.order_mails import cancellation_mail, document_mail, money_mail, order_mail
from admit.mail.ticket_mails import Held, ticket_mail
from admit.orders.ledger import (
    Account,
    Cause,
    DocumentKind,
    DocumentRef,
    Misfit,
    Movement,
    Refund,
    RefundStatus,
)
from admit.orders.order import Order, OrderStatus, Source
from admit.orders.waiting import WaitingEntry, WaitingStatus
from admit.people.person import Holder
from admit.tickets.ticket import Ticket, TicketStatus
from tests.builders import NOW, a_card_order, later
from tests.mail_world import KARI, LINKS, OLA, a_desk, a_ticket, an_event

WAITS, PAYS, SETTLED, DONE = (
    OrderStatus.AWAITING_APPROVAL,
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.SETTLED,
    OrderStatus.FULFILLED,
)
IBAN = "NO9386011117947"
A_LOSS = FormerHolder(order_id="order-1", number=1, revision=1, email=OLA, name="Ola Nordmann")


def an_invoice_order(**overrides: Any) -> Order:
    """Return an order of two tickets for 250.00 EUR by invoice, that no table has."""
    fields: dict[str, Any] = {
        "payment_method": PaymentMethod.INVOICE,
        "hold_expires_at": None,
        "due_at": later(14 * 24 * 60),
        "documents": [a_document()],
    }
    return a_card_order(**fields | overrides)


def a_document(kind: DocumentKind = DocumentKind.INVOICE, number: str = "INV-000007") -> DocumentRef:
    return DocumentRef(kind=kind, number=number, amount=25_000, issued_at=NOW)


def a_payment(amount: int = 25_000, **overrides: Any) -> Movement:
    fields: dict[str, Any] = {
        "id": f"payment:{amount}",
        "cause": Cause.PAYMENT,
        "debit": Account.BANK,
        "credit": Account.UNALLOCATED if "misfit" in overrides else Account.ORDER,
        "amount": amount,
        "currency": "EUR",
        "reference": "line-1",
        "at": NOW,
        "actor": "bank",
    }
    return Movement.model_validate(fields | overrides)


def a_refund(status: RefundStatus, account: Account = Account.STRIPE, **overrides: Any) -> Refund:
    fields: dict[str, Any] = {
        "sequence": 1,
        "amount": 12_500,
        "currency": "EUR",
        "status": status,
        "payment": "payment:25000",
        "account": account,
        "source": Account.ORDER,
        "actor": "mona@polar.example",
        "requested_at": NOW,
    }
    return Refund.model_validate(fields | overrides)


def fragment(text: str) -> str:
    """Return what stands behind the # of the link in a mail."""
    [link] = re.findall(r"https://\S+#\S+", text)
    return str(link).partition("#")[2]


def facts(before: Order, after: Order) -> list[tuple[str, int]]:
    """Return the kinds of what a change gives to tell about money, and their numbers."""
    requests = mails_for_order(before, after)
    return [(request.kind, request.number) for request in requests if isinstance(request, AboutMoney)]


def written(kind: Any, order: Order, *, number: int = 1, event: Event | None = None, at: int = 0) -> str:
    """Return subject and text of a mail about money, nothing for one that is not written."""
    request = AboutMoney(kind=kind, order_id=order.id, number=number)
    mail = money_mail(request, order, a_desk(event), later(at))
    return f"{mail.subject}\n{mail.text}" if mail else ""


def told(left: OrderStatus | None, now: OrderStatus, **order: Any) -> list[str]:
    before = a_card_order(status=left, **order) if left else None
    return [request.kind for request in mails_for_order(before, a_card_order(status=now, **order))]


@pytest.mark.parametrize(
    ("left", "now", "method", "kinds"),
    [
        (None, PAYS, "card", []),
        (None, PAYS, "invoice", ["order_placed"]),
        (None, SETTLED, "free", []),
        (None, WAITS, "card", ["order_awaiting_approval"]),
        (None, WAITS, "invoice", ["order_awaiting_approval"]),
        (WAITS, WAITS, "card", []),
        (WAITS, PAYS, "card", ["order_approved"]),
        (WAITS, SETTLED, "free", ["order_approved"]),
        (WAITS, OrderStatus.DECLINED, "card", ["order_declined"]),
        (WAITS, OrderStatus.CANCELLED, "card", ["order_cancelled"]),
        (PAYS, OrderStatus.CANCELLED, "card", ["order_cancelled"]),
        (DONE, OrderStatus.CANCELLED, "invoice", ["order_cancelled"]),
        (OrderStatus.EXPIRED, SETTLED, "card", ["order_taken_up"]),
        (PAYS, SETTLED, "card", []),
        (PAYS, OrderStatus.EXPIRED, "card", []),
        (PAYS, OrderStatus.EXPIRED, "invoice", ["order_expired"]),
        (SETTLED, DONE, "card", ["tickets_ready"]),
        (None, DONE, "invoice", ["order_placed", "tickets_ready"]),
        (DONE, DONE, "card", []),
    ],
)
def test_a_change_of_an_order_is_told(
    left: OrderStatus | None, now: OrderStatus, method: str, kinds: list[str]
) -> None:
    assert told(left, now, payment_method=PaymentMethod(method)) == kinds


def test_an_imported_order_is_told_only_when_asked_for() -> None:
    assert told(SETTLED, DONE, source=Source.IMPORT, quiet=True) == []
    assert told(SETTLED, DONE, source=Source.IMPORT) == ["tickets_ready"]


def test_the_holder_of_an_imported_ticket_is_told_when_it_changes_hands() -> None:
    quiet = a_ticket(quiet=True)
    given = a_ticket(quiet=True, revision=1, holder=Holder(email="eva@polar.example", name="Eva"))

    assert mails_for_ticket(None, quiet) == []
    assert mails_for_ticket(None, a_ticket()) == [AboutTicket(order_id="order-1", number=1, revision=0)]
    assert mails_for_ticket(quiet, given) == [AboutTicket(order_id="order-1", number=1, revision=1)]


@pytest.mark.parametrize("ticket", [a_ticket(revision=2), a_ticket(revision=1, holder=None)])
def test_a_ticket_that_has_changed_hands_again_is_not_told(ticket: Ticket) -> None:
    request = AboutTicket(order_id="order-1", number=1, revision=1)
    assert ticket_mail(request, Held(ticket, a_card_order()), None, a_desk()) is None


def test_an_approved_order_is_told_with_its_deadline_in_the_events_time() -> None:
    order = a_card_order(hold_expires_at=later(60))
    mail = order_mail(AboutOrder(kind=MailKind.ORDER_APPROVED, order_id=order.id), order, a_desk())
    assert mail is not None
    assert mail.to == order.buyer.email
    assert "2 × Two-day pass" in mail.text
    assert "Pay by 1 March 2027, 14:00." in mail.text
    assert LINKS.order_page(order.id) in mail.text


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (MailKind.ORDER_AWAITING_APPROVAL, PAYS),
        (MailKind.ORDER_APPROVED, OrderStatus.EXPIRED),
        (MailKind.ORDER_APPROVED, OrderStatus.CANCELLED),
        (MailKind.ORDER_EXPIRED, SETTLED),
        (MailKind.ORDER_TAKEN_UP, OrderStatus.CANCELLED),
        (MailKind.TICKETS_READY, OrderStatus.CANCELLED),
    ],
)
def test_an_order_that_has_moved_on_is_not_told(kind: Any, status: OrderStatus) -> None:
    order = a_card_order(status=status)
    assert order_mail(AboutOrder(kind=kind, order_id=order.id), order, a_desk()) is None


def test_every_fact_about_an_order_is_written() -> None:
    for kind, status in [
        (MailKind.ORDER_PLACED, PAYS),
        (MailKind.ORDER_AWAITING_APPROVAL, WAITS),
        (MailKind.ORDER_APPROVED, SETTLED),
        (MailKind.ORDER_DECLINED, OrderStatus.DECLINED),
        (MailKind.ORDER_EXPIRED, OrderStatus.EXPIRED),
        (MailKind.ORDER_TAKEN_UP, SETTLED),
        (MailKind.TICKETS_READY, DONE),
    ]:
        order = a_card_order(status=status)
        mail = order_mail(AboutOrder(kind=kind, order_id=order.id), order, a_desk())
        assert mail is not None
        assert "Northern Lights Conference" in mail.subject


@pytest.mark.parametrize(
    ("held", "actor", "kinds"),
    [
        ({}, "buyer", []),
        ({}, "mona@polar.example", ["order_cancelled"]),
        ({"documents": [a_document()]}, "buyer", ["order_cancelled"]),
        ({"movements": [a_payment(5_000)]}, "buyer", ["order_cancelled"]),
        ({"status": DONE}, "buyer", ["order_cancelled"]),
    ],
)
def test_a_cancelled_order_is_told_but_to_who_gives_up_what_he_neither_paid_nor_was_billed_for(
    held: dict[str, Any], actor: str, kinds: list[str]
) -> None:
    before = a_card_order(**held)
    after = before.then(actor, "cancelled", NOW, status=OrderStatus.CANCELLED)
    assert [request.kind for request in mails_for_order(before, after)] == kinds


def test_a_cancelled_order_says_why_and_that_its_money_is_on_the_way() -> None:
    before = a_card_order(status=DONE, movements=[a_payment(debit=Account.STRIPE)])
    after = before.then("system", "cancelled: the hall has burnt", NOW, status=OrderStatus.CANCELLED)
    after = after.with_refund(a_refund(RefundStatus.REQUESTED, amount=25_000))

    [request] = mails_for_order(before, after)
    assert isinstance(request, AboutCancellation)
    mail = cancellation_mail(request, after, a_desk(an_event(status=EventStatus.CANCELLED)))
    assert (request.tickets, mail.to) == ([1, 2], KARI)
    assert f"Your order {after.code} for Northern Lights Conference is cancelled" in mail.subject
    assert "The reason given is: the hall has burnt" in mail.text
    assert "The refund is under way" in mail.text


def test_nobody_is_sent_to_order_anew_for_a_cancelled_event() -> None:
    order = a_card_order(status=OrderStatus.CANCELLED)
    request = AboutCancellation(kind=MailKind.ORDER_CANCELLED, order_id=order.id, tickets=[1, 2])
    assert "can be placed" in cancellation_mail(request, order, a_desk()).text
    over = an_event(status=EventStatus.CANCELLED)
    assert "can be placed" not in cancellation_mail(request, order, a_desk(over)).text


def test_cancelled_tickets_of_an_order_are_told_together_and_each_once() -> None:
    before = an_invoice_order(status=DONE)
    after = before.then("buyer", "cancelled tickets 2", NOW, cancelled=[2], credited=12_500)

    [request] = mails_for_order(before, after)
    assert request == AboutCancellation(kind=MailKind.TICKETS_CANCELLED, order_id=after.id, tickets=[2])
    text = cancellation_mail(request, after, a_desk()).text
    assert "Cancelled: ticket 2 of your order" in text
    assert "Still to be paid: €125.00, due on 15 March 2027." in text
    last = after.then("buyer", "cancelled", NOW, status=OrderStatus.CANCELLED)
    [rest] = mails_for_order(after, last)
    assert rest.mark != request.mark


def test_a_payment_of_an_invoice_is_told_unless_the_tickets_come_by_it() -> None:
    unpaid = an_invoice_order()
    part = unpaid.with_movement(a_payment(10_000))
    full = part.with_movement(a_payment(15_000))

    assert facts(unpaid, part) == [("payment_received", 1)]
    assert facts(part, full.settled_if_paid()) == []
    released = {"status": DONE}
    assert facts(part.model_copy(update=released), full.model_copy(update=released)) == [
        ("payment_received", 2)
    ]


def test_a_payment_by_card_or_one_that_does_not_fit_is_not_told_as_received() -> None:
    held = a_card_order()
    assert facts(held, held.with_movement(a_payment(debit=Account.STRIPE)).settled_if_paid()) == []
    assert facts(held, held.with_movement(a_payment(misfit=Misfit.MISMATCH))) == []


def test_a_payment_in_part_says_what_is_left_and_where_to_pay_it() -> None:
    seller = Seller(name="Polar AS", iban=IBAN)
    order = an_invoice_order(movements=[a_payment(10_000)])
    text = written(MailKind.PAYMENT_RECEIVED, order, event=an_event(seller=seller))
    assert "€100.00 have arrived" in text
    assert "Pay the rest of the invoice." in text
    assert "Still to be paid: €150.00, due on 15 March 2027." in text
    assert f"Pay to Polar AS, IBAN {IBAN}, with the reference INV-000007." in text


def test_a_payment_in_full_says_so_and_one_too_large_that_the_rest_comes_back() -> None:
    full = an_invoice_order(status=DONE, movements=[a_payment()])
    assert "The invoice is paid." in written(MailKind.PAYMENT_RECEIVED, full)
    over = an_invoice_order(status=DONE, movements=[a_payment(30_000)])
    assert "The organizer sends back what is too much." in written(MailKind.PAYMENT_RECEIVED, over)
    gone = an_invoice_order(status=OrderStatus.CANCELLED, movements=[a_payment()])
    assert written(MailKind.PAYMENT_RECEIVED, gone) == ""


def test_tickets_that_come_before_the_money_say_what_is_to_be_paid() -> None:
    request = AboutOrder(kind=MailKind.TICKETS_READY, order_id="order-1")
    unpaid = order_mail(request, an_invoice_order(status=DONE), a_desk())
    paid = order_mail(request, an_invoice_order(status=DONE, movements=[a_payment()]), a_desk())
    assert unpaid is not None
    assert "Still to be paid: €250.00" in unpaid.text
    assert paid is not None
    assert "The invoice is paid." in paid.text


def test_each_reminder_is_told_once_and_none_when_the_invoice_is_paid() -> None:
    first = an_invoice_order(reminded=1)
    assert facts(an_invoice_order(), first) == [("payment_reminder", 1)]
    assert facts(first, first.model_copy(update={"reminded": 2})) == [("payment_reminder", 2)]
    assert facts(first, first.model_copy(update={"overdue": True})) == []
    assert written(MailKind.PAYMENT_REMINDER, an_invoice_order(status=DONE, movements=[a_payment()])) == ""


def test_who_had_part_of_a_paid_invoice_refunded_is_not_reminded_of_it() -> None:
    refund = a_refund(RefundStatus.SUCCEEDED, Account.BANK)
    order = an_invoice_order(status=DONE, movements=[a_payment(), refund.movement(NOW)])
    order = order.with_refund(refund)
    assert order.due is None
    assert written(MailKind.PAYMENT_REMINDER, order) == ""


@pytest.mark.parametrize(
    ("minutes", "overdue", "subject", "next_"),
    [
        (0, False, "is due on 15 March 2027", "Pay the invoice; the tickets come"),
        (14 * 24 * 60 - 60, False, "is due today", "Pay the invoice; the tickets come"),
        (14 * 24 * 60 + 60, True, "is due today", "The organizer decides whether the order stays"),
        (16 * 24 * 60, True, "is overdue", "The organizer decides whether the order stays"),
    ],
)
def test_a_reminder_is_worded_by_the_day_that_the_invoice_is_due(
    minutes: int, overdue: bool, subject: str, next_: str
) -> None:
    text = written(MailKind.PAYMENT_REMINDER, an_invoice_order(overdue=overdue), at=minutes)
    assert f"Invoice INV-000007 for Northern Lights Conference {subject}\n" in text
    assert next_ in text
    assert "Still to be paid: €250.00" in text


def test_late_money_is_told_when_the_organizer_is_asked() -> None:
    ended = a_card_order(status=OrderStatus.EXPIRED)
    came = ended.with_movement(a_payment(debit=Account.STRIPE, misfit=Misfit.LATE))
    came = came.model_copy(update={"decide_by": NOW})
    asked = came.model_copy(update={"decide_by": later(60)})

    assert facts(ended, came) == []
    assert facts(came, asked) == [("payment_late", 1)]
    assert facts(asked, asked.model_copy(update={"revision": 9})) == []
    text = written(MailKind.PAYMENT_LATE, asked)
    assert "Money arrived after the order had ended." in text
    assert "It is decided by 1 March 2027, 14:00." in text
    assert written(MailKind.PAYMENT_LATE, asked.model_copy(update={"decide_by": None})) == ""


@pytest.mark.parametrize(
    ("account", "before", "after", "told"),
    [
        (Account.STRIPE, None, RefundStatus.REQUESTED, False),
        (Account.STRIPE, RefundStatus.REQUESTED, RefundStatus.PENDING, True),
        (Account.STRIPE, RefundStatus.REQUESTED, RefundStatus.SUCCEEDED, True),
        (Account.STRIPE, RefundStatus.PENDING, RefundStatus.SUCCEEDED, False),
        (Account.STRIPE, RefundStatus.REQUESTED, RefundStatus.FAILED, False),
        (Account.STRIPE, None, RefundStatus.SUCCEEDED, True),
        (Account.BANK, None, RefundStatus.PENDING, False),
        (Account.BY_HAND, RefundStatus.PENDING, RefundStatus.SUCCEEDED, True),
    ],
)
def test_a_refund_is_told_once_when_its_money_leaves(
    account: Account, before: RefundStatus | None, after: RefundStatus, told: bool
) -> None:
    order = a_card_order(status=DONE, movements=[a_payment(debit=account)])
    left = order.with_refund(a_refund(before, account)) if before else order
    assert facts(left, order.with_refund(a_refund(after, account))) == [("refund_sent", 1)] * told


def test_a_refund_says_how_much_comes_back_how_and_for_what() -> None:
    order = a_card_order(status=DONE, movements=[a_payment(debit=Account.STRIPE)])
    by_card = order.with_refund(a_refund(RefundStatus.PENDING, tickets=[2]))
    text = written(MailKind.REFUND_SENT, by_card)
    assert f"Your refund of €125.00 for your order {order.code} is on its way." in text
    assert "It is for ticket 2." in text
    assert "five to ten days" in text
    by_hand = order.with_refund(a_refund(RefundStatus.SUCCEEDED, Account.BY_HAND))
    assert "has been sent.\n\nThe organizer sent it from his bank." in written(MailKind.REFUND_SENT, by_hand)
    failed = order.with_refund(a_refund(RefundStatus.FAILED))
    assert written(MailKind.REFUND_SENT, failed) == ""


def test_a_second_payment_that_goes_back_says_why() -> None:
    second = a_payment(debit=Account.STRIPE, misfit=Misfit.SECOND)
    order = a_card_order(status=DONE, movements=[second])
    back = order.with_refund(a_refund(RefundStatus.SUCCEEDED, source=Account.UNALLOCATED))
    assert "The order was paid twice." in written(MailKind.REFUND_SENT, back)


def test_a_dispute_is_not_told_to_who_has_opened_it() -> None:
    order = a_card_order(status=DONE)
    assert mails_for_order(order, order.then("stripe", "the payment is disputed", NOW, suspended=True)) == []


def test_a_quiet_order_stays_quiet_about_its_money_and_its_end() -> None:
    before = an_invoice_order(quiet=True, status=DONE)
    after = before.with_movement(a_payment(10_000)).then(
        "mona@polar.example", "cancelled", NOW, status=OrderStatus.CANCELLED, reminded=1
    )
    request = AboutDocument(order_id=before.id, number="INV-000007")
    assert mails_for_order(before, after) == []
    assert document_mail(request, before, a_desk()) is None


def test_a_document_is_told_when_its_pdf_is_there() -> None:
    written_down = {"order_id": "order-1", "number": "INV-000007", "drawn": False}
    drawn = written_down | {"drawn": True}
    assert mails_for_document({}, written_down) == []
    assert mails_for_document(written_down, drawn) == [AboutDocument(order_id="order-1", number="INV-000007")]
    assert mails_for_document(drawn, drawn) == []


def test_an_invoice_says_what_is_to_be_paid_and_a_credit_note_what_it_is_made_out_on() -> None:
    credit_note = a_document(DocumentKind.CREDIT_NOTE, "CN-000002")
    order = an_invoice_order(documents=[a_document(), credit_note])
    mails = [
        document_mail(AboutDocument(order_id=order.id, number=number), order, a_desk())
        for number in ("INV-000007", "CN-000002", "INV-000008")
    ]
    invoice, credit, unknown = mails
    assert invoice is not None
    assert invoice.subject == "Invoice INV-000007 for Northern Lights Conference"
    assert "is ready: €250.00." in invoice.text
    assert "Still to be paid: €250.00, due on 15 March 2027." in invoice.text
    assert credit is not None
    assert "A credit note of €250.00 is made out on invoice INV-000007" in credit.text
    assert unknown is None


def test_who_holds_a_ticket_is_told_that_it_is_cancelled() -> None:
    cancelled = a_ticket(status=TicketStatus.CANCELLED)
    [request] = mails_for_ticket(a_ticket(), cancelled)
    assert isinstance(request, AboutTicket)
    assert request.kind is MailKind.TICKET_CANCELLED
    mail = ticket_mail(request, Held(cancelled, a_card_order()), None, a_desk())
    assert mail is not None
    assert (mail.to, "admits nobody any more" in mail.text) == ("ola@polar.example", True)
    assert mails_for_ticket(a_ticket(), a_ticket(status=TicketStatus.SUSPENDED)) == []


def test_a_buyer_who_holds_his_own_ticket_reads_of_its_end_once() -> None:
    own = Holder(email="Kari@Polar.Example", name="Kari Nordmann")
    ticket = a_ticket(holder=own, status=TicketStatus.CANCELLED)
    request = AboutTicket(kind=MailKind.TICKET_CANCELLED, order_id="order-1", number=1, revision=0)
    assert ticket_mail(request, Held(ticket, a_card_order()), None, a_desk()) is None
    assert ticket_mail(request, Held(ticket, a_card_order(quiet=True)), None, a_desk()) is not None


def test_a_holder_who_was_never_told_of_his_ticket_is_not_told_of_its_end() -> None:
    quiet, ended = a_ticket(quiet=True), a_ticket(quiet=True, status=TicketStatus.CANCELLED)
    assert mails_for_ticket(quiet, ended) == []
    given = {"quiet": True, "revision": 1}
    assert len(mails_for_ticket(a_ticket(**given), a_ticket(**given, status=TicketStatus.CANCELLED))) == 1


def test_each_fact_has_a_mark_of_its_own() -> None:
    requests: list[MailRequest] = [
        AboutMoney(kind=MailKind.REFUND_SENT, order_id="order-1", number=1),
        AboutMoney(kind=MailKind.REFUND_SENT, order_id="order-1", number=2),
        AboutMoney(kind=MailKind.PAYMENT_REMINDER, order_id="order-1", number=1),
        AboutDocument(order_id="order-1", number="INV-000007"),
        AboutDocument(order_id="order-1", number="CN-000007"),
        AboutTicket(order_id="order-1", number=1, revision=0),
        AboutTicket(kind=MailKind.TICKET_CANCELLED, order_id="order-1", number=1, revision=0),
        AboutTicket(order_id="order-1", number=1, revision=0, again=1),
        AboutCancellation(kind=MailKind.TICKETS_CANCELLED, order_id="order-1", tickets=[1]),
        AboutCancellation(kind=MailKind.ORDER_CANCELLED, order_id="order-1", tickets=[1]),
        AboutAssignment(order_id="order-1", number=1),
        AboutAssignment(order_id="order-1", number=2),
        AboutDetails(order_id="order-1", number=1, reminder=0),
        AboutDetails(order_id="order-1", number=1, reminder=1),
        AboutEventChange(event_id="event-1", order_id="order-1", number=1, change=3),
        AboutEventChange(event_id="event-1", order_id="order-1", number=1, change=4),
        A_LOSS,
        *(
            AboutTransfer(kind=kind, order_id="order-1", number=1, sequence=sequence)
            for kind in get_args(AboutTransfer.model_fields["kind"].annotation)
            for sequence in (1, 2)
        ),
        LostLinks(email=KARI, asked_at=NOW),
        LostLinks(email=KARI, asked_at=later(1)),
        LostLinks(email=OLA, asked_at=NOW),
        MemberAdded(organizer_id="o1", email=KARI, added_at=NOW),
        MemberAdded(organizer_id="o2", email=KARI, added_at=NOW),
        MemberAdded(organizer_id="o1", email=KARI, added_at=later(1)),
        MemberAdded(organizer_id="o1", email=OLA, added_at=NOW),
    ]
    assert len({request.mark.key for request in requests}) == len(requests)


def test_the_mail_that_proves_an_address_goes_to_just_that_address() -> None:
    asked = VerifyEmail(event_id="event-1", email="Kari@Polar.Example", asked_at=NOW)
    mail = verify_mail(asked, a_desk())

    proof = fragment(mail.text).rpartition("&proof=")[2]
    assert mail.to == KARI
    assert LINKS.proven("event-1", KARI, proof, later(23 * 60))
    assert not LINKS.proven("event-1", KARI, proof, later(24 * 60))


def test_somebody_on_a_whitelist_gets_a_link_that_proves_his_address() -> None:
    request = Whitelisted(event_id="event-1", tier_id="tier-1", email=KARI)
    tiers: Any = {"tier-1": SimpleNamespace(title="Backstage")}
    mail = whitelisted_mail(request, a_desk(tiers=tiers))
    assert mail is not None
    address, _, proof = fragment(mail.text).rpartition("email=")[2].partition("&proof=")
    assert "Backstage" in mail.subject
    assert LINKS.proven("event-1", unquote(address), proof, NOW)
    assert whitelisted_mail(request, a_desk()) is None


def an_entry(**overrides: Any) -> WaitingEntry:
    fields: dict[str, Any] = {
        "id": "entry-1",
        "event_id": "event-1",
        "email": KARI,
        "name": "Kari",
        "quantity": 2,
        "tier_ids": ["tier-1"],
        "status": WaitingStatus.OFFERED,
        "joined_at": NOW,
        "offers": 1,
        "offer_until": later(60),
        "request_hash": "x",
    }
    return WaitingEntry.model_validate(fields | overrides)


def test_an_offer_says_until_when_and_leads_to_its_page() -> None:
    request = WaitingOffer(event_id="event-1", entry_id="entry-1", number=1)
    mail = waiting_mail(request, an_entry(), a_desk())
    assert mail is not None
    assert (mail.to, "2 tickets are free" in mail.text) == (KARI, True)
    assert "Accept by 1 March 2027, 14:00" in mail.text
    assert LINKS.waiting_page("northern-lights", "entry-1", 1) in mail.text
    assert waiting_mail(request, an_entry(status=WaitingStatus.EXPIRED), a_desk()) is None
    assert waiting_mail(request, an_entry(offers=2), a_desk()) is None


def a_verify(**overrides: Any) -> VerifyEmail:
    fields: dict[str, Any] = {"event_id": "event-1", "email": KARI, "asked_at": NOW}
    return VerifyEmail.model_validate(fields | overrides)


def test_one_address_is_asked_once_a_minute_for_one_event() -> None:
    assert a_verify().mark == a_verify(asked_at=NOW + timedelta(seconds=59)).mark
    assert a_verify().mark == a_verify(email="KARI@polar.example").mark
    others = [
        a_verify(asked_at=NOW + timedelta(seconds=60)),
        a_verify(event_id="event-2"),
        a_verify(email="ola@polar.example"),
    ]
    assert len({request.mark.key for request in [a_verify(), *others]}) == 4


@pytest.mark.parametrize(
    "request_",
    [
        AboutOrder(kind=MailKind.ORDER_DECLINED, order_id="order-1"),
        AboutTicket(order_id="order-1", number=3, revision=2),
        AboutTicket(kind=MailKind.TICKET_CANCELLED, order_id="order-1", number=3, revision=2),
        AboutCancellation(kind=MailKind.TICKETS_CANCELLED, order_id="order-1", tickets=[2], note="ill"),
        AboutMoney(kind=MailKind.REFUND_SENT, order_id="order-1", number=2),
        AboutDocument(order_id="order-1", number="INV-000007"),
        a_verify(),
        Whitelisted(event_id="event-1", tier_id="tier-1", email=KARI),
        WaitingOffer(event_id="event-1", entry_id="entry-1", number=2),
        AboutAssignment(order_id="order-1", number=1),
        AboutDetails(order_id="order-1", number=1, reminder=0),
        AboutTransfer(kind=MailKind.TRANSFER_OFFERED, order_id="order-1", number=1, sequence=2),
        AboutEventChange(event_id="event-1", order_id="order-1", number=1, change=3),
        A_LOSS,
        LostLinks(email=KARI, asked_at=NOW, language="nb"),
        MemberAdded(organizer_id="o1", email=KARI, added_at=NOW),
    ],
)
def test_a_request_reads_back_from_the_queue_as_it_was_sent(request_: MailRequest) -> None:
    assert read_request(request_.model_dump_json()) == request_


@pytest.mark.parametrize("body", ["{}", '{"kind": "else"}', '{"kind": "ticket_assigned", "order_id": "x"}'])
def test_a_request_that_names_no_fact_is_refused(body: str) -> None:
    with pytest.raises(ValidationError):
        read_request(body)
