"""The right to take back: who may take a ticket from who has it, and what is none of that."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.distribution.contact import contact_at
from admit.errors import TakeBackOff
from admit.job import Job, load_job
from admit.people.person import Holder, person_id
from admit.people.switches import Switches, TakeBack
from admit.seating.seat import SeatPlace
from admit.tickets.assignment_sheet import assign_rows
from admit.tickets.download import mark_downloaded
from admit.tickets.hand_over import relay_hand, take_back
from tests.engine.api import Answer, serving
from tests.engine.carts import Carts, carts
from tests.engine.hands import KARI, bought, given, opened_free, ticket_of
from tests.engine.partners import INGRID, JONAS, Json
from tests.engine.stream import a_record
from tests.engine.streamed import Died, Mortal, Streamed
from tests.engine.till import Till, tills
from tests.engine.unguarded import Meanwhile

OLA, EVA = "ola@guest.example", "eva@guest.example"
OFF = Switches(take_back=TakeBack.OFF, take_back_downloaded=TakeBack.OFF)
RELAY = Switches(take_back=TakeBack.RELAY, take_back_downloaded=TakeBack.RELAY)
UNTIL_DOWNLOADED = Switches(take_back_downloaded=TakeBack.OFF)


@pytest.fixture
def world(table: DynamoTable) -> Iterator[Carts]:
    streamed = Streamed(table)
    with serving(streamed) as api:
        yield carts(api, streamed)


@pytest.fixture
def till(table: DynamoTable) -> Iterator[Till]:
    with tills(table) as opens:
        yield opened_free(opens)


def switched(world: Carts, switches: Switches) -> None:
    """Let these hold for the company."""
    body = switches.model_dump(mode="json", include={"take_back", "take_back_downloaded"})
    world.stage.done("PATCH", f"{world.stage.organizer}/companies/{world.company}", body)


def deployed(api: Any, switches: Switches) -> None:
    """Let these hold wherever nothing else is said."""
    vars(api.shop)["switches"] = switches


def held(world: Carts, *, downloaded: bool = False) -> str:
    """Give a ticket to Ola, who fetches its code, or does not; return its id."""
    [ticket_id] = world.tickets()
    assert world.assign(ticket_id).status == 200
    if downloaded:
        mark_downloaded(world.table, world.ticket(ticket_id))
    return ticket_id


def taken(world: Carts, ticket_id: str, as_: str = INGRID) -> str:
    """Take a ticket back; return what came of it."""
    answer = world.ask("DELETE", f"tickets/{ticket_id}/holder", as_=as_)
    return answer.code or "taken"


# --- relays -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switches", "downloaded", "result"),
    [
        (OFF, False, "take_back_off"),
        (OFF, True, "take_back_off"),
        (UNTIL_DOWNLOADED, False, "taken"),
        (UNTIL_DOWNLOADED, True, "take_back_off"),
        (RELAY, False, "taken"),
        (RELAY, True, "taken"),
        (Switches(), True, "taken"),
    ],
)
def test_a_relay_takes_back_as_far_as_his_company_may(
    world: Carts, switches: Switches, *, downloaded: bool, result: str
) -> None:
    ticket_id = held(world, downloaded=downloaded)
    switched(world, switches)

    [shown] = [one for one in world.done("GET", "tickets")["items"] if one["id"] == ticket_id]
    assert shown["take_back_possible"] is (result == "taken")
    again = world.assign(ticket_id, "Eva Berg")
    assert again.code == (None if result == "taken" else result)
    if again.code is None and downloaded:
        mark_downloaded(world.table, world.ticket(ticket_id))
    assert taken(world, ticket_id) == result


def test_the_word_of_a_company_stands_above_that_of_the_deployment(world: Carts) -> None:
    first, second = held(world), held(world)
    deployed(world.api, OFF)
    assert taken(world, first) == "take_back_off"
    switched(world, RELAY)
    assert taken(world, second) == "taken"


def test_a_new_holder_s_ticket_is_not_downloaded_yet(world: Carts) -> None:
    ticket_id = held(world, downloaded=True)
    assert world.assign(ticket_id, "Eva Berg").status == 200
    switched(world, UNTIL_DOWNLOADED)

    assert taken(world, ticket_id) == "taken"


def test_a_ticket_stays_downloaded_while_it_stays_at_its_holder_s_address(world: Carts) -> None:
    ticket_id = held(world, downloaded=True)
    switched(world, UNTIL_DOWNLOADED)

    world.done("PUT", f"tickets/{ticket_id}/holder", {"email": OLA, "name": "Ola K. Nordmann"})

    assert world.ticket(ticket_id).revision == 2
    assert world.ticket(ticket_id).is_downloaded
    assert taken(world, ticket_id) == "take_back_off"


def test_a_guest_who_has_a_ticket_already_is_not_given_it_anew(world: Carts) -> None:
    switched(world, UNTIL_DOWNLOADED)
    [ticket_id], eva = world.tickets(), world.guest("Eva Berg")
    email = world.done("GET", f"contacts/{eva}")["email"]
    world.done("PUT", f"tickets/{ticket_id}/holder", {"email": email, "name": "Evi"})
    mark_downloaded(world.table, world.ticket(ticket_id))

    refused = world.allocate(eva, ticket_id)

    assert refused.code == "allocation_refused"
    assert [fault["message"] for fault in refused.body["errors"]] == ["is his already"]
    assert taken(world, ticket_id) == "take_back_off"


def test_a_used_ticket_says_that_it_is_used(world: Carts) -> None:
    ticket_id = held(world)
    world.change(ticket_id, entries=1)
    switched(world, OFF)

    assert taken(world, ticket_id) == "already_checked_in"
    assert world.assign(ticket_id, "Eva Berg").code == "already_checked_in"


def test_of_many_tickets_those_that_stay_are_named(world: Carts) -> None:
    fresh, fetched = held(world), held(world, downloaded=True)
    switched(world, UNTIL_DOWNLOADED)

    items = world.done("POST", "tickets/take-back", {"tickets": [fresh, fetched]})["items"]

    assert [(one["result"], one["code"]) for one in items] == [
        ("taken_back", None),
        ("refused", "take_back_off"),
    ]


def test_many_tickets_are_taken_back_by_one_reading_of_them_and_of_their_company(world: Carts) -> None:
    ids = world.tickets(10)
    for ticket_id in ids:
        world.assign(ticket_id)
    assert isinstance(world.table, Streamed)
    before = world.table.reads

    items = world.done("POST", "tickets/take-back", {"tickets": ids})["items"]

    assert {one["result"] for one in items} == {"taken_back"}
    # The company, the tickets, and who has each of them as he is by then.
    assert world.table.reads - before <= 3 + len(ids)


def test_of_many_tickets_those_of_others_are_none(world: Carts) -> None:
    ticket_id, [strange] = held(world), world.tickets(company=world.other)

    asked = {"tickets": [ticket_id, ticket_id, strange, "unknown"]}
    items = world.done("POST", "tickets/take-back", asked)["items"]

    assert [(one["result"], one["code"]) for one in items] == [
        ("taken_back", None),
        ("taken_back", None),
        ("refused", "not_found"),
        ("refused", "not_found"),
    ]


def test_an_organizer_always_may(world: Carts) -> None:
    ticket_id = held(world, downloaded=True)
    deployed(world.api, OFF)
    order_id, _, number = ticket_id.partition("-")
    path = f"{world.stage.event}/orders/{order_id}/tickets/{number}/holder"

    world.stage.done("PUT", path, {"email": EVA, "name": "Eva Berg"})
    world.stage.done("DELETE", path)

    assert world.ticket(ticket_id).holder is None


def test_what_nobody_has_is_given_and_who_has_it_is_told_of_anew(world: Carts) -> None:
    switched(world, OFF)
    ticket_id = held(world)

    world.done(
        "PUT", f"tickets/{ticket_id}/holder", {"email": OLA, "name": "Ola Nordmann", "company": "Fjord"}
    )
    world.done("PUT", f"tickets/{ticket_id}/holder", {"email": OLA, "name": "Ola K. Nordmann"})

    holder = world.ticket(ticket_id).holder
    assert holder is not None
    assert holder.name == "Ola K. Nordmann"
    assert world.assign(ticket_id, "Eva Berg").code == "take_back_off"


def test_a_relay_gives_away_what_he_has_himself(world: Carts) -> None:
    [ticket_id] = world.tickets()
    world.done("PUT", f"tickets/{ticket_id}/holder", {"email": INGRID, "name": "Ingrid Dahl"})
    switched(world, OFF)

    refused = world.ask("PUT", f"tickets/{ticket_id}/holder", {"email": EVA, "name": "Eva"}, as_=JONAS)
    assert refused.code == "take_back_off"
    world.done("PUT", f"tickets/{ticket_id}/holder", {"email": EVA, "name": "Eva Berg"})
    assert taken(world, ticket_id) == "take_back_off"


def test_who_has_a_ticket_passes_it_on_and_its_owner_does_not_offer_it_over_his_head(world: Carts) -> None:
    ticket_id = held(world)
    switched(world, OFF)
    path, offer = f"/me/tickets/{ticket_id}/transfer", {"email": EVA}

    refused = world.stage.send("POST", path, offer, INGRID)
    assert (refused.status, refused.code) == (409, "take_back_off")
    code = world.stage.done("POST", path, offer, OLA)["code"]
    world.stage.done("POST", f"/me/transfers/{code}/accept", {"name": "Eva Berg"}, EVA)

    assert world.ticket(ticket_id).holder == Holder(email=EVA, name="Eva Berg")


# --- a download at the same moment ------------------------------------------------------------------------


def downloaded_meanwhile(world: Carts, loose: str = "") -> tuple[str, Any]:
    """Take a ticket back whose code is fetched just before the write."""
    ticket_id = held(world)
    ticket, hand = world.ticket(ticket_id), relay_hand(INGRID, world.company, UNTIL_DOWNLOADED)
    table = Meanwhile(world.table, lambda: mark_downloaded(world.table, ticket), "ORDER#", loose=loose)
    try:
        take_back(table, load_catalog(table, ticket.event_id), ticket, hand=hand, now=world.api.now)
    except TakeBackOff:
        return "take_back_off", world.ticket(ticket_id)
    return "taken", world.ticket(ticket_id)


def test_a_ticket_is_not_taken_from_who_has_fetched_its_code_meanwhile(world: Carts) -> None:
    result, ticket = downloaded_meanwhile(world)
    assert result == "take_back_off"
    assert ticket.is_downloaded


def test_it_is_without_the_guard(world: Carts) -> None:
    result, ticket = downloaded_meanwhile(world, "ORDER#")
    assert result == "taken"
    assert ticket.holder is None


# --- buyers and owners ------------------------------------------------------------------------------------


def by_key(till: Till, order: Json, method: str, email: str = EVA) -> Answer:
    path = f"/public/orders/{order['id']}/tickets/1/holder"
    if method == "DELETE":
        return till.api.delete(path, key=order["key"])
    return till.api.put(path, {"email": email, "name": "Eva Berg"}, key=order["key"])


@pytest.mark.parametrize(
    ("switches", "downloaded", "code"),
    [
        (OFF, False, "take_back_off"),
        (RELAY, False, "take_back_off"),
        (UNTIL_DOWNLOADED, False, None),
        (UNTIL_DOWNLOADED, True, "take_back_off"),
        (Switches(), True, None),
    ],
)
def test_a_buyer_takes_back_where_the_public_may(
    till: Till, switches: Switches, *, downloaded: bool, code: str | None
) -> None:
    order = bought(till)
    given(till, order)
    if downloaded:
        mark_downloaded(till.table, ticket_of(till, order))
    deployed(till.api, switches)

    assert by_key(till, order, "DELETE").code == code
    mine = f"/me/tickets/{order['id']}-1/holder"
    assert till.api.delete(mine, as_=KARI).code == code


def test_a_buyer_gives_his_own_ticket_away_and_not_that_of_another(till: Till) -> None:
    deployed(till.api, OFF)
    order = bought(till)
    assert by_key(till, order, "PUT", KARI).status == 200
    assert by_key(till, order, "PUT", EVA).status == 200
    assert by_key(till, order, "PUT", OLA).code == "take_back_off"


def test_a_buyer_who_is_a_relay_takes_back_as_his_company_may(world: Carts) -> None:
    ticket_id = held(world)
    deployed(world.api, OFF)
    switched(world, RELAY)
    order_id = ticket_id.partition("-")[0]
    key = world.api.links.order_key(order_id)

    assert world.api.delete(f"/public/orders/{order_id}/tickets/1/holder", key=key).status == 200


# --- by spreadsheet ---------------------------------------------------------------------------------------


def rows_of(world: Carts, **query: str) -> list[dict[str, str]]:
    answer = world.ask("GET", "export", query=query)
    assert answer.status == 200, answer.text
    return list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))


def sheet_of(rows: list[dict[str, str]]) -> str:
    file = StringIO(newline="")
    writer = csv.DictWriter(file, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def filled(row: dict[str, str], email: str) -> dict[str, str]:
    return row | {"new_email": email, "new_first_name": "Eva", "new_last_name": "Berg"}


def sent(world: Carts, rows: list[dict[str, str]], *, dry_run: bool = False) -> Job:
    """Send a filled in file; nobody has worked it off yet."""
    answer = world.ask("POST", "import", {"csv": sheet_of(rows), "dry_run": dry_run})
    assert answer.status == 202, answer.text
    return load_job(world.table, answer.body["id"])


def worked_off(world: Carts, job: Job) -> Json:
    record = a_record(None, world.table.get(keys.job(job.id)))
    assert world.api.invoke("project", {"Records": [record]}) == {"batchItemFailures": []}
    world.api.work_off_jobs()
    return dict(world.done("GET", f"jobs/{job.id}"))


def test_an_export_has_seats_and_holders_and_is_of_a_state(world: Carts) -> None:
    seat = SeatPlace(id="hall-1-7", section="Hall", row="Row 1", label="7")
    [seated] = world.tickets(seat=seat)
    given_away = held(world)

    rows = {row["ticket_id"]: row for row in rows_of(world)}

    assert rows[seated]["seat"] == "Hall · Row 1 · 7"
    assert rows[given_away]["current_email"] == OLA
    assert list(rows[seated]) == [
        *("ticket_id", "event", "tier", "seat", "current_email", "current_name", "current_company"),
        *("new_email", "new_first_name", "new_last_name", "new_company", "new_title"),
    ]
    assert [row["ticket_id"] for row in rows_of(world, state="distributed")] == [given_away]


def test_a_dry_run_says_from_whom_to_whom_and_what_leaves_which_cart(world: Carts) -> None:
    [free], [meant], given_away = world.tickets(), world.tickets(), held(world)
    world.guest("Per Lie", meant)
    rows = {row["ticket_id"]: row for row in rows_of(world)}
    asked = [filled(rows[one], EVA) for one in (free, meant, given_away)]
    asked.append(filled(rows[given_away], "third@guest.example"))

    dry = worked_off(world, sent(world, asked, dry_run=True))

    assert [(row["result"], row["note"]) for row in dry["rows"]] == [
        ("would_change", "nobody has it yet"),
        ("would_change", f"nobody has it yet; would be taken out of the cart of {INGRID}"),
        ("would_change", f"from {OLA} to {EVA}"),
        ("failed", None),
    ]
    assert "is in row 4 already" in dry["rows"][3]["errors"][0]["message"]
    assert world.ticket(meant).allocation is not None

    done = worked_off(world, sent(world, asked[:3]))

    assert [row["note"] for row in done["rows"]] == [
        "nobody has had it",
        f"nobody has had it; was taken out of the cart of {INGRID}",
        f"from {OLA} to {EVA}",
    ]
    assert world.ticket(meant).allocation is None
    again = worked_off(world, sent(world, asked[:3], dry_run=True))
    assert {row["result"] for row in again["rows"]} == {"unchanged"}


def test_a_row_that_would_take_a_ticket_back_is_named_where_nobody_may(world: Carts) -> None:
    given_away, [free] = held(world), world.tickets()
    switched(world, OFF)
    rows = {row["ticket_id"]: row for row in rows_of(world)}
    asked = [filled(rows[given_away], EVA), filled(rows[free], EVA)]

    for dry_run, changed in ((True, "would_change"), (False, "changed")):
        job = worked_off(world, sent(world, asked, dry_run=dry_run))
        found = [(row["result"], row["code"]) for row in job["rows"]]
        assert found == [("failed", "take_back_off"), (changed, None)]
    holder = world.ticket(given_away).holder
    assert holder is not None
    assert holder.email == OLA


def test_a_dry_run_takes_a_person_s_present_address_as_assigning_does(world: Carts) -> None:
    eva, [before, ticket_id] = {"email": EVA, "name": "Eva Berg"}, world.tickets(2)
    world.done("PUT", f"tickets/{before}/holder", eva)
    world.done("PUT", f"tickets/{ticket_id}/holder", {"email": EVA, "name": "Evi"})
    person = person_id(world.stage.event_id, EVA, "Eva Berg")
    world.stage.done("PATCH", f"{world.stage.event}/persons/{person}", {"email": "eva@else.example"})
    switched(world, OFF)
    [row] = [row for row in rows_of(world) if row["ticket_id"] == ticket_id]

    for dry_run in (True, False):
        [found] = worked_off(world, sent(world, [filled(row, EVA)], dry_run=dry_run))["rows"]
        assert (found["result"], found["code"]) == ("failed", "take_back_off")


@pytest.mark.parametrize("lost", ["relay", "portal"])
@pytest.mark.parametrize("path", ["import", "contacts/import"])
def test_a_file_of_who_may_not_any_more_is_not_worked_off(world: Carts, path: str, lost: str) -> None:
    [ticket_id] = world.tickets()
    csv_of = {
        "import": f"ticket_id,new_email,new_name\n{ticket_id},{EVA},Eva Berg\n",
        "contacts/import": f"email,first_name\n{EVA},Eva\n",
    }
    job = world.done("POST", path, {"csv": csv_of[path]}, as_=JONAS)
    company = f"{world.stage.organizer}/companies/{world.company}"
    if lost == "relay":
        world.stage.done("DELETE", f"{company}/relays/{JONAS}")
    else:
        off = {"distribution_enabled": False, "address_book_enabled": False}
        world.stage.done("PATCH", company, off)

    after = worked_off(world, load_job(world.table, job["id"]))

    assert (after["status"], after["done"]) == ("failed", 0)
    assert after["error"]
    assert world.ticket(ticket_id).holder is None
    assert contact_at(world.table, world.company, EVA) is None


@pytest.mark.parametrize("writes", range(1, 13))
def test_a_file_that_was_cut_off_is_gone_on_with_and_each_row_takes_place_once(
    world: Carts, writes: int
) -> None:
    ids = world.tickets(4)
    world.guest("Per Lie", ids[1])
    rows = {row["ticket_id"]: row for row in rows_of(world)}
    job = sent(world, [filled(rows[one], f"guest{at}@guest.example") for at, one in enumerate(ids)])
    assert isinstance(world.table, Streamed)

    def catalog_of(event_id: str) -> Catalog:
        return load_catalog(world.table, event_id)

    def work(table: DynamoTable) -> None:
        assign_rows(table, job, catalog_of, Switches(), clock=lambda: world.api.now, seconds=60)

    try:
        work(Mortal(world.table, writes))
    except Died:
        work(world.table)

    assert [world.ticket(one).revision for one in ids] == [1, 1, 1, 1]
    holders = [world.ticket(one).holder for one in ids]
    assert [one and one.email for one in holders] == [f"guest{at}@guest.example" for at in range(4)]
    after = load_job(world.table, job.id)
    assert (after.next_row, after.failed, after.changed + after.unchanged) == (4, 0, 4)
    history = world.table.query(keys.order(ids[0].partition("-")[0]).pk, "HISTORY#")
    assert len(history) == 4
