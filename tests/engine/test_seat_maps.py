"""The house as everybody sees it: the map, what changes on it, and the best seats of it."""

import gzip
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.edit_quota import create_quota
from admit.catalog.quota import QuotaSettings
from admit.catalog.seating import Box, Point, SeatCategory, SeatChoice, Seating, SectionBrief, Zone
from admit.errors import SoldOut
from admit.orders.best_seats import BestSeats, BestSeatsRequest, best_seats
from admit.orders.price import Customer
from admit.seating import display
from admit.seating.best import Wanted, best
from admit.seating.display import SeatMap
from admit.seating.ground import box_of
from admit.seating.maps import SeatMaps
from admit.seating.plan import PlanRow, PlanSeat, PlanSection, SeatKind, section_put
from admit.seating.plan_settings import PlanSettings, drawn
from admit.seating.seat import NOBODY, REMOVED, SeatChange, SeatClaim, changed_row, channel_mark, read_seat_id
from admit.store import Key
from tests.builders import NOW, a_draft, a_name, a_tier, an_event, default_tier
from tests.engine.api import Answer, Api

TICKET = "0123456789abc-1"
BLOCKED = channel_mark(NOBODY)


def a_row(row_id: str, seats: int, y: float, **of_seat: Mapping[str, Any]) -> PlanRow:
    """Return a row of seats 1, 2, ..; `_3=` says more of the third."""
    row = [PlanSeat(str(at), str(at), float(at), y, "front") for at in range(1, seats + 1)]
    seats_of_row = tuple(replace(one, **of_seat.get(f"_{one.id}", {})) for one in row)
    return PlanRow(row_id, f"Row {row_id}", seats_of_row)


def seat(
    table: DynamoTable,
    event_id: str,
    *sections: PlanSection,
    version: int = 1,
    tiers: Mapping[str, Collection[str]],
    **fields: Any,
) -> None:
    """Give an event a plan; `tiers` are ids by category."""
    for section in sections:
        table.write(section_put(event_id, version, section))
    seating = Seating(
        event_id=event_id,
        version=version,
        categories=[
            SeatCategory(id=name, title=name.title(), color="#2266aa", tier_ids=list(ids))
            for name, ids in tiers.items()
        ],
        sections=[
            SectionBrief(
                id=section.id,
                title=section.title,
                rows=len(section.rows),
                seats=sum(1 for _ in section.seats()),
                categories=sorted({one.category for _, one in section.seats()}),
                box=box_of([one for _, one in section.seats()]),
            )
            for section in sections
        ],
        **({"focus": Point(x=3.5, y=0)} | fields),
    )
    put = seating.put()
    table.write(put if version == 1 else type(put)(put.key, put.item, condition=None))


def say(
    table: DynamoTable,
    event_id: str,
    seats: Iterable[str],
    what: str | None,
    *,
    was: str | None = None,
    at: datetime = NOW,
) -> None:
    """Write what is said of seats that are free, or of which something `was` said."""
    rows: dict[tuple[str, str], list[SeatChange]] = {}
    for text in seats:
        section, row, name = read_seat_id(text)
        rows.setdefault((section, row), []).append(SeatChange(name, was, what))
    for (section, row), changes in rows.items():
        table.write(changed_row(event_id, section, row, changes, at))


@pytest.fixture
def catalog(table: DynamoTable) -> Catalog:
    """An event whose stalls have two rows, the first with room for a wheelchair, a pillar and an aisle."""
    catalog = an_event(table, {"title": "Back"}, {"title": "Private", "private": True})
    back, private = (tier.id for tier in catalog.tiers.values() if not tier.default)
    front = a_row(
        "a",
        6,
        1.0,
        _1={"kind": SeatKind.ACCESSIBLE},
        _2={"kind": SeatKind.COMPANION, "companion_of": "stalls-a-1", "label": "2C"},
        _4={"restricted": "behind a pillar", "gap_before": True},
        _6={"category": "back"},
    )
    stalls = PlanSection("stalls", "Stalls", {"a": front, "b": a_row("b", 6, 2.0)})
    balcony_row = a_row("a", 4, 9.0, **{f"_{at}": {"category": "back"} for at in range(1, 5)})
    balcony = PlanSection("balcony", "Balcony", {"a": balcony_row})
    tiers = {"front": [default_tier(catalog), private], "back": [back]}
    seat(table, catalog.event.id, stalls, balcony, tiers=tiers)
    return load_catalog(table, catalog.event.id)


def seats_of(catalog: Catalog, path: str = "") -> str:
    return f"/public/events/{catalog.event.slug}/seats{path}"


def states_in(answer: Answer) -> dict[str, str]:
    """Return the states of the seats of a map, by seat."""
    assert answer.status == 200, answer.text
    return {
        f"{section['id']}-{row['id']}-{one['id']}": one.get("state", "free")
        for section in answer.body["sections"]
        for row in section["rows"]
        for one in row["seats"]
    }


# --- the map ----------------------------------------------------------------------------------------------


def test_the_map_shows_each_seat_and_whether_it_can_be_had(
    api: Api, table: DynamoTable, catalog: Catalog
) -> None:
    say(table, catalog.event.id, ["stalls-a-3", "stalls-b-1"], TICKET)
    say(table, catalog.event.id, ["stalls-b-2"], BLOCKED)
    answer = api.get(seats_of(catalog))
    states = states_in(answer)
    assert len(states) == 16
    assert {name: state for name, state in states.items() if state != "free"} == {
        "stalls-a-3": "taken",
        "stalls-b-1": "taken",
        "stalls-b-2": "blocked",
    }
    assert (answer.body["plan"], answer.body["choice"]) == (1, "pick")
    assert answer.body["focus"] == {"x": 3.5, "y": 0.0}
    assert SeatMap.model_validate_json(answer.text).sections[1].title == "Balcony"


def test_the_map_leaves_out_what_is_as_usual(api: Api, catalog: Catalog) -> None:
    row = api.get(seats_of(catalog)).body["sections"][0]["rows"][0]
    assert {name: row[name] for name in ("id", "label", "category")} == {
        "id": "a",
        "label": "Row a",
        "category": "front",
    }
    assert row["seats"] == [
        {"id": "1", "x": 1.0, "y": 1.0, "kind": "accessible"},
        {"id": "2", "label": "2C", "x": 2.0, "y": 1.0, "kind": "companion", "companion_of": "stalls-a-1"},
        {"id": "3", "x": 3.0, "y": 1.0},
        {"id": "4", "x": 4.0, "y": 1.0, "restricted": "behind a pillar", "gap_before": True},
        {"id": "5", "x": 5.0, "y": 1.0},
        {"id": "6", "x": 6.0, "y": 1.0, "category": "back"},
    ]


def test_one_section_can_be_asked_for(api: Api, catalog: Catalog) -> None:
    answer = api.get(seats_of(catalog), query={"section": "balcony"})
    assert [*states_in(answer)] == [f"balcony-a-{at}" for at in range(1, 5)]
    assert api.get(seats_of(catalog), query={"section": "cellar"}).code == "not_found"


def test_sections_that_are_too_large_for_one_answer_are_to_be_asked_for(
    api: Api, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "_MOST_BYTES", 500)
    sections = api.get(seats_of(catalog)).body["sections"]
    assert [(section["id"], section["rows"]) for section in sections] == [
        ("stalls", None),
        ("balcony", None),
    ]
    assert len(states_in(api.get(seats_of(catalog), query={"section": "stalls"}))) == 12


def test_nobody_is_told_whose_a_seat_is(api: Api, table: DynamoTable, catalog: Catalog) -> None:
    say(table, catalog.event.id, ["stalls-a-3"], TICKET)
    say(table, catalog.event.id, ["stalls-a-4"], channel_mark("sponsor"))
    for path in ("", "/state"):
        text = api.get(seats_of(catalog, path)).text
        assert TICKET not in text
        assert "sponsor" not in text


def test_only_tiers_of_the_page_are_named(api: Api, catalog: Catalog) -> None:
    page = api.get(f"/public/events/{catalog.event.slug}").body
    named = {tier["id"] for category in page["categories"] for tier in category["tiers"]}
    categories = api.get(seats_of(catalog)).body["categories"]
    assert [category["title"] for category in categories] == ["Front", "Back"]
    assert {tier_id for category in categories for tier_id in category["tier_ids"]} == named
    assert len(named) == 2


def test_the_page_says_which_tiers_have_seats_and_how_they_are_given(
    api: Api, table: DynamoTable, catalog: Catalog
) -> None:
    def choices(event: Catalog) -> list[str | None]:
        page = api.get(f"/public/events/{event.event.slug}").body
        return [tier["seat_choice"] for category in page["categories"] for tier in category["tiers"]]

    assert choices(catalog) == ["pick", "pick"]
    assert choices(an_event(table)) == [None]


def test_a_category_of_hidden_tiers_has_no_title(api: Api, table: DynamoTable, catalog: Catalog) -> None:
    seating = catalog.seating
    assert seating is not None
    private = next(tier.id for tier in catalog.tiers.values() if tier.private)
    front, back = seating.categories
    hidden = back.model_copy(update={"title": "Board and guests", "tier_ids": [private]})
    table.write(seating.model_copy(update={"categories": [front, hidden], "revision": 2}).put().over(1))
    answer = api.get(seats_of(catalog))
    assert [category["title"] for category in answer.body["categories"]] == ["Front", None]
    assert "Board" not in answer.text


def test_seats_that_a_former_plan_had_are_not_shown(api: Api, table: DynamoTable, catalog: Catalog) -> None:
    gone = ["stalls-b-9", "stalls-z-1", "cellar-a-1"]
    say(table, catalog.event.id, gone, channel_mark(REMOVED))
    assert len(states_in(api.get(seats_of(catalog)))) == 16
    assert api.get(seats_of(catalog, "/state")).body["rows"] == {}


def test_an_event_without_a_plan_and_a_draft_have_no_seats(api: Api, table: DynamoTable) -> None:
    without, draft = an_event(table), a_draft(table)
    seat(table, draft.event.id, PlanSection("s", "S", {"1": a_row("1", 3, 0)}), tiers={"front": []})
    for event in (without, draft):
        for path in ("", "/state"):
            assert api.get(seats_of(event, path)).code == "not_found"


@pytest.mark.parametrize("path", ["", "/state"])
def test_seats_that_have_not_changed_are_not_sent_again(
    api: Api, table: DynamoTable, catalog: Catalog, path: str
) -> None:
    answer = api.get(seats_of(catalog, path))
    etag = answer.headers["etag"]
    assert answer.headers["cache-control"] == "public, max-age=1"
    assert answer.headers["content-type"] == "application/json"
    assert api.get(seats_of(catalog, path), headers={"If-None-Match": etag}).status == 304
    say(table, catalog.event.id, ["stalls-a-3"], TICKET)
    assert api.get(seats_of(catalog, path), headers={"If-None-Match": etag}).status == 200


@pytest.mark.parametrize("show_available", [True, False])
def test_a_zone_says_how_many_have_room_if_the_page_does(
    api: Api, table: DynamoTable, show_available: bool
) -> None:
    catalog = an_event(table, show_available=show_available)
    settings = QuotaSettings(title="Floor", limit=40)
    quota = create_quota(table, catalog, settings, quota_id=a_name("quota"))
    standing = a_tier(table, load_catalog(table, catalog.event.id), title="Standing", quotas=[quota.id])
    hidden = a_tier(
        table, load_catalog(table, catalog.event.id), title="Crew", quotas=[quota.id], private=True
    )
    zones = [Zone(id="floor", title="Floor", quota_id=quota.id)]
    section = PlanSection("s", "S", {"1": a_row("1", 3, 0)})
    seat(table, catalog.event.id, section, tiers={"front": [default_tier(catalog)]}, zones=zones)
    answer = api.get(seats_of(catalog))
    available = 40 if show_available else None
    assert answer.body["zones"] == [
        {"id": "floor", "title": "Floor", "tier_ids": [standing], "available": available}
    ]
    assert hidden not in answer.text


# --- what changes -----------------------------------------------------------------------------------------


def test_states_are_a_letter_a_seat_in_the_order_of_the_plan(
    api: Api, table: DynamoTable, catalog: Catalog
) -> None:
    empty = api.get(seats_of(catalog, "/state")).body
    assert empty == {"version": None, "plan": 1, "since": None, "rows": {}}
    say(table, catalog.event.id, ["stalls-a-3", "stalls-a-6", "balcony-a-1"], TICKET)
    say(table, catalog.event.id, ["stalls-a-4"], BLOCKED)
    assert api.get(seats_of(catalog, "/state")).body == {
        "version": "2027-03-01T12:00:00.000Z",
        "plan": 1,
        "since": None,
        "rows": {"stalls-a": "fftbft", "balcony-a": "tfff"},
    }
    assert api.get(seats_of(catalog)).body["version"] == "2027-03-01T12:00:00.000Z"


def test_since_a_version_only_rows_that_changed_are_told(
    api: Api, table: DynamoTable, catalog: Catalog
) -> None:
    event_id = catalog.event.id
    say(table, event_id, ["stalls-a-3"], TICKET)
    say(table, event_id, ["stalls-b-1"], TICKET, at=NOW + timedelta(minutes=10))
    version = api.get(seats_of(catalog, "/state")).body["version"]
    say(table, event_id, ["balcony-a-1"], TICKET, at=NOW + timedelta(minutes=10, milliseconds=5))
    free_again = SeatChange("1", TICKET, None)
    table.write(changed_row(event_id, "stalls", "b", [free_again], NOW + timedelta(minutes=11)))
    changed = api.get(seats_of(catalog, "/state"), query={"since": version}).body
    assert changed == {
        "version": "2027-03-01T12:11:00.000Z",
        "plan": 1,
        "since": version,
        "rows": {"stalls-b": "ffffff", "balcony-a": "tfff"},
    }


def test_a_write_that_a_slow_clock_dates_before_a_version_is_told_after_it(
    api: Api, table: DynamoTable, catalog: Catalog
) -> None:
    say(table, catalog.event.id, ["stalls-a-3"], TICKET, at=NOW)
    version = api.get(seats_of(catalog, "/state")).body["version"]
    say(table, catalog.event.id, ["stalls-b-1"], TICKET, at=NOW - timedelta(seconds=30))
    rows = api.get(seats_of(catalog, "/state"), query={"since": version}).body["rows"]
    assert rows["stalls-b"] == "tfffff"


def test_a_version_that_is_none_is_refused(api: Api, catalog: Catalog) -> None:
    answer = api.get(seats_of(catalog, "/state"), query={"since": "yesterday"})
    assert (answer.status, answer.code) == (422, "invalid_input")


def test_who_asks_for_changes_is_told_of_another_plan(api: Api, table: DynamoTable, catalog: Catalog) -> None:
    other = PlanSection("stalls", "Stalls", {"a": a_row("a", 8, 1.0)})
    seat(table, catalog.event.id, other, version=2, tiers={"front": [default_tier(catalog)]})
    assert api.get(seats_of(catalog, "/state")).body["plan"] == 2
    assert len(states_in(api.get(seats_of(catalog)))) == 8


# --- the best ones ----------------------------------------------------------------------------------------


def ask(api: Api, catalog: Catalog, quantity: int, **fields: Any) -> Answer:
    body = {"tier_id": default_tier(catalog), "quantity": quantity} | fields
    return api.post(seats_of(catalog, "/best"), body)


def test_the_best_seats_are_named_and_not_held(api: Api, table: DynamoTable, catalog: Catalog) -> None:
    answer = ask(api, catalog, 4)
    assert answer.body == {
        "seats": [
            {
                "id": f"stalls-b-{at}",
                "text": f"Stalls · Row b · {at}",
                "section": "Stalls",
                "row": "Row b",
                "label": str(at),
            }
            for at in range(1, 5)
        ],
        "together": True,
    }
    assert table.query(keys.seat_rows(catalog.event.id, "stalls")) == []
    assert ask(api, catalog, 4).body == answer.body


def test_the_best_seats_may_be_near_one_and_accessible(api: Api, catalog: Catalog) -> None:
    def names(quantity: int, **fields: Any) -> list[str]:
        return [one["id"] for one in ask(api, catalog, quantity, **fields).body["seats"]]

    assert names(2, near="stalls-b-6") == ["stalls-b-5", "stalls-b-6"]
    assert names(2, accessible=1) == ["stalls-a-1", "stalls-a-2"]


def test_too_few_seats_are_sold_out(api: Api, table: DynamoTable, catalog: Catalog) -> None:
    say(table, catalog.event.id, [f"stalls-b-{at}" for at in range(1, 7)], TICKET)
    assert not ask(api, catalog, 3).body["together"]
    assert ask(api, catalog, 4).code == "sold_out"
    assert ask(api, catalog, 2, accessible=2).code == "sold_out"


def test_the_best_seats_are_for_who_may_buy_the_ticket(
    api: Api, table: DynamoTable, catalog: Catalog
) -> None:
    current = load_catalog(table, catalog.event.id)
    locked = a_tier(table, current, title="Members", passcode="Polarlicht")
    seat(
        table,
        catalog.event.id,
        PlanSection("s", "S", {"1": a_row("1", 3, 0)}),
        version=2,
        tiers={"front": [locked]},
    )
    refused = ask(api, catalog, 2, tier_id=locked)
    assert refused.code == "locked"
    assert [error["field"] for error in refused.body["errors"]] == ["tier_id"]
    assert ask(api, catalog, 2, tier_id=locked, passcodes=["Polarlicht"]).status == 200
    assert ask(api, a_draft(table), 2, tier_id=locked).code == "not_found"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"tier_id": "none"}, "tier_id"),
        ({"near": "stalls-b-99"}, "near"),
        ({"near": "cellar-b-1"}, "near"),
        ({"near": "stalls"}, "near"),
        ({"accessible": 3}, "accessible"),
        ({"quantity": 0}, "quantity"),
    ],
)
def test_a_question_that_can_not_be_answered_names_its_field(
    api: Api, catalog: Catalog, fields: dict[str, Any], field: str
) -> None:
    answer = ask(api, catalog, **({"quantity": 2} | fields))
    assert (answer.status, [error["field"] for error in answer.body["errors"]]) == (422, [field])


def test_a_ticket_without_a_seat_and_one_seated_later_have_no_best_seats(
    api: Api, table: DynamoTable
) -> None:
    catalog = an_event(table, {"title": "Standing"})
    standing = next(tier.id for tier in catalog.tiers.values() if not tier.default)
    section = PlanSection("s", "S", {"1": a_row("1", 3, 0)})
    tiers = {"front": [default_tier(catalog)]}
    seat(table, catalog.event.id, section, tiers=tiers, choice=SeatChoice.LATER)
    assert ask(api, catalog, 1, tier_id=standing).code == "invalid_input"
    assert ask(api, catalog, 1).code == "invalid_input"


# --- what is read -----------------------------------------------------------------------------------------


class Counting(DynamoTable):
    """The same table, which tells what it was asked."""

    def __init__(self, table: DynamoTable) -> None:
        super().__init__(table._client, table._name)
        self.gets = 0
        self.queries: list[str] = []

    def get(self, key: Key) -> Any:
        self.gets += 1
        return super().get(key)

    def query(self, pk: str, sk_prefix: str = "") -> Any:
        self.queries.append(pk)
        return super().query(pk, sk_prefix)


def test_a_full_house_is_read_once_a_second_however_many_ask(table: DynamoTable, catalog: Catalog) -> None:
    counting, now = Counting(table), [NOW]
    maps = SeatMaps(counting, lambda: now[0])
    everything = [f"stalls-{row}-{at}" for row in "ab" for at in range(1, 7)]
    say(table, catalog.event.id, everything, TICKET)

    def ask_for(quantity: int, accessible: int = 0) -> BestSeats:
        tier_id = default_tier(catalog)
        request = BestSeatsRequest(tier_id=tier_id, quantity=quantity, accessible=accessible)
        return best_seats(maps, catalog, request, Customer(), now=now[0], random=Random(1))

    for asked in ((1, 0), (2, 0), (1, 1)):
        with pytest.raises(SoldOut):
            ask_for(*asked)
    assert counting.queries == [keys.seat_rows(catalog.event.id, "stalls")]
    say(table, catalog.event.id, everything, None, was=TICKET)
    now[0] += timedelta(milliseconds=999)
    with pytest.raises(SoldOut):
        ask_for(1)
    now[0] += timedelta(milliseconds=1)
    assert len(ask_for(1).seats) == 1
    assert len(counting.queries) == 2


def test_no_seat_is_looked_for_while_a_tier_has_too_few_tickets_left(
    api: Api, table: DynamoTable, catalog: Catalog
) -> None:
    few = a_tier(table, load_catalog(table, catalog.event.id), title="Few", ticket_limit=3)
    section = PlanSection("s", "S", {"1": a_row("1", 9, 0)})
    seat(table, catalog.event.id, section, version=2, tiers={"front": [few]})
    api.shop.__dict__["table"] = counting = Counting(table)
    assert ask(api, catalog, 4, tier_id=few).code == "sold_out"
    assert not any(pk.startswith("SEATS#") for pk in counting.queries)
    assert ask(api, catalog, 3, tier_id=few).status == 200


def test_a_plan_says_where_its_sections_are(table: DynamoTable, catalog: Catalog) -> None:
    rows = [{"id": "a", "count": 3, "x": -1.25, "y": 2}, {"id": "b", "count": 2, "x": 0, "y": 3.5}]
    settings = {
        "categories": [{"id": "all", "title": "All"}],
        "sections": [{"id": "s", "title": "S", "category": "all", "rows": rows}],
    }
    seating = drawn(catalog, PlanSettings.model_validate(settings)).seating
    assert seating.sections[0].box == Box(-1.25, 2.0, 1.0, 3.5)
    assert catalog.seating is not None
    table.write(seating.put().over(catalog.seating.revision))
    stored = load_catalog(table, catalog.event.id).seating
    assert stored is not None
    assert stored.sections == seating.sections


def test_rows_are_read_anew_after_a_second_and_plans_never(table: DynamoTable, catalog: Catalog) -> None:
    counting, event_id, now = Counting(table), catalog.event.id, [NOW]
    maps = SeatMaps(counting, lambda: now[0])
    assert catalog.seating is not None
    for _ in range(2):
        maps.section(event_id, 1, "stalls")
        maps.states(event_id, catalog.seating)
    assert counting.gets == 1
    assert sorted(counting.queries) == sorted(
        keys.seat_rows(event_id, section) for section in ("stalls", "balcony")
    )
    say(table, event_id, ["stalls-a-3"], TICKET)
    now[0] += timedelta(milliseconds=999)
    assert maps.state(event_id, "stalls") == {}
    assert maps.fresh(event_id, "stalls")["a"].said == {"3": TICKET}
    assert maps.state(event_id, "stalls")["a"].said == {"3": TICKET}
    now[0] += timedelta(seconds=1)
    assert len(maps.state(event_id, "stalls")) == 1
    assert len(counting.queries) == 4
    now[0] += timedelta(days=1)
    maps.grounds(event_id, 1, ["stalls"])
    assert counting.gets == 1


def test_a_process_does_not_choose_seats_again_that_it_has_just_given(
    table: DynamoTable, catalog: Catalog
) -> None:
    maps = SeatMaps(table, lambda: NOW)
    wanted = Wanted(default_tier(catalog), quantity=3)
    assert catalog.seating is not None
    first = best(maps, catalog.event.id, catalog.seating, wanted, random=Random(1))
    claims = [SeatClaim(place=one.place, ticket=number) for number, one in enumerate(first, start=1)]
    maps.take(catalog.event.id, "0123456789abc", claims)
    second = best(maps, catalog.event.id, catalog.seating, wanted, random=Random(1))
    assert not {one.place.id for one in first} & {one.place.id for one in second}
    assert len(maps.fresh(catalog.event.id, "stalls")) == 0


_SECTIONS, _ROWS, _SEATS = 40, 30, 50


def test_a_house_of_60_000_seats_is_read_and_told_in_time(
    api: Api, dynamodb: Any, empty_table: DynamoTable
) -> None:
    table = empty_table
    catalog = an_event(table)
    event_id, random = catalog.event.id, Random(3)
    sections = [
        PlanSection(
            f"block_{block}",
            f"Block {block}",
            {
                str(row): PlanRow(
                    str(row),
                    f"Row {row}",
                    tuple(
                        PlanSeat(str(at), f"{at:03d}", 1000.25 + at, 1000.75 + row, "front")
                        for at in range(1, _SEATS + 1)
                    ),
                )
                for row in range(1, _ROWS + 1)
            },
        )
        for block in range(_SECTIONS)
    ]
    seat(table, event_id, *sections, tiers={"front": [default_tier(catalog)]})
    for section in sections:
        for row in section.rows.values():
            taken = [one.id for one in row.seats if random.random() < 0.5]
            order = f"{random.getrandbits(62):013x}"[:13]
            changes = [SeatChange(name, None, f"{order}-{at}") for at, name in enumerate(taken)]
            table.write(changed_row(event_id, section.id, row.id, changes, NOW))

    units = 0.0
    for section in sections:
        answer = dynamodb.query(
            TableName=table._name,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": keys.seat_rows(event_id, section.id)}},
            ConsistentRead=True,
            ReturnConsumedCapacity="TOTAL",
        )
        assert "LastEvaluatedKey" not in answer
        units += answer["ConsumedCapacity"]["CapacityUnits"]
    assert units < 1_000

    api.shop.__dict__["table"] = counting = Counting(table)
    path = f"/public/events/{catalog.event.slug}/seats"
    states = api.get(f"{path}/state")
    assert sum(pk.startswith("SEATS#") for pk in counting.queries) == _SECTIONS
    assert len(gzip.compress(states.text.encode())) < 250_000
    assert sum(row.count("t") for row in states.body["rows"].values()) > 25_000
    seats = api.get(path)
    assert len(json.dumps(seats.text)) < 5_000_000
    assert len(states_in(seats)) == _SECTIONS * _ROWS * _SEATS
