"""A distribution that dies anywhere and is asked for again serves each guest once, and mails each once."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count
from random import Random
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable, read_image
from admit.catalog.catalog import load_catalog
from admit.distribution.cart import open_cart
from admit.distribution.contact import Contact
from admit.distribution.distribute import GuestOutcome, GuestResult, distribute, distribution_of
from admit.ids import split_ticket_id
from admit.job import JobMessage
from admit.mail.facts import mails_for_line, mails_for_ticket
from admit.mail.mails import AboutDistribution, MailRequest
from admit.people.person import Person, person_id
from admit.people.switches import Switches
from admit.store import Write
from admit.tickets.cart_line import Act, Line, LineTicket, Step
from admit.tickets.ticket import Allocation, Ticket
from tests.builders import NOW, a_name
from tests.engine.api import serving
from tests.engine.carts import Carts, carts
from tests.engine.partners import INGRID, Json
from tests.engine.streamed import Died, Mortal, Record, Streamed, told
from tests.engine.unguarded import Meanwhile

type Party = dict[str, list[str]]
"""The tickets that are meant for each guest."""

GUESTS = 300
DEATHS = 12


@pytest.fixture
def streamed(table: DynamoTable) -> Streamed:
    return Streamed(table)


@pytest.fixture
def world(streamed: Streamed) -> Iterator[Carts]:
    with serving(streamed) as api:
        yield carts(api, streamed)


def a_party(world: Carts, sizes: Sequence[int]) -> Party:
    """Put guests into Ingrid's cart, each with so many tickets; what has led to it the stream has told."""
    order = a_ticket_of(world)
    numbers = count(2)
    party: Party = {}
    writes: list[Write] = []
    for size in sizes:
        contact = Contact(
            id=a_name("guest"),
            company_id=world.company,
            email=f"{a_name('eva')}@guest.example",
            first_name="Eva",
            last_name="Berg",
            created_at=NOW,
            updated_at=NOW,
        )
        allocation = Allocation(relay=INGRID, contact_id=contact.id)
        tickets = [
            order.model_copy(update={"number": next(numbers), "allocation": allocation}) for _ in range(size)
        ]
        line = Line(
            company_id=world.company,
            relay=INGRID,
            contact_id=contact.id,
            email=contact.email,
            name=contact.name,
            tickets=[LineTicket.of_ticket(ticket) for ticket in tickets],
            added_at=NOW,
            act=Act(step=Step.ALLOCATED, at=NOW, actor=INGRID, added=[ticket.id for ticket in tickets]),
        )
        party[contact.id] = [ticket.id for ticket in tickets]
        writes += [contact.put(), line.put(), *(ticket.put() for ticket in tickets)]
    for at in range(0, len(writes), 100):
        world.table.transact(writes[at : at + 100])
    forget(world)
    return party


def a_ticket_of(world: Carts) -> Ticket:
    """Return a ticket of an order of the company, after which others are made."""
    return world.ticket(world.tickets()[0])


def forget(world: Carts) -> None:
    assert isinstance(world.table, Streamed)
    world.table.records.clear()
    world.api.mails.clear()


def serve(world: Carts, table: DynamoTable, party: Party, distribution_id: str) -> list[GuestResult]:
    opened = open_cart(table, world.company, Switches(), actor=INGRID, relay=None, now=NOW)
    distribution = distribution_of(opened, distribution_id, NOW)
    return distribute(table, lambda event_id: load_catalog(world.table, event_id), distribution, list(party))


def dying(world: Carts, random: Random, deaths: int) -> Iterator[Streamed]:
    """Give tables for processes of which so many die after some writes, and then one that lives."""
    assert isinstance(world.table, Streamed)
    for _ in range(deaths):
        yield Mortal(world.table, random.randrange(20))
    yield world.table


def on(world: Carts, table: DynamoTable, do: Callable[[], Any]) -> Any:
    """Let the functions work on another table; None when they die."""
    shop = vars(world.api.shop)
    shop["table"] = table
    try:
        return do()
    except Died:
        return None
    finally:
        shop["table"] = world.table


def check_served_once(world: Carts, party: Party) -> None:
    """Check that each guest has what was meant for him, and that nobody else has."""
    table = world.table
    wanted = [keys.cart_line(world.company, INGRID, one) for one in party]
    lines = {line.contact_id: line for line in map(Line.of, table.get_many(wanted))}
    wanted = [keys.ticket(*split_ticket_id(one)) for some in party.values() for one in some]
    tickets = {ticket.id: ticket for ticket in map(Ticket.of, table.get_many(wanted))}
    ids = {one: person_id(world.stage.event_id, line.email, line.name) for one, line in lines.items()}
    found = table.get_many([keys.person(one) for one in ids.values()])
    persons = {person.id: person for person in map(Person.of, found)}
    assert {ticket.revision for ticket in tickets.values()} == {1}
    assert {ticket.allocation for ticket in tickets.values()} == {None}
    for contact_id, ticket_ids in party.items():
        line = lines[contact_id]
        assert line.left
        assert [one.tickets for one in line.served] == [ticket_ids]
        assert set(persons[ids[contact_id]].tickets) == set(ticket_ids)
        assert {tickets[one].person_id for one in ticket_ids} == {ids[contact_id]}


def check_mailed_once(party: Party, mails: Sequence[MailRequest]) -> None:
    """Check that there is one mail for each guest, however often it was asked for, and no other one."""
    told = [mail for mail in mails if isinstance(mail, AboutDistribution)]
    assert len(told) == len(mails)
    assert len({mail.mark for mail in told}) == len(party)
    assert {mail.contact_id: mail.tickets for mail in told} == party


def streamed_twice(world: Carts) -> Sequence[MailRequest]:
    """Let the stream tell of lines and tickets, each batch twice; return the mails that are asked for."""
    table = world.table
    assert isinstance(table, Streamed)
    table.records[:] = [one for one in table.records if kind_of(one) in ("cart_line", "ticket")]

    def project(records: list[Json]) -> None:
        assert world.api.invoke("project", {"Records": records}) == {"batchItemFailures": []}

    # What it writes itself has no stream here: nothing follows from that.
    on(world, DynamoTable(table._client, table._name), lambda: told(table, project, times=2))
    return world.api.mails


def mails_of(records: Sequence[Record]) -> list[MailRequest]:
    """Return the mails that records of lines and tickets give to tell."""
    mails: list[MailRequest] = []
    for record in records:
        change = record["dynamodb"]
        before, after = (read_image(change.get(name, {})) for name in ("OldImage", "NewImage"))
        if after["kind"] == "cart_line":
            mails += mails_for_line(Line.of(before) if before else None, Line.of(after))
        elif after["kind"] == "ticket":
            mails += mails_for_ticket(Ticket.of(before) if before else None, Ticket.of(after))
    return mails


def kind_of(record: Record) -> str:
    return str(record["dynamodb"]["NewImage"]["kind"]["S"])


def sizes(random: Random, guests: int) -> list[int]:
    return [random.randrange(1, 5) for _ in range(guests)]


# --- deaths -----------------------------------------------------------------------------------------------


def test_requests_that_die_and_come_again_serve_three_hundred_guests_once(world: Carts) -> None:
    random = Random(11)
    party = a_party(world, sizes(random, GUESTS))
    guests = list(party)
    deaths = 0
    for at in range(0, GUESTS, 100):
        some = guests[at : at + 100]

        def ask(some: list[str] = some, key: str = f"request {at}") -> Any:
            return world.ask("POST", "cart/distribute", {"guests": some}, idempotency_key=key)

        for table in dying(world, random, DEATHS // 3):
            answer = on(world, table, ask)
            deaths += answer is None
        assert answer.status == 200
        assert {one["contact_id"]: one["tickets"] for one in answer.body["results"]} == {
            one: party[one] for one in some
        }

    assert deaths == DEATHS
    check_served_once(world, party)
    check_mailed_once(party, streamed_twice(world))


def test_a_job_whose_workers_die_serves_three_hundred_guests_once(world: Carts) -> None:
    random = Random(12)
    party = a_party(world, sizes(random, GUESTS))
    answer = world.ask("POST", "cart/distribute", {"guests": list(party)}, idempotency_key="job")
    assert answer.status == 202, answer.text
    job_id = answer.body["job"]["id"]
    done, deaths = 0, 0

    for table in dying(world, random, DEATHS):
        world.api.queued[:] = [JobMessage(job_id=job_id)]
        deaths += on(world, table, world.api.work_off_jobs) is None
        job = world.done("GET", f"jobs/{job_id}")
        assert job["done"] >= done
        done = job["done"]

    job = world.done("GET", f"jobs/{job_id}", query={"limit": "100"})
    assert deaths == DEATHS
    assert (job["status"], job["done"], job["changed"], job["failed"]) == ("done", GUESTS, GUESTS, 0)
    assert [row["reference"] for row in job["rows"]] == list(party)[:100]
    check_served_once(world, party)
    check_mailed_once(party, streamed_twice(world))


def test_a_death_after_any_write_leaves_nothing_half_done(world: Carts, streamed: Streamed) -> None:
    deaths, alive = 0, False
    while not alive:
        party = a_party(world, [1, 2, 1, 4, 1, 99, 2, 1, 3, 1, 2, 1])
        distribution_id = a_name("distribution")
        try:
            serve(world, Mortal(streamed, deaths), party, distribution_id)
            alive = True
        except Died:
            deaths += 1
        results = serve(world, streamed, party, distribution_id)
        assert [one.result for one in results] == [GuestOutcome.DISTRIBUTED] * len(party)
        check_served_once(world, party)
        check_mailed_once(party, mails_of(streamed.records) * 2)

    # One for each guest, and a second for the one who has more than a transaction holds.
    assert deaths == 13


# --- controls ---------------------------------------------------------------------------------------------


class Loose(Meanwhile):
    """A table on which another distribution is quicker, without the conditions of keys that begin so."""

    def __init__(self, table: DynamoTable, act: Callable[[], object], *loose: str) -> None:
        super().__init__(table, act, "CART#")
        self._loose = loose


def raced(world: Carts, streamed: Streamed, *loose: str) -> int:
    """Let two distributions serve a guest at one moment; return how many say that they did."""
    party = a_party(world, [2])
    first: list[GuestResult] = []
    table = Loose(streamed, lambda: first.extend(serve(world, streamed, party, a_name("first"))), *loose)
    second = serve(world, table, party, a_name("second"))
    return [one.result for one in [*first, *second]].count(GuestOutcome.DISTRIBUTED)


@pytest.mark.parametrize("loose", [[], ["CART#"], ["ORDER#"]])
def test_of_two_distributions_at_one_moment_one_serves_a_guest(
    world: Carts, streamed: Streamed, loose: list[str]
) -> None:
    assert raced(world, streamed, *loose) == 1


def test_without_the_conditions_both_would_serve_him(world: Carts, streamed: Streamed) -> None:
    assert raced(world, streamed, "CART#", "ORDER#", "PERSON#") == 2


def test_without_the_condition_on_tickets_one_that_was_used_meanwhile_would_move(
    world: Carts, streamed: Streamed
) -> None:
    party = a_party(world, [2])
    [[used, _]] = party.values()
    table = Loose(streamed, lambda: world.change(used, entries=1), "ORDER#")

    [result] = serve(world, table, party, a_name("distribution"))

    assert result.result is GuestOutcome.DISTRIBUTED
    assert world.ticket(used).revision == 1
