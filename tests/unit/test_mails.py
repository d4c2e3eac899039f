"""Mails: what is told, to whom, and that a fact that holds no longer is not told."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from pydantic import ValidationError

from admit.catalog.event import Event, EventStatus, InvoicePolicy
from admit.catalog.price import PaymentMethod
from admit.orders.order import Holder, OrderStatus, Source
from admit.people.mails import (
    AboutOrder,
    AboutTicket,
    MailKind,
    MailRequest,
    VerifyEmail,
    WaitingOffer,
    Whitelisted,
    mails_for_order,
    mails_for_ticket,
    order_mail,
    read_request,
    ticket_mail,
    verify_mail,
    waiting_mail,
    whitelisted_mail,
)
from admit.stock.stock import Stock
from admit.tickets.links import Links
from admit.tickets.ticket import Ticket
from tests.builders import NOW, a_card_order, event_settings, later

LINKS = Links("a secret", "https://api.example", "https://site.example")
WAITS, PAYS, SETTLED, DONE = (
    OrderStatus.AWAITING_APPROVAL,
    OrderStatus.AWAITING_PAYMENT,
    OrderStatus.SETTLED,
    OrderStatus.FULFILLED,
)
KARI = "kari@polar.example"


def an_event() -> Event:
    fields = event_settings(slug="northern-lights").model_dump()
    return Event.model_validate(
        fields
        | {
            "id": "event-1",
            "organizer_id": "organizer-1",
            "status": EventStatus.PUBLISHED,
            "hold_minutes": 10,
            "invoice_policy": InvoicePolicy.ON_PAYMENT,
            "stock": Stock.opened("event-1", None),
            "public_key": "00",
            "request_hash": "x",
            "created_at": NOW,
        }
    )


def a_ticket(**overrides: Any) -> Ticket:
    fields: dict[str, Any] = {
        "order_id": "order-1",
        "number": 1,
        "event_id": "event-1",
        "organizer_id": "organizer-1",
        "shard": 0,
        "tier_id": "tier-1",
        "tier_title": "Two-day pass",
        "holder": Holder(email="ola@polar.example", name="Ola Nordmann"),
        "event_starts_at": NOW,
    }
    return Ticket.model_validate(fields | overrides)


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
        (WAITS, OrderStatus.CANCELLED, "card", []),
        (PAYS, SETTLED, "card", []),
        (PAYS, OrderStatus.EXPIRED, "card", []),
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
    assert ticket_mail(request, a_card_order(), ticket, an_event(), LINKS) is None


def test_an_approved_order_is_told_with_its_deadline_in_the_events_time() -> None:
    order = a_card_order(hold_expires_at=later(60))
    mail = order_mail(AboutOrder(kind=MailKind.ORDER_APPROVED, order_id=order.id), order, an_event(), LINKS)
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
    ],
)
def test_an_order_that_has_moved_on_is_not_told(kind: Any, status: OrderStatus) -> None:
    order = a_card_order(status=status)
    assert order_mail(AboutOrder(kind=kind, order_id=order.id), order, an_event(), LINKS) is None


def test_every_fact_about_an_order_is_written() -> None:
    for kind, status in [
        (MailKind.ORDER_PLACED, PAYS),
        (MailKind.ORDER_AWAITING_APPROVAL, WAITS),
        (MailKind.ORDER_APPROVED, SETTLED),
        (MailKind.ORDER_DECLINED, OrderStatus.DECLINED),
        (MailKind.TICKETS_READY, DONE),
    ]:
        order = a_card_order(status=status)
        mail = order_mail(AboutOrder(kind=kind, order_id=order.id), order, an_event(), LINKS)
        assert mail is not None
        assert "Northern Lights Conference" in mail.subject


def test_the_mail_that_proves_an_address_goes_to_just_that_address() -> None:
    asked = VerifyEmail(event_id="event-1", email="Kari@Polar.Example", asked_at=NOW)
    mail = verify_mail(asked, an_event(), LINKS)

    proof = mail.text.strip().rpartition("&proof=")[2]
    assert mail.to == KARI
    assert LINKS.proven("event-1", KARI, proof, later(23 * 60))
    assert not LINKS.proven("event-1", KARI, proof, later(24 * 60))


def test_somebody_on_a_whitelist_gets_a_link_that_proves_his_address() -> None:
    mail = whitelisted_mail(
        Whitelisted(event_id="event-1", tier_id="tier-1", email=KARI), "Backstage", an_event(), LINKS
    )
    address, _, proof = mail.text.strip().rpartition("#email=")[2].partition("&proof=")
    assert "Backstage" in mail.subject
    assert LINKS.proven("event-1", unquote(address), proof, NOW)


def test_an_offer_says_until_when_and_leads_to_its_page() -> None:
    request = WaitingOffer(event_id="event-1", entry_id="entry-1", number=1)
    mail = waiting_mail(
        request, email=KARI, name="Kari", quantity=2, until=later(60), event=an_event(), links=LINKS
    )
    assert (mail.to, "2 tickets are free" in mail.text) == (KARI, True)
    assert "Accept by 1 March 2027, 14:00" in mail.text
    assert LINKS.waiting_page("northern-lights", "entry-1", 1) in mail.text


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
        a_verify(),
        Whitelisted(event_id="event-1", tier_id="tier-1", email=KARI),
        WaitingOffer(event_id="event-1", entry_id="entry-1", number=2),
    ],
)
def test_a_request_reads_back_from_the_queue_as_it_was_sent(request_: MailRequest) -> None:
    assert read_request(request_.model_dump_json()) == request_


@pytest.mark.parametrize("body", ["{}", '{"kind": "else"}', '{"kind": "ticket_assigned", "order_id": "x"}'])
def test_a_request_that_names_no_fact_is_refused(body: str) -> None:
    with pytest.raises(ValidationError):
        read_request(body)
