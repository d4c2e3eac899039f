"""The portal: how far each ticket of a company is, counted, listed and shown on the map of its event."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable, read_image
from admit.distribution import portal
from admit.distribution.dashboard import portal_worth
from admit.insight.audit import audit
from admit.insight.summary import Change, apply
from admit.mail.facts import mails_for_ticket
from admit.passes.devices import touched_passes
from admit.people.person import Holder
from admit.seating.seat import SeatPlace
from admit.store import Contention, Delete, Item, Put, Update
from admit.tickets.download import mark_downloaded
from admit.tickets.ticket import Images, Ticket, TicketStatus
from tests.builders import NOW, a_name
from tests.engine.api import FOUNDER, serving
from tests.engine.carts import Carts, carts
from tests.engine.partners import INGRID, JONAS, KARI, Json
from tests.engine.seats import HALL, a_hall
from tests.engine.streamed import Streamed, told
from tests.engine.unguarded import Unguarded

OLA = Holder(email="ola@guest.example", name="Ola Nordmann", company="Fjord AS")
STATES = [state.value for state in portal.PortalState]


@pytest.fixture
def streamed(table: DynamoTable) -> Streamed:
    return Streamed(table)


@pytest.fixture
def world(streamed: Streamed) -> Iterator[Carts]:
    with serving(streamed) as api:
        yield carts(api, streamed)


def listed(world: Carts, as_: str = INGRID, **query: str) -> list[Json]:
    items: list[Json] = world.done("GET", "tickets", as_=as_, query={"limit": "100", **query})["items"]
    return items


def ids_of(items: list[Json]) -> list[str]:
    return [one["id"] for one in items]


def given(world: Carts, ticket_id: str) -> Ticket:
    """Give a ticket to Ola and let its pictures be drawn."""
    assert world.assign(ticket_id).status == 200
    return world.change(ticket_id, images=Images.DRAWN)


def picture(world: Carts, ticket: Ticket, name: str = "qr.png", **query: str) -> Any:
    """Fetch a picture of a ticket, or a pass, as who has its link does."""
    key = world.api.links.ticket_key(ticket.id, ticket.revision)
    return world.api.get(f"/public/tickets/{ticket.id}/{name}", query={"key": key, **query})


def downloaded(world: Carts, ticket_id: str) -> Ticket:
    ticket = world.ticket(ticket_id)
    assert picture(world, ticket).status == 302
    return world.ticket(ticket_id)


def in_each_state(world: Carts, **fields: Any) -> dict[str, str]:
    """Return a ticket in each state."""
    ids = world.tickets(5, **fields)
    world.guest("Eva Berg", ids[1])
    for ticket_id in ids[2:]:
        given(world, ticket_id)
    downloaded(world, ids[3])
    world.change(ids[4], entries=1)
    return dict(zip(STATES, ids, strict=True))


def projected(world: Carts, *, times: int = 1) -> None:
    """Let the stream tell of all that has happened."""
    table = world.table
    assert isinstance(table, Streamed)

    def project(records: list[Json]) -> None:
        assert world.api.invoke("project", {"Records": records}) == {"batchItemFailures": []}

    told(table, project, times=times)


def dashboard(world: Carts, *, company: str | None = None, as_: str = INGRID) -> Json:
    """Return the only event of a company's dashboard."""
    [item] = world.done("GET", "dashboard", company=company, as_=as_)["items"]
    return dict(item)


def switched(world: Carts, **switches: Any) -> None:
    world.stage.done("PATCH", f"{world.stage.organizer}/companies/{world.company}", switches)


# --- states and lists -------------------------------------------------------------------------------------


def test_a_ticket_is_in_one_state_and_is_found_by_it(world: Carts) -> None:
    ids = in_each_state(world)

    assert {one["id"]: one["state"] for one in listed(world)} == {ids[state]: state for state in STATES}
    for state in STATES:
        assert ids_of(listed(world, state=state)) == [ids[state]]
    [allocated] = listed(world, state="allocated")
    assert allocated["cart_guest"]["relay"] == INGRID
    assert allocated["holder"] is None
    possible = {one["state"] for one in listed(world) if one["take_back_possible"]}
    assert possible == {"distributed", "downloaded"}


def test_a_ticket_that_is_taken_back_is_as_new(world: Carts) -> None:
    [ticket_id] = world.tickets()
    given(world, ticket_id)
    downloaded(world, ticket_id)

    back = world.done("DELETE", f"tickets/{ticket_id}/holder")

    assert (back["state"], back["holder"], back["take_back_possible"]) == ("not_distributed", None, False)
    given(world, ticket_id)
    assert listed(world)[0]["state"] == "distributed"


def test_tickets_are_found_by_who_has_them_their_seat_number_tier_and_event(world: Carts) -> None:
    seat = SeatPlace(id="hall-1-7", section="Hall", row="Row 1", label="7")
    [ola], [seated], [other] = world.tickets(holder=OLA), world.tickets(seat=seat), world.tickets()

    for text in ("NORDMANN", "ola@guest", "fjord as"):
        assert ids_of(listed(world, q=text)) == [ola]
    assert ids_of(listed(world, q="row 1 · 7")) == [seated]
    assert ids_of(listed(world, q=other)) == [other]
    assert listed(world, q="nobody of this name") == []
    assert len(listed(world, tier=world.stage.tier)) == 3
    assert listed(world, tier="another") == []
    assert len(listed(world, event=world.stage.event_id)) == 3
    assert listed(world, event=world.stage.event_id[:-1]) == []


def test_a_cancelled_ticket_is_in_no_list(world: Carts) -> None:
    world.tickets(status=TicketStatus.CANCELLED)
    [suspended] = world.tickets(status=TicketStatus.SUSPENDED, holder=OLA)

    [shown] = listed(world)

    assert (shown["id"], shown["status"], shown["take_back_possible"]) == (suspended, "suspended", False)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_hold_each_ticket_that_is_wanted_once(
    world: Carts, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(portal, "_PAGE", 4)
    monkeypatch.setattr(portal, "_MOST_LOOKED_AT", 8)
    ids = [*world.tickets(11), *world.tickets(12)]
    held = set(Random(limit).sample(ids, 5))
    for ticket_id in held:
        world.change(ticket_id, holder=OLA)

    for query, wanted in (({"state": "distributed"}, held), ({}, set(ids)), ({"q": "ola"}, held)):
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            asked = {"limit": str(limit), **query} | ({"cursor": cursor} if cursor else {})
            page = world.done("GET", "tickets", query=asked)
            assert len(page["items"]) <= limit
            found += ids_of(page["items"])
            cursor = page["cursor"]
        assert sorted(found) == sorted(wanted)


@pytest.mark.parametrize("cursor", ["x", "a~b", "~", "\U0001f4a5~1", "x" * 1_500])
def test_a_cursor_that_no_list_has_answered_is_refused(world: Carts, cursor: str) -> None:
    answer = world.ask("GET", "tickets", query={"cursor": cursor})
    assert (answer.status, answer.code) == (422, "invalid_input")


def test_a_cursor_of_one_event_is_none_of_another(world: Carts) -> None:
    world.tickets(3)
    cursor = world.done("GET", "tickets", query={"limit": "1"})["cursor"]
    assert world.ask("GET", "tickets", query={"cursor": cursor, "event": "other"}).status == 422


# --- downloading ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["qr.png", "badge.png", "apple.pkpass", "google-wallet"])
def test_who_fetches_his_code_has_downloaded_it(world: Carts, streamed: Streamed, name: str) -> None:
    [ticket_id] = world.tickets()
    ticket = given(world, ticket_id)
    streamed.records.clear()

    for _ in range(2):
        assert picture(world, ticket, name).status == 302

    assert world.ticket(ticket_id).downloaded == ticket.revision == 1
    assert len([one for one in streamed.records if "ORDER#" in str(one["dynamodb"]["NewImage"])]) == 1


def test_to_look_at_a_ticket_is_not_to_download_it(world: Carts) -> None:
    [held], [free] = world.tickets(), world.tickets()
    ticket = given(world, held)
    assert picture(world, ticket, look="true").status == 302
    assert picture(world, world.ticket(free)).status == 302
    assert picture(world, ticket, "calendar.ics").status == 200

    assert world.ticket(held).downloaded is None
    assert world.ticket(free).downloaded is None


def test_a_buyer_and_an_organizer_are_shown_pictures_to_look_at(world: Carts) -> None:
    [ticket_id] = world.tickets()
    given(world, ticket_id)
    order_id = ticket_id.partition("-")[0]
    bought = world.api.get(f"/public/orders/{order_id}", key=world.api.links.order_key(order_id)).body
    seen = world.stage.done("GET", f"{world.stage.event}/orders/{order_id}")
    for view in (bought, seen):
        assert view["tickets"][0]["qr_url"].endswith("&look=true")


class _Busy(DynamoTable):
    """A table that refuses the writes of tickets."""

    def __init__(self, table: DynamoTable, error: Exception) -> None:
        super().__init__(table._client, table._name)
        self._error = error

    def write(self, write: Put | Update | Delete) -> Item:
        raise self._error


def test_a_code_is_shown_though_others_are_at_its_ticket_but_no_other_error_is_hidden(world: Carts) -> None:
    [ticket_id] = world.tickets()
    ticket = given(world, ticket_id)

    mark_downloaded(_Busy(world.table, Contention()), ticket)
    with pytest.raises(OSError, match="the network"):
        mark_downloaded(_Busy(world.table, OSError("the network")), ticket)

    assert world.ticket(ticket_id).downloaded is None


def test_a_code_of_a_former_revision_is_no_download_of_the_present_one(world: Carts) -> None:
    [ticket_id] = world.tickets()
    former = given(world, ticket_id)
    assert world.assign(ticket_id, "Eva Berg").status == 200

    mark_downloaded(world.table, former)

    assert world.ticket(ticket_id).downloaded is None


def test_a_download_alone_mails_nothing_draws_nothing_and_pushes_no_pass(world: Carts) -> None:
    [ticket_id] = world.tickets()
    before = given(world, ticket_id)
    after = downloaded(world, ticket_id)

    assert mails_for_ticket(before, after) == []
    assert touched_passes(before, after) == []
    assert after == before.model_copy(update={"downloaded": before.revision})


def test_another_seat_is_pushed_to_passes(world: Carts) -> None:
    [ticket_id] = world.tickets()
    before = given(world, ticket_id)
    seat = SeatPlace(id="hall-1-7", section="Hall", row="Row 1", label="7")

    [touched] = touched_passes(before, before.model_copy(update={"seat": seat}))

    assert touched.serial == f"{ticket_id}-1"


# --- the dashboard ----------------------------------------------------------------------------------------


def test_a_dashboard_counts_by_state_and_tier(world: Carts) -> None:
    in_each_state(world)
    world.tickets(2)
    world.tickets(status=TicketStatus.CANCELLED)
    world.tickets(status=TicketStatus.SUSPENDED, holder=OLA)
    projected(world)

    shown = dashboard(world)

    assert shown["event"]["id"] == world.stage.event_id
    assert shown["states"] == {
        "not_distributed": 3,
        "allocated": 1,
        "distributed": 2,
        "downloaded": 1,
        "used": 1,
    }
    assert (shown["total"], shown["cancelled"], shown["take_back_possible"]) == (8, 1, 2)
    [tier] = shown["tiers"]
    assert (tier["tier_id"], tier["total"], tier["states"]) == (world.stage.tier, 8, shown["states"])
    [asked] = world.done("GET", "dashboard", query={"event": world.stage.event_id})["items"]
    assert asked == shown
    assert world.done("GET", "dashboard", query={"event": "another"})["items"] == []


@pytest.mark.parametrize(
    ("take_back", "take_back_downloaded", "possible"),
    [("off", "off", 0), ("relay", "off", 1), ("relay", "relay", 2), ("relay_and_public", "relay", 2)],
)
def test_what_can_be_taken_back_follows_the_switches_as_they_are_now(
    world: Carts, take_back: str, take_back_downloaded: str, possible: int
) -> None:
    in_each_state(world)
    projected(world)

    switched(world, take_back=take_back, take_back_downloaded=take_back_downloaded)

    assert dashboard(world)["take_back_possible"] == possible
    assert sum(one["take_back_possible"] for one in listed(world)) == possible


def test_after_the_event_nothing_is_taken_back(world: Carts) -> None:
    in_each_state(world)
    projected(world)
    world.stage.done("PATCH", world.stage.event, {"holder_changes_until": NOW.isoformat()})

    assert dashboard(world)["take_back_possible"] == 0
    assert not any(one["take_back_possible"] for one in listed(world))


def test_an_organizer_sees_how_far_each_company_is(world: Carts) -> None:
    in_each_state(world)
    world.tickets(3, company=world.other)
    for company in (world.company, world.other):
        path = f"{world.stage.event}/organizations/{company}"
        world.stage.done("PUT", path, {"role": "sponsor"})
    projected(world)

    rows = world.stage.done("GET", f"{world.stage.event}/organizations")["items"]
    one = world.stage.done("GET", f"{world.stage.event}/organizations/{world.company}")

    counts = {row["company_id"]: row["distribution"] for row in rows}
    assert {company: found["total"] for company, found in counts.items()} == {
        world.company: 5,
        world.other: 3,
    }
    own = dashboard(world)
    assert one["distribution"] == counts[world.company] == {name: own[name] for name in counts[world.company]}
    assert dashboard(world, company=world.other, as_=KARI)["states"]["not_distributed"] == 3


def recounted(world: Carts, ids: list[str]) -> Counter[str]:
    """Count tickets again."""
    counts: Counter[str] = Counter()
    for ticket_id in ids:
        counts.update(portal_worth(world.ticket(ticket_id)))
    return counts


def kept(world: Carts) -> Counter[str]:
    item = world.table.get(keys.portal_counts(world.company, world.stage.event_id)) or {}
    return Counter({name: count for name, count in item.items() if isinstance(count, int) and count})


def lived(world: Carts, random: Random, steps: int) -> list[str]:
    """Let tickets go through random lives; return their ids."""
    ids = world.tickets(6)
    guests = [world.guest(name) for name in ("Eva Berg", "Per Lie")]
    for _ in range(steps):
        ticket_id = random.choice(ids)
        match random.randrange(8):
            case 0 | 1:
                world.assign(ticket_id, random.choice(["Ola Nordmann", "Siv Dahl"]))
            case 2:
                world.ask("DELETE", f"tickets/{ticket_id}/holder")
            case 3:
                world.allocate(random.choice(guests), ticket_id)
            case 4:
                guest = random.choice(guests)
                world.ask(
                    "POST", "cart/distribute", {"guests": [guest]}, idempotency_key=a_name("distribution")
                )
            case 5:
                mark_downloaded(world.table, world.ticket(ticket_id))
            case 6:
                world.change(ticket_id, entries=1)
            case 7:
                world.change(ticket_id, status=random.choice(list(TicketStatus)))
    return ids


def replayed(world: Carts, table: DynamoTable, random: Random) -> None:
    """Deliver what the stream has in batches that come again, whole or cut otherwise."""
    streamed = world.table
    assert isinstance(streamed, Streamed)
    changes = [
        Change(record["eventID"], _ticket(record, "OldImage"), after)
        for record in streamed.records
        if (after := _ticket(record, "NewImage")) is not None
    ]
    at = 0
    while at < len(changes):
        size = random.randint(1, 9)
        for _ in range(random.randint(1, 3)):
            begin = max(0, at - random.randint(0, 5))
            apply(table, changes[begin : at + size], NOW)
        at += size
    streamed.records.clear()


def _ticket(record: Json, image: str) -> Ticket | None:
    item = read_image(record["dynamodb"].get(image, {}))
    return Ticket.of(item) if item.get("kind") == "ticket" else None


@pytest.mark.parametrize("seed", range(3))
def test_counts_agree_with_the_tickets_after_any_history_however_it_is_delivered(
    world: Carts, streamed: Streamed, seed: int
) -> None:
    random = Random(seed)
    ids = lived(world, random, 40)

    replayed(world, streamed, random)

    assert kept(world) == recounted(world, ids)


def test_counts_drift_when_batches_come_again_without_their_marks(world: Carts, streamed: Streamed) -> None:
    random = Random(1)
    ids = lived(world, random, 20)

    replayed(world, Unguarded(streamed, "APPLIED#"), random)

    assert kept(world) != recounted(world, ids)


def test_the_audit_counts_the_dashboard_again(world: Carts, streamed: Streamed) -> None:
    in_each_state(world)
    projected(world, times=2)
    event_id = world.stage.event_id

    def drifts() -> list[str]:
        found = audit(world.table, event_id, lambda _: None).drifts
        return [one.counter for one in found if one.counter.startswith("portal")]

    assert drifts() == []
    key = keys.portal_counts(world.company, event_id)
    world.table.write(Update(key, "ADD cancelled :n", None, {"n": 1}))
    assert drifts() == [f"portal {world.company} cancelled"]


def test_a_batch_about_many_companies_is_cut_into_what_one_transaction_takes(world: Carts) -> None:
    [ticket_id] = world.tickets()
    ticket = world.ticket(ticket_id)
    changes = [
        Change(
            a_name("record"), None, ticket.model_copy(update={"company_id": f"company-{at}", "number": at})
        )
        for at in range(1, 121)
    ]

    apply(world.table, changes, NOW)

    items = world.table.get_many(
        [keys.portal_counts(f"company-{at}", ticket.event_id) for at in range(1, 121)]
    )
    assert len(items) == 120


# --- seats on the map -------------------------------------------------------------------------------------


def test_one_map_shows_all_seats_of_a_company_given_to_somebody_or_not(world: Carts) -> None:
    ids = in_each_state(world)
    a_hall(world.table, world.stage.event_id, world.stage.tier)
    for at, ticket_id in enumerate(list(ids.values())[:4], start=1):
        world.change(ticket_id, seat=SeatPlace(id=f"{HALL}-1-{at}", section="Hall", row="1", label=str(at)))
    path = f"events/{world.stage.event_id}/seats"

    shown = world.done("GET", path)

    assert shown["plan"] == 1
    assert {one["seat_id"]: one["state"] for one in shown["seats"]} == {
        f"{HALL}-1-1": "not_distributed",
        f"{HALL}-1-2": "allocated",
        f"{HALL}-1-3": "distributed",
        f"{HALL}-1-4": "downloaded",
    }
    assert shown["counts"] == dict.fromkeys(STATES[:4], 1) | {"used": 0}
    assert shown["unseated"] == 1
    [allocated] = [one for one in shown["seats"] if one["state"] == "allocated"]
    assert allocated["cart_guest"]["relay"] == INGRID
    given_away = world.done("GET", path, query={"state": "distributed"})
    assert [one["seat_id"] for one in given_away["seats"]] == [f"{HALL}-1-3"]
    assert given_away["seats"][0]["holder"]["name"] == "Ola Nordmann"
    assert given_away["counts"] == shown["counts"]


def test_an_event_without_seats_has_no_plan(world: Carts) -> None:
    world.tickets(2)
    shown = world.done("GET", f"events/{world.stage.event_id}/seats")
    assert (shown["plan"], shown["seats"], shown["unseated"]) == (None, [], 2)


def test_a_seat_is_told_wherever_its_ticket_is_shown(world: Carts) -> None:
    seat = SeatPlace(id="hall-1-7", section="Hall", row="Row 1", label="7")
    [ticket_id] = world.tickets(seat=seat)
    assert world.assign(ticket_id, "Wilma Holt").status == 200
    ticket = world.change(ticket_id, images=Images.DRAWN)
    order_id = ticket_id.partition("-")[0]
    text = "Hall · Row 1 · 7"

    key = world.api.links.ticket_key(ticket_id, ticket.revision)
    assert world.api.get(f"/public/tickets/{ticket_id}", key=key).body["seat"] == text
    assert world.stage.done("GET", f"{world.stage.event}/orders/{order_id}")["tickets"][0]["seat"] == text
    [mine] = world.stage.done("GET", "/me/tickets", as_="wilma@guest.example")["items"]
    assert mine["seat"] == text
    assert world.done("GET", "tickets")["items"][0]["seat_id"] == "hall-1-7"
    offer = world.stage.done(
        "POST", f"/me/tickets/{ticket_id}/transfer", {"email": "per@guest.example"}, as_="wilma@guest.example"
    )
    assert offer["seat"] == text


def test_a_door_is_told_the_seat_with_each_answer(world: Carts) -> None:
    seat = SeatPlace(id="hall-1-7", section="Hall", row="Row 1", label="7")
    [ticket_id] = world.tickets(seat=seat)
    made = world.api.post(f"{world.stage.event}/devices", {"name": "Door"}, as_=FOUNDER).body
    door = world.api.post("/checkin/pair", {"code": made["code"]}).body["device_key"]

    answers = [
        world.api.post("/checkin/scans", {"ticket_id": ticket_id, "nonce": nonce}, key=door).body
        for nonce in ("1", "2")
    ]

    assert [one["result"] for one in answers] == ["admitted", "refused"]
    assert [one["seat"] for one in answers] == ["Hall · Row 1 · 7"] * 2


# --- who may ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["tickets", "dashboard", "events/{event}/seats", "export"])
def test_a_company_is_shown_to_its_relays_alone(world: Carts, path: str) -> None:
    path = path.format(event=world.stage.event_id)
    assert world.ask("GET", path, as_=JONAS).status == 200
    assert world.ask("GET", path, as_=KARI).status == 404


def test_an_event_of_another_organizer_is_not_there(world: Carts) -> None:
    other = carts(world.api, world.table)
    assert world.ask("GET", f"events/{other.stage.event_id}/seats").status == 404


def test_without_the_portal_nothing_is_handed_out_and_all_is_still_seen(world: Carts) -> None:
    [ticket_id] = world.tickets()
    given(world, ticket_id)
    projected(world)
    switched(world, distribution_enabled=False)

    refused = [
        world.assign(ticket_id, "Eva Berg"),
        world.ask("DELETE", f"tickets/{ticket_id}/holder"),
        world.ask("POST", "tickets/take-back", {"tickets": [ticket_id]}),
        world.ask("POST", "claim-links", {"tickets": [ticket_id]}),
        world.ask("GET", "export"),
        world.ask("POST", "import", {"csv": f"ticket_id,new_email\n{ticket_id},a@b.example"}),
    ]

    assert {(answer.status, answer.code) for answer in refused} == {(409, "distribution_off")}
    for path in ("tickets", "dashboard", f"events/{world.stage.event_id}/seats", "relays", "allotments"):
        assert world.ask("GET", path).status == 200
