"""An organizer's account over HTTP: who gets in by which token, and what is kept of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.e2e.clients import Json, Organizer, Stack, new_address, signed_in, wait_for


@contextmanager
def by_key(stack: Stack, secret: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=stack.api_url, headers=headers, timeout=30) as http:
        yield http


def key(organizer: Organizer, **fields: object) -> Json:
    made = organizer.send("POST", "/api-keys", {"label": "Tests", "role": "manager"} | fields)
    assert made.status_code == 201, made.text
    return dict(made.json())


def test_a_key_opens_the_organizers_routes_until_it_is_revoked(stack: Stack, organizer: Organizer) -> None:
    made = key(organizer)
    with by_key(stack, made["secret"]) as http:
        assert http.get(f"{organizer.path}/events").status_code == 200
        assert http.get("/me/tickets").status_code == 401
        assert http.get(f"{organizer.path}/members").status_code == 403
        assert organizer.send("DELETE", f"/api-keys/{made['id']}").status_code == 204
        refused = http.get(f"{organizer.path}/events")
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")


def test_a_key_of_one_event_finds_no_other(stack: Stack, organizer: Organizer, event: Json) -> None:
    other = organizer.publish_event()
    with by_key(stack, key(organizer, event_ids=[event["id"]])["secret"]) as http:
        assert http.get(f"{organizer.path}/events/{event['id']}").status_code == 200
        assert http.get(f"{organizer.path}/events/{other['id']}").status_code == 404


@pytest.mark.parametrize(
    "sent", ["Bearer admit_nobody_0", "Bearer x.y.z", "Bearer", "Basic YTpi", "nonsense", "Bearer <b>"]
)
def test_what_is_no_token_is_refused_by_the_api(stack: Stack, organizer: Organizer, sent: str) -> None:
    path = f"{stack.api_url}{organizer.path}/events"
    answer = httpx.get(path, headers={"Authorization": sent}, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_a_new_member_works_at_once_and_who_was_taken_off_does_not(
    stack: Stack, organizer: Organizer
) -> None:
    email = new_address("member")
    with signed_in(stack, email) as http:
        assert http.get(f"{organizer.path}/events").status_code == 404
        assert organizer.send("PUT", f"/members/{email}", {"role": "door"}).status_code == 200
        assert http.get(f"{organizer.path}/events").status_code == 200
        assert http.get(f"{organizer.path}/companies").status_code == 403
        assert organizer.send("DELETE", f"/members/{email}").status_code == 204
        assert http.get(f"{organizer.path}/events").status_code == 404


def test_the_log_tells_who_has_changed_and_removed_what(organizer: Organizer, event: Json) -> None:
    title = f"Early {time.time_ns()}"
    discount = organizer.add(event, "discounts", {"title": title, "percent": "10"})
    organizer.change(event, f"discounts/{discount['id']}", {"percent": "20"})
    organizer.send("DELETE", f"/events/{event['id']}/discounts/{discount['id']}")

    def look() -> list[Json] | None:
        log = organizer.send("GET", f"/log?event={event['id']}&limit=100").json()["items"]
        told = [one for one in log if one["subject"] == title]
        return told if len(told) == 3 else None

    removed, changed, added = wait_for("the log", look)
    assert [one["what"] for one in (added, changed, removed)] == [
        "discount.added",
        "discount.changed",
        "discount.removed",
    ]
    assert changed["fields"] == ["percent"]
    assert added["actor"] == changed["actor"] == removed["actor"] is not None


def test_a_saved_view_is_found_again(organizer: Organizer, event: Json) -> None:
    body = {"label": "Unpaid", "query": "payment_status=unpaid", "event_id": event["id"]}
    view = organizer.send("POST", "/views", body).json()
    listed = organizer.send("GET", f"/views?event={event['id']}").json()["items"]
    assert view in listed
    assert organizer.send("DELETE", f"/views/{view['id']}").status_code == 204
