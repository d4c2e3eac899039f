"""The mail to a guest with all that he got at once: when it is asked for, and what it says."""

from datetime import timedelta
from typing import Any

import pytest

from admit.catalog.question import AskedAt, AskedOf, Question, QuestionKind
from admit.clock import stamp
from admit.mail.facts import mails_for_line, mails_for_ticket
from admit.mail.guest_mails import Gift, distribution_mail
from admit.mail.letter import Desk
from admit.mail.mails import AboutDistribution, AboutTicket, FormerHolder, Mail, MailRequest, read_request
from admit.people.person import Holder, Person, new_person
from admit.seating.seat import SeatPlace
from admit.tickets.cart_line import Act, Line, LineTicket, Received, Served, Step
from admit.tickets.ticket import Ticket, TicketStatus
from tests.builders import NOW
from tests.mail_world import KARI, LINKS, OLA, a_desk, a_ticket, an_event

EVA = "eva@polar.example"
SEAT = SeatPlace(id="stalls-3-7", section="Stalls", row="3", label="7")
GALA = an_event(id="event-2", title="Gala", starts_at=an_event().starts_at + timedelta(days=30))


def to_eva(number: int = 1, **overrides: Any) -> Ticket:
    fields: dict[str, Any] = {
        "number": number,
        "revision": 1,
        "holder": Holder(email=EVA, name="Eva Berg"),
        "person_id": "eva",
        "distribution": "one",
    }
    return a_ticket(**fields | overrides)


def a_line(step: Step = Step.ALLOCATED, **overrides: Any) -> Line:
    fields: dict[str, Any] = {
        "company_id": "polar",
        "relay": "ingrid@polar.example",
        "contact_id": "contact-1",
        "email": EVA,
        "name": "Eva Berg",
        "tickets": [LineTicket.of_ticket(a_ticket())],
        "added_at": NOW,
        "act": Act(step=step, at=NOW, actor="jonas@polar.example", distribution="one"),
    }
    return Line.model_validate(fields | overrides)


def served(*tickets: str, **overrides: Any) -> Line:
    given = Served(distribution="one", tickets=list(tickets))
    fields: dict[str, Any] = {"tickets": [], "left": True, "served": [given], "version": 2}
    return a_line(Step.DISTRIBUTED, **fields | overrides)


def asked(*tickets: Ticket) -> AboutDistribution:
    return AboutDistribution(
        company_id="polar",
        relay="ingrid@polar.example",
        contact_id="contact-1",
        email=EVA,
        name="Eva Berg",
        tickets=[ticket.id for ticket in tickets],
        distribution=f"{stamp(NOW)}-2",
    )


def eva(**said: Any) -> Person:
    person = new_person("event-1", 1, Holder(email=EVA, name="Eva Berg"), NOW)
    return person.model_copy(update={"id": "eva", **said})


def mailed(
    *tickets: Ticket, person: Person | None = None, relay: str = "Ingrid Dahl", **catalog: Any
) -> Mail:
    mail = written(*tickets, person=person, relay=relay, **catalog)
    assert mail is not None
    return mail


def written(
    *tickets: Ticket, person: Person | None = None, relay: str = "Ingrid Dahl", **catalog: Any
) -> Mail | None:
    def desk_of(event_id: str) -> Desk:
        return a_desk(GALA) if event_id == GALA.id else a_desk(**catalog)

    gift = Gift(tickets, {"eva": person or eva()}, "Polar Systems", relay)
    return distribution_mail(asked(*tickets), gift, desk_of)


# --- when ---------------------------------------------------------------------------------------------------


def test_a_guest_is_told_when_he_has_it_all() -> None:
    told = mails_for_line(a_line(), served("order-1-1", "order-1-2"))

    request = asked(a_ticket(), a_ticket(number=2))
    assert told == [request]
    assert read_request(request.model_dump_json()) == request


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, a_line(Step.ADDED)),
        (a_line(), a_line(Step.ALLOCATED, version=2)),
        (a_line(), a_line(Step.DISTRIBUTED, sent=["order-1-9"], version=2)),
        (a_line(), a_line(Step.REMOVED, tickets=[], left=True, version=2)),
        (served("order-1-1"), served("order-1-1")),
        (served("order-1-1"), a_line(served=[Served(distribution="one", tickets=["order-1-1"])], version=3)),
    ],
    ids=["comes", "allocated", "in part", "taken off", "the same", "comes again"],
)
def test_before_that_and_after_it_he_is_told_nothing(before: Line | None, after: Line) -> None:
    assert mails_for_line(before, after) == []


def test_who_is_taken_off_with_a_part_is_told_of_that_and_not_of_what_he_had_before() -> None:
    earlier = Served(distribution="earlier", tickets=["order-1-7"])
    before = a_line(sent=["order-1-9"], served=[earlier], version=3)
    after = a_line(Step.REMOVED, tickets=[], sent=["order-1-9"], served=[earlier], left=True, version=4)

    [request] = mails_for_line(before, after)

    assert isinstance(request, AboutDistribution)
    assert request.tickets == ["order-1-9"]
    assert mails_for_line(before, after)[0].mark == request.mark


def test_each_distribution_to_a_guest_has_its_own_mail() -> None:
    first = asked(a_ticket())
    second = first.model_copy(update={"distribution": "two"})
    other = first.model_copy(update={"contact_id": "contact-2"})

    assert len({one.mark for one in (first, second, other)}) == 3


def test_the_same_request_that_gives_again_once_it_is_forgotten_has_its_own_mail() -> None:
    first, later = served("order-1-1"), served("order-1-2", version=5)

    [once, again] = [*mails_for_line(a_line(), first), *mails_for_line(a_line(version=4), later)]

    assert once.mark != again.mark


def test_who_has_another_address_at_an_event_is_told_there_of_what_he_got() -> None:
    elsewhere = Received(holder=Holder(email=OLA, name="E. Berg"), tickets=["order-1-2"])

    told = mails_for_line(a_line(), served("order-1-1", "order-1-2", received=[elsewhere]))

    assert [one for one in told if isinstance(one, AboutDistribution)] == told
    said = [one.model_dump(include={"email", "name", "tickets"}) for one in told]
    assert said == [
        {"email": EVA, "name": "Eva Berg", "tickets": ["order-1-1"]},
        {"email": OLA, "name": "E. Berg", "tickets": ["order-1-2"]},
    ]
    assert len({one.mark for one in told}) == 2


def test_who_has_another_name_at_an_event_has_one_mail_with_all() -> None:
    otherwise = Received(holder=Holder(email=EVA.upper(), name="E. Berg"), tickets=["order-1-2"])

    [request] = mails_for_line(a_line(), served("order-1-1", "order-1-2", received=[otherwise]))

    assert isinstance(request, AboutDistribution)
    assert request.tickets == ["order-1-1", "order-1-2"]


def test_a_ticket_that_came_with_others_is_not_mailed_by_itself_and_who_had_it_is_told() -> None:
    had = a_ticket()

    assert mails_for_ticket(a_ticket(holder=None), to_eva()) == []
    [lost] = mails_for_ticket(had, to_eva())
    assert isinstance(lost, FormerHolder)
    assert lost.email == OLA


def test_a_ticket_that_changes_hands_after_that_is_mailed_as_ever() -> None:
    given: list[MailRequest] = mails_for_ticket(to_eva(), a_ticket(revision=2, person_id="ola"))
    moved = mails_for_ticket(to_eva(), to_eva(revision=2, holder=Holder(email="e@new.example", name="Eva")))

    assert AboutTicket(order_id="order-1", number=1, revision=2) in given
    assert moved == [AboutTicket(order_id="order-1", number=1, revision=2)]


# --- what it says -----------------------------------------------------------------------------------------


def test_all_tickets_are_listed_with_tier_and_seat_and_lead_to_their_pages() -> None:
    tickets = [to_eva(1, seat=SEAT), to_eva(2), to_eva(3, tier_title="Dinner")]

    mail = mailed(*tickets)

    assert mail.to == EVA
    assert mail.subject == "Tickets for Northern Lights Conference from Polar Systems"
    assert "Ingrid Dahl (Polar Systems) has given you 3 tickets for Northern Lights Conference." in mail.text
    assert "Tickets: 2 × Two-day pass, 1 × Dinner" in mail.text
    assert "Two-day pass, Stalls · 3 · 7:" in mail.text
    assert [LINKS.ticket_page(ticket) in mail.text for ticket in tickets] == [True, True, True]
    assert mail.text.count("calendar.ics") == 1


def test_one_ticket_is_a_button_and_its_seat_a_fact() -> None:
    mail = mailed(to_eva(seat=SEAT))

    assert "has given you a ticket for" in mail.text
    assert "Seat: Stalls · 3 · 7" in mail.text
    assert f"Open your ticket: {LINKS.ticket_page(to_eva())}" in mail.text


def test_tickets_of_several_events_come_in_one_mail_the_first_event_first() -> None:
    later, first = to_eva(4, event_id=GALA.id, tier_title="Table"), to_eva(1)

    mail = mailed(later, first)

    assert "2 tickets for Northern Lights Conference, Gala." in mail.text
    assert mail.text.index(LINKS.ticket_page(first)) < mail.text.index(LINKS.ticket_page(later))
    assert "Table, Gala:" in mail.text
    assert "Gala: 3 July 2027" in mail.text
    assert mail.text.count("calendar.ics") == 2


def test_who_gave_them_is_the_company_when_the_relay_has_no_name() -> None:
    assert "\nPolar Systems has given you a ticket" in mailed(to_eva(), relay="").text
    assert "\nPolar Systems has given you a ticket" in mailed(to_eva(), relay=KARI).text


def test_what_is_still_to_be_answered_is_asked_for_once() -> None:
    question = Question(
        event_id="event-1",
        id="diet",
        kind=QuestionKind.TEXT,
        title="Your diet",
        asked_of=AskedOf.ATTENDEE,
        required=True,
        asked_at=AskedAt.LATER,
    )

    asks = mailed(to_eva(1), to_eva(2), questions={"diet": question})
    answered = mailed(to_eva(), person=eva(answers={"diet": "None"}), questions={"diet": question})

    assert asks.text.count("The organizer still needs an answer from you: Your diet") == 1
    assert "Your diet" not in answered.text


def test_a_guest_reads_his_own_language() -> None:
    assert mailed(to_eva(), person=eva(language="nb")).subject.startswith("Billetter til")


def test_what_he_has_no_more_is_left_out_and_without_any_there_is_no_mail() -> None:
    lost, cancelled = a_ticket(number=2), to_eva(3, status=TicketStatus.CANCELLED)

    assert "has given you a ticket" in mailed(to_eva(1), lost, cancelled).text
    assert written(lost, cancelled) is None
