"""How smoothly a plan of 60,000 seats is panned, and that nobody loads the seat map who sees no plan.

A canvas on which nothing is drawn, panned alike in the same browser, says what the machine can do at best.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.e2e.browsers import DESKTOP, in_context
from tests.e2e.clients import Json, Shop, Stack
from tests.e2e.pages.lab import Lab, lab

SECTIONS, ROWS, SEATS = 60, 25, 40
LEAST_SHARE = 0.5
TRIES = 3
STROKES = 4
COUNT = """() => {
  window.frames = []
  const next = (at) => { window.frames.push(at); window.counting = requestAnimationFrame(next) }
  window.counting = requestAnimationFrame(next)
}"""
STOP = """() => { cancelAnimationFrame(window.counting); return window.frames }"""
EMPTY = """<!doctype html><title>An empty canvas</title>
<canvas width="1000" height="480"></canvas><script src="/empty.js"></script>"""
EMPTY_JS = """
const canvas = document.querySelector('canvas')
const pen = canvas.getContext('2d')
let asked = 0
canvas.addEventListener('pointermove', () => {
  asked ||= requestAnimationFrame(() => { asked = 0; pen.clearRect(0, 0, canvas.width, canvas.height) })
})
"""


def arena(tier_id: str) -> Json:
    """Return a map of 60,000 seats: blocks of rows, ten beside each other."""

    def section(number: int) -> Json:
        left, top = number % 10 * (SEATS + 4), number // 10 * (ROWS + 4)
        rows = [
            {
                "id": str(row),
                "label": str(row),
                "category": "all",
                "seats": [
                    {"id": str(seat), "x": left + seat, "y": top + row} for seat in range(1, SEATS + 1)
                ],
            }
            for row in range(1, ROWS + 1)
        ]
        return {"id": f"block{number}", "title": f"Block {number}", "rows": rows}

    return {
        "version": "2026-01-01T00:00:00.000Z",
        "plan": 1,
        "choice": "pick",
        "focus": {"x": 5 * (SEATS + 4), "y": -10},
        "categories": [{"id": "all", "title": "All", "color": "#1f6f8b", "tier_ids": [tier_id]}],
        "zones": [],
        "sections": [section(number) for number in range(SECTIONS)],
    }


@pytest.fixture(scope="module")
def arena_lab(stack: Stack, shop: Shop) -> Iterator[Lab]:
    plain, seated = stack.event_slug, stack.seated_event_slug
    event = shop.event(seated)
    [tier] = [
        tier for category in event["categories"] for tier in category["tiers"] if tier["title"] == "Stalls"
    ]
    tier["seat_choice"] = "pick"
    path = f"/public/events/{seated}"
    house = arena(tier["id"])
    unchanged = {"version": house["version"], "plan": 1, "since": house["version"], "rows": {}}
    answers = {
        path: event,
        f"{path}/seats": house,
        f"{path}/seats/state": unchanged,
        f"/public/events/{plain}": shop.event(plain),
    }
    with lab(answers) as own:
        own.files |= {"/empty.html": EMPTY.encode(), "/empty.js": EMPTY_JS.encode()}
        yield own


def pan(page: Page, canvas: Locator) -> float:
    """Drag a canvas to and fro, and return how many frames a second the page has made meanwhile."""
    box = canvas.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    left, right = box["x"] + box["width"] * 0.2, box["x"] + box["width"] * 0.8
    page.mouse.move(left, middle)
    page.mouse.down()
    page.mouse.move(right, middle, steps=20)
    page.evaluate(COUNT)
    for stroke in range(STROKES):
        page.mouse.move(left if stroke % 2 == 0 else right, middle + 10 * stroke, steps=40)
    frames: list[float] = page.evaluate(STOP)
    page.mouse.up()
    return (len(frames) - 1) / (frames[-1] - frames[0]) * 1000


def smoothest(page: Page, canvas: Locator) -> float:
    """Pan a canvas more than once: whatever else the machine does only takes frames away."""
    return max(pan(page, canvas) for _ in range(TRIES))


def test_sixty_thousand_seats_are_panned_smoothly(browser: Browser, arena_lab: Lab, stack: Stack) -> None:
    with in_context(browser, arena_lab.site_url, DESKTOP) as context:
        page = context.new_page()
        page.goto("/empty.html")
        best = smoothest(page, page.locator("canvas"))

        page.goto(f"/e/{stack.seated_event_slug}")
        canvas = page.get_by_test_id("seat-map-canvas")
        canvas.scroll_into_view_if_needed()
        whole = canvas.screenshot()
        far = smoothest(page, canvas)
        moved = canvas.screenshot()
        for _ in range(6):
            page.get_by_test_id("zoom-in").click()
        page.wait_for_timeout(500)
        enlarged = canvas.screenshot()
        near = smoothest(page, canvas)
    assert len({whole, moved, enlarged}) == 3
    print(f"\nframes a second: empty canvas {best:.0f}, all seats {far:.0f}, seats near {near:.0f}")
    assert min(far, near) >= LEAST_SHARE * best


def test_who_sees_no_plan_loads_no_seat_map(browser: Browser, arena_lab: Lab, stack: Stack) -> None:
    def loaded(slug: str, test_id: str) -> set[str]:
        """Return the scripts that a page loads until it shows something and is at rest."""
        with in_context(browser, arena_lab.site_url, workers=False) as context:
            page = context.new_page()
            scripts: list[str] = []
            page.on("request", lambda request: scripts.append(request.url))
            page.goto(f"/e/{slug}")
            page.get_by_test_id(test_id).first.wait_for()
            page.wait_for_load_state("networkidle")
        return {url for url in scripts if re.search(r"\.js$", url)}

    def holds_the_map(scripts: set[str]) -> bool:
        return any(b"seat-map-canvas" in arena_lab.content_of(url) for url in scripts)

    assert holds_the_map(loaded(stack.seated_event_slug, "seat-map-canvas"))
    assert not holds_the_map(loaded(stack.event_slug, "more"))
