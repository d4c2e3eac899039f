"""Mails about tickets: to who has one, who had one, and who is offered one; and in whose language."""

from datetime import timedelta
from typing import Any

import pytest

from admit.catalog.event import EventStatus
from admit.catalog.question import AskedAt, AskedOf, Question, QuestionKind
from admit.mail.event_mails import lost_links_mail, verify_mail
from admit.mail.facts import mails_for_order, mails_for_ticket, mails_for_transfer
from admit.mail.letter import Desk
from admit.mail.mails import (
    AboutAssignment,
    AboutDetails,
    AboutEventChange,
    AboutOrder,
    AboutTicket,
    AboutTransfer,
    FormerHolder,
    LostLinks,
    Mail,
    MailKind,
    VerifyEmail,
)
from admit.mail.order_mails import assignment_mail, order_mail
from admit.mail.ticket_mails import (
    Held,
    details_mail,
    event_change_mail,
    former_holder_mail,
    ticket_mail,
    transfer_mail,
)
from admit.orders.order import Order, OrderStatus
from admit.people.person import Holder, Person, new_person
from admit.seating.seat import SeatClaim
from admit.tickets.hand_over import History
from admit.tickets.mine import HeldTicket
from admit.tickets.ticket import OpenTransfer, Ticket, TicketStatus
from admit.tickets.transfer import Transfer, TransferStatus
from tests.builders import NOW, a_buyer, a_card_order, later
from tests.mail_world import KARI, LINKS, OLA, a_desk, a_ticket, an_event
from tests.wallets import SEAT

EVA = "eva@polar.example"
A_LOSS = FormerHolder(order_id="order-1", number=1, revision=1, email=OLA, name="Ola Nordmann")


def to_eva(**overrides: Any) -> Ticket:
    return a_ticket(**{"revision": 1, "holder": Holder(email=EVA, name="Eva")} | overrides)


def an_order(**overrides: Any) -> Order:
    return a_card_order(**{"status": OrderStatus.FULFILLED} | overrides)


def a_person(language: str | None = None, **said: Any) -> Person:
    person = new_person("event-1", 1, Holder(email=OLA, name="Ola Nordmann"), NOW)
    return person.model_copy(update={"language": language, **said})


def a_change(what: str, actor: str = "mona@polar.example") -> History:
    return History(at=NOW, actor=actor, what=what, revision=1)


def an_offer(**overrides: Any) -> Transfer:
    fields: dict[str, Any] = {
        "order_id": "order-1",
        "number": 1,
        "sequence": 1,
        "event_id": "event-1",
        "tier_title": "Two-day pass",
        "from_email": OLA,
        "from_name": "Ola Nordmann",
        "to_email": EVA,
        "gives_ownership": False,
        "offered_at": NOW,
        "until": later(60),
    }
    return Transfer.model_validate(fields | overrides)


def offered(**overrides: Any) -> Ticket:
    return a_ticket(transfer=OpenTransfer(sequence=1, to=EVA, until=later(60)), offers=1, **overrides)


# --- who is told ------------------------------------------------------------------------------------------


def test_who_had_a_ticket_is_told_and_who_has_it_now() -> None:
    assert mails_for_ticket(a_ticket(), to_eva()) == [
        AboutTicket(order_id="order-1", number=1, revision=1),
        A_LOSS,
    ]


def test_a_ticket_that_was_taken_back_is_told_to_who_had_it() -> None:
    assert mails_for_ticket(a_ticket(), a_ticket(holder=None, revision=1)) == [A_LOSS]


@pytest.mark.parametrize(
    "after",
    [
        to_eva(holder=Holder(email="Ola@Polar.Example", name="Ola N.")),
        a_ticket(revision=1, person_id="person-1", holder=Holder(email=EVA, name="Ola Nordmann")),
    ],
)
def test_who_has_another_name_or_address_now_has_lost_nothing(after: Ticket) -> None:
    told = mails_for_ticket(a_ticket(person_id="person-1"), after)
    assert told == [AboutTicket(order_id="order-1", number=1, revision=1)]


def test_what_is_only_said_anew_of_a_holder_is_not_told() -> None:
    anew = a_ticket(holder=Holder(email=OLA, name="Ola Nordmann", company="Polar AS"))
    assert mails_for_ticket(a_ticket(), anew) == []


def test_who_was_never_told_of_his_ticket_is_not_told_that_it_is_gone() -> None:
    assert mails_for_ticket(a_ticket(quiet=True), to_eva(quiet=True)) == [
        AboutTicket(order_id="order-1", number=1, revision=1)
    ]


def test_a_ticket_whose_event_has_moved_is_told_once_for_each_time() -> None:
    moved = a_ticket(event_moved=7)
    change = AboutEventChange(event_id="event-1", order_id="order-1", number=1, change=7)
    assert mails_for_ticket(a_ticket(), moved) == [change]
    assert mails_for_ticket(moved, moved) == []


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        (TransferStatus.OPEN, []),
        (TransferStatus.ACCEPTED, ["transfer_accepted"]),
        (TransferStatus.DECLINED, ["transfer_declined"]),
        (TransferStatus.CANCELLED, ["transfer_cancelled"]),
        (TransferStatus.EXPIRED, ["transfer_expired"]),
    ],
)
def test_each_step_of_an_offer_is_told(status: TransferStatus, kinds: list[str]) -> None:
    opened = mails_for_transfer(None, an_offer())
    assert [request.kind for request in opened] == ["transfer_offered", "transfer_sent"]
    assert [one.kind for one in mails_for_transfer(an_offer(), an_offer(status=status))] == kinds


def test_reminders_of_names_go_to_the_buyer_and_of_answers_to_each_ticket() -> None:
    before = an_order(holder_reminders=[later(1), later(2)])
    after = before.model_copy(update={"holder_reminders": [later(2)], "holder_reminded": 1})
    assert mails_for_order(before, after) == [
        AboutAssignment(order_id=after.id, number=1),
        AboutDetails(order_id=after.id, number=1, reminder=1),
        AboutDetails(order_id=after.id, number=2, reminder=1),
    ]
    assert mails_for_order(after, after) == []


# --- a ticket for somebody --------------------------------------------------------------------------------


def assigned(ticket: Ticket, order: Order, desk: Desk, history: History | None = None, **held: Any) -> Mail:
    request = AboutTicket(order_id="order-1", number=1, revision=ticket.revision)
    mail = ticket_mail(request, Held(ticket, order, **held), history, desk)
    assert mail is not None
    return mail


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (None, "Kari Nordmann has given you a ticket"),
        (a_change("assigned"), "Kari Nordmann has given you a ticket"),
        (a_change("passed on"), "You have accepted this ticket"),
        (a_change("claimed"), "Here is the ticket that you asked for."),
    ],
)
def test_a_ticket_says_how_it_came(history: History | None, said: str) -> None:
    mail = assigned(a_ticket(), an_order(), a_desk(), history)
    assert said in mail.text
    assert "Ticket: Two-day pass\nName: Ola Nordmann\nWhen: 3 June 2027, 09:00 to" in mail.text
    assert f"Open your ticket: {LINKS.ticket_page(a_ticket())}" in mail.text
    assert f"Add to your calendar: {LINKS.calendar(a_ticket())}" in mail.text


def test_somebody_who_holds_his_own_ticket_was_given_it_by_nobody() -> None:
    own = a_ticket(holder=Holder(email=KARI, name="Kari Nordmann"))
    assert "This is your ticket for Northern Lights Conference." in assigned(own, an_order(), a_desk()).text
    passed_on = a_ticket(owner_email=EVA)
    assert "eva@polar.example has given you" in assigned(passed_on, an_order(), a_desk()).text


@pytest.mark.parametrize(
    ("person", "buyer", "event", "subject"),
    [
        ("fr", "de", "nb", "Votre billet"),
        (None, "de", "nb", "Ihr Ticket"),
        (None, None, "nb", "Billetten din"),
        (None, None, "en", "Your ticket"),
    ],
)
def test_a_holder_reads_his_own_language_or_else_the_buyers_or_the_events(
    person: str | None, buyer: str | None, event: str, subject: str
) -> None:
    order = an_order(buyer=a_buyer(language=buyer))
    desk = a_desk(an_event(language=event))
    assert assigned(a_ticket(), order, desk, person=a_person(person)).subject.startswith(subject)


def test_a_ticket_that_is_mailed_again_goes_to_whoever_has_it() -> None:
    request = AboutTicket(order_id="order-1", number=1, revision=0, again=1)
    mail = ticket_mail(request, Held(to_eva(revision=4), an_order()), None, a_desk())
    assert mail is not None
    assert mail.to == EVA


def a_question(**overrides: Any) -> Question:
    fields: dict[str, Any] = {
        "id": "q-1",
        "event_id": "event-1",
        "title": "What do you eat?",
        "kind": QuestionKind.TEXT,
        "required": True,
        "asked_of": AskedOf.ATTENDEE,
        "asked_at": AskedAt.LATER,
    }
    return Question(**fields | overrides)


def test_who_has_not_answered_all_is_asked_with_his_ticket_and_reminded() -> None:
    desk = a_desk(questions={"q-1": a_question()})
    request = AboutDetails(order_id="order-1", number=1, reminder=0)

    def reminder(held: Held, minutes: int = 0) -> Mail | None:
        return details_mail(request, held, desk, later(minutes))

    silent, told = a_person(), a_person(answers={"q-1": "Everything"})
    open_ = Held(a_ticket(), an_order(), silent)
    assert (
        "needs an answer from you: What do you eat?\n"
        in assigned(a_ticket(), an_order(), desk, person=silent).text
    )
    mail = reminder(open_)
    assert mail is not None
    assert "• What do you eat?\n" in mail.text
    assert LINKS.ticket_page(a_ticket()) in mail.text
    assert reminder(Held(a_ticket(), an_order(), told)) is None
    assert reminder(Held(a_ticket(holder=None), an_order())) is None
    assert reminder(Held(a_ticket(status=TicketStatus.CANCELLED), an_order(), silent)) is None
    assert reminder(open_, minutes=365 * 24 * 60) is None


# --- a ticket that is gone --------------------------------------------------------------------------------


def lost(ticket: Ticket, history: History | None = None, transfer: Transfer | None = None) -> Mail | None:
    return former_holder_mail(A_LOSS, Held(ticket, an_order(), a_person("de")), history, transfer, a_desk())


def test_a_former_holder_reads_at_his_own_address_that_his_code_is_void() -> None:
    mail = lost(to_eva(), a_change("assigned", "buyer"))
    assert mail is not None
    assert mail.to == OLA
    assert mail.subject == "Ihr Ticket für Northern Lights Conference läuft nicht mehr auf Sie"
    assert "fragen Sie bitte Kari Nordmann" in mail.text
    assert "Eva" not in mail.text
    assert LINKS.ticket_page(to_eva()) not in mail.text


def test_who_has_given_a_ticket_away_himself_or_has_it_again_is_told_nothing() -> None:
    assert lost(to_eva(), a_change("assigned", OLA)) is None
    assert lost(to_eva(), a_change("passed on", EVA), an_offer(status=TransferStatus.ACCEPTED)) is None
    assert lost(a_ticket(revision=2), a_change("assigned")) is None
    own = A_LOSS.model_copy(update={"email": KARI})
    by_buyer = a_change("assigned", "buyer")
    assert former_holder_mail(own, Held(to_eva(), an_order()), by_buyer, None, a_desk()) is None


def test_who_has_a_ticket_that_its_owner_passed_on_is_told() -> None:
    by_owner = an_offer(from_email=KARI, status=TransferStatus.ACCEPTED)
    assert lost(to_eva(), a_change("passed on", EVA), by_owner) is not None


def test_a_ticket_to_an_event_that_is_cancelled_says_so() -> None:
    ended = a_ticket(status=TicketStatus.CANCELLED)
    request = AboutTicket(kind=MailKind.TICKET_CANCELLED, order_id="order-1", number=1, revision=0)
    desk = a_desk(an_event(status=EventStatus.CANCELLED))
    mail = ticket_mail(request, Held(ended, an_order()), None, desk)
    assert mail is not None
    assert mail.subject == "Northern Lights Conference is cancelled"
    assert "has been cancelled by the organizer" in mail.text


# --- offers -----------------------------------------------------------------------------------------------


def about(kind: Any, transfer: Transfer, ticket: Ticket, minutes: int = 0) -> Mail | None:
    request = AboutTransfer(kind=kind, order_id="order-1", number=1, sequence=1)
    return transfer_mail(request, transfer, Held(ticket, an_order()), a_desk(), later(minutes))


def test_an_offer_goes_to_whom_it_is_made_with_its_key_and_its_maker_reads_of_it() -> None:
    offer = an_offer(note="Have fun! <3")
    mail = about(MailKind.TRANSFER_OFFERED, offer, offered())
    assert mail is not None
    assert (mail.to, mail.subject) == (EVA, "Ola Nordmann offers you a ticket for Northern Lights Conference")
    assert "Ola Nordmann writes: Have fun! <3" in mail.text
    assert "Have fun! &lt;3" in mail.html
    assert f"Accept or decline: {LINKS.transfer_page(offer.code)}" in mail.text
    assert LINKS.ticket_page(a_ticket()) not in mail.text
    sent = about(MailKind.TRANSFER_SENT, offer, offered())
    assert sent is not None
    assert (sent.to, "Hello Ola Nordmann," in sent.text) == (OLA, True)
    assert "by 1 March 2027, 14:00" in sent.text
    assert LINKS.transfer_key(offer.code) not in sent.text


@pytest.mark.parametrize(
    ("kind", "status", "to"),
    [
        (MailKind.TRANSFER_ACCEPTED, TransferStatus.ACCEPTED, OLA),
        (MailKind.TRANSFER_DECLINED, TransferStatus.DECLINED, OLA),
        (MailKind.TRANSFER_EXPIRED, TransferStatus.EXPIRED, OLA),
        (MailKind.TRANSFER_CANCELLED, TransferStatus.CANCELLED, EVA),
    ],
)
def test_the_end_of_an_offer_is_told_to_the_other_side(kind: Any, status: TransferStatus, to: str) -> None:
    mail = about(kind, an_offer(status=status), a_ticket(offers=1))
    assert mail is not None
    assert mail.to == to


@pytest.mark.parametrize(
    ("kind", "transfer", "ticket", "minutes"),
    [
        (MailKind.TRANSFER_OFFERED, an_offer(status=TransferStatus.CANCELLED), a_ticket(offers=1), 0),
        (MailKind.TRANSFER_OFFERED, an_offer(), offered(), 61),
        (MailKind.TRANSFER_SENT, an_offer(status=TransferStatus.ACCEPTED), to_eva(offers=1), 0),
        (MailKind.TRANSFER_DECLINED, an_offer(status=TransferStatus.DECLINED), a_ticket(offers=2), 0),
        (MailKind.TRANSFER_EXPIRED, an_offer(status=TransferStatus.EXPIRED), offered(), 0),
        (MailKind.TRANSFER_CANCELLED, an_offer(status=TransferStatus.CANCELLED), to_eva(offers=1), 0),
        (MailKind.TRANSFER_CANCELLED, an_offer(status=TransferStatus.CANCELLED), offered(), 0),
    ],
)
def test_an_offer_that_has_gone_on_is_not_told(
    kind: Any, transfer: Transfer, ticket: Ticket, minutes: int
) -> None:
    assert about(kind, transfer, ticket, minutes) is None


def test_who_made_an_offer_by_an_address_alone_is_greeted_without_a_name() -> None:
    sent = about(MailKind.TRANSFER_SENT, an_offer(from_name=OLA), offered())
    assert sent is not None
    assert sent.text.startswith("Hello,\n")


# --- names that are missing, events that move -------------------------------------------------------------


def test_a_buyer_is_reminded_of_tickets_that_nobody_has() -> None:
    order = an_order()
    request = AboutAssignment(order_id=order.id, number=1)
    nameless = [a_ticket(holder=None), a_ticket(holder=None, number=2), a_ticket(number=3)]

    def reminder(tickets: list[Ticket], order: Order = order, minutes: int = 0) -> Mail | None:
        return assignment_mail(request, order, tickets, a_desk(), later(minutes))

    mail = reminder(nameless)
    assert mail is not None
    assert "2 of your tickets for Northern Lights Conference have no names yet." in mail.text
    assert f"Say who attends: {LINKS.order_page(order.id)}" in mail.text
    one = reminder(nameless[1:])
    assert one is not None
    assert "One of your tickets" in one.text
    assert reminder(nameless[2:]) is None
    assert reminder([a_ticket(holder=None, owner_email=EVA)]) is None
    assert reminder([a_ticket(holder=None, status=TicketStatus.CANCELLED)]) is None
    assert reminder(nameless, an_order(status=OrderStatus.CANCELLED)) is None
    assert reminder(nameless, minutes=365 * 24 * 60) is None


def moved(ticket: Ticket, others: list[Ticket] | None = None) -> Mail | None:
    request = AboutEventChange(event_id="event-1", order_id="order-1", number=1, change=7)
    starts = an_event().starts_at + timedelta(days=7)
    desk = a_desk(an_event(starts_at=starts, ends_at=starts + timedelta(hours=8)))
    return event_change_mail(request, Held(ticket, an_order()), others or [], desk)


def test_a_holder_reads_when_the_event_is_now() -> None:
    mail = moved(a_ticket(event_moved=7))
    assert mail is not None
    assert (mail.to, mail.subject) == (OLA, "Northern Lights Conference: new date or place")
    assert "When: 10 June 2027, 09:00 to 17:00" in mail.text
    assert LINKS.ticket_page(a_ticket()) in mail.text
    assert moved(a_ticket(event_moved=8)) is None
    assert moved(a_ticket(event_moved=7, status=TicketStatus.CANCELLED)) is None


def test_of_nameless_tickets_the_buyer_reads_once() -> None:
    first, second = a_ticket(holder=None, event_moved=7), a_ticket(holder=None, event_moved=7, number=2)
    mail = moved(first, [first, second])
    assert mail is not None
    assert mail.to == KARI
    assert "Open your order: https://" in mail.text
    assert moved(second, [first, second]) is None
    own = a_ticket(holder=Holder(email=KARI, name="Kari Nordmann"), number=2)
    assert moved(first, [first, own]) is None
    assert moved(first.model_copy(update={"owner_email": EVA})) is None


# --- lost links -------------------------------------------------------------------------------------------


def test_somebody_who_has_lost_his_links_gets_all_of_them_in_one_mail() -> None:
    request = LostLinks(email="Ola@Polar.Example", asked_at=NOW, language="fr")
    ticket, order = HeldTicket.of(a_ticket().attributes()), an_order()
    mail = lost_links_mail(request, [ticket], [order], lambda _: an_event(), LINKS)
    assert mail is not None
    assert (mail.to, mail.subject) == (OLA, "Vos billets et commandes")
    said = "Billet pour Northern Lights Conference (Two-day pass)\u00a0:\n" + LINKS.ticket_page(a_ticket())
    assert said in mail.text
    assert LINKS.order_page(order.id) in mail.text
    assert lost_links_mail(request, [], [], lambda _: an_event(), LINKS) is None


def test_a_ticket_is_called_by_its_seat_too_where_it_is_mailed() -> None:
    seated = a_ticket(seat=SEAT)
    request = AboutTicket(order_id="order-1", number=1, revision=0)
    given = ticket_mail(request, Held(seated, an_order()), None, a_desk())
    assert given is not None
    assert "Seat: Stalls · Row 12 · 7" in given.text
    lost = former_holder_mail(A_LOSS, Held(to_eva(seat=SEAT), an_order()), None, None, a_desk())
    assert lost is not None
    assert "Two-day pass, Stalls · Row 12 · 7" in lost.text
    ready = AboutOrder(kind=MailKind.TICKETS_READY, order_id="order-1")
    order = an_order(seats=[SeatClaim(place=SEAT, ticket=1)])
    told = order_mail(ready, order, a_desk())
    assert told is not None
    assert "Seats: Stalls · Row 12 · 7" in told.text
    held = HeldTicket.of(seated.put().item)
    links = lost_links_mail(
        LostLinks(email=OLA, asked_at=NOW, language="en"), [held], [], lambda _: an_event(), LINKS
    )
    assert links is not None
    assert "Two-day pass, Stalls · Row 12 · 7" in links.text


def test_somebody_who_proves_his_address_reads_the_language_of_his_page() -> None:
    asked = VerifyEmail(event_id="event-1", email=KARI, asked_at=NOW, language="de")
    assert verify_mail(asked, a_desk()).subject.startswith("Bestätigen Sie Ihre E-Mail-Adresse")
