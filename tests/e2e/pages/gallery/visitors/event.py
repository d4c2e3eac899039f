"""The page of an event, and its seats."""

import re
from collections.abc import Iterator

from playwright.sync_api import expect

from local.seed import DISCOUNT_CODE
from tests.e2e.clients import Json, new_address
from tests.e2e.pages.gallery.scene import ORDERS, Scene, moment, picture, state
from tests.e2e.pages.steps import choose, fill_in_buyer, give_code, place, tier_card

EVENT = r"/public/events/[^/?]+(\?.*)?$"


def _tiers(event: Json) -> Iterator[Json]:
    for category in event["categories"]:
        yield from category["tiers"]


@state()
def start(scene: Scene) -> None:
    scene.open("/")
    scene.see("event-address")


@state()
def event_open(scene: Scene) -> None:
    scene.open(scene.world.event_path)
    scene.see("event-title", "tier")


@state()
def event_rich(scene: Scene) -> None:
    """Pictures, long texts, and every way in which a tier may be for sale or not."""

    def enrich(event: Json) -> None:
        address = f"{scene.world.stack.api_url}/public/images/{event['id']}"
        event["images"] = [f"{address}/hero"]
        event["description"] = "\n\n".join([event["description"]] + [LONG] * 4)
        free, conference, workshop, community, *others = list(_tiers(event))
        conference |= {"description": LONG, "photos": [f"{address}/pass"], "available": 12}
        conference["prices"][0] |= {"min": 2}
        workshop |= {"state": "not_yet", "sale_starts_at": moment(days=3)}
        community |= {"description": LONG, "ticket_limit_per": 2}
        free |= {"state": "ended", "sale_ends_at": moment(days=-1)}
        for other in others:
            other["description"] = LONG

    image = picture()
    scene.change(EVENT, enrich)
    scene.page.route(
        re.compile(r"/public/images/"),
        lambda route: route.fulfill(body=image, content_type="image/jpeg"),
    )
    event_open(scene)


LONG = (
    "Meals are vegetarian and made on the spot. The hall has a loop for hearing aids, its doors are wide, "
    "and there is a quiet room on the second floor. Coats and bags are kept for nothing at the entrance."
)


@state()
def event_chosen(scene: Scene) -> None:
    event_open(scene)
    choose(scene.page, "Conference pass", 2)
    choose(scene.page, "Printed proceedings")
    expect(scene.at("total")).to_have_attribute("data-pending", "false")


@state("status of 4")
def event_code_unknown(scene: Scene) -> None:
    event_open(scene)
    give_code(scene.page, "NOTHING")
    expect(scene.page.locator('[data-testid="code-input"][aria-invalid="true"]')).to_be_visible()


@state()
def event_discount(scene: Scene) -> None:
    event_open(scene)
    choose(scene.page, "Workshop seat")
    give_code(scene.page, DISCOUNT_CODE)
    scene.see("discount")


@state()
def event_locked(scene: Scene) -> None:
    def lock(event: Json) -> None:
        for number, tier in enumerate(_tiers(event)):
            tier |= {"state": "locked", "limited": number % 2 == 1}

    scene.change(EVENT, lock)
    event_open(scene)


def _sell_out(event: Json) -> None:
    for tier in _tiers(event):
        tier |= {"state": "sold_out", "available": 0, "waiting_list": True}


@state()
def event_sold_out(scene: Scene) -> None:
    scene.change(EVENT, _sell_out)
    event_open(scene)


@state()
def event_waiting_form(scene: Scene) -> None:
    event_sold_out(scene)
    scene.at("join-waiting-list").click()
    scene.see("wait-form")


@state()
def event_waiting_joined(scene: Scene) -> None:
    event_open(scene)
    tour = tier_card(scene.page, "Harbour tour")
    tour.get_by_test_id("join-waiting-list").click()
    tour.get_by_test_id("wait-name").fill("Ada Lovelace")
    tour.get_by_test_id("wait-email").fill(new_address())
    tour.get_by_test_id("wait-submit").click()
    expect(tour.get_by_test_id("waiting-link")).to_be_visible()


@state()
def event_closed(scene: Scene) -> None:
    scene.change(EVENT, lambda event: event.update(status="closed"))
    scene.open(scene.world.event_path)
    scene.see("event-closed")


@state()
def event_cancelled(scene: Scene) -> None:
    scene.change(EVENT, lambda event: event.update(status="cancelled"))
    scene.open(scene.world.event_path)
    scene.see("event-closed")


@state()
def event_empty(scene: Scene) -> None:
    scene.change(EVENT, lambda event: event.update(categories=[]))
    scene.open(scene.world.event_path)
    scene.see("no-tiers")


@state()
def event_loading(scene: Scene) -> None:
    scene.hang(EVENT)
    scene.open(scene.world.event_path)
    scene.see("loading")


@state("status of 500")
def event_failure(scene: Scene) -> None:
    scene.refuse(EVENT, 500, "internal")
    scene.open(scene.world.event_path)
    scene.see("failure")


@state()
def event_unknown(scene: Scene) -> None:
    scene.open("/e/no-such-event")
    scene.see("failure")


def _seated(scene: Scene) -> None:
    scene.open(scene.world.seated_path)
    scene.see("seat-map", "tier")


@state()
def event_seated(scene: Scene) -> None:
    _seated(scene)


@state()
def event_seats_chosen(scene: Scene) -> None:
    _seated(scene)
    scene.at("find-best").click()
    scene.see("chosen-seats")
    expect(scene.at("total")).to_have_attribute("data-pending", "false")


@state()
def event_seats_near(scene: Scene) -> None:
    event_seats_full_screen(scene)
    for _ in range(4):
        scene.at("seat-map-full").get_by_test_id("zoom-in").click()


@state()
def event_seats_full_screen(scene: Scene) -> None:
    _seated(scene)
    scene.at("seat-map-enlarge").click()
    scene.see("seat-map-full")


@state()
def event_seats_as_list(scene: Scene) -> None:
    _seated(scene)
    scene.at("show-list").click()
    scene.at("list-section").click()
    scene.at("list-row").click()
    scene.see("list-seat")


@state("status of 409")
def event_seat_taken(scene: Scene) -> None:
    """Another buyer was faster."""
    event_seats_chosen(scene)
    fill_in_buyer(scene.page)
    scene.refuse(ORDERS, 409, "seat_taken", "lines.0.seats.0")
    place(scene.page)
    scene.see("problem")
