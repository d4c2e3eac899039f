"""A phone at a door: paired, scanning by camera and hardware scanner, with and without a network."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browsers import PHONE, launched, opened
from tests.e2e.clients import Json, Organizer, Shop, wait_for
from tests.e2e.pages.steps import be_patient

OFFLINE_SCANS = 50
WIDTH, HEIGHT = 640, 480
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# What a browser says of requests that were meant to find nobody, or to be refused.
MEANT = ("net::ERR_", "status of 401", "status of 403", "status of 409")


@pytest.fixture
def phone(browser: Browser, site_url: str) -> Iterator[Page]:
    """A phone without a camera, for which the network may go away."""
    with opened(browser, site_url, PHONE, but=MEANT) as page:
        be_patient(page)
        yield page


@pytest.fixture
def other_phone(browser: Browser, site_url: str) -> Iterator[Page]:
    with opened(browser, site_url, PHONE, but=MEANT) as page:
        be_patient(page)
        yield page


class Sight(NamedTuple):
    """What is before the camera of a phone: a film of one frame, read again and again."""

    film: Path

    def hold(self, code: str | None) -> None:
        """Hold a QR code before it, or nothing."""
        room = Image.new("L", (WIDTH, HEIGHT), 205)
        if code is not None:
            side = min(WIDTH, HEIGHT) - 80
            shown = drawn(code).resize((side, side), Image.Resampling.NEAREST)
            room.paste(shown, ((WIDTH - side) // 2, (HEIGHT - side) // 2))
        grey = bytes([128]) * (WIDTH * HEIGHT // 2)
        head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420mpeg2\nFRAME\n"
        self.film.touch()
        # The browser has it open: it is written over, and is never shorter than before.
        with self.film.open("r+b") as film:
            film.write(head.encode() + room.tobytes() + grey)


@pytest.fixture
def sight(tmp_path: Path) -> Sight:
    sight = Sight(tmp_path / "camera.y4m")
    sight.hold(None)
    return sight


@pytest.fixture
def phone_that_sees(browser: Browser, site_url: str, sight: Sight) -> Iterator[Page]:
    flags = (*CAMERA, f"--use-file-for-fake-video-capture={sight.film}")
    with (
        launched(browser.browser_type, *flags) as its_own,
        opened(its_own, site_url, PHONE, but=MEANT) as page,
    ):
        be_patient(page)
        yield page


def drawn(text: str) -> Image.Image:
    """Draw a QR code with OpenCV, with a border of white."""
    code: np.ndarray = cv2.QRCodeEncoder.create().encode(text)
    return Image.fromarray(np.pad(code, 4, constant_values=255)).convert("L")


def codes_of(shop: Shop, event: Json, quantity: int) -> list[str]:
    """Order free tickets and return their codes."""
    codes: list[str] = []
    while len(codes) < quantity:
        some = min(10, quantity - len(codes))
        order = shop.wait(shop.place(event["slug"], "Free ticket", "free", some))
        codes += [shop.credential(ticket) for ticket in order["tickets"]]
    return codes


def pair(page: Page, organizer: Organizer, event: Json, name: str = "North 1", **settings: object) -> Json:
    """Set a device up and open its pairing link on a phone."""
    device = organizer.add(event, "devices", {"name": name, **settings})
    page.goto(f"/work/door#pair={device['code']}")
    expect(page.get_by_test_id("desk")).to_be_visible()
    return device


def type_code(page: Page, code: str) -> None:
    """Type as fast as a hardware scanner does, however long the page takes over each key."""
    keys = json.dumps([*code, "Enter"])
    page.evaluate(f"""() => {{
        const press = (key) => new KeyboardEvent('keydown', {{ key, bubbles: true, cancelable: true }})
        for (const pressed of {keys}.map(press)) document.body.dispatchEvent(pressed)
    }}""")


def answer(page: Page, result: str, reason: str | None = None) -> Locator:
    """Wait for what fills the screen."""
    wanted = f"[data-testid=answer][data-result={result}]"
    shown = page.locator(f"{wanted}[data-reason={reason}]" if reason else wanted)
    expect(shown).to_be_visible()
    return shown


def scan(
    page: Page, code: str, result: str, reason: str | None = None, *, sight: Sight | None = None
) -> Locator:
    """Scan for the next guest, by hardware or by what the camera sees, and wait for what is told of him."""
    expect(page.get_by_test_id("desk")).to_be_attached()
    before = page.evaluate("() => document.querySelector('[data-testid=answer]')?.dataset.id ?? ''")
    if sight:
        sight.hold(code)
    else:
        type_code(page, code)
    expect(page.locator(f"[data-testid=answer]:not([data-id='{before}'])")).to_be_visible()
    if sight:
        sight.hold(None)
    return answer(page, result, reason)


def next_guest(page: Page) -> None:
    # A plain yes makes room by itself.
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("answer")).to_have_count(0)


def wait_until_ready(page: Page) -> None:
    """Wait until the phone could do without a network."""
    page.get_by_test_id("open-settings").click()
    expect(page.locator("[data-testid=offline-ready][data-ready=true]")).to_be_visible(timeout=120_000)
    page.keyboard.press("Escape")


# --- pairing ----------------------------------------------------------------------------------------------


def test_a_phone_is_paired_by_its_link_and_by_a_typed_code_once(
    phone: Page, organizer: Organizer, event: Json
) -> None:
    device = pair(phone, organizer, event)
    assert "#" not in phone.url
    expect(phone.get_by_test_id("door-place")).to_contain_text("North 1")
    phone.reload()
    expect(phone.get_by_test_id("desk")).to_be_visible()

    phone.get_by_test_id("open-settings").click()
    phone.get_by_test_id("leave").click()
    phone.get_by_test_id("leave-go").click()
    code = phone.get_by_test_id("pair-code")
    code.fill("hello")
    phone.get_by_test_id("pair-go").click()
    expect(phone.get_by_test_id("pair-wrong")).to_be_visible()
    code.fill(device["code"])
    phone.get_by_test_id("pair-go").click()
    expect(phone.get_by_test_id("pair-refused")).to_be_visible()
    anew = organizer.add(event, f"devices/{device['id']}/pairing")
    code.fill(anew["code"])
    phone.get_by_test_id("pair-go").click()
    expect(phone.get_by_test_id("desk")).to_be_visible()


def test_a_phone_pairs_with_the_code_that_is_held_before_its_camera(
    phone_that_sees: Page, sight: Sight, organizer: Organizer, event: Json
) -> None:
    device = organizer.add(event, "devices", {"name": "North 1"})
    sight.hold(device["pair_url"])
    phone_that_sees.goto("/work/door")
    phone_that_sees.get_by_test_id("pair-scan").click()
    expect(phone_that_sees.get_by_test_id("desk")).to_be_visible()
    [row] = organizer.look(event, "devices")["items"]
    assert row["paired_at"]


def test_one_tab_of_a_phone_is_the_door_at_a_time(
    phone: Page, shop: Shop, organizer: Organizer, event: Json
) -> None:
    [code] = codes_of(shop, event, 1)
    pair(phone, organizer, event)
    other = phone.context.new_page()
    other.goto("/work/door")
    expect(other.get_by_test_id("door-elsewhere")).to_be_visible()
    other.get_by_test_id("door-here").click()
    scan(other, code, "admitted")
    expect(phone.get_by_test_id("door-elsewhere")).to_be_visible()
    other.close()
    phone.reload()
    scan(phone, code, "refused", "already_in")


def test_the_door_can_be_installed(phone: Page, site_url: str) -> None:
    phone.goto("/work/door")
    link = phone.locator("link[rel=manifest]")
    expect(link).to_have_count(1)
    manifest = phone.request.get(f"{site_url}{link.get_attribute('href')}").json()
    assert (manifest["start_url"], manifest["display"]) == ("/work/door", "standalone")
    for icon in manifest["icons"]:
        answered = phone.request.get(f"{site_url}{icon['src']}")
        assert answered.ok, icon
        if icon["type"] == "image/png":
            size = "x".join(map(str, Image.open(BytesIO(answered.body())).size))
            assert size == icon["sizes"]


# --- scanning ---------------------------------------------------------------------------------------------


def test_a_code_before_the_camera_is_scanned_once_while_it_stays_there(
    phone_that_sees: Page, sight: Sight, shop: Shop, organizer: Organizer, event: Json
) -> None:
    code, other = codes_of(shop, event, 2)
    sight.hold(code)
    page = phone_that_sees
    pair(page, organizer, event)
    shown = answer(page, "admitted")
    expect(shown.get_by_test_id("answer-tier")).to_contain_text("Free ticket")
    # The code is still in view: what is scanned next is another one.
    scan(page, other, "admitted")
    next_guest(page)
    page.get_by_test_id("open-recent").click()
    expect(page.get_by_test_id("recent-scan")).to_have_count(2)

    def logged() -> int | None:
        return len(organizer.attempts(event)) if len(organizer.attempts(event)) >= 2 else None

    assert wait_for("the log", logged) == 2


def test_the_screen_says_who_may_go_in_and_why_somebody_may_not(
    phone: Page, shop: Shop, organizer: Organizer, event: Json
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free", 2)
    old = shop.credential(shop.wait(order)["tickets"][0])
    shop.give(order, 1, email="grace@example.com", name="Grace Hopper", company="Navy")
    first, second = shop.look(order)["tickets"]
    organizer.change(event, f"tickets/{first['id']}/note", {"attention": True, "note": "Speaks at ten"})
    foreign = codes_of(shop, organizer.publish_event(), 1)[0]
    pair(phone, organizer, event)

    scan(phone, "HELLO, THIS IS NO TICKET", "refused", "invalid")
    scan(phone, foreign, "refused", "wrong_event")
    scan(phone, old, "refused", "superseded")
    shown = scan(phone, shop.credential(first), "admitted")
    expect(shown.get_by_test_id("answer-name")).to_have_text("Grace Hopper")
    expect(shown.get_by_test_id("answer-note")).to_have_text("Speaks at ten")
    shown = scan(phone, shop.credential(first), "refused", "already_in")
    expect(shown.get_by_test_id("answer-earlier")).to_contain_text("North 1")
    next_guest(phone)

    phone.get_by_test_id("direction-out").click()
    scan(phone, shop.credential(second), "refused", "out_first")
    scan(phone, shop.credential(first), "admitted")
    next_guest(phone)
    expect(phone.get_by_test_id("desk")).to_have_attribute("data-direction", "out")
    phone.reload()
    expect(phone.get_by_test_id("desk")).to_have_attribute("data-direction", "out")


def test_a_list_that_is_chosen_is_the_one_that_admits(
    phone: Page, shop: Shop, organizer: Organizer, event: Json
) -> None:
    workshop = shop.tier(event["slug"], "Workshop")
    rules = organizer.add(event, "check-in-lists", {"title": "Workshop", "tier_ids": [workshop["id"]]})
    [code] = codes_of(shop, event, 1)
    pair(phone, organizer, event, list_ids=["everyone", rules["id"]])
    phone.get_by_test_id("list").select_option(rules["id"])
    scan(phone, code, "refused", "wrong_list")
    next_guest(phone)
    phone.get_by_test_id("list").select_option("everyone")
    scan(phone, code, "admitted")


def test_a_scan_is_taken_back_on_the_screen(
    phone: Page, shop: Shop, organizer: Organizer, event: Json
) -> None:
    [code] = codes_of(shop, event, 1)
    pair(phone, organizer, event)
    scan(phone, code, "admitted")
    phone.get_by_test_id("undo").click()
    answer(phone, "undone")
    scan(phone, code, "admitted")
    next_guest(phone)
    phone.get_by_test_id("open-recent").click()
    phone.get_by_test_id("recent-undo").first.click()
    expect(phone.locator("[data-testid=recent-scan][data-result=undone]")).to_have_count(2)


def test_only_a_supervisors_phone_lets_in_against_the_rules_and_says_why(
    phone: Page, other_phone: Page, shop: Shop, organizer: Organizer, event: Json
) -> None:
    [code] = codes_of(shop, event, 1)
    pair(phone, organizer, event, "Gate", profile="scan")
    scan(phone, code, "admitted")
    scan(phone, code, "refused", "already_in")
    expect(phone.get_by_test_id("force")).to_have_count(0)
    pair(other_phone, organizer, event, "Desk", profile="supervisor")
    scan(other_phone, code, "refused", "already_in")
    other_phone.get_by_test_id("force").click()
    other_phone.get_by_test_id("force-go").click()
    expect(other_phone.get_by_test_id("force-reason")).to_have_attribute("aria-invalid", "true")
    other_phone.get_by_test_id("force-reason").fill("Her badge is known")
    other_phone.get_by_test_id("force-go").click()
    answer(other_phone, "admitted")

    def forced() -> list[str] | None:
        return [row["forced"] for row in organizer.attempts(event) if row["forced"]] or None

    assert wait_for("the log", forced) == ["Her badge is known"]


def test_a_ticket_is_found_by_name_and_the_rest_of_its_order_let_in_together(
    phone: Page, shop: Shop, organizer: Organizer, event: Json
) -> None:
    order = shop.place(event["slug"], "Free ticket", "free", 4)
    shop.wait(order)
    shop.give(order, 2, email="zeno@example.com", name="Zenobia Zimmermann")
    pair(phone, organizer, event, profile="search")

    def found() -> bool | None:
        phone.get_by_test_id("open-find").click()
        phone.get_by_test_id("find-words").fill("zimmer")
        phone.get_by_test_id("find-go").click()
        expect(phone.locator("[data-testid=find-none], [data-testid=found]").first).to_be_visible()
        if phone.get_by_test_id("found").count():
            return True
        phone.keyboard.press("Escape")
        return None

    wait_for("her name to be found", found)
    phone.get_by_test_id("found-scan").click()
    shown = answer(phone, "admitted")
    expect(shown.get_by_test_id("answer-name")).to_have_text("Zenobia Zimmermann")
    phone.get_by_test_id("open-group").click()
    expect(phone.get_by_test_id("group-ticket")).to_have_count(4)
    phone.locator("[data-testid=group-ticket][data-number='4'] input").uncheck()
    phone.get_by_test_id("group-go").click()
    expect(phone.get_by_test_id("group-came")).to_be_visible()
    expect(phone.locator("[data-testid=group-ticket][data-inside=true]")).to_have_count(3)


def test_a_revoked_phone_says_so_and_can_be_paired_again(
    phone: Page, shop: Shop, organizer: Organizer, event: Json
) -> None:
    [code] = codes_of(shop, event, 1)
    device = pair(phone, organizer, event)
    assert organizer.send("DELETE", f"/events/{event['id']}/devices/{device['id']}").status_code == 204

    def told() -> bool | None:
        # A process that knows the device asks for it again after a second.
        type_code(phone, code)
        expect(phone.locator("[data-testid=answer], [data-testid=revoked]").first).to_be_visible()
        return phone.get_by_test_id("revoked").count() > 0 or None

    wait_for("the key to be refused", told)
    phone.get_by_test_id("pair-anew").click()
    expect(phone.get_by_test_id("pairing")).to_be_visible()


# --- without a network ------------------------------------------------------------------------------------


def test_fifty_scans_without_a_network_survive_a_reload_and_are_brought_in_with_their_conflict(
    phone_that_sees: Page, sight: Sight, shop: Shop, organizer: Organizer, event: Json
) -> None:
    phone = phone_that_sees
    codes = codes_of(shop, event, OFFLINE_SCANS)
    other = organizer.pair_device(event, "South 1")
    pair(phone, organizer, event)
    wait_until_ready(phone)

    phone.context.set_offline(True)
    # Meanwhile somebody goes in at another door, with the code that is then shown here.
    assert other.scan(codes[0])["result"] == "admitted"
    waiting = phone.get_by_test_id("waiting")
    for number, code in enumerate(codes, start=1):
        scan(phone, code, "admitted", sight=sight)
        expect(waiting).to_have_attribute("data-count", str(number))
    expect(phone.get_by_test_id("away")).to_be_attached()
    scan(phone, codes[1], "refused", "already_in")
    next_guest(phone)

    phone.reload()
    expect(phone.get_by_test_id("desk")).to_be_visible()
    expect(waiting).to_have_attribute("data-count", str(OFFLINE_SCANS + 1))
    scan(phone, codes[2], "refused", "already_in", sight=sight)
    next_guest(phone)

    phone.context.set_offline(False)
    expect(waiting).to_have_count(0, timeout=60_000)
    expect(phone.get_by_test_id("sent")).to_have_attribute("data-count", str(OFFLINE_SCANS + 2))
    expect(phone.get_by_test_id("away")).to_have_count(0)
    conflicts = phone.get_by_test_id("open-conflicts")
    expect(conflicts).to_have_attribute("data-count", "1")
    phone.reload()
    conflicts.click()
    expect(phone.get_by_test_id("conflict")).to_have_attribute("data-reason", "already_in")
    expect(phone.get_by_test_id("conflict-winner")).to_contain_text("South 1")
    phone.get_by_test_id("acknowledge").click()
    expect(phone.get_by_test_id("no-conflicts")).to_be_visible()
    phone.reload()
    expect(phone.get_by_test_id("desk")).to_be_visible()
    expect(conflicts).to_have_count(0)

    def counted() -> Json | None:
        seen = organizer.look(event, "door")
        return seen if seen["arrived"] == OFFLINE_SCANS and seen["conflicts"] == 1 else None

    door = wait_for("the counts", counted)
    assert door["offline"] == OFFLINE_SCANS + 2
    [row] = organizer.attempts(event, outcome="conflict")
    assert (row["device"]["title"], row["winner"]["device"]) == ("North 1", "South 1")


def test_a_code_that_is_newer_than_the_roster_goes_in_without_a_network_with_a_mark(
    phone: Page, shop: Shop, organizer: Organizer, event: Json
) -> None:
    codes_of(shop, event, 1)
    pair(phone, organizer, event)
    wait_until_ready(phone)
    phone.context.set_offline(True)
    [code] = codes_of(shop, event, 1)
    shown = scan(phone, code, "admitted")
    expect(shown.get_by_test_id("answer-newer")).to_be_visible()
    expect(shown.get_by_test_id("open-group")).to_have_count(0)
    scan(phone, code, "refused", "already_in")
