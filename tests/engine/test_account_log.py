"""The log of an account: who has changed what, once for each change, without a value of what was changed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.insight.account_log import TOLD
from admit.people.account import Member, Role
from admit.store import Item
from tests.builders import NOW, a_name
from tests.engine.api import FOUNDER, Api, serving
from tests.engine.stream import a_record, deliver
from tests.engine.streamed import Streamed, let_through, told

type Json = dict[str, Any]

KARI = "kari@polar.example"


@pytest.fixture
def streamed(table: DynamoTable) -> Streamed:
    return Streamed(table)


@pytest.fixture
def api(streamed: Streamed) -> Iterator[Api]:
    with serving(streamed) as api:
        yield api


class House:
    """An account with a draft, whose changes the stream tells."""

    def __init__(self, api: Api, streamed: Streamed) -> None:
        self.api, self.streamed = api, streamed
        self.account = f"/organizer/{self.done('POST', '/organizer', {'name': 'Northern Lights'})['id']}"
        settings = {
            "title": "Summit",
            "timezone": "Europe/Oslo",
            "currency": "EUR",
            "slug": a_name("summit"),
            "starts_at": "2027-06-03T07:00:00Z",
            "ends_at": "2027-06-04T15:00:00Z",
        }
        event = self.done("POST", f"{self.account}/events", settings)
        self.event_id: str = event["id"]
        self.event = f"{self.account}/events/{event['id']}"
        self.category: str = event["categories"][0]["id"]
        self.tell()
        self.known = self.entries()

    def done(self, method: str, path: str, body: Any = None, as_: str = FOUNDER) -> Any:
        answer = self.api.send(method, path, *([] if body is None else [body]), as_=as_)
        assert answer.status < 400, answer.text
        return answer.body

    def tell(self, *, times: int = 1) -> None:
        told(self.streamed, lambda batch: self.api.invoke("project", {"Records": batch}), times=times)

    def entries(self, **query: str) -> list[Json]:
        answer = self.api.get(f"{self.account}/log", as_=FOUNDER, query={"limit": "100"} | query)
        assert answer.status == 200, answer.text
        return list(answer.body["items"])

    def news(self, *, times: int = 1) -> list[Json]:
        """Return what is told since the last time, as often as it is."""
        self.tell(times=times)
        new = entries = self.entries()
        for one in self.known:
            new = [*new[: new.index(one)], *new[new.index(one) + 1 :]]
        self.known = entries
        return new


@pytest.fixture
def house(api: Api, streamed: Streamed) -> House:
    return House(api, streamed)


def brief(entries: list[Json]) -> list[tuple[str, str | None, str | None]]:
    return sorted((one["what"], one["actor"], one["subject"]) for one in entries)


def test_a_new_account_and_a_new_event_are_told_with_all_that_they_bring(house: House) -> None:
    assert brief(house.entries()) == [
        ("category.added", FOUNDER, "General"),
        ("event.added", FOUNDER, "Summit"),
        ("list.added", FOUNDER, "Everyone"),
        ("member.added", FOUNDER, FOUNDER),
        ("organizer.added", FOUNDER, "Northern Lights"),
        ("tier.added", FOUNDER, "Free ticket"),
    ]


def test_a_change_names_its_fields_and_no_values(house: House) -> None:
    tier = house.done("POST", f"{house.event}/tiers", {"title": "Pass", "category": house.category})
    house.news()
    price = [{"amount": {"amount": 123_400, "currency": "EUR"}}]
    house.done("PATCH", f"{house.event}/tiers/{tier['id']}", {"prices": price, "title": "Full pass"})

    [entry] = house.news()
    assert entry == {
        "at": "2027-03-01T12:00:00.000Z",
        "actor": FOUNDER,
        "what": "tier.changed",
        "fields": ["prices", "title"],
        "event_id": house.event_id,
        "subject": "Full pass",
    }


def test_what_is_removed_is_told_with_who_has_removed_it(house: House) -> None:
    discount = house.done("POST", f"{house.event}/discounts", {"title": "Early", "percent": "10"})
    house.done("PUT", f"{house.account}/members/{KARI}", {"role": "manager"})
    house.news()
    house.done("DELETE", f"{house.event}/discounts/{discount['id']}", as_=KARI)
    house.done("DELETE", f"{house.account}/members/{KARI}")
    assert brief(house.news()) == [("discount.removed", KARI, "Early"), ("member.removed", FOUNDER, KARI)]


def test_what_is_removed_stands_after_what_was_there_in_the_same_second(house: House) -> None:
    for title in ("Early", "Late", "Never", "Once", "Twice", "Often"):
        discount = house.done("POST", f"{house.event}/discounts", {"title": title, "percent": "10"})
        house.done("DELETE", f"{house.event}/discounts/{discount['id']}")
    newest_first = [one["what"] for one in house.news()]
    assert newest_first == ["discount.removed"] * 6 + ["discount.added"] * 6


def test_who_has_removed_something_is_known_in_another_batch_too(house: House) -> None:
    discount = house.done("POST", f"{house.event}/discounts", {"title": "Early", "percent": "10"})
    house.news()
    house.done("DELETE", f"{house.event}/discounts/{discount['id']}")
    records = let_through(house.streamed.records)
    house.streamed.records.clear()
    for record in records:
        house.api.invoke("project", {"Records": [record]})
    assert brief(house.news()) == [("discount.removed", FOUNDER, "Early")]


def test_a_removal_whose_batch_comes_again_when_its_actor_is_forgotten_is_told_once(house: House) -> None:
    discount = house.done("POST", f"{house.event}/discounts", {"title": "Early", "percent": "10"})
    house.news()
    house.api.now += timedelta(seconds=2)
    house.done("DELETE", f"{house.event}/discounts/{discount['id']}")
    removals = [one for one in let_through(house.streamed.records) if one["eventName"] == "REMOVE"]
    house.api.invoke("project", {"Records": removals})
    house.done("PATCH", house.event, {"title": "The Summit"})

    house.api.invoke("project", {"Records": removals})

    told_now = [one for one in brief(house.news()) if one[0] == "discount.removed"]
    assert told_now == [("discount.removed", FOUNDER, "Early")]


def test_what_becomes_of_an_event_is_told_by_its_status(house: House) -> None:
    house.done("POST", f"{house.event}/publish")
    house.done("PATCH", house.event, {"title": "The Summit", "capacity": 9})
    house.done("POST", f"{house.event}/close")
    told_now = [(one["what"], one["fields"]) for one in house.news()]
    assert sorted(told_now) == [
        ("event.changed", ["capacity", "title"]),
        ("event.closed", ["status"]),
        ("event.published", ["status"]),
    ]


def test_keys_and_the_account_are_told_and_a_use_is_not(house: House) -> None:
    made = house.done("POST", f"{house.account}/api-keys", {"label": "CRM", "role": "manager"})
    house.done("PATCH", house.account, {"seller": {"name": "Northern", "iban": "NO9386011117947"}})
    house.done("PATCH", house.event, {"title": "Renamed"}, as_=made["secret"])
    house.done("DELETE", f"{house.account}/api-keys/{made['id']}")
    news = house.news()
    assert brief(news) == [
        ("api_key.added", FOUNDER, "CRM"),
        ("api_key.removed", FOUNDER, "CRM"),
        ("event.changed", f"API key CRM ({made['id']})", "Renamed"),
        ("organizer.changed", FOUNDER, "Northern Lights"),
    ]
    text = str(house.streamed.query(keys.account_log(house.account.rpartition("/")[2])))
    assert made["secret"].rpartition("_")[2] not in text
    assert "NO9386011117947" not in text


def test_what_comes_twice_is_told_once(house: House) -> None:
    house.done("POST", f"{house.event}/quotas", {"title": "Hall", "limit": 9})
    assert brief(house.news(times=3)) == [("quota.added", FOUNDER, "Hall")]


def test_a_batch_that_is_cut_and_comes_again_is_told_once(house: House, streamed: Streamed) -> None:
    for title in ("Hall", "Boat", "Room"):
        house.done("POST", f"{house.event}/quotas", {"title": title, "limit": 9})
    records = let_through(streamed.records)
    streamed.records.clear()
    failing = iter([True, False, False, False])

    def project(event: dict[str, Any], context: object) -> dict[str, Any]:
        answer = house.api.invoke("project", event)
        if next(failing, False):
            raise ConnectionError
        return answer

    assert deliver(project, records) == []
    assert brief(house.news()) == [("quota.added", FOUNDER, title) for title in ("Boat", "Hall", "Room")]


def test_what_nobody_has_signed_names_nobody(house: House, streamed: Streamed) -> None:
    [tier_key] = [keys.of_item(item) for item in streamed.query(f"EVENT#{house.event_id}", "TIER#")]
    before = dict(streamed.get(tier_key) or {})
    after = before | {"title": "By a job"}
    house.api.invoke("project", {"Records": [a_record(before, after)]})
    [entry] = house.news()
    assert (entry["actor"], entry["what"], entry["at"]) == (None, "tier.changed", "2027-03-01T12:00:00.000Z")


def test_a_change_of_nothing_that_matters_is_not_told(house: House, streamed: Streamed) -> None:
    [item] = streamed.query(f"EVENT#{house.event_id}", "TIER#")
    after: Item = {**item, "waited_for": 3, "revision": 9}
    house.api.invoke("project", {"Records": [a_record(item, after)]})
    assert house.news() == []


def test_the_log_is_read_by_pages_and_by_events(house: House) -> None:
    for number in range(5):
        house.api.now = NOW.replace(minute=number + 1)
        house.done("POST", f"{house.event}/quotas", {"title": str(number), "limit": 9})
        house.done("PUT", f"{house.account}/members/{number}@polar.example", {"role": "door"})
    house.tell()
    whole = house.entries()
    assert [one["at"] for one in whole] == sorted((one["at"] for one in whole), reverse=True)
    of_event = [one for one in whole if one["event_id"] == house.event_id]
    for query, expected in (({}, whole), ({"event": house.event_id}, of_event)):
        pages, cursor = [], ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            page = house.api.get(
                f"{house.account}/log", as_=FOUNDER, query={"limit": "3", **query, **more}
            ).body
            pages += page["items"]
            cursor = page["cursor"]
        assert pages == expected


def test_owners_and_managers_read_the_log_and_of_no_other_account(house: House) -> None:
    organizer_id = house.account.rpartition("/")[2]
    for role in Role:
        member = Member(organizer_id=organizer_id, email=f"{role}@polar.example", role=role)
        house.streamed.write(member.put())
    path = f"{house.account}/log"
    answers = {role: house.api.get(path, as_=f"{role}@polar.example").status for role in Role}
    assert answers == {Role.OWNER: 200, Role.MANAGER: 200, Role.FINANCE: 403, Role.DOOR: 403}
    other = House(house.api, house.streamed)
    assert house.entries(event=other.event_id) == []
    for cursor in ("x" * 2_000, "/"):
        refused = house.api.get(path, as_=FOUNDER, query={"cursor": cursor})
        assert refused.status == 422
        assert [fault["field"] for fault in refused.body["errors"]] == ["cursor"]


def test_the_stream_tells_of_every_kind_that_the_log_knows() -> None:
    item = {"pk": "p", "sk": "s"}
    kinds = [{**item, "kind": kind} for kind in TOLD]
    assert len(let_through([a_record(None, one) for one in kinds])) == len(TOLD)
    removed = {one["kind"] for one in kinds if let_through([a_record(one, None)])}
    # What stays for good, or is put away in place of being removed.
    assert TOLD.keys() - removed == {"organizer", "company", "event", "seating", "device"}
