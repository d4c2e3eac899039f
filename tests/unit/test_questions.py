"""Questions: what one may be, which are asked of whom, and what is an answer to them."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from admit.catalog.answers import (
    Agreement,
    agreements,
    answer_views,
    asked,
    checked,
    missing,
    review_answers,
)
from admit.catalog.catalog import Catalog
from admit.catalog.edit_question import broken_conditions
from admit.catalog.page import Visitor, event_page, unlock
from admit.catalog.question import Answers, AskedAt, AskedOf, Question, QuestionSettings
from admit.errors import Invalid
from admit.orders.answer import tell
from admit.orders.order import Order
from admit.orders.place import OrganizerPlaceRequest, PlaceRequest, draft_by_buyer, draft_by_organizer
from admit.orders.price import Customer, LineRequest
from admit.people.person import Consent, agreed
from tests.builders import NOW, later
from tests.unit.test_quote import FREE, INVOICE, a_catalog, a_price, a_tier

ATTENDEE, ORDER = AskedOf.ATTENDEE, AskedOf.ORDER
MEALS = [{"id": "meat", "label": "Meat"}, {"id": "vegan", "label": "Vegan"}]


def settings(**fields: Any) -> QuestionSettings:
    return QuestionSettings.model_validate(
        {"title": "Which meal?", "kind": "text", "asked_of": "attendee"} | fields
    )


def a_question(question_id: str = "q", **fields: Any) -> Question:
    asked_for = settings(**fields).model_dump(exclude={"position"})
    position = fields.get("position", 0)
    return Question.model_validate(
        asked_for | {"id": question_id, "event_id": "event-1", "position": position}
    )


def an_event_asking(*questions: Question) -> Catalog:
    catalog = a_catalog(
        a_tier("pass", a_price("p0", 0, FREE)),
        a_tier("speaker", a_price("p1", 0, FREE), private=True),
        a_tier("parking", a_price("p2", 0, FREE), add_on_of="pass"),
    )
    return Catalog(**{**vars(catalog), "questions": {one.id: one for one in questions}})


def answered(
    *questions: Question, tier: str = "pass", when: AskedAt | None = AskedAt.LATER, **answers: Any
) -> dict[str, Any]:
    return checked(an_event_asking(*questions), ATTENDEE, answers, tier_ids=[tier], when=when)


def faults(*questions: Question, **how: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        answered(*questions, **how)
    return {fault.field: fault.message for fault in refused.value.faults}


# --- what a question may be ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "choice"},
        {"kind": "text", "options": MEALS},
        {"kind": "choice", "options": [*MEALS, {"id": "vegan", "label": "Other"}]},
        {"kind": "choice", "options": [*MEALS, {"label": "VEGAN"}]},
        {"asked_of": "order", "asked_at": "assignment"},
        {"kind": "text", "consent": True},
        {"kind": "email", "limits": {"max": 3}},
        {"kind": "number", "limits": {"min": 2, "max": 1}},
        {"kind": "text", "limits": {"min": -1}},
        {"kind": "text", "limits": {"max": "2027-06-03"}},
        {"kind": "date", "limits": {"max": 3}},
        {"kind": "date", "limits": {"min": "2027-06-04", "max": "2027-06-03"}},
        {"kind": "date", "limits": {"min": "2027-02-30"}},
        {"kind": "choice", "options": [{"id": "Two words", "label": "x"}]},
        {"title": "two\nlines"},
        {"kind": "pattern"},
    ],
)
def test_a_question_that_can_not_be_right_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**fields)


def test_a_stored_question_is_read_as_it_was_written() -> None:
    question = a_question(
        kind="choice",
        options=MEALS,
        shown_if={"question_id": "first", "values": [True, "NO"]},
        tier_ids=["pass"],
    )

    put = question.put()
    assert put.item["kind"] == "question"
    assert Question.of(put.item) == question


@pytest.mark.parametrize(
    ("first", "condition", "field"),
    [
        ({}, {"question_id": "nothing"}, "shown_if.question_id"),
        ({"asked_of": "order"}, {}, "shown_if.question_id"),
        ({"kind": "text", "options": []}, {}, "shown_if.question_id"),
        ({"position": 2}, {}, "shown_if.question_id"),
        ({"asked_at": "later"}, {}, "shown_if.question_id"),
        ({}, {"values": ["meat", "fish"]}, "shown_if.values[1]"),
        ({}, {"values": [True]}, "shown_if.values[0]"),
    ],
)
def test_a_condition_names_what_an_earlier_question_can_be_answered_with(
    first: dict[str, Any], condition: dict[str, Any], field: str
) -> None:
    parent = a_question("first", **{"kind": "choice", "options": MEALS} | first)
    right = a_question("q", position=1, shown_if={"question_id": "first", "values": ["meat"]})
    wrong = a_question("q", position=1, shown_if={"question_id": "first", "values": ["meat"]} | condition)

    assert broken_conditions({"first": a_question("first", kind="choice", options=MEALS), "q": right}) == []
    assert [one.field for one in broken_conditions({"first": parent, "q": wrong})] == [field]


def test_questions_never_depend_on_each_other_in_a_circle() -> None:
    one = a_question("one", kind="yes_no", shown_if={"question_id": "two", "values": [True]})
    two = a_question("two", kind="yes_no", position=1, shown_if={"question_id": "one", "values": [True]})

    assert [broken.question.id for broken in broken_conditions({"one": one, "two": two})] == ["one"]


# --- what is an answer --------------------------------------------------------------------------------------

WINTER = {"min": "2027-01-01", "max": "2027-02-28"}


@pytest.mark.parametrize(
    ("fields", "right", "wrong"),
    [
        ({"kind": "text"}, ["Vegan", "x" * 500], ["x" * 501, "two\nlines", 3, True, ["Vegan"]]),
        ({"kind": "text", "limits": {"min": 2, "max": 3}}, ["ab", "abc"], ["a", "abcd"]),
        ({"kind": "long_text"}, ["two\nlines", "x" * 4_000], [1]),
        ({"kind": "number"}, [0, -5], ["5", True]),
        ({"kind": "number", "limits": {"min": 1, "max": 9}}, [1, 9], [0, 10]),
        ({"kind": "date"}, ["2027-06-03"], ["2027-02-29", "3.6.2027", "20270603", 20270603]),
        ({"kind": "date", "limits": WINTER}, ["2027-01-01", "2027-02-28"], ["2026-12-31", "2027-03-01"]),
        ({"kind": "choice", "options": MEALS}, ["meat"], ["fish", "Meat", ["meat"]]),
        (
            {"kind": "choices", "options": MEALS, "limits": {"max": 2}},
            [["meat"], ["vegan", "meat"]],
            [["fish"], ["meat", "meat"], "meat"],
        ),
        ({"kind": "choices", "options": MEALS, "limits": {"min": 2}}, [["vegan", "meat"]], [["meat"]]),
        ({"kind": "yes_no"}, [True, False], ["yes", 1, 0]),
        ({"kind": "email"}, ["kari@polar.example"], ["kari", "kari@polar"]),
        ({"kind": "phone"}, ["+47 22 33 44 55", "(030) 12-34"], ["none", "12", "1" * 41]),
        ({"kind": "country"}, ["NO"], ["Norway", "no"]),
    ],
)
def test_an_answer_is_of_the_kind_and_within_the_limits_of_its_question(
    fields: dict[str, Any], right: list[Any], wrong: list[Any]
) -> None:
    question = a_question(**fields)

    assert [answered(question, q=answer) for answer in right] == [{"q": answer} for answer in right]
    assert [list(faults(question, q=answer)) for answer in wrong] == [["answers.q"]] * len(wrong)


@pytest.mark.parametrize("answer", [1.5, {"a": 1}, 10**13, "x" * 4_001, ["x" * 121], [1], ["x"] * 201])
def test_what_no_question_can_be_answered_with_is_one_fault_at_the_edge(answer: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Answers).validate_python({"q": answer})

    assert [error["loc"] for error in refused.value.errors()] == [("q",)]


def test_every_fault_is_named_at_once() -> None:
    questions = [
        a_question("meal", required=True),
        a_question("size", kind="choice", options=MEALS),
        a_question("terms", kind="yes_no", consent=True, required=True),
    ]

    assert faults(*questions, size="fish", terms=False, other=1) == {
        "answers.other": "is not a question that is asked here",
        "answers.meal": "must be answered",
        "answers.size": "is not one of the options",
        "answers.terms": "must be agreed to",
    }


@pytest.mark.parametrize("nothing", [None, "", []])
def test_nothing_is_no_answer(nothing: Any) -> None:
    assert answered(a_question(), q=nothing) == {}
    assert faults(a_question(required=True), q=nothing) == {"answers.q": "must be answered"}


def test_no_is_an_answer_to_a_required_question_that_asks_for_no_consent() -> None:
    assert answered(a_question(kind="yes_no", required=True), q=False) == {"q": False}


def test_an_option_that_is_offered_no_more_stays_with_who_chose_it() -> None:
    catalog = an_event_asking(
        a_question(kind="choice", options=[MEALS[0], {"id": "fish", "label": "Fish", "active": False}])
    )

    def choose(answer: str, earlier: dict[str, Any]) -> dict[str, Any]:
        when, tiers = AskedAt.LATER, ["pass"]
        return checked(catalog, ATTENDEE, {"q": answer}, tier_ids=tiers, when=when, earlier=earlier)

    assert choose("fish", {"q": "fish"}) == {"q": "fish"}
    with pytest.raises(Invalid):
        choose("fish", {"q": "meat"})


# --- which are asked ----------------------------------------------------------------------------------------


def test_a_question_is_asked_with_its_tiers_in_order_while_it_is_active() -> None:
    catalog = an_event_asking(
        a_question("last", position=9),
        a_question("first"),
        a_question("off", active=False),
        a_question("talk", position=1, tier_ids=["speaker"]),
        a_question("plate", position=2, tier_ids=["parking"]),
        a_question("po", asked_of="order"),
    )

    def ids(of: AskedOf, *tiers: str) -> list[str]:
        return [question.id for question in asked(catalog, of, tiers)]

    assert ids(ATTENDEE, "pass") == ["first", "last"]
    assert ids(ATTENDEE, "speaker") == ["first", "talk", "last"]
    assert ids(ATTENDEE, "parking") == ["plate"]
    assert ids(ORDER, "pass", "parking") == ["po"]


def test_an_answer_to_what_is_not_asked_is_dropped() -> None:
    questions = [
        a_question("meal", kind="choice", options=MEALS),
        a_question("cut", position=1, shown_if={"question_id": "meal", "values": ["meat"]}, required=True),
        a_question("off", active=False),
        a_question("talk", tier_ids=["speaker"]),
    ]

    assert answered(*questions, meal="vegan", cut="rare", off="x", talk="x") == {"meal": "vegan"}
    assert answered(*questions, meal="meat", cut="rare") == {"meal": "meat", "cut": "rare"}
    assert faults(*questions, meal="meat") == {"answers.cut": "must be answered"}


def test_what_depends_on_a_hidden_question_is_hidden_with_it() -> None:
    questions = [
        a_question("diner", kind="yes_no"),
        a_question("meals", kind="choices", options=MEALS, position=1),
        a_question("cut", kind="yes_no", position=2, shown_if={"question_id": "meals", "values": ["meat"]}),
        a_question("sauce", position=3, shown_if={"question_id": "cut", "values": [False]}),
    ]

    assert answered(*questions, meals=["vegan", "meat"], cut=False, sauce="x") == {
        "meals": ["vegan", "meat"],
        "cut": False,
        "sauce": "x",
    }
    assert answered(*questions, meals=["vegan"], cut=False, sauce="x") == {"meals": ["vegan"]}


def test_what_is_asked_later_is_not_required_before() -> None:
    questions = [
        a_question(moment, asked_at=moment, required=True) for moment in ("purchase", "assignment", "later")
    ]
    catalog = an_event_asking(*questions)

    def open_at(when: AskedAt) -> list[str]:
        return [question.id for question in missing(catalog, ATTENDEE, {}, tier_ids=["pass"], when=when)]

    assert open_at(AskedAt.PURCHASE) == ["purchase"]
    assert open_at(AskedAt.ASSIGNMENT) == ["assignment", "purchase"]
    assert open_at(AskedAt.LATER) == ["assignment", "later", "purchase"]
    assert list(faults(*questions, when=AskedAt.PURCHASE)) == ["answers.purchase"]
    assert answered(*questions, when=None, later="early") == {"later": "early"}


def test_earlier_answers_stay_unless_they_are_changed_taken_back_or_hidden() -> None:
    catalog = an_event_asking(
        a_question("meal", kind="choice", options=MEALS),
        a_question("cut", position=1, shown_if={"question_id": "meal", "values": ["meat"]}),
        a_question("name", position=2),
        a_question("talk", tier_ids=["speaker"]),
    )
    earlier = {"meal": "meat", "cut": "rare", "name": "Kari", "talk": "Ice"}

    def told(**answers: Any) -> dict[str, Any]:
        when, tiers = AskedAt.LATER, ["pass"]
        return review_answers(catalog, ATTENDEE, answers, tier_ids=tiers, when=when, earlier=earlier).answers

    assert told() == earlier
    assert told(name=None) == {"meal": "meat", "cut": "rare", "talk": "Ice"}
    assert told(meal="vegan") == {"meal": "vegan", "name": "Kari", "talk": "Ice"}


def test_an_answer_is_shown_with_what_was_asked_and_by_the_labels_of_options() -> None:
    catalog = an_event_asking(
        a_question("meals", kind="choices", title="Meals?", options=MEALS, position=3),
        a_question("hotel", kind="yes_no", title="Hotel?"),
    )

    views = answer_views(catalog, ATTENDEE, {"meals": ["vegan", "meat"], "hotel": True, "gone": "x"})
    assert [(view.title, view.text) for view in views] == [("Hotel?", "yes"), ("Meals?", "Vegan, Meat")]


# --- consent ------------------------------------------------------------------------------------------------


def test_a_yes_is_kept_as_consent_with_its_time_and_wording_until_it_is_withdrawn() -> None:
    news = a_question("news", kind="yes_no", consent=True, asked_of="order", title="May we write?")
    catalog = an_event_asking(news, a_question("hotel", kind="yes_no", asked_of="order"))

    def after(earlier: dict[str, Consent], minutes: int, **answers: bool) -> dict[str, Consent]:
        return agreed(earlier, agreements(catalog, ORDER, answers), later(minutes))

    assert after({}, 0, news=False, hotel=True) == {}
    given = after({}, 1, news=True)
    assert given == {"news": Consent(given=True, at=later(1), wording=news.wording)}
    assert after(given, 2, news=True) == given
    withdrawn = after(given, 3)
    assert withdrawn["news"] == Consent(given=False, at=later(3), wording=news.wording)
    assert after(withdrawn, 4, news=True)["news"].at == later(4)


def test_another_text_is_another_wording() -> None:
    one = a_question(kind="yes_no", consent=True, help="Your photo on our page.")
    other = a_question(kind="yes_no", consent=True, help="Your photo anywhere.")

    assert one.wording == a_question(kind="yes_no", consent=True, help="Your photo on our page.").wording
    assert one.wording != other.wording
    assert agreements(an_event_asking(one), ATTENDEE, {}) == {"q": Agreement(False, one.wording)}


# --- on the page --------------------------------------------------------------------------------------------


def test_the_page_shows_what_is_asked_and_names_no_private_tier() -> None:
    catalog = an_event_asking(
        a_question("po", asked_of="order", position=5),
        a_question("both", tier_ids=["pass", "speaker"], position=1),
        a_question("talk", tier_ids=["speaker"]),
        a_question("off", active=False),
    )

    page = event_page(catalog, {}, NOW, str)
    assert [(one.id, one.tier_ids) for one in page.questions] == [("both", ["pass"]), ("po", [])]
    opened = unlock(catalog, ["speaker"], Visitor(), {}, NOW, image_url=str)
    assert [(one.id, one.tier_ids) for one in opened.questions] == [
        ("talk", ["speaker"]),
        ("both", ["pass", "speaker"]),
    ]


# --- with an order ------------------------------------------------------------------------------------------

KARI = {"email": "kari@polar.example", "name": "Kari Nordmann"}


def a_line(*holders: dict[str, Any] | None, quantity: int = 1, tier: str = "pass") -> LineRequest:
    return LineRequest.model_validate({"tier_id": tier, "quantity": quantity, "holders": holders})


def test_an_order_is_told_who_attends_with_one_entry_a_ticket() -> None:
    catalog = an_event_asking(a_question("po", asked_of="order"), a_question("meal"))
    lines = [a_line(KARI | {"answers": {"meal": "Vegan"}}, quantity=2), a_line()]

    told = tell(catalog, lines, {"po": "4711"}, when=AskedAt.PURCHASE, now=NOW)
    assert (told.answers, told.faults) == ({"po": "4711"}, [])
    assert [holder and (holder.name, holder.answers) for holder in told.holders] == [
        ("Kari Nordmann", {"meal": "Vegan"}),
        None,
        None,
    ]
    assert tell(catalog, [a_line(quantity=3)], {}, when=AskedAt.PURCHASE, now=NOW).holders == []


def test_who_is_asked_something_with_the_order_must_be_named_in_it() -> None:
    catalog = an_event_asking(
        a_question("po", asked_of="order", required=True), a_question("meal", required=True)
    )
    lines = [
        a_line(KARI, None, quantity=2),
        a_line(tier="parking"),
        a_line(KARI | {"answers": {"meal": "Fish", "else": "x"}}),
        a_line(KARI | {"answers": {"meal": "Fish"}}, None),
    ]

    told = tell(catalog, lines, {}, when=AskedAt.PURCHASE, now=NOW)
    assert [fault.field for fault in told.faults] == [
        "answers.po",
        "lines[0].holders[0].answers.meal",
        "lines[0].holders",
        "lines[2].holders[0].answers.else",
        "lines[3].holders",
    ]


def test_an_organizer_need_not_answer_but_what_he_answers_is_looked_at() -> None:
    catalog = an_event_asking(a_question("po", asked_of="order", kind="number", required=True))

    assert tell(catalog, [a_line()], {}, when=None, now=NOW).faults == []
    wrong = tell(catalog, [a_line()], {"po": "4711"}, when=None, now=NOW).faults
    assert [fault.field for fault in wrong] == ["answers.po"]


def test_what_is_not_answered_is_named_with_everything_else_that_is_missing() -> None:
    catalog = an_event_asking(a_question("po", asked_of="order", required=True))
    paid = a_tier("paid", a_price("p3", 2_000, INVOICE), address_required=True)
    catalog = Catalog(**{**vars(catalog), "tiers": {**catalog.tiers, "paid": paid}})
    body: dict[str, Any] = {"lines": [a_line(tier="paid")], "buyer": KARI, "payment_method": "invoice"}
    request = PlaceRequest.model_validate(body | {"total": {"amount": 2_000, "currency": "EUR"}})

    with pytest.raises(Invalid) as refused:
        draft_by_buyer(catalog, request, "order-1", Customer(), NOW)
    assert [fault.field for fault in refused.value.faults] == ["billing", "buyer.address", "answers.po"]


def test_an_organizers_order_keeps_the_answers_that_he_gives() -> None:
    catalog = an_event_asking(
        a_question("po", asked_of="order", required=True), a_question("meal", required=True)
    )
    body: dict[str, Any] = {"lines": [a_line(KARI)], "buyer": KARI, "payment_method": "free"}

    def draft(**fields: Any) -> Order:
        request = OrganizerPlaceRequest.model_validate(body | fields)
        return draft_by_organizer(catalog, request, "order-1", NOW).order

    assert draft().answers == {}
    assert [holder and holder.name for holder in draft().holders] == ["Kari Nordmann"]
    assert draft(answers={"po": "4711"}).answers == {"po": "4711"}
    with pytest.raises(Invalid):
        draft(answers={"po": 4711})
