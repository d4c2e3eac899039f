"""Texts of mails over the API: listed, worded by the organizer, tried out, reset, copied with the event."""

from collections.abc import Iterator
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from tests.builders import a_name
from tests.engine.api import FOUNDER
from tests.engine.till import Till, tills

WORDING = {"subject": "Welcome, {name}", "text": "{greeting}\r\n\r\nCome to {event}!\r\n\r\n{link}"}
STRANGER = "stranger@else.example"


@pytest.fixture
def till(table: DynamoTable) -> Iterator[Till]:
    with tills(table) as opens:
        yield opens(language="nb")


def path(till: Till, kind: str = "ticket_assigned", language: str = "de") -> str:
    return f"{till.path}/mail-texts/{kind}/{language}"


def put(till: Till, **wording: str) -> Any:
    return till.api.put(path(till), WORDING | wording, as_=FOUNDER)


def listed(till: Till, **query: str) -> dict[str, Any]:
    answer = till.api.get(f"{till.path}/mail-texts", query=query, as_=FOUNDER)
    assert answer.status == 200, answer.text
    return {text["kind"]: text for text in answer.body["items"]}


def test_all_texts_are_listed_in_the_events_language_or_another(till: Till) -> None:
    assert listed(till)["ticket_assigned"]["subject"] == "Billetten din til {event}"
    german = listed(till, language="de")
    assert german["ticket_assigned"]["subject"] == "Ihr Ticket für {event}"
    assert "lost_links" not in german
    assert till.api.get(f"{till.path}/mail-texts", query={"language": "es"}, as_=FOUNDER).status == 422


def test_a_text_is_worded_anew_and_reset(till: Till) -> None:
    before = till.catalog.event.revision
    answer = put(till)
    assert (answer.status, answer.body["own"], answer.body["changed_by"]) == (200, True, FOUNDER)
    assert answer.body["text"] == "{greeting}\n\nCome to {event}!\n\n{link}"
    assert till.catalog.event.revision == before + 1
    assert till.api.get(path(till), as_=FOUNDER).body == answer.body
    assert listed(till, language="de")["ticket_assigned"]["own"]
    assert not listed(till)["ticket_assigned"]["own"]

    for _ in range(2):
        assert till.api.delete(path(till), as_=FOUNDER).status == 204
    reset = till.api.get(path(till), as_=FOUNDER).body
    assert (reset["own"], reset["text"]) == (False, reset["default"]["text"])


@pytest.mark.parametrize(
    ("wording", "field"),
    [
        ({"text": "Come, {nmae}! {link}"}, "text"),
        ({"text": "Come!"}, "text"),
        ({"subject": "{details}"}, "subject"),
        ({"subject": "two\nlines"}, "subject"),
        ({"subject": ""}, "subject"),
        ({"text": "x" * 4_001}, "text"),
        ({"text": "\x07 {link}"}, "text"),
    ],
)
def test_a_text_that_could_not_be_mailed_is_refused(till: Till, wording: dict[str, str], field: str) -> None:
    answer = put(till, **wording)
    assert answer.status == 422
    assert [fault["field"] for fault in answer.body["errors"]] == [field]
    assert not listed(till, language="de")["ticket_assigned"]["own"]


@pytest.mark.parametrize("where", [("nothing", "de"), ("ticket_assigned", "es"), ("lost_links", "de")])
def test_what_is_no_text_of_an_event_is_refused(till: Till, where: tuple[str, str]) -> None:
    assert till.api.put(path(till, *where), WORDING, as_=FOUNDER).status == 422
    assert till.api.get(path(till, *where), as_=FOUNDER).status == 422


def test_a_text_is_for_the_events_own_managers(till: Till) -> None:
    assert till.api.put(path(till), WORDING, as_=STRANGER).status == 404
    assert till.api.get(path(till), as_=STRANGER).status == 404
    assert till.api.delete(path(till), as_=STRANGER).status == 404
    assert till.api.post(f"{path(till)}/preview", {}, as_=STRANGER).status == 404


def test_a_text_is_tried_out_before_it_is_kept(till: Till) -> None:
    answer = till.api.post(f"{path(till)}/preview", WORDING, as_=FOUNDER)
    assert (answer.status, answer.body["subject"]) == (200, "Welcome, Kari Nordmann")
    assert "Guten Tag Kari Nordmann," in answer.body["text"]
    assert '<html lang="de"' in answer.body["html"]
    assert not listed(till, language="de")["ticket_assigned"]["own"]
    bare = till.api.post(f"{path(till)}/preview", {}, as_=FOUNDER)
    assert bare.body["subject"] == "Ihr Ticket für Northern Lights Conference"
    assert till.api.post(f"{path(till)}/preview", {"text": "no link"}, as_=FOUNDER).status == 422


def test_texts_are_copied_with_their_event(till: Till) -> None:
    put(till)
    request = {"slug": a_name("copy"), "starts_at": "2028-06-03T07:00:00Z"}
    copy = till.api.post(f"{till.path}/copy", request, as_=FOUNDER).body["id"]
    copied = till.path.replace(till.event_id, copy)
    text = till.api.get(f"{copied}/mail-texts/ticket_assigned/de", as_=FOUNDER).body
    assert (text["own"], text["subject"]) == (True, "Welcome, {name}")


def test_an_order_is_explained_in_the_language_of_its_readers_browser(till: Till) -> None:
    order = till.buy()
    read = till.api.get(
        f"/public/orders/{order['id']}", key=order["key"], headers={"Accept-Language": "de-AT,en;q=0.5"}
    )
    assert order["explanation"]["why"] == "The tickets are held while the card payment is open."
    assert read.body["explanation"]["why"].startswith("Die Tickets sind reserviert")
