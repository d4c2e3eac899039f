"""The mail to a guest with all the tickets that he got from a company at once, be it for several events."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from admit.catalog.answers import missing
from admit.catalog.question import AskedOf
from admit.mail.kinds import TextKind
from admit.mail.layout import Choices, Details, Link
from admit.mail.letter import Desk, Letter, Value, glance, place_of
from admit.mail.mails import AboutDistribution, Mail
from admit.people.person import Person, same_address
from admit.tickets.ticket import Ticket, TicketStatus, with_seat


class Gift(NamedTuple):
    """What somebody got: tickets, who he is at their events by the ids of these, and who gave them."""

    tickets: Sequence[Ticket]
    persons: Mapping[str, Person]
    company: str
    relay: str
    """By name; empty when that is not known."""

    def giver(self) -> str:
        return f"{self.relay} ({self.company})" if self.relay and "@" not in self.relay else self.company


def distribution_mail(request: AboutDistribution, gift: Gift, desk_of: Callable[[str], Desk]) -> Mail | None:
    """Write to a guest which tickets he has; None when he has none of them any more.

    It is written in the words of the event that comes first.
    """
    tickets = [ticket for ticket in gift.tickets if _has(ticket, request.email)]
    by_event: dict[str, list[Ticket]] = {}
    for ticket in tickets:
        by_event.setdefault(ticket.event_id, []).append(ticket)
    if not tickets:
        return None
    desks = sorted(map(desk_of, by_event), key=lambda desk: (desk.event.starts_at, desk.event.id))
    language = next((one.language for one in gift.persons.values() if one.language), None)
    letter = desks[0].letter(request.email, language)
    letters = [letter._replace(desk=desk) for desk in desks]
    in_order = [ticket for one in letters for ticket in by_event[one.event.id]]
    values = _of_events(letters, request.name) | _of_tickets(letters, in_order, by_event, request.name)
    titles = ", ".join(one.event.title for one in letters)
    opening = letter.tongue.count("given", len(tickets), giver=gift.giver(), event=titles)
    values |= {
        "name": request.name,
        "giver": gift.giver(),
        "company": gift.company,
        "opening": opening,
        "required": "\n\n".join(filter(None, (_required(one, gift, by_event) for one in letters))),
    }
    return letter.written(TextKind.TICKETS_DISTRIBUTED, values)


def _has(ticket: Ticket, email: str) -> bool:
    holder = ticket.holder
    there = ticket.status is not TicketStatus.CANCELLED
    return there and holder is not None and same_address(holder.email, email)


def _of_events(letters: Sequence[Letter], name: str) -> dict[str, Value]:
    """Return what every mail about an event can put in, of several events one after the other."""
    each = [letter.of_event(name) for letter in letters]
    told = {
        key: "; ".join(text for one in each if isinstance(text := one[key], str) and text) for key in each[0]
    }
    titles = ", ".join(letter.event.title for letter in letters)
    return {**told, "greeting": each[0]["greeting"], "event": titles}


def _of_tickets(
    letters: Sequence[Letter], tickets: Sequence[Ticket], by_event: Mapping[str, Sequence[Ticket]], name: str
) -> dict[str, Value]:
    first, say = letters[0], letters[0].tongue.say
    several = len(letters) > 1
    counts = Counter(ticket.tier_title for ticket in tickets)
    told = ", ".join(f"{count} × {title}" for title, count in counts.items())
    rows = [(say("label_tickets"), told), (say("label_name"), name)]
    links = first.desk.links
    if several:
        details = Details(rows + [(one.event.title, _when_and_where(one)) for one in letters])
    else:
        # Of several tickets each seat stands beside its link.
        seats = [(say("label_seat"), ticket.seat.text) for ticket in tickets if ticket.seat]
        details = glance(first, *rows, *(seats if len(tickets) == 1 else []))
    calendars = [
        Link(
            f"{say('add_to_calendar')} ({one.event.title})" if several else say("add_to_calendar"),
            links.calendar(by_event[one.event.id][0]),
        )
        for one in letters
    ]
    titles = {one.event.id: one.event.title for one in letters} if several else {}
    pages = [Link(_label(ticket, titles), links.ticket_page(ticket)) for ticket in tickets]
    return {
        "tickets": told,
        "details": details,
        "link": Choices(pages) if len(pages) > 1 else first.link("open_ticket", pages[0].url),
        "calendar": "" if not links.api_url else Choices(calendars) if several else calendars[0],
    }


def _label(ticket: Ticket, titles: Mapping[str, str]) -> str:
    shown = (with_seat(ticket.tier_title, ticket.seat), titles.get(ticket.event_id, ""))
    return ", ".join(part for part in shown if part)


def _when_and_where(letter: Letter) -> str:
    return ", ".join(part for part in (letter.when(), place_of(letter.event)) if part)


def _required(letter: Letter, gift: Gift, by_event: Mapping[str, Sequence[Ticket]]) -> str:
    """Say what the guest is required to answer at an event and has not."""
    tickets = by_event[letter.event.id]
    person = gift.persons.get(tickets[0].person_id or "")
    answers = person.answers if person else {}
    tier_ids = {ticket.tier_id for ticket in tickets}
    found = missing(letter.desk.catalog, AskedOf.ATTENDEE, answers, tier_ids=tier_ids)
    questions = ", ".join(question.title for question in found)
    return letter.tongue.say("answers_missing", questions=questions) if found else ""
