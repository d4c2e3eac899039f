"""What the pages need that mails link to: of which event they are, and what is asked there."""

from collections.abc import Iterator
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from tests.engine.api import FOUNDER
from tests.engine.hands import KARI, a_holder, bought, given, opened_free
from tests.engine.till import Json, Till, tills


@pytest.fixture
def till(table: DynamoTable) -> Iterator[Till]:
    with tills(table) as opens:
        yield opened_free(opens)


def asked(till: Till, **question: Any) -> str:
    """Let the event ask who attends something; return the id of the question."""
    body = {"title": "What do you eat?", "kind": "text", "asked_of": "attendee", **question}
    answer = till.api.post(f"{till.path}/questions", body, as_=FOUNDER)
    assert answer.status == 201, answer.text
    return str(answer.body["id"])


def page(till: Till, url: str, path: str) -> Json:
    """Read what a page shows whose address carries its key."""
    answer = till.api.get(path, key=url.partition("#key=")[2])
    assert answer.status == 200, answer.text
    return dict(answer.body)


def test_the_page_of_a_claim_link_names_its_event_and_asks_its_questions(till: Till) -> None:
    question = asked(till, asked_at="assignment", required=True)
    order = bought(till)
    body = {"tickets": [f"{order['id']}-1"]}
    link = till.api.post(f"/public/orders/{order['id']}/claim-links", body, key=order["key"]).body
    path, key = f"/public/claims/{link['id']}", link["url"].partition("#key=")[2]

    shown = page(till, link["url"], path)
    silent = till.api.post(path, a_holder(), key=key)
    answered = till.api.post(path, a_holder(answers={question: "Rice"}), key=key)

    assert shown["event"]["id"] == till.event_id
    assert [one["id"] for one in shown["questions"]] == [question]
    assert [fault["field"] for fault in silent.body["errors"]] == [f"answers.{question}"]
    assert answered.status == 201, answered.text


def test_the_page_of_an_offer_names_its_event(till: Till) -> None:
    order = bought(till)
    asking = {"email": "eva@else.example"}
    offer = till.api.post(f"/me/tickets/{order['id']}-1/transfer", asking, as_=KARI).body

    assert offer["event"]["id"] == till.event_id


def test_a_ticket_and_its_order_say_what_who_attends_is_asked(till: Till) -> None:
    question = asked(till, asked_at="later")
    order = bought(till)
    ticket = given(till, order)

    shown = page(till, ticket["url"], f"/public/tickets/{ticket['id']}")
    seen = till.seen(order)

    assert [one["id"] for one in shown["questions"]] == [question]
    assert [one["id"] for one in seen["holder_questions"][ticket["tier_id"]]] == [question]


def test_a_holder_is_told_at_its_field_what_is_wrong_with_his_answer(till: Till) -> None:
    question = asked(till, asked_at="later", kind="number")
    ticket = given(till, bought(till))
    path, key = f"/public/tickets/{ticket['id']}/person", ticket["url"].partition("#key=")[2]

    wrong = till.api.put(path, {"answers": {question: "many"}}, key=key)
    right = till.api.put(path, {"name": "Ola N.", "answers": {question: 2}}, key=key)

    assert [fault["field"] for fault in wrong.body["errors"]] == [f"answers.{question}"]
    assert (right.status, right.body["holder"]["name"]) == (200, "Ola N.")
