"""What those read of an event's page who run no scripts, and what a browser makes of the same document."""

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from playwright.sync_api import Request, expect, sync_playwright

from tests.e2e.clients import Json, Organizer, Stack, wait_for

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def site(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.site_url, timeout=60) as site:
        yield site


def metas(html: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)" />', html)
    return {name: unescape(content) for name, content in found}


def data_in(html: str) -> Any:
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return json.loads(data)


def executed(html: str) -> list[tuple[str, str]]:
    """Return the attributes and the insides of the scripts that a browser runs."""
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL)
    return [one for one in scripts if "application/ld+json" not in one[0]]


def test_a_preview_reads_the_event_without_running_a_script(
    site: httpx.Client, organizer: Organizer, stack: Stack
) -> None:
    event = organizer.publish_event(title="Fish & <b>Chips</b>", description="At the quay.")
    answer = site.get(f"/e/{event['slug']}")
    told = metas(answer.text)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"].startswith("public, max-age=60")
    assert "<title>Fish &amp; &lt;b&gt;Chips&lt;/b&gt;</title>" in answer.text
    assert told["og:title"] == "Fish & <b>Chips</b>"
    assert told["og:description"].endswith("At the quay.")
    assert told["og:url"] == f"{stack.site_url}/e/{event['slug']}"
    assert "robots" not in told
    offers = {offer["name"]: offer["price"] for offer in data_in(answer.text)["offers"]}
    assert offers == {"Free ticket": "0.00", "Regular": "49.00", "Workshop": "19.00"}


def test_a_document_that_is_known_is_not_sent_again(site: httpx.Client, event: Json) -> None:
    address = f"/e/{event['slug']}"
    tag = site.get(address).headers["etag"]
    assert site.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert site.head(address).headers["etag"] == tag


def test_a_private_tier_stands_in_no_document(site: httpx.Client, organizer: Organizer) -> None:
    event = organizer.publish_event({"title": "Friends of the house", "private": True})
    assert "Friends of the house" not in site.get(f"/e/{event['slug']}").text


def test_a_cancelled_event_is_told_as_cancelled(site: httpx.Client, organizer: Organizer) -> None:
    event = organizer.publish_event()
    organizer.add(event, "cancel")

    def status() -> bool | None:
        told = data_in(site.get(f"/e/{event['slug']}").text)["eventStatus"]
        return told == "https://schema.org/EventCancelled" or None

    wait_for("the cancelled event", status)


def test_an_event_that_is_not_there_is_answered_404_with_a_page_that_says_so(site: httpx.Client) -> None:
    answer = site.get("/e/no-such-event")
    assert answer.status_code == 404
    assert metas(answer.text)["robots"] == "noindex"
    assert executed(answer.text)


@pytest.mark.parametrize("address", ["/", "/orders/x", "/tickets/x", "/my", "/e/some-event/waiting/x"])
def test_what_is_somebody_s_own_is_not_to_be_found(site: httpx.Client, address: str) -> None:
    answer = site.get(address)
    assert answer.status_code == 200
    assert metas(answer.text)["robots"] == "noindex"


@pytest.mark.parametrize("address", ["/", "/orders/x", "/e/{slug}"])
def test_no_page_has_a_script_inside_and_each_comes_with_the_content_policy(
    site: httpx.Client, event: Json, address: str
) -> None:
    answer = site.get(address.format(slug=event["slug"]))
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    scripts = executed(answer.text)
    assert scripts
    assert [inside for attributes, inside in scripts if inside or ' src="/_app/' not in attributes] == []


def test_the_page_takes_the_data_that_its_document_has_asked_for(stack: Stack, event: Json) -> None:
    asked: list[str] = []
    complaints: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith(f"/public/events/{event['slug']}"):
            asked.append(request.url)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(base_url=stack.site_url, locale="de-DE")
        page.on("request", note)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(f"/e/{event['slug']}")
        expect(page.get_by_test_id("tier").first).to_be_visible(timeout=60_000)
        expect(page).to_have_title(event["title"])
        browser.close()
    assert asked == [f"{stack.api_url}/public/events/{event['slug']}"]
    assert complaints == []
