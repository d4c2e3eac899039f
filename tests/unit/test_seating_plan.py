"""Seating plans: what is sent becomes a plan, what is wrong with it is named, and files from elsewhere."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admit.catalog.catalog import Catalog
from admit.catalog.quota import Quota
from admit.errors import Invalid
from admit.seating.plan import PlanSeat, PlanSection, SeatKind, packed, read_section, section_put
from admit.seating.plan_files import READERS, PlanFile, PlanFormat
from admit.seating.plan_settings import Drawn, PlanSettings, SectionSettings, described, drawn
from admit.seating.seat import SeatId, read_seat_id
from admit.stock.stock import Stock
from tests.unit.test_quote import a_catalog, a_tier

type Json = dict[str, Any]

STANDING = Quota(id="floor", event_id="event-1", title="Floor", limit=500, stock=Stock.opened("floor", 500))
CATALOG = a_catalog(
    a_tier("stalls"),
    a_tier("standing", quotas=["floor"]),
    a_tier("parking", add_on_of="stalls"),
)
CATALOG = Catalog(**{**vars(CATALOG), "quotas": {"floor": STANDING}})
STALLS = {"id": "a", "title": "Stalls", "tier_ids": ["stalls"]}
LINE = {"id": "1", "count": 10, "x": 0, "y": 0}


def a_plan(*rows: Json, **fields: Any) -> Json:
    section = {"id": "stalls", "title": "Stalls", "category": "a", "rows": list(rows) or [LINE]}
    return {"categories": [STALLS], "sections": [section]} | fields


def seats(*given: Json, **row: Any) -> Json:
    """Return a row of seats that stand side by side unless it is said otherwise."""
    made = [{"id": str(at), "x": at, "y": 0} | one for at, one in enumerate(given, 1)]
    return {"id": "1", "seats": made} | row


def made(plan: Json) -> Drawn:
    return drawn(CATALOG, PlanSettings.model_validate(plan))


def row_of(plan: Json) -> tuple[PlanSeat, ...]:
    return next(iter(made(plan).sections["stalls"].rows.values())).seats


def faults(plan: Json) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        made(plan)
    return {fault.field: fault.message for fault in refused.value.faults}


# --- from settings to a plan ------------------------------------------------------------------------------


def test_a_count_of_seats_becomes_numbered_seats_along_a_line() -> None:
    row = row_of(a_plan(LINE | {"count": 3, "first": 9, "step": -2, "x": 1, "dx": 0.333, "dy": 0.5}))
    assert [(seat.id, seat.x, seat.y) for seat in row] == [("9", 1, 0), ("7", 1.33, 0.5), ("5", 1.67, 1)]
    assert {(seat.label == seat.id, seat.category, seat.kind) for seat in row} == {
        (True, "a", SeatKind.STANDARD)
    }


def test_an_aisle_is_said_or_found_where_seats_stand_far_apart() -> None:
    said = row_of(a_plan(LINE | {"gaps_after": ["4"]}))
    assert [seat.id for seat in said if seat.gap_before] == ["5"]
    found = row_of(a_plan(seats({}, {}, {"x": 4}, {"x": 5}, {"x": 7, "gap_before": False})))
    assert [seat.id for seat in found if seat.gap_before] == ["3"]


def test_a_category_is_of_the_seat_else_of_its_row_else_of_its_section() -> None:
    more = [STALLS, {"id": "b", "title": "Row"}, {"id": "c", "title": "Seat"}]
    plan = a_plan(seats({}, {"category": "c"}, category="b"), LINE | {"id": "2"}, categories=more)
    section = made(plan).sections["stalls"]
    assert [seat.category for seat in section.rows["1"].seats] == ["b", "c"]
    assert {seat.category for seat in section.rows["2"].seats} == {"a"}


def test_the_focus_is_the_middle_of_the_upper_edge_unless_it_is_said() -> None:
    plan = a_plan(LINE | {"x": 2, "y": 7}, LINE | {"id": "2", "x": 2, "y": 5})
    assert dict(made(plan).seating.focus) == {"x": 6.5, "y": 5}
    assert dict(made(plan | {"focus": {"x": 1.005, "y": -2}}).seating.focus) == {"x": 1.0, "y": -2}


def test_a_companion_sits_beside_its_accessible_seat() -> None:
    row = row_of(a_plan(seats({"companion_of": "2"}, {"kind": "accessible"}, {"companion_of": "stalls-1-2"})))
    assert [seat.companion_of for seat in row] == ["stalls-1-2", None, "stalls-1-2"]
    assert [seat.kind for seat in row] == ["companion", "accessible", "companion"]


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        (seats({}, {"companion_of": "1"}), "[1].companion_of", "is no accessible seat of this row"),
        (seats({}, {"companion_of": "9"}), "[1].companion_of", "is no accessible seat of this row"),
        (seats({}, {"kind": "companion"}), "[1].companion_of", "is missing"),
        (seats({"kind": "accessible"}, {}, {"companion_of": "1"}), "[2].companion_of", "is not next to it"),
        (
            seats({"kind": "accessible"}, {"companion_of": "1", "gap_before": True}),
            "[1].companion_of",
            "is not next to it",
        ),
        (seats({"kind": "accessible"}, {"kind": "standard", "companion_of": "1"}), "[1].kind", "must be"),
        (seats({}, {"category": "z"}), "[1].category", "z is none of the categories"),
        (seats({}, {"id": "1"}), "[1].id", "stands there twice"),
    ],
)
def test_what_is_wrong_with_a_seat_is_named(row: Json, field: str, message: str) -> None:
    found = faults(a_plan(row))
    assert list(found) == [f"sections[0].rows[0].seats{field}"]
    assert message in found[f"sections[0].rows[0].seats{field}"]


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (a_plan(LINE, LINE), "sections[0].rows[1].id"),
        (a_plan(LINE | {"gaps_after": ["11"]}), "sections[0].rows[0].gaps_after[0]"),
        (a_plan(LINE | {"category": "z"}), "sections[0].rows[0].category"),
        (a_plan(categories=[STALLS, STALLS]), "categories[1].id"),
        (a_plan(categories=[STALLS | {"tier_ids": ["nobody"]}]), "categories[0].tier_ids[0]"),
        (a_plan(categories=[STALLS | {"tier_ids": ["stalls", "parking"]}]), "categories[0].tier_ids[1]"),
        (a_plan(zones=[{"id": "pit", "title": "Pit", "quota_id": "none"}]), "zones[0].quota_id"),
        (
            a_plan(zones=[{"id": id_, "title": "Pit", "quota_id": "floor"} for id_ in ("pit", "pot")]),
            "zones[1].quota_id",
        ),
        (
            a_plan(
                categories=[STALLS | {"tier_ids": ["standing"]}],
                zones=[{"id": "pit", "title": "Pit", "quota_id": "floor"}],
            ),
            "categories[0].tier_ids[0]",
        ),
    ],
)
def test_what_is_wrong_with_a_plan_is_named(plan: Json, field: str) -> None:
    assert list(faults(plan)) == [field]


@pytest.mark.parametrize(
    "row",
    [
        {"id": "1"},
        {"id": "1", "count": 3},
        LINE | {"seats": seats({})["seats"]},
        LINE | {"count": 201},
        LINE | {"step": 0},
        LINE | {"first": 3, "step": -1},
        LINE | {"id": "Row 1"},
        LINE | {"x": float("nan")},
    ],
)
def test_a_row_is_seats_or_a_count_of_them(row: Json) -> None:
    with pytest.raises(ValueError, match=r"sections\.0\.rows\.0"):
        PlanSettings.model_validate(a_plan(row))


def test_a_plan_has_a_hundred_thousand_seats_at_most() -> None:
    rows = [{"id": str(at), "count": 200, "x": 0, "y": at} for at in range(500)]
    sections = [{"id": name, "title": name, "category": "a", "rows": rows} for name in ("one", "two")]
    assert "sections" in faults(a_plan(sections=sections))


# --- as it is stored and shown ----------------------------------------------------------------------------

_SEATS = st.lists(
    st.fixed_dictionaries(
        {"x": st.integers(-999, 999), "y": st.floats(-50, 50, allow_nan=False)},
        optional={
            "label": st.text("abc 12", max_size=4),
            "category": st.sampled_from("ab"),
            "restricted": st.just("A pillar"),
            "gap_before": st.booleans(),
            "kind": st.just("accessible"),
        },
    ),
    min_size=1,
    max_size=9,
)
_LINES = st.fixed_dictionaries(
    {
        "count": st.integers(1, 60),
        "x": st.integers(-5, 5),
        "y": st.integers(0, 9),
        "first": st.integers(6_000, 9_000),
    },
    optional={
        "step": st.sampled_from([-100, -1, 2]),
        "dx": st.sampled_from([0.1, 1 / 3, 2]),
        "category": st.just("b"),
        "gaps_after": st.just([]),
    },
)


@settings(deadline=None, max_examples=60)
@given(st.lists(_SEATS | _LINES, min_size=1, max_size=5))
def test_what_is_shown_of_a_plan_makes_the_same_plan_again(rows: list[Any]) -> None:
    given_rows = [
        {"id": str(at), "seats": [{"id": f"n{n}"} | seat for n, seat in enumerate(row)]}
        if isinstance(row, list)
        else {"id": str(at)} | row
        for at, row in enumerate(rows)
    ]
    plan = a_plan(*given_rows, categories=[STALLS, {"id": "b", "title": "B"}])
    section = made(plan).sections["stalls"]
    stored = read_section(section_put("event-1", 1, section).item)
    assert stored == section
    shown = json.loads(described(stored).model_dump_json())
    assert made(plan | {"sections": [shown]}).sections["stalls"] == section


def test_sixty_thousand_seats_fit_into_a_body_and_into_few_kilobytes() -> None:
    rows = [{"id": str(at), "count": 25, "x": 0, "y": at, "gaps_after": ["12"]} for at in range(40)]
    blocks = [{"id": f"b{at}", "title": f"Block {at}", "category": "a", "rows": rows} for at in range(60)]
    plan = a_plan(sections=blocks)
    assert len(json.dumps(plan)) < 256 * 1024
    sections = made(plan).sections.values()
    assert sum(1 for section in sections for _ in section.seats()) == 60_000
    assert sum(len(packed(section)) for section in sections) < 50_000


def test_a_section_is_never_larger_than_its_map_may_be() -> None:
    rows = [{"id": str(at), "count": 200, "x": 0, "y": at} for at in range(101)]
    section = {"id": "field", "title": "Field", "category": "a", "rows": rows}
    assert faults(a_plan(sections=[section])) == {
        "sections[0]": "has more than 20000 seats; make several sections of it"
    }
    del rows[0]
    assert len(made(a_plan(sections=[section])).sections["field"].rows) == 100


def test_seats_that_stand_nowhere_regular_take_three_bytes_each() -> None:
    random = Random(1)
    rows = [
        {
            "id": str(row),
            "seats": [{"id": str(at), "x": at + random.random() / 5, "y": row} for at in range(1, 101)],
        }
        for row in range(100)
    ]
    [section] = made(a_plan(*rows)).sections.values()
    assert len(packed(section)) < 30_000


def test_a_seat_is_found_by_its_id_and_named_as_people_find_it() -> None:
    plan = a_plan(seats({"label": "7a"}, label="Row A"))
    section: PlanSection = made(plan).sections["stalls"]
    found = section.find(read_seat_id("stalls-1-1"))
    assert found is not None
    assert section.place(*found).text == "Stalls · Row A · 7a"
    assert section.find(SeatId("stalls", "1", "2")) is None
    assert section.find(SeatId("circle", "1", "1")) is None


# --- files ------------------------------------------------------------------------------------------------

PRETIX = {
    "name": "Town hall",
    "categories": [{"name": "Stalls", "color": "#7f4a91"}, {"name": "Côté", "color": "#aaaaaa"}],
    "size": {"width": 800, "height": 600},
    "zones": [
        {"name": "Drawing", "position": {"x": 0, "y": 0}, "rows": [], "areas": [{"shape": "rectangle"}]},
        {
            "name": "Ground floor",
            "zone_id": "ground",
            "position": {"x": 100, "y": 10},
            "rows": [
                {
                    "row_number": "A",
                    "row_label": "Row %s",
                    "seat_label": "Seat %s",
                    "row_number_position": "both",
                    "position": {"x": 1.5, "y": 0},
                    "seats": [
                        {
                            "seat_guid": f"guid-{number}",
                            "seat_number": str(number),
                            "uuid": "6bd9fb7e",
                            "position": {"x": 20 * number, "y": 5},
                            "category": category,
                        }
                        for number, category in ((1, "Stalls"), (2, "Côté"), (5, "Stalls"))
                    ],
                }
            ],
        },
    ],
}
CSV = """Section;Row;Seat;X;Y;Category;Kind;Companion_of;Restricted
Balcony;A;1;0;0;Cheap;accessible;;
Balcony;A;2;1,5;0;Cheap;;1;yes
Balcony;B;1;0;1;Dear;;;A pillar
"""


def read(format_: str, content: Any) -> PlanFile:
    text = content if isinstance(content, str) else json.dumps(content)
    return READERS[PlanFormat(format_)](text)


def sections_of(file: PlanFile) -> list[SectionSettings]:
    return PlanSettings.model_validate(file.plan).sections


def refusals(format_: str, content: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        read(format_, content)
    return {fault.field: fault.message for fault in refused.value.faults}


def test_a_plan_of_pretix_becomes_ours() -> None:
    file = read("pretix", PRETIX)
    assert [(one["id"], one["title"]) for one in file.plan["categories"]] == [
        ("stalls", "Stalls"),
        ("cote", "Côté"),
    ]
    [section] = drawn(CATALOG, PlanSettings.model_validate(file.plan)).sections.values()
    assert (section.id, section.title, list(section.rows)) == ("ground", "Ground floor", ["a"])
    seats = section.rows["a"].seats
    assert [(seat.id, seat.x, seat.y) for seat in seats] == [
        ("1", 121.5, 15),
        ("2", 141.5, 15),
        ("5", 201.5, 15),
    ]
    assert section.place(section.rows["a"], seats[1]).text == "Ground floor · Row A · Seat 2"
    assert [seat.gap_before for seat in seats] == [False, False, True]
    assert [seat.category for seat in seats] == ["stalls", "cote", "stalls"]


def test_a_fault_in_a_file_of_pretix_names_its_place_there() -> None:
    strange = json.loads(json.dumps(PRETIX))
    strange["zones"][1]["rows"][0]["seats"][2]["category"] = "stalls"
    place = "content.zones[1].rows[0].seats[2]"
    assert list(refusals("pretix", strange)) == [f"{place}.category"]
    del strange["zones"][1]["rows"][0]["seats"][2]["category"]
    assert list(refusals("pretix", strange)) == [f"{place}.category"]
    assert refusals("pretix", "{") == {"content": "is not JSON"}

    file = read("pretix", PRETIX)
    file.plan["sections"][0]["rows"][0]["seats"][1]["id"] = "1"
    with pytest.raises(Invalid) as refused:
        drawn(CATALOG, PlanSettings.model_validate(file.plan))
    assert [file.in_file(fault).field for fault in refused.value.faults] == [
        "content.zones[1].rows[0].seats[1].id"
    ]


def test_a_csv_file_becomes_a_plan() -> None:
    [section] = drawn(CATALOG, PlanSettings.model_validate(read("csv", CSV).plan)).sections.values()
    first, second = section.rows["a"].seats
    assert (second.x, second.kind, second.companion_of) == (1.5, "companion", "balcony-a-1")
    assert (first.kind, second.restricted) == ("accessible", "Restricted view")
    assert section.rows["b"].seats[0].restricted == "A pillar"
    assert section.rows["b"].seats[0].category == "dear"


def test_seats_of_a_csv_file_without_places_stand_side_by_side() -> None:
    file = read("csv", "section,row,seat,category\nA,1,1,a\nA,1,2,a\nA,2,1,a\nB,1,1,a\n")
    places = [
        [(seat.x, seat.y) for seat in row.seats or []]
        for section in sections_of(file)
        for row in section.rows
    ]
    assert places == [[(0, 0), (1, 0)], [(0, 1)], [(0, 2)]]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("Balcony;B;2;x;1;Dear;;;", "content.rows[5].x"),
        ("Balcony;B;2;1;;Dear;;;", "content.rows[5].y"),
        ("Balcony;B;2;1;1;;;;", "content.rows[5].category"),
        ("Balcony;B;2;1;1;Dear;wheelchair;;", "content.rows[5].kind"),
        ("Balcony;B;1;1;1;Dear;;;", "content.rows[5].seat"),
        ("Balcony;B;2;1;1;Dear;;;;more", "content.rows[5]"),
    ],
)
def test_a_fault_in_a_csv_file_names_row_and_column(row: str, field: str) -> None:
    assert list(refusals("csv", f"{CSV}{row}\n")) == [field]


def test_a_csv_file_without_a_column_is_refused_as_a_whole() -> None:
    assert list(refusals("csv", "section,row\nA,1\n")) == ["content"]


def test_names_that_look_alike_become_ids_of_their_own() -> None:
    file = read("csv", "section,row,seat,category\nÉ 1,1,1,a\nE-1,1,1,a\n---,1,1,a\n" + "x" * 30 + ",1,1,a\n")
    assert [section.id for section in sections_of(file)] == ["e_1", "e_1_2", "x", "x" * 20]
