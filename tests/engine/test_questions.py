"""Questions in an event's catalog, and their answers with orders."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.copy import CopyRequest, copy_event
from admit.catalog.edit_question import create_question, edit_question, remove_question
from admit.catalog.edit_tier import remove_tier
from admit.catalog.question import Question, QuestionPatch, QuestionSettings
from admit.catalog.reorder import QuestionOrder, reorder_questions
from admit.errors import IdempotencyConflict, InUse, Invalid, WrongState
from admit.orders.answer import AnswersRequest, answer_later
from admit.orders.order import Order, OrderStatus, load_order
from admit.orders.price import LineRequest
from admit.orders.release import release
from admit.orders.waiting import WaitRequest, join, offer_round
from admit.stock.stock import left_in
from admit.tickets.ticket import tickets_from
from tests.builders import NOW, a_draft, a_name, an_event, an_order, default_tier, later, other_tier
from tests.engine.api import FOUNDER, Answer, Api
from tests.engine.setting_up import SOLD, a_new_tier, fields, now_of, sell

type Json = dict[str, Any]

MEALS = [{"id": "meat", "label": "Meat"}, {"id": "vegan", "label": "Vegan"}]
FREE = {"amount": 0, "currency": "EUR"}
KARI = {"email": "kari@polar.example", "name": "Kari Nordmann"}


def ask(table: DynamoTable, catalog: Catalog, question_id: str | None = None, **settings: Any) -> Question:
    body = {"title": "Which meal?", "kind": "text", "asked_of": "order"} | settings
    return create_question(
        table,
        now_of(table, catalog),
        QuestionSettings.model_validate(body),
        question_id=question_id or a_name("question"),
        new_id=lambda: a_name("option"),
    )


def change(table: DynamoTable, catalog: Catalog, question: Question, **patch: Any) -> Question:
    return edit_question(
        table,
        now_of(table, catalog),
        question.id,
        QuestionPatch.model_validate(patch),
        new_id=lambda: a_name("option"),
    )


def reorder(table: DynamoTable, catalog: Catalog, *questions: Question) -> list[str]:
    order = QuestionOrder(questions=[question.id for question in questions])
    after = reorder_questions(table, now_of(table, catalog), order)
    assert after.questions == now_of(table, catalog).questions
    return [one.id for one in sorted(after.questions.values(), key=lambda one: one.place)]


def answer(table: DynamoTable, catalog: Catalog, order: Order, answers: Json, minutes: int = 0) -> Order:
    request = AnswersRequest(answers=answers)
    return answer_later(table, now_of(table, catalog), order, request, now=later(minutes))


# --- in the catalog -----------------------------------------------------------------------------------------


def test_a_question_is_added_behind_the_others_once_and_changed_as_far_as_it_may(table: DynamoTable) -> None:
    draft = a_draft(table)
    first = ask(table, draft, "meal", kind="choice", options=[*MEALS, {"label": "Fish"}])
    second = ask(table, draft)

    assert (first.position, second.position) == (0, 1)
    assert ask(table, draft, "meal", kind="choice", options=[*MEALS, {"label": "Fish"}]) == first
    with pytest.raises(IdempotencyConflict):
        ask(table, draft, "meal")
    fish = first.options[2].model_dump()
    changed = change(table, draft, first, title="Meal?", required=True, options=[fish, *MEALS])
    assert [option.id for option in changed.options] == [fish["id"], "meat", "vegan"]
    assert now_of(table, draft).questions == {"meal": changed, second.id: second}
    with pytest.raises(Invalid) as refused:
        change(table, draft, second, options=MEALS, tier_ids=["nothing"])
    assert fields(refused) == [""]
    with pytest.raises(Invalid) as refused:
        change(table, draft, second, tier_ids=["nothing"], shown_if={"question_id": "x", "values": [True]})
    assert fields(refused) == ["tier_ids[0]", "shown_if.question_id"]


def test_what_another_question_depends_on_stays_as_that_one_needs_it(table: DynamoTable) -> None:
    draft = a_draft(table)
    meal = ask(table, draft, kind="choice", options=MEALS)
    cut = ask(table, draft, shown_if={"question_id": meal.id, "values": ["meat"]})
    other = ask(table, draft)

    for patch, field in (
        ({"position": 5}, "position"),
        ({"asked_at": "later"}, "asked_at"),
        ({"options": [{"id": "vegan", "label": "Vegan"}]}, "options"),
    ):
        with pytest.raises(Invalid) as refused:
            change(table, draft, meal, **patch)
        assert fields(refused) == [field]
    with pytest.raises(Invalid) as refused:
        reorder(table, draft, cut, meal)
    assert fields(refused) == ["questions"]
    with pytest.raises(InUse):
        remove_question(table, now_of(table, draft), meal.id)
    assert reorder(table, draft, other, meal, cut) == [other.id, meal.id, cut.id]
    change(table, draft, cut, shown_if=None)
    remove_question(table, now_of(table, draft), meal.id)
    assert now_of(table, draft).questions.keys() == {cut.id, other.id}


def test_a_condition_is_decided_anew_when_what_it_names_has_gone_meanwhile(table: DynamoTable) -> None:
    draft = a_draft(table)
    meal = ask(table, draft, kind="yes_no")
    seen = now_of(table, draft)
    remove_question(table, seen, meal.id)

    settings = {"title": "Cut?", "kind": "text", "asked_of": "order"}
    condition = {"question_id": meal.id, "values": [True]}
    with pytest.raises(Invalid) as refused:
        create_question(
            table,
            seen,
            QuestionSettings.model_validate(settings | {"shown_if": condition}),
            question_id="cut",
            new_id=lambda: a_name("option"),
        )
    assert fields(refused) == ["shown_if.question_id"]


def test_on_sale_nothing_goes_that_may_have_been_answered_or_agreed_to(table: DynamoTable) -> None:
    catalog = an_event(table)
    meal = ask(table, catalog, kind="choice", options=MEALS)
    terms = ask(table, catalog, kind="yes_no", consent=True, title="I agree.", help="To all.")

    with pytest.raises(InUse):
        remove_question(table, now_of(table, catalog), meal.id)
    with pytest.raises(Invalid) as refused:
        change(table, catalog, meal, options=MEALS[:1])
    assert fields(refused) == ["options"]
    with pytest.raises(Invalid) as refused:
        change(table, catalog, terms, title="I agree!", help="To more.")
    assert fields(refused) == ["title", "help"]
    retired = change(table, catalog, meal, options=[MEALS[0], MEALS[1] | {"active": False}], active=False)
    assert [option.active for option in retired.options] == [True, False]
    assert change(table, catalog, terms, required=True).wording == terms.wording


def test_a_tier_that_a_question_names_is_not_removed(table: DynamoTable) -> None:
    draft = a_draft(table)
    tier_id = a_new_tier(table, draft)
    question = ask(table, draft, tier_ids=[tier_id])

    with pytest.raises(InUse):
        remove_tier(table, now_of(table, draft), tier_id)
    change(table, draft, question, tier_ids=[])
    remove_tier(table, now_of(table, draft), tier_id)


def test_a_copy_of_an_event_asks_the_same_of_its_own_tiers(table: DynamoTable) -> None:
    original = an_event(table, SOLD)
    meal = ask(table, original, kind="choice", options=MEALS, tier_ids=[other_tier(original)])
    ask(table, original, title="Cut?", shown_if={"question_id": meal.id, "values": ["meat"]})

    body = {"slug": a_name("copy"), "starts_at": original.event.starts_at + timedelta(days=364)}
    copy = copy_event(
        table,
        now_of(table, original),
        CopyRequest.model_validate(body),
        event_id=a_name("event"),
        public_key="ab",
        now=NOW,
    )

    first, second = sorted(copy.questions.values(), key=lambda question: question.place)
    assert (first.event_id, first.tier_ids, first.options) == (
        copy.event.id,
        [other_tier(copy)],
        meal.options,
    )
    assert first.id != meal.id
    assert second.shown_if is not None
    assert (second.title, second.shown_if.question_id) == ("Cut?", first.id)
    assert load_catalog(table, copy.event.id) == copy


# --- with orders --------------------------------------------------------------------------------------------


def test_an_order_keeps_its_answers_its_consents_and_those_of_who_attends(table: DynamoTable) -> None:
    catalog = an_event(table)
    po = ask(table, catalog, required=True)
    news = ask(table, catalog, kind="yes_no", consent=True)
    meal = ask(table, catalog, asked_of="attendee", kind="choices", options=MEALS, required=True)
    catalog = now_of(table, catalog)
    details = KARI | {"answers": {meal.id: ["vegan"]}}

    def line(*holders: Json) -> list[LineRequest]:
        settings = {"tier_id": default_tier(catalog), "quantity": 1, "holders": holders}
        return [LineRequest.model_validate(settings)]

    with pytest.raises(Invalid) as refused:
        an_order(table, catalog, lines=line(KARI))
    assert fields(refused) == [f"answers.{po.id}", f"lines[0].holders[0].answers.{meal.id}"]
    placed = an_order(table, catalog, lines=line(details), answers={po.id: " 4711 ", news.id: True})

    order = load_order(table, placed.id)
    assert order == placed
    assert order.answers == {po.id: "4711", news.id: True}
    consent = order.consents[news.id]
    assert (consent.given, consent.at, consent.wording) == (True, NOW, news.wording)
    [holder] = order.holders
    assert holder is not None
    assert (holder.holder.model_dump(exclude_none=True), holder.answers) == (KARI, {meal.id: ["vegan"]})
    assert [ticket.holder for ticket in tickets_from(order)] == [holder.holder]


def test_what_is_asked_later_is_answered_until_the_event_ends(table: DynamoTable) -> None:
    catalog = an_event(table)
    po = ask(table, catalog)
    hotel = ask(table, catalog, kind="yes_no", asked_at="later", required=True, consent=True)
    nights = ask(
        table,
        catalog,
        kind="number",
        asked_at="later",
        shown_if={"question_id": hotel.id, "values": [True]},
    )
    order = an_order(table, now_of(table, catalog), answers={po.id: "4711"})
    over = int((catalog.event.ends_at - NOW) / timedelta(minutes=1))

    with pytest.raises(Invalid) as refused:
        answer(table, catalog, order, {po.id: "4712", nights.id: "two"})
    assert fields(refused) == [f"answers.{hotel.id}", f"answers.{po.id}"]
    answered = answer(table, catalog, order, {hotel.id: True, nights.id: 2}, 1)
    assert answered.answers == {po.id: "4711", hotel.id: True, nights.id: 2}
    assert answered.consents[hotel.id].at == later(1)
    assert answer(table, catalog, order, {hotel.id: True}, 2) == answered == load_order(table, order.id)
    last = answer(table, catalog, answered, {nights.id: None, po.id: "4711"}, over - 1)
    assert last.answers == {po.id: "4711", hotel.id: True}
    with pytest.raises(WrongState):
        answer(table, catalog, last, {nights.id: 3}, over)


def test_a_question_that_came_after_the_order_may_still_be_answered(table: DynamoTable) -> None:
    catalog = an_event(table)
    order = an_order(table, catalog)
    po = ask(table, catalog, required=True)

    answered = answer(table, catalog, order, {po.id: "4711"})
    assert answered.answers == {po.id: "4711"}
    with pytest.raises(Invalid):
        answer(table, catalog, answered, {po.id: None})


def test_answers_that_were_read_before_another_change_of_the_order_join_it(table: DynamoTable) -> None:
    catalog = an_event(table)
    one, two = (ask(table, catalog, asked_at="later") for _ in range(2))
    order = an_order(table, now_of(table, catalog))
    answer(table, catalog, order, {one.id: "1"})

    assert answer(table, catalog, order, {two.id: "2"}).answers == {one.id: "1", two.id: "2"}


def test_an_order_that_has_ended_is_asked_nothing(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    question = ask(table, catalog, asked_at="later")
    order = sell(table, catalog, other_tier(catalog))
    release(table, order, OrderStatus.EXPIRED, actor="system", what="expired", now=NOW)

    with pytest.raises(WrongState):
        answer(table, catalog, order, {question.id: "x"})


# --- over HTTP ----------------------------------------------------------------------------------------------


def faults(refused: Answer) -> Sequence[str]:
    assert (refused.status, refused.code) == (422, "invalid_input")
    return [fault["field"] for fault in refused.body["errors"]]


def test_an_organizer_sets_questions_up_and_the_page_shows_them_in_their_order(api: Api) -> None:
    organizer_id = api.post("/organizer", {"name": "Northern Lights"}, as_=FOUNDER).body["id"]
    times = {"starts_at": "2027-06-03T07:00:00Z", "ends_at": "2027-06-04T15:00:00Z"}
    event = {"title": "Asking", "timezone": "Europe/Oslo", "currency": "EUR", "slug": a_name("asking")}
    made = api.post(f"/organizer/{organizer_id}/events", event | times, as_=FOUNDER).body
    path = f"/organizer/{organizer_id}/events/{made['id']}"
    po = {"title": "Purchase order?", "kind": "text", "asked_of": "order"}
    meal = {"title": "Meal?", "kind": "choice", "asked_of": "attendee", "options": MEALS, "required": True}

    added = [
        api.post(f"{path}/questions", body, as_=FOUNDER, idempotency_key=title)
        for title, body in (("po", po), ("po", po), ("meal", meal))
    ]
    assert [answer.status for answer in added] == [201] * 3
    first, again, second = (answer.body["id"] for answer in added)
    assert first == again
    assert faults(api.post(f"{path}/questions", meal | {"options": []}, as_=FOUNDER)) == ["body"]
    assert faults(api.patch(f"{path}/questions/{first}", {"kind": "email"}, as_=FOUNDER)) == ["kind"]
    listed = api.post(f"{path}/questions/reorder", {"questions": [second, first]}, as_=FOUNDER).body
    assert listed == api.get(f"{path}/questions", as_=FOUNDER).body
    assert [one["id"] for one in listed["items"]] == [second, first]
    assert api.patch(f"{path}/questions/{first}", {"required": True}, as_=FOUNDER).body["required"] is True
    assert api.get(f"{path}/questions/{second}", as_=FOUNDER).body["options"] == [
        option | {"active": True} for option in MEALS
    ]

    api.post(f"{path}/publish", as_=FOUNDER)
    page = api.get(f"/public/events/{made['slug']}").body
    assert [(one["id"], one["asked_of"]) for one in page["questions"]] == [
        (second, "attendee"),
        (first, "order"),
    ]
    assert api.delete(f"{path}/questions/{first}", as_=FOUNDER).code == "in_use"


def test_a_buyer_answers_with_the_order_and_later_and_sees_what_is_open(api: Api, table: DynamoTable) -> None:
    catalog = an_event(table)
    po = ask(table, catalog, title="Purchase order?", required=True)
    hotel = ask(table, catalog, title="Hotel?", kind="yes_no", asked_at="later", required=True)
    orders = f"/public/events/{catalog.event.slug}/orders"
    body = {
        "lines": [{"tier_id": default_tier(catalog), "quantity": 1, "holders": [None]}],
        "buyer": KARI,
        "payment_method": "free",
        "total": FREE,
    }
    key = a_name("key")

    assert faults(api.post(orders, body, idempotency_key=key)) == [f"answers.{po.id}"]
    wrong = body | {"answers": {po.id: 1.5}}
    assert faults(api.post(orders, wrong, idempotency_key=key)) == [f"answers.{po.id}"]
    right = body | {"answers": {po.id: "4711"}}
    placed = api.post(orders, right, idempotency_key=key)
    assert placed.status == 201, placed.text
    assert api.post(orders, right, idempotency_key=key).body["id"] == placed.body["id"]
    other = body | {"answers": {po.id: "4712"}}
    assert api.post(orders, other, idempotency_key=key).code == "idempotency_conflict"

    view = placed.body
    assert [(one["title"], one["text"]) for one in view["answers"]] == [("Purchase order?", "4711")]
    assert [one["id"] for one in view["open_questions"]] == view["unanswered"] == [hotel.id]
    address = f"/public/orders/{view['id']}/answers"
    assert api.put(address, {"answers": {hotel.id: True}}).status == 401
    answered = api.put(address, {"answers": {hotel.id: True}}, key=view["key"])
    assert answered.status == 200, answered.text
    assert [one["text"] for one in answered.body["answers"]] == ["4711", "yes"]
    assert answered.body["unanswered"] == []
    assert [one["id"] for one in answered.body["open_questions"]] == [hotel.id]
    api.now = catalog.event.ends_at
    assert api.get(f"/public/orders/{view['id']}", key=view["key"]).body["open_questions"] == []
    assert api.put(address, {"answers": {hotel.id: False}}, key=view["key"]).code == "wrong_state"


def test_who_accepts_an_offer_answers_as_buyers_do(api: Api, table: DynamoTable) -> None:
    catalog = an_event(table, {"title": "Scarce", "ticket_limit": 1})
    scarce = other_tier(catalog)
    po = ask(table, catalog, required=True)
    held = sell(table, catalog, scarce)
    request = WaitRequest(email="ola@polar.example", name="Ola", quantity=1, tier_ids=[scarce])
    left = left_in(table, catalog.limits())
    entry = join(table, now_of(table, catalog), request, a_name("key"), left=left, now=NOW)
    release(table, held, OrderStatus.EXPIRED, actor="system", what="expired", now=NOW)
    assert offer_round(table, now_of(table, catalog), NOW, Random(1)) == 1
    place = f"/public/events/{catalog.event.slug}/waiting-list/{entry.id}"
    key = api.links.waiting_key(entry.id, 1)
    body = {"payment_method": "card", "total": api.get(place, key=key).body["offer"]["quote"]["total"]}
    body |= {"holders": [KARI]}

    assert faults(api.post(f"{place}/accept", body, key=key)) == [f"answers.{po.id}"]
    accepted = api.post(f"{place}/accept", body | {"answers": {po.id: "4711"}}, key=key)
    assert accepted.status == 201, accepted.text
    order = load_order(table, accepted.body["id"])
    assert order.answers == {po.id: "4711"}
    assert [holder and holder.name for holder in order.holders] == ["Kari Nordmann"]
