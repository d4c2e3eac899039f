"""Distributing: chosen guests get all that is meant for them or nothing, each once, and leave the cart."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import load_catalog
from admit.distribution.cart import open_cart
from admit.distribution.distribute import Distribution, GuestResult, distribute, distribution_of
from admit.mail.mails import AboutDistribution, FormerHolder, Mail, MailKind, MailRequest
from admit.mail.write import write
from admit.people.person import Holder, Person, load_person, person_id
from admit.people.switches import Switches, TakeBack
from admit.tickets.hand_over import History
from admit.tickets.privacy import erase_person
from admit.tickets.ticket import Images, TicketStatus
from tests.builders import a_name
from tests.engine.api import Answer, serving
from tests.engine.carts import Carts, carts
from tests.engine.partners import INGRID, JONAS, KARI, Json
from tests.engine.streamed import Died, Mortal, Streamed, let_through, told
from tests.engine.unguarded import Meanwhile


@pytest.fixture
def streamed(table: DynamoTable) -> Streamed:
    return Streamed(table)


@pytest.fixture
def world(streamed: Streamed) -> Iterator[Carts]:
    with serving(streamed) as api:
        yield carts(api, streamed)


def asked(world: Carts, *guests: str, key: str | None = None, **ask: Any) -> Answer:
    body = {"guests": list(guests)}
    return world.ask("POST", "cart/distribute", body, idempotency_key=key or a_name("key"), **ask)


def given(world: Carts, *guests: str, **ask: Any) -> list[Json]:
    answer = asked(world, *guests, **ask)
    assert answer.status == 200, answer.text
    results: list[Json] = answer.body["results"]
    assert [one["contact_id"] for one in results] == list(guests)
    return results


def a_distribution(world: Carts, table: DynamoTable, distribution_id: str = "") -> Distribution:
    now = world.api.now
    opened = open_cart(table, world.company, Switches(), actor=INGRID, relay=None, now=now)
    return distribution_of(opened, distribution_id or a_name("distribution"), now)


def distributed(world: Carts, table: DynamoTable, *guests: str) -> list[GuestResult]:
    def catalog_of(event_id: str) -> Any:
        return load_catalog(world.table, event_id)

    return distribute(table, catalog_of, a_distribution(world, table), list(guests))


def projected(world: Carts, *, times: int = 1) -> None:
    """Let the stream tell of all that has happened."""
    table = world.table
    assert isinstance(table, Streamed)

    def project(records: list[Json]) -> None:
        assert world.api.invoke("project", {"Records": records}) == {"batchItemFailures": []}

    told(table, project, times=times)


def forget(world: Carts) -> None:
    """Let the stream be over what was so far, and the mails be sent."""
    projected(world)
    world.api.mails.clear()


def at_another_event(world: Carts) -> Carts:
    """Return the same companies with another event of their organizer."""
    stage = world.stage
    settings = {
        "title": "Gala",
        "timezone": "Europe/Oslo",
        "currency": "EUR",
        "slug": a_name("gala"),
        "starts_at": "2027-07-03T17:00:00Z",
        "ends_at": "2027-07-03T21:00:00Z",
    }
    event = stage.done("POST", f"{stage.organizer}/events", settings)
    path = f"{stage.organizer}/events/{event['id']}"
    stage.done("POST", f"{path}/publish")
    tier = event["categories"][0]["tiers"][0]["id"]
    return replace(world, stage=replace(stage, event=path, event_id=event["id"], tier=tier))


def mailed(world: Carts, request: MailRequest) -> Mail | None:
    """Write a mail that was asked for."""
    links = world.api.shop.links("https://api.example")
    table = world.table
    return write(table, lambda event_id: load_catalog(table, event_id), links, request, world.api.now)


def person(world: Carts, email: str, name: str) -> Person:
    return load_person(world.table, person_id(world.stage.event_id, email, name))


def log(world: Carts, **ask: Any) -> list[Json]:
    items: list[Json] = world.done("GET", "log", **ask)["items"]
    return items


# --- who gets what ----------------------------------------------------------------------------------------


def test_chosen_guests_get_their_tickets_and_the_rest_stays_in_the_cart(world: Carts) -> None:
    ids = world.tickets(4)
    eva, ola = world.guest("Eva Berg", *ids[:2]), world.guest("Ola Lie", ids[2])

    [result] = given(world, eva)

    assert (result["result"], result["tickets"]) == ("distributed", ids[:2])
    tickets = [world.ticket(one) for one in ids]
    assert [ticket.holder and ticket.holder.name for ticket in tickets] == [
        "Eva Berg",
        "Eva Berg",
        None,
        None,
    ]
    assert [ticket.revision for ticket in tickets] == [1, 1, 0, 0]
    assert tickets[0].images is Images.STALE
    assert tickets[0].allocation is None
    assert tickets[0].distribution == tickets[1].distribution is not None
    assert [line.contact_id for line in world.lines()] == [ola]
    holder = tickets[0].holder
    assert holder is not None
    assert person(world, holder.email, "Eva Berg").tickets == sorted(ids[:2])


def test_a_guest_is_who_the_address_book_says_by_now(world: Carts) -> None:
    [ticket_id] = world.tickets()
    eva = world.guest("Eva Berg", ticket_id)
    said = {"last_name": "Dahl", "language": "de", "company": "Fram AS", "title": "CTO", "phone": "+47 1"}
    world.done("PATCH", f"contacts/{eva}", said)

    given(world, eva)

    holder = world.ticket(ticket_id).holder
    assert holder is not None
    assert (holder.name, holder.company, holder.title) == ("Eva Dahl", "Fram AS", "CTO")
    known = person(world, holder.email, "Eva Dahl")
    assert (known.language, known.phone) == ("de", "+47 1")


def test_of_a_guest_all_tickets_go_or_none_and_nobody_else_waits_for_it(world: Carts) -> None:
    ids = world.tickets(3)
    eva, ola = world.guest("Eva Berg", *ids[:2]), world.guest("Ola Lie", ids[2])
    world.change(ids[1], entries=1)

    first, second = given(world, eva, ola)

    assert (first["result"], first["code"], first["at_fault"]) == ("refused", "already_checked_in", [ids[1]])
    assert first["tickets"] == []
    assert second["result"] == "distributed"
    assert world.ticket(ids[0]).holder is None
    assert [ticket.id for ticket in world.line(eva).tickets] == ids[:2]
    world.allocated(eva, remove=(ids[1],))
    assert given(world, eva)[0]["result"] == "distributed"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"status": TicketStatus.CANCELLED}, "wrong_state"),
        ({"status": TicketStatus.SUSPENDED}, "wrong_state"),
        ({"revision": (1 << 12) - 1}, "conflict"),
    ],
)
def test_a_ticket_that_can_not_move_keeps_its_guest_in_the_cart(
    world: Carts, fields: Json, code: str
) -> None:
    [ticket_id] = world.tickets()
    eva = world.guest("Eva Berg", ticket_id)
    world.change(ticket_id, **fields)

    [result] = given(world, eva)

    assert (result["result"], result["code"]) == ("refused", code)
    assert result["reason"]
    assert not world.line(eva).left


def test_after_the_deadline_of_the_event_tickets_stay(world: Carts) -> None:
    [ticket_id] = world.tickets()
    eva = world.guest("Eva Berg", ticket_id)
    world.api.now += timedelta(days=365)

    [result] = given(world, eva)

    assert (result["result"], result["code"]) == ("refused", "too_late")


def test_who_is_not_there_or_has_nothing_is_told_apart(world: Carts) -> None:
    [ticket_id] = world.tickets()
    world.allocated("nobody", ticket_id)
    empty, away = world.guest("Eva Berg"), world.contact("Ola Lie")

    results = given(world, "nobody", empty, away)

    assert [(one["result"], one["code"]) for one in results] == [
        ("refused", "allocation_refused"),
        ("refused", "allocation_refused"),
        ("not_in_cart", None),
    ]


def test_a_stranger_does_not_distribute(world: Carts) -> None:
    [ticket_id] = world.tickets()
    eva = world.guest("Eva Berg", ticket_id)

    assert asked(world, eva, as_=KARI).status == 404
    assert asked(world, eva, relay=KARI).status == 404
    assert world.ask("GET", "log", as_=KARI).status == 404
    assert world.ticket(ticket_id).holder is None


# --- given again ------------------------------------------------------------------------------------------


def test_tickets_that_somebody_has_go_to_others_and_who_had_them_loses_them(world: Carts) -> None:
    ids = world.tickets(3)
    eva = world.guest("Eva Berg", *ids)
    given(world, eva)
    had = world.ticket(ids[0]).holder
    guests = [world.guest("Ola Lie", ids[0], ids[1]), world.guest("Kim Vik", ids[2])]
    forget(world)

    results = given(world, *guests)
    projected(world)

    assert [one["result"] for one in results] == ["distributed"] * 2
    assert [world.ticket(one).revision for one in ids] == [2, 2, 2]
    assert had is not None
    former = person(world, had.email, "Eva Berg")
    assert (former.tickets, former.former_tickets) == ([], sorted(ids))
    lost = [mail for mail in world.api.mails if isinstance(mail, FormerHolder)]
    assert {(mail.email, mail.revision) for mail in lost} == {(had.email, 2)}
    assert len(lost) == 3
    assert [mail.kind for mail in world.api.mails].count(MailKind.TICKETS_DISTRIBUTED) == 2
    steps = [(row["step"], row["guest"]["name"], row["taken"]) for row in log(world)]
    assert ("taken_back", "Eva Berg", [ids[2]]) in steps


def test_without_the_right_to_take_back_who_has_a_ticket_keeps_it(world: Carts) -> None:
    [ticket_id] = world.tickets()
    given(world, world.guest("Eva Berg", ticket_id))
    other = world.guest("Ola Lie", ticket_id)
    path = f"{world.stage.organizer}/companies/{world.company}"
    world.stage.done("PATCH", path, {"take_back": TakeBack.OFF})

    [result] = given(world, other)

    assert (result["result"], result["code"]) == ("refused", "take_back_off")
    assert world.ticket(ticket_id).revision == 1


# --- asked again ------------------------------------------------------------------------------------------


def test_the_same_request_again_is_answered_as_before_and_another_is_told_that_he_has_left(
    world: Carts,
) -> None:
    ids = world.tickets(2)
    eva = world.guest("Eva Berg", *ids)

    first, again = given(world, eva, key="one"), given(world, eva, key="one")

    assert again == first
    assert first[0]["tickets"] == ids
    assert given(world, eva, key="two")[0]["result"] == "not_in_cart"
    assert [world.ticket(one).revision for one in ids] == [1, 1]


def test_a_request_that_comes_late_does_not_serve_who_has_come_again(world: Carts) -> None:
    ids = world.tickets(2)
    eva = world.guest("Eva Berg", ids[0])
    first = given(world, eva, key="one")
    world.allocated(eva, ids[1])

    assert given(world, eva, key="one") == first
    assert world.ticket(ids[1]).holder is None
    assert given(world, eva, key="two")[0]["tickets"] == [ids[1]]


def test_a_person_who_is_changed_meanwhile_is_read_anew(world: Carts, streamed: Streamed) -> None:
    ids = world.tickets(2)
    eva = world.guest("Eva Berg", ids[0])
    given(world, eva)
    holder = world.ticket(ids[0]).holder
    assert holder is not None
    known = person(world, holder.email, "Eva Berg")
    world.allocated(eva, ids[1])

    def note() -> None:
        streamed.write(known.model_copy(update={"note": "Comes late"}).over(known))

    meanwhile = Meanwhile(streamed, note, "CART#")
    [result] = distributed(world, meanwhile, eva)

    assert result.result == "distributed"
    after = person(world, holder.email, "Eva Berg")
    assert (after.note, after.tickets) == ("Comes late", sorted(ids))


def test_a_line_that_a_colleague_changes_meanwhile_is_read_anew(world: Carts, streamed: Streamed) -> None:
    ids = world.tickets(2)
    eva = world.guest("Eva Berg", *ids)

    meanwhile = Meanwhile(
        streamed, lambda: world.allocated(eva, remove=(ids[1],), as_=JONAS, relay=INGRID), "CART#"
    )
    [result] = distributed(world, meanwhile, eva)

    assert (result.result, result.tickets) == ("distributed", [ids[0]])
    assert world.ticket(ids[1]).holder is None


def test_a_ticket_that_is_used_meanwhile_is_not_moved(world: Carts, streamed: Streamed) -> None:
    ids = world.tickets(2)
    eva = world.guest("Eva Berg", *ids)

    meanwhile = Meanwhile(streamed, lambda: world.change(ids[1], entries=1), "CART#")
    [result] = distributed(world, meanwhile, eva)

    assert (result.result, result.code) == ("refused", "already_checked_in")
    assert [world.ticket(one).revision for one in ids] == [0, 0]


# --- many -------------------------------------------------------------------------------------------------


def test_ninety_eight_tickets_are_one_transaction(world: Carts, streamed: Streamed) -> None:
    ids = world.tickets(98)
    eva = world.guest("Eva Berg", *ids)
    before = streamed.transactions

    assert given(world, eva)[0]["tickets"] == ids

    assert streamed.transactions == before + 1


def test_what_one_transaction_can_not_hold_goes_on_where_it_was_cut_off(
    world: Carts, streamed: Streamed
) -> None:
    ids = [*world.tickets(90), *world.tickets(90), *world.tickets(30)]
    eva = world.guest("Eva Berg", *ids[:90])
    world.allocated(eva, *ids[90:180])
    world.allocated(eva, *ids[180:])
    forget(world)

    with pytest.raises(Died):
        distributed(world, Mortal(streamed, 1), eva)

    sent = world.line(eva).sent
    assert len(sent) == 98
    projected(world)
    assert [mail for mail in world.api.mails if mail.kind != MailKind.TICKETS_READY] == []
    [result] = given(world, eva)
    projected(world)
    assert (result["result"], result["tickets"]) == ("distributed", ids)
    assert {world.ticket(one).revision for one in ids} == {1}
    [mail] = world.api.mails
    assert isinstance(mail, AboutDistribution)
    assert mail.tickets == ids


def test_who_is_taken_off_while_his_distribution_is_cut_off_is_told_of_what_he_has(
    world: Carts, streamed: Streamed
) -> None:
    ids = [*world.tickets(70), *world.tickets(70)]
    eva = world.guest("Eva Berg", *ids[:70])
    world.allocated(eva, *ids[70:])
    forget(world)
    with pytest.raises(Died):
        distributed(world, Mortal(streamed, 1), eva)

    world.done("DELETE", f"cart/guests/{eva}")
    projected(world, times=2)

    mails = {mail.mark for mail in world.api.mails if isinstance(mail, AboutDistribution)}
    assert len(mails) == 1


def test_who_got_a_part_and_is_refused_the_rest_is_answered_with_what_he_has(
    world: Carts, streamed: Streamed
) -> None:
    ids = [*world.tickets(70), *world.tickets(70)]
    eva = world.guest("Eva Berg", *ids[:70])
    world.allocated(eva, *ids[70:])
    with pytest.raises(Died):
        distributed(world, Mortal(streamed, 1), eva)
    world.change(ids[-1], status=TicketStatus.SUSPENDED)

    [result] = given(world, eva)

    assert (result["result"], result["code"], result["at_fault"]) == ("refused", "wrong_state", ids[-1:])
    assert result["tickets"] == ids[:98]
    assert "98 already" in result["reason"]


def test_a_fault_in_the_last_of_many_tickets_is_found_before_the_first_is_given(world: Carts) -> None:
    ids = [*world.tickets(70), *world.tickets(70)]
    eva = world.guest("Eva Berg", *ids[:70])
    world.allocated(eva, *ids[70:])
    world.change(ids[-1], status=TicketStatus.SUSPENDED)

    [result] = given(world, eva)

    assert (result["result"], result["tickets"], result["at_fault"]) == ("refused", [], ids[-1:])
    assert result["reason"] == "This ticket is suspended."
    assert {world.ticket(one).revision for one in ids} == {0}


def test_who_is_being_given_tickets_keeps_his_address_and_name_until_that_has_ended(
    world: Carts, streamed: Streamed
) -> None:
    ids = [*world.tickets(70), *world.tickets(70)]
    eva = world.guest("Eva Berg", *ids[:70])
    world.allocated(eva, *ids[70:])
    with pytest.raises(Died):
        distributed(world, Mortal(streamed, 1), eva)
    path, email = f"contacts/{eva}", f"{a_name('eva')}@new.example"

    assert world.ask("PATCH", path, {"email": email}).code == "conflict"
    assert world.ask("PATCH", path, {"first_name": "Ewa"}).code == "conflict"
    assert world.ask("PATCH", path, {"notes": "Vegan"}).status == 200
    assert given(world, eva)[0]["tickets"] == ids
    assert world.ask("PATCH", path, {"email": email}).status == 200


def test_a_guest_of_two_events_is_a_person_of_each_with_one_transaction(
    world: Carts, streamed: Streamed
) -> None:
    own, foreign = world.tickets(2), at_another_event(world).tickets(1)
    eva = world.guest("Eva Berg", *own, *foreign)
    forget(world)
    before = streamed.transactions

    [result] = given(world, eva)

    assert streamed.transactions == before + 1
    assert result["tickets"] == [*own, *foreign]
    projected(world)
    [request] = world.api.mails
    mail = mailed(world, request)
    assert mail is not None
    for ticket_id in [*own, *foreign]:
        assert world.api.links.ticket_page(world.ticket(ticket_id)) in mail.text
    assert "(Polar Systems) has given you 3 tickets for Summit, Gala." in mail.text
    assert "Gala: " in mail.text


def test_many_guests_cost_one_transaction_each_and_few_reads(world: Carts, streamed: Streamed) -> None:
    ids = world.tickets(100)
    guests = [world.guest(f"Guest {at}", *ids[at * 2 : at * 2 + 2]) for at in range(50)]
    transactions, reads = streamed.transactions, streamed.reads

    results = given(world, *guests)

    assert {one["result"] for one in results} == {"distributed"}
    assert streamed.transactions == transactions + 50
    assert streamed.reads - reads <= 12


def test_more_than_a_hundred_guests_are_a_job_with_a_row_for_each(world: Carts) -> None:
    ids = world.tickets(60)
    guests = [world.guest(f"Guest {at}", ids[at]) for at in range(60)]
    world.change(ids[3], entries=1)
    away = [f"away-{at}" for at in range(45)]

    answer = asked(world, *guests, *away, key="a job")
    assert answer.status == 202, answer.text
    job_id = answer.body["job"]["id"]
    assert asked(world, *guests, *away, key="a job").body["job"]["id"] == job_id
    projected(world)
    world.api.work_off_jobs()

    job = world.done("GET", f"jobs/{job_id}", query={"limit": "100"})
    assert (job["status"], job["done"], job["total"]) == ("done", 105, 105)
    assert (job["changed"], job["failed"], job["skipped"]) == (59, 1, 45)
    assert [row["reference"] for row in job["rows"]] == [*guests, *away][:100]
    assert job["rows"][3]["code"] == "already_checked_in"
    assert {world.ticket(one).revision for one in ids} == {0, 1}


def test_a_job_of_who_is_a_relay_no_more_fails(world: Carts) -> None:
    ids = world.tickets(1)
    eva = world.guest("Eva Berg", *ids, as_=JONAS)
    answer = asked(world, eva, *(f"away-{at}" for at in range(100)), as_=JONAS)
    world.stage.done("DELETE", f"{world.stage.organizer}/companies/{world.company}/relays/{JONAS}")
    projected(world)
    world.api.work_off_jobs()

    job = world.done("GET", f"jobs/{answer.body['job']['id']}")
    assert job["status"] == "failed"
    assert world.ticket(ids[0]).holder is None


# --- the log, the history and what carts show -------------------------------------------------------------


def test_the_log_tells_in_order_who_has_acted_for_whom(world: Carts) -> None:
    ids = world.tickets(3)
    eva = world.guest("Eva Berg", ids[0], ids[1])
    world.api.now += timedelta(minutes=1)
    given(world, eva, as_=JONAS, relay=INGRID)
    world.api.now += timedelta(minutes=1)
    world.done("POST", "tickets/take-back", {"tickets": [ids[0]]})
    world.api.now += timedelta(minutes=1)
    assert world.assign(ids[2], "Ola Lie", as_=JONAS).status == 200
    projected(world, times=2)

    rows = log(world)

    assert [row["step"] for row in rows] == ["assigned", "taken_back", "distributed", "allocated", "added"]
    assigned, taken, gave, allocated, _ = rows
    assert (gave["actor"], gave["acting_for"]) == (JONAS, INGRID)
    assert (gave["distributed"], gave["event_ids"]) == (ids[:2], [world.stage.event_id])
    assert gave["guest"]["name"] == "Eva Berg"
    assert (taken["actor"], taken["taken"], taken["acting_for"]) == (INGRID, [ids[0]], None)
    assert taken["guest"]["name"] == "Eva Berg"
    assert (assigned["actor"], assigned["distributed"]) == (JONAS, [ids[2]])
    assert (allocated["added"], allocated["guest"]["name"]) == (ids[:2], "Eva Berg")


def test_the_log_is_read_page_by_page(world: Carts) -> None:
    ids = world.tickets(5)
    for at, ticket_id in enumerate(ids):
        world.api.now += timedelta(seconds=1)
        world.guest(f"Guest {at}", ticket_id)
    projected(world)
    whole = log(world, query={"limit": "100"})

    rows, cursor = [], None
    for _ in range(10):
        page = world.done("GET", "log", query={"limit": "3"} | ({"cursor": cursor} if cursor else {}))
        rows += page["items"]
        cursor = page["cursor"]
        if cursor is None:
            break

    assert rows == whole
    assert len(whole) == 10


def test_a_batch_that_comes_again_in_pieces_writes_nothing_new(world: Carts, streamed: Streamed) -> None:
    ids = world.tickets(2)
    given(world, world.guest("Eva Berg", *ids))
    records = let_through(streamed.records)
    projected(world)
    first = streamed.query(keys.portal_log(world.company))

    for cut in (1, len(records) // 2, len(records) - 1):
        for part in (records[cut:], records[:cut]):
            world.api.invoke("project", {"Records": part})

    assert streamed.query(keys.portal_log(world.company)) == first
    assert len(first) == 3


def test_each_ticket_that_was_distributed_has_its_line_of_history(world: Carts, streamed: Streamed) -> None:
    ids = world.tickets(2)
    given(world, world.guest("Eva Berg", *ids), as_=INGRID)
    projected(world, times=2)

    for ticket_id in ids:
        ticket = world.ticket(ticket_id)
        stored = streamed.get(keys.history(ticket.order_id, ticket.number, 1))
        assert stored is not None
        history = History.of(stored)
        assert (history.what, history.actor, history.revision) == ("distributed", INGRID, 1)
        assert history.holder == ticket.holder


def test_a_cart_shows_what_has_become_of_its_tickets_and_no_relay_has_done_it(world: Carts) -> None:
    ids = world.tickets(3)
    eva = world.guest("Eva Berg", *ids)
    forget(world)
    before = len(log(world))
    version = world.line(eva).version

    world.change(ids[0], status=TicketStatus.CANCELLED)
    world.change(ids[2], status=TicketStatus.SUSPENDED, tier_title="VIP")
    projected(world, times=2)

    line = world.line(eva)
    assert [ticket.fault for ticket in line.tickets] == ["cancelled", None, "suspended"]
    assert [ticket.tier_title for ticket in line.tickets][2] == "VIP"
    assert line.version == version + 1
    assert len(log(world)) == before
    world.change(ids[2], status=TicketStatus.VALID)
    projected(world)
    assert [ticket.fault for ticket in world.line(eva).tickets] == ["cancelled", None, None]


def test_who_is_erased_is_in_no_log_any_more_and_what_was_done_stays(world: Carts) -> None:
    ids = world.tickets(2)
    guests = [world.guest("Eva Berg", ids[0]), world.guest("Ola Lie", ids[1])]
    given(world, *guests)
    world.api.now += timedelta(minutes=1)
    world.done("POST", "tickets/take-back", {"tickets": ids[:1]})
    projected(world)
    history = f"contacts/{guests[0]}/history"
    assert [row["step"] for row in world.done("GET", history)["items"]] == ["taken_back", "distributed"]
    email = world.done("GET", f"contacts/{guests[0]}")["email"]
    before = log(world)
    event = load_catalog(world.table, world.stage.event_id).event

    for guest in guests[:1]:
        world.done("DELETE", f"contacts/{guest}")
    erase_person(world.table, event, person(world, email, "Eva Berg"), world.api.now)
    projected(world)

    after = [row for row in log(world) if row["step"] != "removed"]
    assert [row["step"] for row in after] == [row["step"] for row in before]
    assert email not in str(after)
    assert "Eva" not in str(after)
    assert "Ola Lie" in str(after)


# --- who is somebody else at the event ---------------------------------------------------------------------


def known_elsewhere(world: Carts, ticket_id: str) -> tuple[str, str, str]:
    """Give a contact a ticket, and let the organizer correct the address of who he is at the event.

    Return the contact, his address, and that of the person.
    """
    eva = world.guest("Eva Berg", ticket_id)
    given(world, eva)
    email, moved = world.line(eva).email, f"{a_name('eva')}@else.example"
    event, known = world.stage.event, person(world, email, "Eva Berg")
    world.stage.done("PATCH", f"{event}/persons/{known.id}", {"email": moved})
    world.done("PUT", f"cart/guests/{eva}")
    return eva, email, moved


def test_who_has_another_address_at_the_event_is_told_there_and_log_and_history_say_so(world: Carts) -> None:
    first, second = world.tickets(2)
    eva, _, elsewhere = known_elsewhere(world, first)
    world.allocated(eva, second)
    forget(world)
    world.api.now += timedelta(minutes=1)

    assert given(world, eva)[0]["tickets"] == [second]

    projected(world)
    ticket = world.ticket(second)
    assert ticket.holder is not None
    assert ticket.holder.email == elsewhere
    [request] = world.api.mails
    mail = mailed(world, request)
    assert mail is not None
    assert mail.to == elsewhere
    gave = log(world)[0]
    assert (gave["step"], gave["distributed"]) == ("distributed", [second])
    assert (gave["guest"]["email"], gave["guest"]["contact_id"]) == (elsewhere, eva)
    stored = world.table.get(keys.history(ticket.order_id, ticket.number, ticket.revision))
    assert stored is not None
    told = History.of(stored).holder
    assert told is not None
    assert told.email == elsewhere


def test_a_guest_who_has_two_addresses_at_two_events_is_told_at_each_of_what_he_has_there(
    world: Carts,
) -> None:
    first, second = world.tickets(2)
    [foreign] = at_another_event(world).tickets(1)
    eva, email, elsewhere = known_elsewhere(world, first)
    world.allocated(eva, second, foreign)
    forget(world)
    world.api.now += timedelta(minutes=1)
    given(world, eva)

    projected(world, times=2)

    told = {one.mark: one for one in world.api.mails if isinstance(one, AboutDistribution)}
    assert {one.email: one.tickets for one in told.values()} == {elsewhere: [second], email: [foreign]}
    assert len(told) == 2
    gave = [row for row in log(world) if row["step"] == "distributed"][:2]
    assert {row["guest"]["email"]: row["distributed"] for row in gave} == {
        elsewhere: [second],
        email: [foreign],
    }


def test_a_ticket_that_would_leave_the_address_of_who_has_it_is_a_take_back(world: Carts) -> None:
    first, second = world.tickets(2)
    eva, email, _ = known_elsewhere(world, first)
    evis = f"{a_name('evi')}@guest.example"
    world.done("PUT", f"tickets/{second}/holder", {"email": evis, "name": "Evi"})
    world.allocated(eva, second)
    evi = f"{world.stage.event}/persons/{person(world, evis, 'Evi').id}"
    world.stage.done("PATCH", evi, {"email": email})
    world.change(second, holder=Holder(email=email, name="Evi"))
    path = f"{world.stage.organizer}/companies/{world.company}"
    world.stage.done("PATCH", path, {"take_back": "off", "take_back_downloaded": "off"})

    [result] = given(world, eva)

    assert (result["result"], result["code"], result["at_fault"]) == ("refused", "take_back_off", [second])
    assert world.ticket(second).revision == 1


# --- the one mail -----------------------------------------------------------------------------------------


def test_a_guest_is_mailed_once_for_all_that_he_got(world: Carts) -> None:
    ids = world.tickets(3)
    eva = world.guest("Eva Berg", *ids)
    world.done("PATCH", f"contacts/{eva}", {"language": "de"})
    forget(world)

    given(world, eva, as_=JONAS, relay=INGRID)
    projected(world, times=2)

    assert {type(request) for request in world.api.mails} == {AboutDistribution}
    assert len({request.mark for request in world.api.mails}) == 1
    request = world.api.mails[0]
    mail = mailed(world, request)
    assert mail is not None
    assert mail.subject == "Tickets für Summit von Polar Systems"
    assert "ingri (Polar Systems) hat Ihnen 3 Tickets für Summit gegeben." in mail.text
    assert all(world.api.links.ticket_page(world.ticket(one)) in mail.text for one in ids)
    assert mail.text.count("calendar.ics") == 1


def test_a_guest_who_has_lost_the_tickets_again_is_not_mailed_of_them(world: Carts) -> None:
    ids = world.tickets(2)
    given(world, world.guest("Eva Berg", *ids))
    world.done("POST", "tickets/take-back", {"tickets": ids})
    projected(world)
    [request] = [one for one in world.api.mails if isinstance(one, AboutDistribution)]

    assert mailed(world, request) is None


# --- a request that comes late ----------------------------------------------------------------------------


def test_a_request_that_comes_again_after_others_have_served_the_guest_answers_its_own(world: Carts) -> None:
    ids = world.tickets(9)
    eva = world.contact("Eva Berg")
    names = [a_name("key") for _ in ids]
    for key, ticket_id in zip(names[:8], ids, strict=False):
        world.allocated(eva, ticket_id)
        given(world, eva, key=key)
    world.allocated(eva, ids[8])

    again = [given(world, eva, key=key)[0] for key in names[:8]]

    assert [one["tickets"] for one in again] == [[one] for one in ids[:8]]
    assert world.ticket(ids[8]).holder is None
    given(world, eva, key=names[8])
    assert [one.tickets for one in world.line(eva).served] == [[one] for one in ids[1:]]


def test_a_request_that_comes_after_it_is_forgotten_gives_what_has_a_mail_of_its_own(world: Carts) -> None:
    first, second = world.tickets(2)
    eva = world.guest("Eva Berg", first)
    forget(world)
    given(world, eva, key="the same")
    world.allocated(eva, second)
    forgotten = world.line(eva).model_copy(update={"served": []})
    world.table.write(forgotten.over(forgotten))
    given(world, eva, key="the same")

    projected(world)

    told = [one for one in world.api.mails if isinstance(one, AboutDistribution)]
    assert [one.tickets for one in told] == [[first], [second]]
    assert len({one.mark for one in told}) == 2
