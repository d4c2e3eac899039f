"""The offline roster as devices fetch it: made once, told of each change, and never behind for good."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.check_in_list import CheckInList
from admit.catalog.edit_event import edit_event
from admit.catalog.event import EventPatch
from admit.catalog.gate import Gate
from admit.door import roster_files
from admit.door.edit_device import pair_anew, revoke_device
from admit.door.roster import Mark, open_entry, read_file
from admit.door.roster_entry import RosterEntry, entry_of
from admit.door.roster_files import RosterDesk, build_on, tell_changes
from admit.door.roster_head import DELTA_AFTER, RosterHead, ask_for_roster
from admit.job import RosterMessage, RosterTask
from admit.store import Key, Update
from admit.tickets.credential import AnotherSigningKey, Credential, Signer
from admit.tickets.ticket import Ticket, TicketStatus, load_ticket, tickets_from
from tests.builders import NOW, SIGNING_SECRET, an_event, an_order
from tests.engine.api import Answer, Api, serving
from tests.engine.doors import a_device, issued, paired
from tests.engine.streamed import Died, Mortal, Streamed, let_through


@pytest.fixture
def streamed(table: DynamoTable) -> Streamed:
    return Streamed(table)


@pytest.fixture
def api(streamed: Streamed) -> Iterator[Api]:
    with serving(streamed) as client:
        yield client


@pytest.fixture
def catalog(streamed: Streamed) -> Catalog:
    return an_event(streamed)


@pytest.fixture
def key(streamed: Streamed, catalog: Catalog) -> str:
    return paired(streamed, catalog)[1]


def code(ticket: Ticket, revision: int | None = None) -> str:
    newest = ticket.revision if revision is None else revision
    return Signer(SIGNING_SECRET, ticket.event_id).sign(Credential(ticket.order_id, ticket.number, newest))


def desk(api: Api, catalog: Catalog, table: DynamoTable | None = None) -> RosterDesk:
    signer = Signer(SIGNING_SECRET, catalog.event.id)
    return RosterDesk(table or api.shop.table, api.bucket, signer, catalog.event, lambda: api.now)


def project(api: Api) -> None:
    """Let the stream tell of all that it has."""
    table: Any = api.shop.table
    while table.records:
        batch, table.records[:] = table.records[:100], table.records[100:]
        api.invoke("project", {"Records": let_through(batch)})


def settled(api: Api) -> None:
    """Let everything come to rest: the stream, the work on the queue, and what waits."""
    project(api)
    while api.queued or api.waits():
        api.work_off_jobs()
        project(api)


def change(table: DynamoTable, ticket: Ticket, **attributes: Any) -> Ticket:
    """Change a ticket as somebody would who has to do with it."""
    sets = ", ".join(f"#{name} = :{name}" for name in attributes)
    return Ticket.of(
        table.write(Update(keys.ticket(ticket.order_id, ticket.number), f"SET {sets}", None, attributes))
    )


class Reader:
    """A device that keeps the roster, and fetches what it does not have."""

    def __init__(self, api: Api, key: str) -> None:
        self._api, self._key = api, key
        self.cursor: str | None = None
        self.records: dict[bytes, bytes] = {}
        self.fetched: list[str] = []
        self.answer: dict[str, Any] = {}

    def refresh(self) -> None:
        query = {"since": self.cursor} if self.cursor else {}
        answer = self._api.get("/checkin/roster", key=self._key, query=query)
        assert answer.status == 200, answer.text
        self.answer = answer.body
        files = self.answer["chunks"] + sorted(self.answer["deltas"], key=lambda delta: delta["to"])
        if self.answer["chunks"]:
            self.records = {}
        for file in files:
            self.records |= read_file(self._fetch(file))
        self.fetched = [file["name"] for file in files]
        self.cursor = self.answer["cursor"]

    def told(self, ticket: Ticket, revision: int | None = None) -> RosterEntry | Mark | None:
        return open_entry(self.records, code(ticket, revision))

    def _fetch(self, file: dict[str, Any]) -> bytes:
        answer = self._api.get(file["url"], key=self._key)
        assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
        content = self._api.bucket.objects[answer.body["url"].removeprefix("https://bucket.example/")]
        assert hashlib.sha256(content).hexdigest() == file["sha256"]
        assert len(content) == file["size"]
        assert len(read_file(content)) == file["entries"]
        return content


@pytest.fixture
def reader(api: Api, key: str) -> Reader:
    return Reader(api, key)


def fetched(api: Api, reader: Reader) -> Reader:
    """Let everything come to rest, and the device fetch what it does not have."""
    settled(api)
    reader.refresh()
    if reader.answer["state"] == "building":
        settled(api)
        reader.refresh()
    return reader


def named(ticket: Ticket) -> RosterEntry:
    return entry_of(ticket, 0)


def test_the_first_device_has_the_roster_made_and_others_wait_for_it(
    api: Api, streamed: Streamed, catalog: Catalog, key: str
) -> None:
    order = issued(streamed, catalog, quantity=3)
    project(api)
    first = api.get("/checkin/roster", key=key)
    again = api.get("/checkin/roster", key=key)
    assert [(one.body["state"], one.body["retry_after"]) for one in (first, again)] == [("building", 2)] * 2
    assert (first.body["cursor"], first.body["chunks"]) == (None, [])
    project(api)
    assert [one for one in api.queued if isinstance(one, RosterMessage)] == [
        RosterMessage(event_id=catalog.event.id, roster=RosterTask.BUILD)
    ]
    reader = fetched(api, Reader(api, key))
    assert (reader.answer["state"], reader.cursor) == ("ready", "1.0")
    for number in (1, 2, 3):
        ticket = load_ticket(streamed, f"{order.id}-{number}")
        assert reader.told(ticket) == named(ticket)


def test_the_roster_says_what_a_door_works_by(api: Api, catalog: Catalog, reader: Reader) -> None:
    issued(api.shop.table, catalog)
    answer = fetched(api, reader).answer
    event, tier = catalog.event, next(iter(catalog.tiers.values()))
    assert answer["event"] == {
        "id": event.id,
        "title": event.title,
        "timezone": "Europe/Oslo",
        "public_key": event.public_key,
    }
    assert answer["tiers"] == [{"id": tier.id, "title": tier.title, "category": tier.category}]
    assert [rules["id"] for rules in answer["lists"]] == ["everyone"]
    assert answer["zones"][0]["id"] == "event"
    assert answer["device"]["profile"] == "search"
    assert answer["partition"] is None


def test_apart_the_roster_names_the_gates_that_share_the_tickets(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader
) -> None:
    edit_event(streamed, catalog, EventPatch(offline_partition=True), actor="organizer", now=NOW)
    reader.refresh()
    assert reader.answer["partition"] == {"everyone": []}
    for gate_id in ("west", "east", "nobody"):
        streamed.write(Gate(id=gate_id, event_id=catalog.event.id, title=gate_id.title()).put())
    at_gates = load_catalog(streamed, catalog.event.id)
    west, east = (a_device(streamed, at_gates, gate_id=gate_id) for gate_id in ("west", "east"))
    reader.refresh()
    assert reader.answer["partition"] == {"everyone": ["east", "west"]}
    revoke_device(streamed, at_gates, east.id, NOW)
    reader.refresh()
    assert reader.answer["partition"] == {"everyone": ["west"]}
    pair_anew(streamed, at_gates, west.id, site_url="", now=NOW)
    reader.refresh()
    assert reader.answer["partition"] == {"everyone": []}


def test_apart_a_ticket_is_sent_to_no_gate_that_has_not_its_list(
    api: Api, streamed: Streamed, catalog: Catalog
) -> None:
    edit_event(streamed, catalog, EventPatch(offline_partition=True), actor="organizer", now=NOW)
    streamed.write(CheckInList(id="press", event_id=catalog.event.id, title="Press").put())
    for gate_id in ("west", "east"):
        streamed.write(Gate(id=gate_id, event_id=catalog.event.id, title=gate_id.title()).put())
    at_gates = load_catalog(streamed, catalog.event.id)
    a_device(streamed, at_gates, gate_id="west")
    _, key = paired(streamed, at_gates, gate_id="east", list_ids=["everyone", "press"])
    reader = Reader(api, key)
    reader.refresh()
    assert reader.answer["partition"] == {"everyone": ["east", "west"], "press": ["east"]}


def test_a_change_is_told_in_a_delta_and_nothing_else_is_fetched(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader
) -> None:
    order = issued(streamed, catalog, quantity=20)
    fetched(api, reader)
    ticket = load_ticket(streamed, f"{order.id}-7")
    changed = change(streamed, ticket, revision=1)
    project(api)
    assert api.waits() == DELTA_AFTER
    assert DELTA_AFTER < 60
    fetched(api, reader)
    assert [name.split("-")[1] for name in reader.fetched] == ["delta"]
    assert [(one["after"], one["to"], one["entries"]) for one in reader.answer["deltas"]] == [(0, 1, 2)]
    assert reader.told(changed, 0) is Mark.SUPERSEDED
    assert reader.told(changed) == named(changed)
    fetched(api, reader)
    assert reader.fetched == []


def test_of_many_changes_at_once_one_delta_is_asked_for(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader
) -> None:
    order = issued(streamed, catalog, quantity=20)
    fetched(api, reader)
    for number in range(1, 21):
        change(streamed, load_ticket(streamed, f"{order.id}-{number}"), status=TicketStatus.CANCELLED)
        project(api)
    queue: Any = api.shop.job_queue
    assert len([one for _, one in queue.delayed if isinstance(one, RosterMessage)]) == 1
    fetched(api, reader)
    assert reader.cursor == "1.1"
    assert rows(streamed, catalog) == []


def test_what_no_door_sees_makes_no_delta(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader
) -> None:
    order = issued(streamed, catalog)
    fetched(api, reader)
    change(streamed, load_ticket(streamed, f"{order.id}-1"), labels=1)
    assert fetched(api, reader).cursor == "1.0"


def test_an_event_without_a_roster_writes_nothing_of_its_tickets_down(
    api: Api, streamed: Streamed, catalog: Catalog
) -> None:
    issued(streamed, catalog)
    project(api)
    assert streamed.query(keys.roster(catalog.event.id).pk) == []


def test_a_large_event_is_built_in_files_over_many_calls(
    api: Api, streamed: Streamed, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_files, "CHUNK", 10)
    monkeypatch.setattr(roster_files, "_PAGE", 4)
    spread = replace(catalog, event=catalog.event.model_copy(update={"shards": 3}))
    order = an_order(streamed, catalog, quantity=50)
    tickets = [one.model_copy(update={"shard": one.number % 3}) for one in tickets_from(order)]
    for ticket in tickets:
        streamed.write(ticket.put())
    ask_for_roster(streamed, catalog.event.id, NOW)
    calls = 1
    while build_on(desk(api, spread), seconds=0):
        calls += 1
    reader = fetched(api, Reader(api, paired(streamed, catalog)[1]))
    assert calls > len(reader.answer["chunks"]) == 5
    assert all(reader.told(ticket) == named(ticket) for ticket in tickets)


def test_what_changes_while_a_roster_is_built_is_told_after_it(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_files, "CHUNK", 5)
    monkeypatch.setattr(roster_files, "_PAGE", 5)
    order = issued(streamed, catalog, quantity=20)
    reader.refresh()
    assert build_on(desk(api, catalog), seconds=0)
    tickets = [load_ticket(streamed, f"{order.id}-{number}") for number in range(1, 21)]
    changed = [change(streamed, ticket, revision=1) for ticket in tickets]
    project(api)
    api.queued.clear()
    assert head(streamed, catalog).generation == 0
    while build_on(desk(api, catalog), seconds=0):
        pass
    reader.refresh()
    assert all(reader.told(ticket) == named(ticket) for ticket in changed)
    assert all(reader.told(ticket, 0) is Mark.SUPERSEDED for ticket in changed)


def test_what_changes_while_a_roster_is_made_anew_is_in_the_old_and_in_the_new_one(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_files, "CHUNK", 5)
    monkeypatch.setattr(roster_files, "_PAGE", 5)
    order = issued(streamed, catalog, quantity=20)
    fetched(api, reader)
    api.now = NOW + timedelta(days=5)
    reader.refresh()
    for _ in range(2):
        assert build_on(desk(api, catalog), seconds=0)
    tickets = [load_ticket(streamed, f"{order.id}-{number}") for number in range(1, 21)]
    changed = [change(streamed, ticket, revision=1) for ticket in tickets]
    project(api)
    tell_changes(desk(api, catalog))
    reader.refresh()
    assert reader.cursor == "1.1"
    assert all(reader.told(ticket) == named(ticket) for ticket in changed)
    while build_on(desk(api, catalog), seconds=0):
        pass
    reader.refresh()
    assert reader.cursor == "2.1"
    assert all(reader.told(ticket) == named(ticket) for ticket in changed)
    assert rows(streamed, catalog) == []


def test_many_deltas_become_few_and_a_device_that_follows_misses_none(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader
) -> None:
    order = issued(streamed, catalog, quantity=10)
    tickets = {number: load_ticket(streamed, f"{order.id}-{number}") for number in range(1, 11)}
    fetched(api, reader)
    late = Reader(api, paired(streamed, catalog)[1])
    late.refresh()
    random = Random(4)
    for _ in range(40):
        number = random.randint(1, 10)
        tickets[number] = change(streamed, tickets[number], revision=tickets[number].revision + 1)
        fetched(api, reader)
        assert reader.told(tickets[number]) == named(tickets[number])
        if random.random() < 0.1:
            late.refresh()
            assert all(late.told(ticket) == named(ticket) for ticket in tickets.values())
        deltas = head(streamed, catalog).deltas
        assert len(deltas) <= roster_files.MOST_DELTAS
        assert [delta.after for delta in deltas] == [0, *(delta.to for delta in deltas[:-1])]
    fresh = Reader(api, paired(streamed, catalog)[1])
    fresh.refresh()
    for one in (fresh, reader):
        assert all(one.told(ticket) == named(ticket) for ticket in tickets.values())
        assert all(one.told(ticket, 0) is Mark.SUPERSEDED for ticket in tickets.values() if ticket.revision)


def test_tiers_keep_their_index_when_others_come(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader
) -> None:
    order = issued(streamed, catalog)
    fetched(api, reader)
    first = load_ticket(streamed, f"{order.id}-1")
    other = first.model_copy(update={"number": 2, "tier_id": "a-tier"})
    streamed.write(other.put())
    fetched(api, reader)
    assert [tier["id"] for tier in reader.answer["tiers"]] == [first.tier_id, "a-tier"]
    told = [reader.told(ticket) for ticket in (first, other)]
    assert [entry.tier for entry in told if isinstance(entry, RosterEntry)] == [0, 1]


def test_two_workers_at_once_lose_nothing(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader
) -> None:
    order = issued(streamed, catalog, quantity=8)
    fetched(api, reader)
    for number in range(1, 9):
        ticket = change(streamed, load_ticket(streamed, f"{order.id}-{number}"), revision=1)
        project(api)
        at_once(lambda: tell_changes(desk(api, catalog)))
        reader.refresh()
        assert reader.told(ticket) == named(ticket)
    assert rows(streamed, catalog) == []


def test_two_workers_build_one_generation(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_files, "CHUNK", 3)
    monkeypatch.setattr(roster_files, "_PAGE", 3)
    order = issued(streamed, catalog, quantity=20)
    reader.refresh()
    at_once(lambda: build_on(desk(api, catalog), seconds=60))
    reader.refresh()
    assert sum(file["entries"] for file in reader.answer["chunks"]) == 20
    assert all(reader.told(ticket) for ticket in tickets_from(order))


@pytest.mark.parametrize("seed", range(12))
def test_a_death_anywhere_loses_no_change(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader, seed: int
) -> None:
    random = Random(seed)
    order = issued(streamed, catalog, quantity=6)
    reader.refresh()
    tickets = {number: load_ticket(streamed, f"{order.id}-{number}") for number in range(1, 7)}
    for _ in range(8):
        for number in random.sample(sorted(tickets), random.randint(1, 3)):
            tickets[number] = change(streamed, tickets[number], revision=tickets[number].revision + 1)
        dying(api, streamed, random)
    settled(api)
    reader.refresh()
    assert all(reader.told(ticket) == named(ticket) for ticket in tickets.values())
    assert rows(streamed, catalog) == []


def test_who_died_before_asking_for_a_delta_asks_again(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = issued(streamed, catalog)
    fetched(api, reader)
    ticket = change(streamed, load_ticket(streamed, f"{order.id}-1"), revision=1)
    batch = {"Records": let_through(streamed.records)}
    streamed.records.clear()

    def died(_: object, *, delay_seconds: int = 0) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(api.shop.roster_queue, "send", died)
        with pytest.raises(Died):
            api.invoke("project", batch)
    api.invoke("project", batch)
    assert fetched(api, reader).told(ticket) == named(ticket)


def test_an_old_roster_is_made_anew_before_the_bucket_drops_it(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader
) -> None:
    order = issued(streamed, catalog)
    fetched(api, reader)
    api.now = NOW + timedelta(days=5)
    reader.refresh()
    assert (reader.answer["state"], reader.cursor) == ("ready", "1.0")
    fetched(api, reader)
    assert reader.cursor == "2.0"
    assert [name.split("-")[1] for name in reader.fetched] == ["chunk"]
    api.now += timedelta(days=6)
    reader.refresh()
    assert (reader.answer["state"], reader.answer["chunks"]) == ("building", [])
    assert fetched(api, reader).cursor == "3.0"
    assert reader.told(load_ticket(streamed, f"{order.id}-1"))


def test_a_build_that_got_stuck_is_begun_again(api: Api, catalog: Catalog, reader: Reader) -> None:
    issued(api.shop.table, catalog)
    project(api)
    reader.refresh()
    project(api)
    api.queued.clear()
    reader.refresh()
    project(api)
    assert api.queued == []
    api.now = NOW + timedelta(minutes=10)
    reader.refresh()
    assert fetched(api, reader).cursor == "2.0"


def test_a_roster_that_nobody_has_fetched_for_days_is_told_nothing(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader
) -> None:
    order = issued(streamed, catalog)
    fetched(api, reader)
    api.now = NOW + timedelta(days=6)
    ticket = change(streamed, load_ticket(streamed, f"{order.id}-1"), revision=1)
    settled(api)
    assert rows(streamed, catalog) == []
    reader.refresh()
    assert fetched(api, reader).told(ticket) == named(ticket)


def test_a_device_gets_files_of_its_own_event_alone(
    api: Api, streamed: Streamed, catalog: Catalog, reader: Reader
) -> None:
    issued(streamed, catalog)
    name = fetched(api, reader).fetched[0]
    other = an_event(streamed)
    answer = api.get(f"/checkin/roster/{name}", key=paired(streamed, other)[1])
    assert f"/rosters/{other.event.id}/" in answer.body["url"]


@pytest.mark.parametrize(
    "name", ["..", "0001-chunk-000", "tickets", "0001-chunk-000-0123456789ab.pdf", "%2e%2e"]
)
def test_what_is_no_file_of_a_roster_is_not_led_to(api: Api, key: str, name: str) -> None:
    assert api.get(f"/checkin/roster/{name}", key=key).status == 404


@pytest.mark.parametrize("since", ["", "1", "1.", "x.1", "1.1.1", "-1.0", "١.0"])
def test_another_cursor_is_refused(api: Api, key: str, since: str) -> None:
    answer = api.get("/checkin/roster", key=key, query={"since": since})
    assert (answer.status, answer.code) == (422, "invalid_input")


@pytest.mark.parametrize("since", ["7.0", "1.9"])
def test_a_device_that_has_what_never_was_gets_everything(
    api: Api, catalog: Catalog, reader: Reader, since: str
) -> None:
    issued(api.shop.table, catalog)
    fetched(api, reader)
    reader.cursor = since
    reader.refresh()
    assert len(reader.fetched) == 1


@pytest.mark.parametrize("path", ["/checkin/roster", "/checkin/roster/0001-chunk-000-0123456789ab"])
def test_nobody_but_a_device_gets_a_roster(api: Api, path: str) -> None:
    assert [unknown(api, path, key).status for key in (None, "device.secret")] == [401, 401]


def test_no_roster_is_written_with_another_signing_key(api: Api, catalog: Catalog) -> None:
    wrong = desk(api, catalog)._replace(signer=Signer("another secret", catalog.event.id))
    with pytest.raises(AnotherSigningKey):
        build_on(wrong, seconds=1)
    with pytest.raises(AnotherSigningKey):
        tell_changes(wrong)


def unknown(api: Api, path: str, key: str | None) -> Answer:
    return api.get(path, key=key)


def head(table: DynamoTable, catalog: Catalog) -> RosterHead:
    return RosterHead.of(table.get(keys.roster(catalog.event.id)) or {})


def rows(table: DynamoTable, catalog: Catalog) -> list[Key]:
    """Return the changes of an event that no delta has told."""
    return [keys.of_item(item) for item in table.query(keys.roster(catalog.event.id).pk, keys.ROSTER_CHANGE)]


def at_once(work: Callable[[], object]) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result()


def dying(api: Api, streamed: Streamed, random: Random) -> None:
    """Let the stream and the queue do their work, and die now and then; what died comes again."""
    while streamed.records:
        batch, streamed.records[:] = streamed.records[:100], streamed.records[100:]
        _until_done(api, streamed, random, "project", {"Records": let_through(batch)})
    if random.random() < 0.7:
        api.waits()
    while api.queued:
        record = {"messageId": "message", "body": api.queued.pop(0).model_dump_json()}
        _until_done(api, streamed, random, "jobs", {"Records": [record]})


def _until_done(api: Api, streamed: Streamed, random: Random, function: str, event: Any) -> None:
    for _ in range(2):
        vars(api.shop)["table"] = Mortal(streamed, random.randrange(6))
        try:
            api.invoke(function, event)
        except Died:
            continue
        finally:
            vars(api.shop)["table"] = streamed
        return
    api.invoke(function, event)
